"""Text files as people have them: with or without a byte-order mark, in UTF-8 or UTF-16, of any system's line ends."""

import codecs
from pathlib import Path

from gan_core.errors import UsageError

MARKS = {  # the longer first: UTF-32's begins like UTF-16's
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read_text(path: Path, largest_bytes: int) -> str:
    r"""Return a text file's content with ``\n`` at the ends of lines.

    Raises `UsageError` for a file that cannot be read, is larger than `largest_bytes`, or is no text.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(largest_bytes + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    if len(raw) > largest_bytes:
        raise UsageError(f"{path} is larger than {largest_bytes} bytes; that is no experiment file")
    return decoded(raw, path)


def decoded(raw: bytes, path: Path) -> str:
    r"""Return the text of a file's bytes, its lines ended by ``\n``. Raises `UsageError` where they are no text."""
    encoding = encoding_of(raw)
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise UsageError(f"{path} begins as {encoding.upper()} and goes on as something else") from None
        line = raw.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{path}, line {line}: the byte 0x{raw[error.start]:02x} is not UTF-8; the file may be in an older "
            "encoding (Latin-1, Windows-1252, GBK): save it as UTF-8"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def encoding_of(raw: bytes) -> str:
    """Return the encoding of a text by its first bytes, a mark or the zeros of UTF-16; else UTF-8."""
    for mark, encoding in MARKS.items():
        if raw.startswith(mark):
            return encoding
    if len(raw) >= 2 and 0 in raw[:2] and any(raw[:2]):  # a text begins with ASCII here, so its half is a zero
        return "utf-16-le" if raw[1] == 0 else "utf-16-be"
    return "utf-8"
