"""Why a file cannot be read as an image, in a few words, for the list of the files that are left out."""

from pathlib import Path

HEAD_BYTES = 32
# How files begin that Pillow offers to other decoders, or has none for: (offset, bytes, what it is).
OTHER_KINDS = (
    (4, b"ftypheic", "a HEIC image"),
    (4, b"ftypheix", "a HEIC image"),
    (4, b"ftypmif1", "a HEIF image"),
    (4, b"ftypavif", "an AVIF image"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 image"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL image"),
    (0, b"8BPS", "a Photoshop file"),
    (0, b"%PDF", "a PDF"),
    (0, b"%!PS", "a PostScript file"),
    (0, b"PK\3\4", "a ZIP archive"),
    (0, b"\x1f\x8b", "a gzipped file"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"version https://git-lfs", "a pointer of Git LFS, not the file itself"),
    (0, b"<", "a page of HTML or XML"),
)
SIGNATURES = (
    *((0, b"\x89PNG\r\n\x1a\n"), (0, b"\xff\xd8\xff"), (0, b"GIF87a"), (0, b"GIF89a")),
    *((0, b"II*\0"), (0, b"MM\0*"), (8, b"WEBP"), (4, b"ftypavif"), (0, b"BM")),
    *((0, b"P%d%c" % (kind, space)) for kind in range(1, 7) for space in b" \n\r\t"),
)
SAMPLE_FORMATS = {1: "unsigned integers", 2: "signed integers", 3: "floats", 5: "complex integers", 6: "complex floats"}


def printable(text: str) -> str:
    """Return a text with "?" for what a line cannot show: line breaks, and bytes of a file name that are no text."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file; b"" if it is empty or cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def begins_like_an_image(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of an image format that is read."""
    return any(head[offset:].startswith(signature) for offset, signature in SIGNATURES)


def reason_of_unknown(path: Path) -> str:
    """Return why no decoder takes a file, in a few words."""
    head = head_of(path)
    if not head:
        return "empty, with 0 bytes it is not an image" if path.stat().st_size == 0 else "cannot be read"
    if head[:4] in (b"II*\0", b"MM\0*") and (pixels := _tiff_pixels(path)):
        return f"a TIFF of {pixels}, which Pillow cannot read; save it as a PNG of 8 or 16 bits"
    for offset, beginning, kind in OTHER_KINDS:
        if head[offset:].startswith(beginning):
            return f"not an image that can be read, but {kind}"
    return "not an image, or damaged at its start"


def reason_of_error(error: Exception) -> str:
    """Return in one line what a decoder's error says is wrong with a file."""
    lines = str(error.strerror if isinstance(error, OSError) and error.strerror else error).splitlines()
    text = lines[0][:120] if lines else type(error).__name__
    if isinstance(error, OSError) and text.startswith(("decoder error", "-")):
        return f"damaged: its pixels cannot be decoded ({text})"
    return text


def _tiff_pixels(path: Path) -> str:
    """Return what a TIFF's table says of its pixels, as "3 channels of 64-bit floats"; "" if it cannot be read."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2

    try:
        with path.open("rb") as file:
            table = ImageFileDirectory_v2(file.read(8))
            file.seek(table.next)
            table.load(file)
        bits, formats = table.get(258, (1,)), table.get(339, (1,))
        channels = int(table.get(277, 1))
        kind = SAMPLE_FORMATS.get(int(formats[0]), "values of an unknown kind")
        return f"{channels} channel{'s' if channels > 1 else ''} of {int(bits[0])}-bit {kind}"
    except Exception:  # noqa: BLE001  of a damaged table
        return ""
