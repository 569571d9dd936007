"""What a worker leaves for the process that started it: its outcome, in a file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from gan_core import errors
from gan_core.errors import GanError, StoppedError

LOST = "the workers lost each other"  # in the error of those whose exchange failed
OUTCOME, SAID, TOLD = "outcome-{}.json", "said", "told"  # files of the folder that they share


@dataclass(frozen=True, kw_only=True)
class Came:
    """What a worker came to. error: its text, or "". kind: the name of its class. run: the folder, or ""."""

    error: str = ""
    kind: str = ""
    status: int = 0
    run: str = ""
    allow_imports: bool = False

    @classmethod
    def read(cls, path: Path) -> "Came":
        """Return what a file holds."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def write(self, path: Path) -> None:
        """Write it, whole or not at all."""
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(asdict(self)), encoding="utf-8")
        temporary.replace(path)

    def tells_little(self) -> int:
        """Return a number to sort by: less for an error that says more of why all ended."""
        if self.kind == "FollowedError":
            return 2
        return 1 if LOST in self.error else 0


def error_of(came: Came, signalled: int | None) -> GanError:
    """Return a worker's error, to raise here. signalled: the signal that the workers were stopped by from here."""
    if came.kind == "StoppedError":
        number = came.status - 128 if signalled is None else signalled
        return StoppedError(came.error, number)
    kind = getattr(errors, came.kind, GanError)
    known = isinstance(kind, type) and issubclass(kind, GanError)
    error: GanError = kind(came.error) if known else GanError(came.error)
    error.exit_status = came.status
    return error
