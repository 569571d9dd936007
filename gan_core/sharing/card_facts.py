"""What a model card says of a run: read from the run's files, in plain words and numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from gan_core.data.identity import DataIdentity
from gan_core.runs.known_data import kept_identity
from gan_core.runs.montage import sheets_of
from gan_core.runs.opened import OpenedRun
from gan_core.runs.records import EvaluationLine, ScoreRow, is_number

NAMES = {"frechet": "Fréchet distance", "kernel": "kernel distance (KID)", "inception": "inception score"}
HEADS = {field.name for field in msgspec.structs.fields(EvaluationLine)}


@dataclass(frozen=True, kw_only=True)
class CardFacts:
    """A run, as a card tells it.

    step: of the newest checkpoint, 0 without one. identity: of the data, if the run kept it. environment: the content
    of ``environment.json``. scores, scored_step: of the last evaluation. notes: what was said with it. sheet: the
    newest sheet of samples, or None.
    """

    run: OpenedRun
    step: int
    identity: DataIdentity | None
    environment: Mapping[str, Any]
    scores: list[ScoreRow] = field(default_factory=list)
    scored_step: int = 0
    notes: list[str] = field(default_factory=list)
    sheet: Path | None = None


def name_of(score: ScoreRow) -> str:
    """Return a score's name for people."""
    return NAMES.get(score.metric, score.metric)


def facts_of(run: OpenedRun) -> CardFacts:
    """Return what there is to say of a run. Raises `UsageError` for a file of it that is damaged."""
    environment = run.directory.environment()
    scores, scored_step, notes = _scores(run)
    sheets = sheets_of(run.directory)
    return CardFacts(
        run=run,
        step=max(run.directory.checkpoints.steps(), default=0),
        identity=kept_identity(environment),
        environment=environment,
        scores=scores,
        scored_step=scored_step,
        notes=notes,
        sheet=sheets[max(sheets)] if sheets else None,
    )


def _scores(run: OpenedRun) -> tuple[list[ScoreRow], int, list[str]]:
    """The scores of the last evaluation: by ``gan evaluate``, or by the training where it went on since."""
    lines = run.directory.evaluations()
    newest = lines[-1]["step"] if lines else 0
    found = run.directory.evaluation()
    if found is not None and found.step >= newest:
        rows = [row for row in found.rows if row.value is not None]
        return rows, found.step, found.notes
    if not lines:
        return [], 0, []
    return _during_training(lines[-1]), newest, []


def _during_training(line: Mapping[str, Any]) -> list[ScoreRow]:
    """The scores of a line of ``evaluations.jsonl``."""
    known = msgspec.convert(line, EvaluationLine)
    return [
        ScoreRow(
            metric=name,
            value=float(value),
            floor=known.floors.get(name),
            extractor=known.extractor,
            generated=known.generated,
            real=known.real,
            split=known.split,
        )
        for name, value in line.items()
        if name not in HEADS and is_number(value)
    ]
