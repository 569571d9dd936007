"""The backends stand side by side: the same files, and in each the same public names in the same order."""

import ast
import re
from pathlib import Path

import pytest

from gan_core.contract import composed_layers, recurrent_layers  # noqa: F401  (their definitions join `composed`)
from gan_core.contract.composed import compose_layer
from gan_core.specs import layers as L

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
    """Return public names in order; a framework's own name in them, ``TorchBackend``, reads ``Backend``.

    Words of a plain script that frameworks share stand in the core, so that a framework registers what is left.
    """
    names = []
    for node in statements:
        if any("standard_layer.register" in ast.unparse(mark) for mark in getattr(node, "decorator_list", [])):
            continue
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


OWN_NAMES = ("kernels.py", "quick_layers.py")  # what only one framework needs, and where only one is quicker
SAME_NAMES = [file for file in FILES if file not in OWN_NAMES]


@pytest.mark.parametrize("file", SAME_NAMES)
@pytest.mark.parametrize("backend", OTHERS)
def test_the_same_names_in_the_same_order(backend: str, file: str) -> None:
    assert defined(body(backend, file), backend) == defined(body(FIRST, file), FIRST)


@pytest.mark.parametrize("file", ["backend.py", "ops.py"])
@pytest.mark.parametrize("backend", OTHERS)
def test_the_same_methods_in_the_same_order(backend: str, file: str) -> None:
    """Where classes carry out the contract; modules and optimizers may differ inside."""
    assert classes(backend, file) == classes(FIRST, file)


@pytest.mark.parametrize("backend", NAMES)
def test_no_name_with_an_underscore_crosses_files(backend: str) -> None:
    for file in FILES:
        imported = [node for node in ast.walk(ast.Module(body(backend, file), [])) if isinstance(node, ast.ImportFrom)]
        assert [name.name for node in imported for name in node.names if name.name.startswith("_")] == []


@pytest.mark.parametrize("backend", NAMES)
def test_a_quick_layer_replaces_a_definition(backend: str) -> None:
    """Which the other frameworks run."""
    for node in body(backend, "quick_layers.py"):
        if isinstance(node, ast.FunctionDef):
            assert ast.unparse(node.decorator_list[0]) == "native_layer.register"
            layer = getattr(L, ast.unparse(node.args.args[0].annotation).removeprefix("L."))
            assert layer in compose_layer.registry, node.name


@pytest.mark.parametrize("backend", NAMES)
def test_translations_are_one_short_function_a_layer(backend: str) -> None:
    """Each registered by the type of its layer; nothing else stands in the file."""
    functions = [node for node in body(backend, "layers.py") if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    first, *translations = functions
    assert first.name == "native_layer"
    assert all(ast.unparse(node.decorator_list[0]) == "native_layer.register" for node in translations)


@pytest.mark.parametrize("backend", NAMES)
def test_all_modules_have_one_signature(backend: str) -> None:
    """They read arrays and then the call."""
    modules = [node for node in body(backend, "modules.py") if isinstance(node, ast.ClassDef)]
    for module in modules:
        (forward,) = [node for node in module.body if getattr(node, "name", "") in ("forward", "call")]
        assert isinstance(forward, ast.FunctionDef)
        arguments = forward.args
        one = [name.arg for name in arguments.args] == ["self", "x", "call"]
        several = arguments.vararg is not None and [name.arg for name in arguments.kwonlyargs] == ["call"]
        assert one or several, module.name


def rows_of_differences() -> set[str]:
    """The first column of the table of what differs between frameworks."""
    text = (BACKENDS.parent / "docs" / "frameworks.md").read_text(encoding="utf-8")
    return {line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")}


@pytest.mark.parametrize("backend", NAMES)
def test_every_kernel_names_the_fault_that_it_goes_round(backend: str) -> None:
    """By a line of docs/frameworks.md, in quotes and brackets."""
    for node in body(backend, "kernels.py"):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            reasons = re.findall(r'\(\s*"([^"]+)"', ast.get_docstring(node) or "")
            assert reasons, node.name
            assert set(reasons) <= rows_of_differences(), node.name
