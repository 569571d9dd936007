"""The pictures of a run beside its sheets: real samples, the walk between latents, the figures of its evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gan_core.errors import UsageError
from gan_core.files.regular_files import kind_of
from gan_core.reports.pictures import Picture, figure
from gan_core.reports.record import RunRecord
from gan_core.reports.walk import FILE as WALK
from gan_core.reports.walk import step_of_walk

REAL = "samples/real.png"
FOLDER = "evaluation"
OWN_CLASSES = "classes.png"  # of an evaluation: the page draws these bars itself


@dataclass(frozen=True, kw_only=True)
class OtherPictures:
    """What a page shows beside the sheets. walk_step: of the checkpoint that drew the walk, None where it is unknown.

    figures: name → picture. left_out: how many had no room. faults: a line for each that is damaged.
    """

    real: Picture | None
    walk: Picture | None
    walk_step: int | None
    figures: dict[str, Picture]
    left_out: int
    faults: Sequence[str] = field(default_factory=list)


def other_pictures(record: RunRecord, room: int) -> OtherPictures:
    """Return a run's pictures but for its sheets; of the figures as many as `room` bytes hold."""
    faults: list[str] = []

    def read(path: Path) -> Picture | None:
        try:
            return figure(path) if kind_of(path) == "a file" else None
        except UsageError as error:
            faults.append(str(error))
            return None

    real, walk = (read(record.path / name) for name in (REAL, WALK))
    left = room - sum(len(one.raw) for one in (real, walk) if one)
    folder = record.path / FOLDER
    paths = sorted(folder.glob("*.png")) if kind_of(folder) == "a folder" else []
    figures, left_out = {}, 0
    for path in paths:
        picture = read(path) if path.name != OWN_CLASSES else None
        if picture is None:
            continue
        left -= len(picture.raw)
        if left < 0:
            left_out += 1
        else:
            figures[path.stem] = picture
    step = step_of_walk(record.path / WALK) if walk else None
    return OtherPictures(real=real, walk=walk, walk_step=step, figures=figures, left_out=left_out, faults=faults)
