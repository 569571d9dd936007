"""What words of a text table say: that a value is missing, or a number; and the line for a file that is no table."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gan_core.errors import DataError, GanError

MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "."}


def is_missing(field: str) -> bool:
    """Return whether a field says that there is no value."""
    return field.strip().lower().lstrip("+-") in MISSING


def is_number(field: str) -> bool:
    """Return whether a field is a number, as Python reads it."""
    try:
        float(field)
    except ValueError:
        return False
    return True


@contextmanager
def one_line(path: Path) -> Iterator[None]:
    """Turn what reading a file may raise into a `DataError` of one line."""
    try:
        yield
    except GanError:
        raise
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is no UTF-8 text (byte {error.start:,}); save it as CSV in UTF-8") from None
    except (csv.Error, OSError, UnicodeError) as error:
        raise DataError(f"{path} cannot be read as a table ({str(error).splitlines()[0][:100]})") from None
