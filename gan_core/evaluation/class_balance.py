"""Unconditional against conditional: which classes several runs make, real samples beside them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gan_core.data.identity import DataIdentity, differences, identity_of
from gan_core.errors import UsageError
from gan_core.evaluation.evaluate import draw_class_bars, draw_plane
from gan_core.evaluation.scorer import label_classes, make_scorer
from gan_core.features.extractor import Features
from gan_core.files.whole_files import written_whole
from gan_core.metrics import label_agreement
from gan_core.printing import Tell, silent
from gan_core.runs.opened import OpenedRun
from gan_core.runs.run_names import told_apart


@dataclass(frozen=True, kw_only=True)
class ClassesOfSet:
    """The classes of one set of samples: a run's, or real ones.

    samples: how many. shares: of each class, adding up to 1. entropy_bits: of the shares. label_agreement: the share of
    samples of the class they were asked for, None where no class was.
    """

    name: str
    samples: int
    entropy_bits: float
    label_agreement: float | None
    shares: list[float]


@dataclass(frozen=True, kw_only=True)
class ClassBalance:
    """The classes of real samples, the first of `sets`, and of each run's.

    extractor: the classifier's name. split: which part of the data the real samples are. step_of_steps: a run's path →
    the step of its checkpoint and its last step. notes: what a reader must know. files: what was written, first
    ``classes.json``, then the pictures.
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
    features: str = "auto",
    samples: int = 1000,
    backend: str | None = None,
    device: str = "cpu",
    data_dir: str | Path | None = None,
    tell: Tell = silent,
    allow_imports: bool = False,
) -> ClassBalance:
    """Draw so many samples of each run, classify them and as many held-out real ones, and write pictures and numbers.

    Labels of conditional runs are evenly spread. All runs share one extractor and one reference, those of the first
    run's data. out: the folder that is written to. backend: draws the samples of all runs, for runs of frameworks that
    cannot share a process; by default each run's own. tell: is told what is being done. allow_imports: whether the
    modules that the runs have kept may run. Raises `UsageError` for an extractor that knows no classes, and for runs on
    different data.
    """
    opened = [OpenedRun(path, allow_imports=allow_imports) for path in runs]
    machines = [run.machine(backend, device, data_dir) for run in opened]
    check_runs(opened)
    sets: dict[str, Features] = {}
    agreement: dict[str, float] = {}
    reached: dict[str, tuple[int, int]] = {}
    extractor = split = ""
    seen: dict[str, DataIdentity] = {}
    notes: list[str] = []
    for name, run, machine in zip(run_names(opened), opened, machines, strict=True):
        tell(name)
        dataset = run.dataset(machine.data_dir)
        check_alike(seen, run, identity_of(dataset))
        scorer = make_scorer(run.experiment, dataset, machine, features=features, count=samples)
        if scorer.reference.probabilities is None:
            raise UsageError(f"features={features}: {scorer.extractor.name} knows no classes; expected a classifier")
        if not sets:
            sets["real"], extractor, split = scorer.reference, scorer.extractor.name, scorer.real.reference.split
            notes = list(getattr(scorer.extractor, "notes", ()))
        state = run.state()
        reached[str(run.path)] = (state.step, run.experiment.training.steps)
        drawn = scorer.draw(run.sampler_on(machine, state), samples)
        sets[name] = drawn.features
        if drawn.labels is not None and drawn.features.classes is not None:
            agreement[name] = label_agreement(drawn.features.classes, drawn.labels)
    tell("pictures")
    written, files = _drawn(Path(out), sets, agreement)
    balance = ClassBalance(
        extractor=extractor, split=split, step_of_steps=reached, notes=notes, sets=written, files=files
    )
    with written_whole(files[0]) as temporary:
        temporary.write_text(json.dumps(balance.plain(), indent=2) + "\n", encoding="utf-8")
    return balance


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


def _drawn(out: Path, sets: dict[str, Features], agreement: dict[str, float]) -> tuple[list[ClassesOfSet], list[Path]]:
    """Write the pictures; return the classes of each set, and the paths of all files, ``classes.json`` first."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"out={out}: {error.strerror}") from None
    bars, plane = out / "classes.png", out / "tsne.png"
    shares, entropies = draw_class_bars(bars, sets)
    files = [out / "classes.json", bars, *([plane] if draw_plane(plane, sets) else [])]
    classes = [
        ClassesOfSet(
            name=name,
            samples=len(features.values),
            entropy_bits=entropies[name],
            label_agreement=agreement.get(name),
            shares=shares[name].tolist(),
        )
        for name, features in sets.items()
    ]
    return classes, files
