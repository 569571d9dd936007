"""No file and no function outgrows a reader: the limits of docs/style.md, counted on the text of the files."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = sorted((ROOT / "gan_core").rglob("*.py"))
BACKENDS = sorted((ROOT / "backends").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FILE = 300
LONGEST_BACKEND_FILE = 200
LONGEST_LAYERS = 150  # a list of translations, read beside two others
LONGEST_TEST_FILE = 700
LONGEST_FUNCTION = 60  # lines of the body, its docstring left out


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def limit_of(path: Path) -> int:
    """Return how many lines a file may have."""
    folder = path.relative_to(ROOT).parts[0]
    if folder == "backends":
        return LONGEST_LAYERS if path.name == "layers.py" else LONGEST_BACKEND_FILE
    return LONGEST_TEST_FILE if folder == "tests" else LONGEST_FILE


@pytest.mark.parametrize("path", [*CORE, *BACKENDS, *TESTS], ids=relative)
def test_a_file_keeps_its_limit(path: Path) -> None:
    assert lines_of(path) <= limit_of(path)


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines from the first statement behind the docstring to the last."""
    statements = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (statements[-1].end_lineno or 0) - statements[0].lineno + 1 if statements else 0


@pytest.mark.parametrize("path", [*CORE, *BACKENDS], ids=relative)
def test_functions_fit_on_a_screen(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert {node.name: body_lines(node) for node in functions if body_lines(node) > LONGEST_FUNCTION} == {}
