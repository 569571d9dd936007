"""What lies in a folder: the files that count as images, and the rest with the reasons why they are passed over."""

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gan_core.data.decoding import ENDINGS
from gan_core.data.image_cache import ListedFile
from gan_core.data.unreadable import begins_like_an_image, head_of
from gan_core.errors import DataError

HIDDEN = "hidden"
REASONS_SHOWN = 5
# What operating systems put into folders unasked: nobody misses it, so it is listed but not warned of.
OF_THE_SYSTEM = {"thumbs.db", "desktop.ini", "__macosx", "icon\r"}
# What goes along with images and is never one.
COMPANIONS = (
    *(".csv", ".htm", ".html", ".json", ".jsonl", ".log", ".md", ".md5", ".pdf", ".py", ".rst", ".sha256", ".sh"),
    *(".toml", ".tsv", ".txt", ".url", ".xml", ".yaml", ".yml", "license", "licence", "readme", "copying", "notice"),
)
ENDING = re.compile(r"\.(?=\w*[A-Za-z])[A-Za-z0-9]{1,8}$")


@dataclass(frozen=True)
class Listing:
    """A folder and all below it.

    files: the images, by name. passed_over: the name of each other file → why it is no image, perhaps `HIDDEN`.
    folders: the names of the folders directly in it.
    """

    files: list[ListedFile] = field(default_factory=list)
    passed_over: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)

    @property
    def visible(self) -> dict[str, str]:
        """The files that are passed over and not merely hidden: name → reason."""
        return {name: reason for name, reason in self.passed_over.items() if reason != HIDDEN}

    @property
    def missed(self) -> bool:
        """Whether something is passed over that may be an image: neither hidden nor a companion of images."""
        return not all(name.lower().endswith(COMPANIONS) for name in self.visible)


def list_images(folder: Path) -> Listing:
    """Return what is in a folder and all below it. Raises `DataError` if it holds no images, or cannot be listed.

    A file counts by its ending; one without an ending counts if it begins as an image does. Links are followed. What
    starts with a dot is hidden, such as the ``._1.jpg`` that macOS leaves in archives.
    """
    listing = Listing()
    try:
        _walk(folder, "", set(), listing)
    except OSError as error:
        raise DataError(f"{folder} cannot be listed ({error.strerror}: {error.filename})") from None
    listing.files.sort()
    if not listing.files:
        present = f"; {by_reason(listing.visible)}" if listing.visible else ""
        raise DataError(f"{folder} holds no images; a file counts if it ends in {', '.join(ENDINGS)}{present}")
    return listing


def by_reason(reasons: Mapping[str, str]) -> str:
    """Return how many names have each reason, most frequent first: "3 end in .txt, 1 ends in .heic"."""
    counts = _frequent(reasons.values())
    shown = [f"{count:,} {reason if count == 1 else _plural(reason)}" for reason, count in counts[:REASONS_SHOWN]]
    return ", ".join(shown) + (", …" if len(counts) > REASONS_SHOWN else "")


def counted(reasons: Iterable[str]) -> str:
    """Return how many files cannot be read for each reason, most frequent first: "40: not an image; 7: truncated".

    Reasons that differ in a number alone count as one.
    """
    counts = _frequent(re.sub(r"\d[\d,.]*", "N", reason) for reason in reasons)
    shown = [f"{count:,}: {reason}" for reason, count in counts[:REASONS_SHOWN]]
    return "; ".join(shown) + ("; …" if len(counts) > REASONS_SHOWN else "")


def _frequent(reasons: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(reasons).items(), key=lambda item: (-item[1], item[0]))


def _plural(reason: str) -> str:
    """Return a reason in the plural, as it is said of several files."""
    return reason.replace("ends in", "end in", 1).replace("has no", "have no", 1).replace("leads back", "lead back", 1)


def _walk(folder: Path, prefix: str, above: set[tuple[int, int]], listing: Listing) -> None:
    """Add what is in a folder to a listing.

    prefix: the folder's path in the listing, ending in a slash. above: the folders that it lies in, by device and
    number, since a link may lead back to one.
    """
    status = folder.stat()
    if (status.st_dev, status.st_ino) in above:
        listing.passed_over[prefix.rstrip("/")] = "leads back to a folder it is in"
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            name = prefix + entry.name
            if entry.name.startswith(".") or entry.name.lower() in OF_THE_SYSTEM:
                listing.passed_over[name] = HIDDEN
            elif _is_folder(entry):
                if not prefix:
                    listing.folders.append(name)
                _walk(Path(entry.path), f"{name}/", above | {(status.st_dev, status.st_ino)}, listing)
            elif reason := _reason_to_pass(entry):
                listing.passed_over[name] = reason
            else:
                listing.files.append(_listed(entry, name))


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _reason_to_pass(entry: "os.DirEntry[str]") -> str | None:
    """Return why a file does not count as an image, or None if it does."""
    name = entry.name.lower()
    if name.endswith(ENDINGS):
        return None
    if ending := ENDING.search(name):
        return f"ends in {ending.group()}"
    if not stat.S_ISREG(_status(entry)[0]):
        return "has no ending and is no regular file"
    if begins_like_an_image(head_of(Path(entry.path))):
        return None
    return "has no ending and does not begin as an image"


def _listed(entry: "os.DirEntry[str]", name: str) -> ListedFile:
    mode, size, modified = _status(entry)
    return ListedFile(name, size if stat.S_ISREG(mode) else -1, modified)


def _status(entry: "os.DirEntry[str]") -> tuple[int, int, int]:
    """Return mode, size and time; 0, −1, 0 for a link to nothing, which is named among the unreadable."""
    try:
        status = entry.stat()
    except OSError:
        return 0, -1, 0
    return status.st_mode, status.st_size, status.st_mtime_ns


def written_list(listing: Listing, unreadable: dict[str, str]) -> Iterator[str]:
    """Yield a line for every file that is left out, with its reason."""
    for title, reasons in (("cannot be read", unreadable), ("passed over", listing.passed_over)):
        for name, reason in sorted(reasons.items()):
            shown = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
            yield f"{title}: {shown} ({reason})\n"
