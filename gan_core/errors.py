"""The errors a user can cause, each of them one line that says what to do.

The command line prints the line alone (the traceback only under ``--debug``) and exits with ``exit_status``.
"""

import difflib
from collections.abc import Iterable
from typing import Any


class GanError(Exception):
    """A failure that a user can cause or mend; its text is one line.

    The text may quote a file that holds line breaks or a terminal's control sequences: each becomes a space.
    run: the `gan_core.Run` that the error ended, as far as it came, or None.
    """

    exit_status = 1
    run: Any = None

    def __init__(self, text: str) -> None:
        super().__init__("".join(letter if letter.isprintable() else " " for letter in text))


class UsageError(GanError):
    """Wrong use: nothing was started and nothing was written."""

    exit_status = 2


class SpecError(UsageError, ValueError):
    """A spec that cannot be built; the text names the field, layer or network."""


class DataError(UsageError):
    """Data that are missing, broken, or not of the promised shape or range."""


class BackendError(UsageError):
    """A backend that is unknown, not installed, or cannot be loaded into this process."""


class DamagedError(UsageError):
    """A file that is missing, cut short, altered or not what its neighbours say; an older file may serve instead."""


class ForeignFileError(UsageError):
    """Something in a run's folder that no run makes: a link, a pipe, a device, a folder where a file belongs."""


class WriteError(GanError):
    """A file that the system refused to write: the disk is full or read-only, or the folder is gone.

    number: the system's number of the error (an ``errno``), or None.
    """

    def __init__(self, text: str, number: int | None = None) -> None:
        super().__init__(text)
        self.number = number


class TrainingError(GanError):
    """A run that had to stop; what was written so far is kept.

    agreed: whether every worker of the training raises it at the same step.
    """

    agreed = False


class FollowedError(GanError):
    """What ends the other workers of a training where the first could not begin; the first says why."""


class StoppedError(GanError):
    """A run that a signal stopped, after a whole step with a checkpoint. It exits with 128 + the signal's number.

    It is raised in a notebook, too, when the cell is interrupted; ``run`` is the run as far as it came.
    """

    def __init__(self, text: str, signal_number: int) -> None:
        super().__init__(text)
        self.exit_status = 128 + signal_number

    def __str__(self) -> str:
        text = super().__str__()
        if self.run is None:
            return text
        path = str(self.run.path)
        return f"{text}; in Python  gan_core.resume({path!r}), and  gan_core.Run({path!r})  is what there is of it"


def one_line(error: BaseException | str, longest: int = 2000) -> str:
    """Return an error's text on one line; of a text longer than `longest` letters, its beginning and above all its end.

    Frameworks state the cause last, below a page of calls. For an error without a text it is the name of its class.
    """
    text = " ".join(str(error).split()) or type(error).__name__
    if len(text) <= longest:
        return text
    head = longest // 4
    return f"{text[:head]} … {text[head + 3 - longest :]}"


def nearest(wrong: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" if one of the `known` words resembles `wrong`, else the list of them all.

    >>> nearest("adamm", ["adam", "sgd"])
    "; did you mean 'adam'?"
    """
    names = sorted(known)
    close = difflib.get_close_matches(wrong, names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; expected one of: {', '.join(names)}"
