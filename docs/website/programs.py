"""The programs of all presets, kept in the build folder until the sources that write them change."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from gan_core.errors import GanError
from gan_core.lessons.children import all_written
from gan_core.presets import PRESETS
from website.staging import ROOT

SOURCES = ("gan_core", "backends")


def fingerprint(*folders: str, of: Sequence[str] = ()) -> str:
    """Return the SHA-256 of all Python and TOML files of folders of the repository, and of further texts."""
    found = hashlib.sha256("\0".join(of).encode())
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*")):
        if path.suffix in {".py", ".toml"}:
            found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def programs(backend: str, kept: Path) -> dict[str, str]:
    """Return the training programs of all presets for a framework, by preset; none of what is not installed.

    kept: the folder where they stay for the next build.
    """
    file = kept / f"programs-{backend}.json"
    key = fingerprint(*SOURCES)
    if file.is_file():
        read = json.loads(file.read_text(encoding="utf-8"))
        if read["key"] == key:
            return dict(read["programs"])
    try:
        written = all_written([*PRESETS], backend)
    except GanError as error:
        print(f"no programs for {backend}: {error}")
        return {}
    texts = {name: one.text for name, one in written.items() if not isinstance(one, str)}
    kept.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"key": key, "programs": texts}), encoding="utf-8")
    return texts
