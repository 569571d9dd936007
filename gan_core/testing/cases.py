"""Cases of the conformance suite: named functions of a backend that raise where it does not do as it should."""

from collections.abc import Callable, Iterator

import numpy as np

from gan_core.contract.backend import Backend
from gan_core.errors import one_line
from gan_core.testing.tolerances import TOLERANCES, difference

Case = tuple[str, Callable[[], None]]  # its name, and what it does
Part = Callable[[Backend], Iterator[Case]]


class MismatchError(Exception):
    """What a backend does otherwise than the reference, in a line."""


def expect_close(actual: np.ndarray, expected: np.ndarray, name: str, what: str) -> None:
    """Raise `MismatchError` unless an array agrees with the expected one within the named tolerance."""
    wrong = difference(actual, expected, name, TOLERANCES[name])
    if wrong is not None:
        raise MismatchError(f"{what}: {wrong}")


def expect_equal(actual: object, expected: object, what: str) -> None:
    """Raise `MismatchError` unless two values are equal."""
    if actual != expected:
        raise MismatchError(f"{what}: {actual!r}, expected {expected!r}")


def failure(case: Callable[[], None]) -> str | None:
    """Why a case fails, in a line; None where it passes."""
    try:
        case()
    except MismatchError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001  (whatever a framework raises)
        return f"raised {type(error).__name__}: {one_line(error)}"
    return None
