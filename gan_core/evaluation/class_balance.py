"""Unconditional against conditional: which classes several runs make, real samples beside them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from gan_core.data.identity import DataIdentity, differences, identity_of
from gan_core.errors import UsageError
from gan_core.evaluation.evaluate import draw_class_bars, draw_plane
from gan_core.evaluation.figures_over_time import ClassPanel, write_class_distribution
from gan_core.evaluation.scorer import Drawn, label_classes, make_scorer
from gan_core.features.extractor import Features
from gan_core.files.whole_files import written_whole
from gan_core.metrics import class_shares, entropy_bits, label_agreement
from gan_core.printing import Tell, silent
from gan_core.runs.montage import moment
from gan_core.runs.opened import OpenedRun
from gan_core.runs.run_names import told_apart
from gan_core.training.state import State

PLANES = ("features", "pixels")  # what a t-SNE may be of


@dataclass(frozen=True, kw_only=True)
class ClassesOfSet:
    """The classes of one set of samples: a run's, or real ones.

    samples: how many. shares: of each class, adding up to 1. entropy_bits: of the shares. label_agreement: the share of
    samples of the class they were asked for, None where no class was. run: the run's name, None of real samples. step,
    epoch: of its checkpoint; epoch is None where none ever ends.
    """

    name: str
    samples: int
    entropy_bits: float
    label_agreement: float | None
    shares: list[float]
    run: str | None = None
    step: int | None = None
    epoch: float | None = None


@dataclass(frozen=True, kw_only=True)
class ClassBalance:
    """The classes of real samples, the first of `sets`, and of each run's.

    extractor: the classifier's name. split: which part of the data the real samples are. step_of_steps: a run's path →
    the step of its checkpoint (of several, the last one named) and its last step. notes: what a reader must know.
    files: what was written, first ``classes.json``, then the pictures.
    """

    extractor: str
    split: str
    step_of_steps: dict[str, tuple[int, int]]
    notes: list[str]
    sets: list[ClassesOfSet]
    files: list[Path]

    def plain(self) -> dict[str, Any]:
        """Return the content of ``classes.json``."""
        return {
            "extractor": self.extractor,
            "split": self.split,
            "step_of_steps": {path: list(steps) for path, steps in self.step_of_steps.items()},
            "notes": self.notes,
            "sets": [{"set": (facts := asdict(one)).pop("name"), **facts} for one in self.sets],
            "figures": [path.name for path in self.files[1:]],
        }


def class_balance(
    runs: Sequence[str | Path],
    out: str | Path,
    *,
    checkpoints: Sequence[str | int] = ("last",),
    features: str = "auto",
    tsne_of: str = "features",
    samples: int = 1000,
    backend: str | None = None,
    device: str = "cpu",
    data_dir: str | Path | None = None,
    tell: Tell = silent,
    allow_imports: bool = False,
) -> ClassBalance:
    """Draw so many samples of each run, classify them and as many held-out real ones, and write pictures and numbers.

    Labels of conditional runs are evenly spread. All runs share one extractor and one reference, those of the first
    run's data. out: the folder that is written to. checkpoints: those of each run, see `OpenedRun.state`; of several
    ``class_distribution.png`` has a panel each, and the other pictures show the last one named. tsne_of: "features", or
    "pixels", the values of the samples themselves. backend: draws the samples of all runs, for runs of frameworks that
    cannot share a process; by default each run's own. tell: is told what is being done. allow_imports: whether the
    modules that the runs have kept may run. Raises `UsageError` for an extractor that knows no classes, for runs on
    different data, and for a checkpoint that there is not.
    """
    if tsne_of not in PLANES:
        raise UsageError(f"tsne_of={tsne_of}: expected {' or '.join(PLANES)}")
    if not checkpoints:
        raise UsageError("checkpoints: expected at least one, as last or epoch-10")
    opened = [OpenedRun(path, allow_imports=allow_imports) for path in runs]
    machines = [run.machine(backend, device, data_dir) for run in opened]
    check_runs(opened)
    states = [_states(run, checkpoints) for run in opened]
    seen: dict[str, DataIdentity] = {}
    sets: list[_Set] = []
    notes: list[str] = []
    extractor = split = ""
    for name, run, machine, of_run in zip(run_names(opened), opened, machines, states, strict=True):
        tell(name)
        dataset = run.dataset(machine.data_dir)
        check_alike(seen, run, identity_of(dataset))
        scorer = make_scorer(run.experiment, dataset, machine, features=features, count=samples)
        if scorer.reference.probabilities is None:
            raise UsageError(
                f"features={features}: {scorer.extractor.name} knows no classes; expected a classifier (tsne_of=pixels "
                "draws the t-SNE of pixels)"
            )
        if not sets:
            sets.append(_Set(name="real", features=scorer.reference, samples=scorer.real.reference.samples))
            extractor, split = scorer.extractor.name, scorer.real.reference.split
            notes = list(getattr(scorer.extractor, "notes", ()))
        for state in of_run:
            tell(f"{name}, step {state.step:,}")
            drawn = scorer.draw(run.sampler_on(machine, state), samples)
            sets.append(_set_of(name, run, state.step, drawn, alone=len(of_run) == 1))
    tell("pictures")
    balance = ClassBalance(
        extractor=extractor,
        split=split,
        step_of_steps={
            str(run.path): (of_run[-1].step, run.experiment.training.steps)
            for run, of_run in zip(opened, states, strict=True)
        },
        notes=notes,
        sets=[one.described() for one in sets],
        files=_drawn(Path(out), sets, tsne_of),
    )
    with written_whole(balance.files[0]) as temporary:
        temporary.write_text(json.dumps(balance.plain(), indent=2) + "\n", encoding="utf-8")
    return balance


@dataclass(frozen=True, kw_only=True)
class _Set:
    """Features and samples [N, *shape] of a checkpoint of a run, or of real ones (run: None).

    name: of the set, of all others apart. moment: the checkpoint's in words.
    """

    name: str
    features: Features
    samples: np.ndarray
    run: str | None = None
    moment: str = ""
    step: int | None = None
    epoch: float | None = None
    label_agreement: float | None = None

    @property
    def shares(self) -> np.ndarray:
        classes, probabilities = self.features.classes, self.features.probabilities
        assert classes is not None  # what knows no classes was refused
        assert probabilities is not None
        return class_shares(classes, probabilities.shape[1])

    def described(self) -> ClassesOfSet:
        return ClassesOfSet(
            name=self.name,
            run=self.run,
            step=self.step,
            epoch=self.epoch,
            samples=len(self.samples),
            entropy_bits=entropy_bits(self.shares),
            label_agreement=self.label_agreement,
            shares=self.shares.tolist(),
        )


def _states(run: OpenedRun, checkpoints: Sequence[str | int]) -> list[State]:
    """Return the states that some words mean, each once, without what only a training needs."""
    states = (replace(run.state(word), optimizers={}, variables={}) for word in checkpoints)
    return list({state.step: state for state in states}.values())


def _set_of(name: str, run: OpenedRun, step: int, drawn: Drawn, alone: bool) -> _Set:
    """Return the set of a run's checkpoint. name: the run's; alone: whether it is the run's only one."""
    timetable = run.timetable
    agreement = None
    if drawn.labels is not None and drawn.features.classes is not None:
        agreement = label_agreement(drawn.features.classes, drawn.labels)
    return _Set(
        name=name if alone else f"{name}, {moment(step, timetable)}",
        features=drawn.features,
        samples=drawn.samples,
        run=name,
        moment=moment(step, timetable),
        step=step,
        epoch=round(timetable.epoch(step), 4) if timetable.has_epochs else None,
        label_agreement=agreement,
    )


def check_runs(runs: Sequence[OpenedRun]) -> None:
    """Raise `UsageError` unless the runs share their kind of data."""
    kinds = {type(run.experiment.data).__name__ for run in runs}
    if len(kinds) > 1:
        raise UsageError(f"the runs were trained on different data: {', '.join(sorted(kinds))}; expected one")


def check_alike(seen: dict[str, DataIdentity], run: OpenedRun, identity: DataIdentity) -> None:
    """Raise `UsageError` where a run learned from other samples of the same shape than a run before it.

    seen: path → identity of the data of the runs so far, to which this one is added. Of different shapes they may be
    the same images at two sizes, which fingerprints cannot tell.
    """
    for path, other in seen.items():
        if other.shape == identity.shape and other.fingerprint != identity.fingerprint:
            found = "; ".join(differences(other, identity))
            raise UsageError(f"the runs were trained on different data: of {run.path}, against {path}, {found}")
    seen[str(run.path)] = identity


def run_names(runs: Sequence[OpenedRun]) -> list[str]:
    """Return a name for each run: its experiment's, with what it reads, and what tells it from others of that name."""
    kinds = ["unconditional" if label_classes(run.experiment) is None else "conditional" for run in runs]
    plain = [f"{run.experiment.name} ({kind})" for run, kind in zip(runs, kinds, strict=True)]
    return told_apart(plain, [run.path for run in runs])


def _drawn(out: Path, sets: Sequence[_Set], tsne_of: str) -> list[Path]:
    """Write the pictures; return the paths of all files, ``classes.json`` first."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"out={out}: {error.strerror}") from None
    bars, plane, panels = out / "classes.png", out / "tsne.png", out / "class_distribution.png"
    of_run = {one.run or "real": one for one in sets}  # the last checkpoint of each
    newest = {(one.name if len(sets) > len(of_run) else name): one for name, one in of_run.items()}
    draw_class_bars(bars, {name: one.features for name, one in newest.items()})
    files = [out / "classes.json", bars]
    if len(sets) > len(of_run):
        rows = {
            name: [
                ClassPanel(title=one.moment, shares=one.shares, bits=entropy_bits(one.shares))
                for one in sets
                if one.run == name
            ]
            for name in of_run
            if name != "real"
        }
        write_class_distribution(panels, rows, real=sets[0].shares)
        files.append(panels)
    of_pixels = tsne_of == "pixels"
    points = {name: _pixels(one) if of_pixels else one.features for name, one in newest.items()}
    return [*files, *([plane] if draw_plane(plane, points, tsne_of) else [])]


def _pixels(one: _Set) -> Features:
    """Return the samples of a set as rows [N, D], beside the classes that the classifier finds."""
    return Features(
        values=one.samples.reshape(len(one.samples), -1).astype(np.float64), probabilities=one.features.probabilities
    )
