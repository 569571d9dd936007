"""The notebooks: texts in ``docs/notebooks``, run from the first cell to the last, and pages of what they show.

What a notebook printed is kept in the build folder until its text or the library changes.
"""

import base64
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext
import nbclient
import nbformat

from website.programs import SOURCES, fingerprint
from website.staging import DOCS, moved_links, place_of, write

FOLDER = DOCS / "notebooks"
LONGEST_CELL = 300  # seconds
QUIET = "--log-level=ERROR"  # an option of the kernel's, which would warn of how it is reached
TOGETHER = 2  # notebooks that run at the same time, a core each
COLOUR = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
STARTING = re.compile(r"^(I0000 |WARNING: All log messages before absl).*\n", flags=re.MULTILINE)  # of TensorFlow


@dataclass(frozen=True, kw_only=True)
class Executed:
    """A notebook that was run. seconds: how long that took. kept: whether it was run by an earlier build."""

    path: Path
    notebook: Any
    seconds: float
    kept: bool


def paths() -> list[Path]:
    """Return the texts of all notebooks, in the order in which they are read."""
    return sorted(FOLDER.glob("*.py"))


def run_notebook(notebook: Any) -> Any:
    """Return a notebook with what its cells print and draw; they run in an empty folder.

    Raises `nbclient.exceptions.CellExecutionError` for a cell that fails.
    """
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    with tempfile.TemporaryDirectory() as folder:
        client = nbclient.NotebookClient(
            notebook,
            timeout=LONGEST_CELL,
            kernel_name="python3",
            resources={"metadata": {"path": folder}},
            extra_arguments=[QUIET],
        )
        client.execute(env=environment)
    return notebook


def executed(path: Path, kept: Path) -> Executed:
    """Return a notebook as it was run, now or by an earlier build; a change of its words alone runs nothing.

    kept: the folder where it stays for the next build.
    """
    notebook = jupytext.read(path)
    key = fingerprint(*SOURCES, of=[cell.source for cell in code_cells(notebook)])
    file = kept / f"{path.stem}.ipynb"
    if file.is_file():
        before = nbformat.read(file, as_version=4)
        if before.metadata.get("key") == key:
            for cell, ran in zip(code_cells(notebook), code_cells(before), strict=True):
                cell["outputs"], cell["execution_count"] = ran["outputs"], ran["execution_count"]
            return Executed(path=path, notebook=notebook, seconds=before.metadata["seconds"], kept=True)
    begun = time.monotonic()
    notebook = run_notebook(notebook)
    seconds = round(time.monotonic() - begun, 1)
    notebook.metadata |= {"key": key, "seconds": seconds}
    kept.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, file)
    return Executed(path=path, notebook=notebook, seconds=seconds, kept=False)


def code_cells(notebook: Any) -> list[Any]:
    """Return the cells of a notebook that run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def all_executed(kept: Path) -> list[Executed]:
    """Return all notebooks as they were run, two at a time."""
    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(pool.map(lambda path: executed(path, kept), paths()))


def write_notebooks(folder: Path, notebooks: Sequence[Executed]) -> None:
    """Write a page of each notebook into ``notebooks`` of a folder, with its pictures and the notebook itself."""
    for one in notebooks:
        text, pictures = page_of(one)
        text, _ = moved_links(text, one.path)
        write(folder / place_of(one.path), text)
        for name, picture in pictures.items():
            place = folder / "notebooks" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(picture)
        nbformat.write(one.notebook, folder / "notebooks" / f"{one.path.stem}.ipynb")


def page_of(one: Executed) -> tuple[str, dict[str, bytes]]:
    """Return the page of a notebook, and its pictures by their names."""
    blocks: list[str] = []
    pictures: dict[str, bytes] = {}
    for cell in one.notebook.cells:
        blocks.append(cell.source if cell.cell_type == "markdown" else code_block(cell.source))
        outputs = cell.get("outputs", [])
        if text := plain("".join(output.get("text", "") for output in outputs)):
            blocks.append(f"```{{ .text .no-copy .output }}\n{text}\n```")
        for data in (output["data"] for output in outputs if "image/png" in output.get("data", {})):
            name = f"{one.path.stem}_{len(pictures)}.png"
            pictures[name] = base64.b64decode(data["image/png"])
            blocks.append(f"![What the cell above shows.]({name})")
    title, _, rest = "\n\n".join(blocks).partition("\n")
    note = (
        f"*This page is a notebook; its cells ran when the site was built. [Download it]({one.path.stem}.ipynb), or "
        f"open its text, `docs/notebooks/{one.path.name}`, in Jupyter with Jupytext.*"
    )
    return f"{title}\n\n{note}\n{rest}\n", pictures


def code_block(source: str) -> str:
    """Return the source of a cell as a block of code, in the language that its first line may name."""
    magic, _, rest = source.partition("\n")
    if magic.startswith("%%sh"):
        return f"```sh\n{rest}\n```"
    return f"```python\n{source}\n```"


def plain(text: str) -> str:
    """Return what a cell printed without the colours of terminals, and without what a framework says as it starts."""
    return STARTING.sub("", COLOUR.sub("", text)).strip()
