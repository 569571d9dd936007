"""Unconditional against conditional: which classes several runs make, real samples beside them."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_core.data.identity import DataIdentity, differences, identity_of
from gan_core.data.spec import data_folder
from gan_core.errors import UsageError
from gan_core.evaluation.evaluate import draw_class_bars, draw_plane
from gan_core.evaluation.scorer import label_classes, make_scorer
from gan_core.features.extractor import Features
from gan_core.files.whole_files import written_whole
from gan_core.metrics import label_agreement
from gan_core.runs.opened import OpenedRun


@dataclass(frozen=True, kw_only=True)
class ClassBalance:
    """content: of ``classes.json``. table: a row for each set. files: what was written."""

    content: dict[str, Any]
    table: list[dict[str, Any]]
    files: list[Path]


def class_balance(
    runs: Sequence[Path],
    out: Path,
    *,
    features: str,
    samples: int,
    backend: str | None = None,
    device: str,
    data_dir: Path | None,
    announce: Callable[[str], None] = lambda _: None,
    allow_imports: bool = False,
) -> ClassBalance:
    """Draw so many samples of each run, classify them and as many held-out real ones, and write pictures and numbers.

    Labels of conditional runs are evenly spread. All runs share one extractor and one reference, those of the first
    run's data. backend: draws the samples of all runs, for runs of frameworks that cannot share a
    process. allow_imports: whether the modules that the runs have kept may run. Raises `UsageError` for an extractor
    that knows no classes, and for runs on different data.
    """
    data_dir = data_folder(data_dir)
    opened = [OpenedRun(path, allow_imports=allow_imports) for path in runs]
    check_runs(opened)
    names = run_names(opened)
    sets: dict[str, Features] = {}
    agreement: dict[str, float] = {}
    reached: dict[str, list[int]] = {}
    extractor = split = ""
    seen: dict[str, DataIdentity] = {}
    notes: list[str] = []
    for name, run in zip(names, opened, strict=True):
        announce(name)
        dataset = run.dataset(data_dir)
        check_alike(seen, run, identity_of(dataset))
        scorer = make_scorer(
            run.experiment,
            dataset,
            features=features,
            count=samples,
            backend=backend or run.backend,
            device=device,
            data_dir=data_dir,
        )
        if scorer.reference.probabilities is None:
            raise UsageError(f"features={features}: {scorer.extractor.name} knows no classes; expected a classifier")
        if not sets:
            sets["real"], extractor, split = scorer.reference, scorer.extractor.name, scorer.real.reference.split
            notes = list(getattr(scorer.extractor, "notes", ()))
        trainer = run.trainer(backend=backend, device=device, data_dir=data_dir)
        reached[str(run.path)] = [trainer.step, run.experiment.training.steps]
        drawn = scorer.draw(trainer, samples)
        sets[name] = drawn.features
        if drawn.labels is not None and drawn.features.classes is not None:
            agreement[name] = label_agreement(drawn.features.classes, drawn.labels)
    announce("pictures")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"out={out}: {error.strerror}") from None
    facts = {"extractor": extractor, "split": split, "step_of_steps": reached, "notes": notes}
    return _written(out, sets, agreement, facts)


def check_runs(runs: Sequence[OpenedRun]) -> None:
    """Raise `UsageError` unless the runs share their kind of data."""
    kinds = {type(run.experiment.data).__name__ for run in runs}
    if len(kinds) > 1:
        raise UsageError(f"the runs were trained on different data: {', '.join(sorted(kinds))}; expected one")


def check_alike(seen: dict[str, DataIdentity], run: OpenedRun, identity: DataIdentity) -> None:
    """Raise `UsageError` where a run learned from other samples of the same shape than one seen before; add it.

    Of different shapes they may be the same images at two sizes, which fingerprints cannot tell.
    """
    for path, other in seen.items():
        if other.shape == identity.shape and other.fingerprint != identity.fingerprint:
            found = "; ".join(differences(other, identity))
            raise UsageError(f"the runs were trained on different data: of {run.path}, against {path}, {found}")
    seen[str(run.path)] = identity


def run_names(runs: Sequence[OpenedRun]) -> list[str]:
    """Return a name for each run: its experiment's, with what it reads, and what tells it from others of that name.

    That is the end of its path, as far as it differs; a number where the same run is given twice.
    """
    kinds = ["unconditional" if label_classes(run.experiment) is None else "conditional" for run in runs]
    plain = [f"{run.experiment.name} ({kind})" for run, kind in zip(runs, kinds, strict=True)]
    names: list[str] = []
    for name, run in zip(plain, runs, strict=True):
        alike = {other.path.resolve() for other, own in zip(runs, plain, strict=True) if own == name}
        told = f"{name}, {path_end(run.path.resolve(), alike)}" if len(alike) > 1 else name
        names.append(told if told not in names else f"{told} {len(names) + 1}")
    return names


def path_end(path: Path, others: Collection[Path]) -> str:
    """Return the last words of a path that no other path of several ends in."""
    for count in range(1, len(path.parts)):
        end = path.parts[-count:]
        if sum(other.parts[-count:] == end for other in others) == 1:
            return "/".join(end)
    return str(path)


def _written(out: Path, sets: dict[str, Features], agreement: dict[str, float], facts: dict[str, Any]) -> ClassBalance:
    bars, plane, numbers = out / "classes.png", out / "tsne.png", out / "classes.json"
    shares, entropies = draw_class_bars(bars, sets)
    files = [numbers, bars, *([plane] if draw_plane(plane, sets) else [])]
    rows = [
        {
            "set": name,
            "samples": len(of.values),
            "entropy_bits": entropies[name],
            "label_agreement": agreement.get(name),
            "shares": shares[name].tolist(),
        }
        for name, of in sets.items()
    ]
    content = {**facts, "sets": rows, "figures": [path.name for path in files[1:]]}
    with written_whole(numbers) as temporary:
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    table = [
        {
            "set": name,
            "samples": len(of.values),
            "entropy, bits": f"{entropies[name]:.3f}",
            "as asked": f"{agreement[name]:.3f}" if name in agreement else "",
            **{str(number): f"{share:.3f}" for number, share in enumerate(shares[name])},
        }
        for name, of in sets.items()
    ]
    return ClassBalance(content=content, table=table, files=files)
