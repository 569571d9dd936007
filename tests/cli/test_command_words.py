"""The library names its arguments as Python does; the command line turns them into what is typed there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gan_core.cli.command_errors import in_options, options_of
from gan_core.cli.entry import app

ROOT = Path(__file__).parents[2]
FILES = [
    path
    for folder in ("gan_core", "backends")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path.parent != ROOT / "gan_core" / "cli"  # whose texts only `gan` prints
    and path.name != "launching.py"  # which holds the commands of the frameworks' launchers
]
# `gan resume run --steps 9` is a command as a whole; programs that are written have options of their own
COMMAND = re.compile(r"(gan|ruff) [a-z]+ [^;,:`]*|parser\.add_argument\(\"--[a-z]+\"")


def texts(tree: ast.Module) -> Iterator[str]:
    """Every string of a module but its docstrings; a formatted one as a whole, X for what it is given."""
    passed_over = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed_over |= {id(part) for part in node.values}
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            passed_over.add(id(node.body[0].value))  # type: ignore[attr-defined]
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "X" for part in node.values]
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed_over:
            yield node.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_message_of_the_library_speaks_of_options(path: Path):
    """`--label` means nothing to who called ``run.sample(label=12)``."""
    found = [COMMAND.sub("", text) for text in texts(ast.parse(path.read_text(encoding="utf-8")))]

    assert [text for text in found if re.search(r"(?<![\w-])--[a-z]", text)] == []


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("label=12: expected 0 to 9", "--label 12: expected 0 to 9"),
        ("changes=training.steps: expected KEY=VALUE, as training.steps=500",
         "--set training.steps: expected KEY=VALUE, as training.steps=500"),
        ("name the folder with data_dir=FOLDER", "name the folder with --data-dir FOLDER"),
        ("interpolate=True needs two: give count=2", "--interpolate needs two: give -n 2"),
        ("pictures=photos: choose one with network=a_to_b", "--input photos: choose one with --network a_to_b"),
        ("modes=12: give 8, 25 or both", "--modes 12: give 8, 25 or both"),
        ("/data/label=3/x.png cannot be read", "/data/label=3/x.png cannot be read"),
        ("linear_decay.end: expected more than start=3", "linear_decay.end: expected more than start=3"),
    ],
)  # fmt: skip
def test_the_command_line_says_what_is_typed(said: str, typed: str):
    assert in_options(said, options_of(app)) == typed
