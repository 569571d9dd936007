"""The backends stand side by side: the same files, and in each the same public names in the same order."""

import ast
from pathlib import Path

import pytest

BACKENDS = Path(__file__).parent.parent / "backends"
NAMES = ["torch", "paddle", "keras"]
FIRST, *OTHERS = NAMES
FILES = sorted(path.name for path in (BACKENDS / FIRST).glob("*.py"))
OWN = {name: name.capitalize() for name in NAMES}


def files(backend: str) -> list[str]:
    return sorted(path.name for path in (BACKENDS / backend).glob("*.py"))


def body(backend: str, file: str) -> list[ast.stmt]:
    return ast.parse((BACKENDS / backend / file).read_text(encoding="utf-8")).body


def defined(statements: list[ast.stmt], backend: str) -> list[str]:
    """Return public names in order; a framework's own name in them, ``TorchBackend``, reads ``Backend``."""
    names = []
    for node in statements:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.append(node.target.id)
    return [name.removeprefix(OWN[backend]) for name in names if not name.startswith("_")]


def classes(backend: str, file: str) -> dict[str, list[str]]:
    """Return the public methods of each class."""
    return {
        node.name.removeprefix(OWN[backend]): defined(node.body, backend)
        for node in body(backend, file)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }


@pytest.mark.parametrize("backend", OTHERS)
def test_the_same_files(backend: str) -> None:
    assert files(backend) == files(FIRST)


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("backend", OTHERS)
def test_the_same_names_in_the_same_order(backend: str, file: str) -> None:
    assert defined(body(backend, file), backend) == defined(body(FIRST, file), FIRST)


@pytest.mark.parametrize("file", ["backend.py", "ops.py"])
@pytest.mark.parametrize("backend", OTHERS)
def test_the_same_methods_in_the_same_order(backend: str, file: str) -> None:
    """Where classes carry out the contract; modules and optimizers may differ inside."""
    assert classes(backend, file) == classes(FIRST, file)
