"""The manifest of a packed run: every file with its size and SHA-256, and which names a pack may hold at all."""

import re
from pathlib import PurePosixPath
from typing import Annotated

import msgspec

from gan_core.errors import DamagedError
from gan_core.files.format_version import FORMAT, check_format
from gan_core.files.regular_files import DEEPEST, FILES, FOLDERS

NAME = "gan-pack.json"  # of the manifest within a pack
CARD = "README.md"
LARGEST_BYTES = 2**24  # of a manifest
MOST_FILES = 100_000
PART = re.compile(r"[\w.()+=@ -]{1,255}")  # of a name; no slash of either kind, no colon, nothing that does not print
PACKED_FILES = (FILES - {".lock"}) | {CARD}
RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
Size = Annotated[int, msgspec.Meta(ge=0, le=2**50)]
Sum = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class PackedFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of a pack: its path in the run's folder with slashes, its bytes, and the SHA-256 of them."""

    name: str
    size: Size
    sha256: Sum


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a pack holds. experiment: the run's. step: of the newest checkpoint that is packed. left_out: in words."""

    format: int
    library: str
    experiment: str
    step: int
    files: list[PackedFile]
    left_out: list[str] = []

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)

    def encoded(self) -> bytes:
        """Return the manifest as the bytes of a JSON file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def read_manifest(raw: bytes, place: str) -> Manifest:
    """Return the manifest that bytes hold. Raises `DamagedError`, and `UsageError` where a newer version wrote it.

    place: the pack, for the message.
    """
    try:
        plain = msgspec.json.decode(raw)
        check_format(f"{place}: {NAME}", plain)
        manifest = msgspec.convert(plain, Manifest)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise DamagedError(f"{place} is damaged: {NAME}: {str(error).splitlines()[0][:200]}") from None
    if len(manifest.files) > MOST_FILES:
        raise DamagedError(f"{place}: {NAME} lists {len(manifest.files):,} files; expected at most {MOST_FILES:,}")
    seen: set[str] = set()
    for file in manifest.files:
        check_name(file.name, place)
        if file.name.casefold() in seen:
            raise DamagedError(f"{place}: {NAME} lists '{file.name}' twice")
        seen.add(file.name.casefold())
    return manifest


def check_name(name: str, place: str) -> None:
    """Raise `DamagedError` unless a name is that of a file that a run may hold, within its folder."""
    if not is_of_a_run(name):
        raise DamagedError(f"{place} holds '{name[:200]}', which is no file of a run; nothing was unpacked")


def is_of_a_run(name: str) -> bool:
    """Whether a path, with slashes, is one that a run's file may have, on every system.

    None is absolute, leads upwards, or stands for a device of some system.
    """
    parts = name.split("/")
    if len(parts) > DEEPEST + 1 or str(PurePosixPath(name)) != name:
        return False
    if not (name in PACKED_FILES if len(parts) == 1 else parts[0] in FOLDERS):
        return False
    return all(
        PART.fullmatch(part)
        and not part.startswith("..")
        and not part.endswith((".", " "))
        and part.partition(".")[0].casefold() not in RESERVED
        for part in parts
    )


def new_manifest(library: str, experiment: str, step: int, files: list[PackedFile], left_out: list[str]) -> Manifest:
    """Return the manifest of this version of the format."""
    return Manifest(format=FORMAT, library=library, experiment=experiment, step=step, files=files, left_out=left_out)
