"""Who imports whom, checked on the text of the files: the rules that keep frameworks out of the core."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CORE = sorted((ROOT / "gan_core").rglob("*.py"))
BACKENDS = sorted(path for path in (ROOT / "backends").iterdir() if path.is_dir() and (path / "__init__.py").is_file())
BACKEND_FILES = [path for folder in BACKENDS for path in sorted(folder.glob("*.py"))]
FRAMEWORKS = {"torch", "paddle", "tensorflow", "keras", "jax"}
OWN_FRAMEWORK = {"torch": {"torch"}, "paddle": {"paddle"}, "keras": {"keras", "tensorflow"}}
# The folders of gan_core in the order of imports: what stands in one may import its own folder and those before it.
ORDER = (
    *("errors", "printing", "live_lines", "child_processes", "files", "operations", "specs", "plans", "recording"),
    *("contract", "randomness", "data", "sheets", "objectives", "experiments", "diagrams", "pages", "presets"),
    *("training", "runs", "loggers", "metrics", "features", "evaluation", "reports", "programs", "sharing", "sessions"),
    *("porting", "cells", "sweeps", "lockstep", "lessons", "laboratory", "testing"),
    *("cli", "__main__"),
)
OPEN_TO_BACKENDS = ORDER[: ORDER.index("contract") + 1]
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (level, dotted name) of every import; ``from a import b`` counts as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((0, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.level, f"{node.module or ''}.{alias.name}".strip(".")) for alias in node.names)


@pytest.mark.parametrize("path", CORE, ids=relative)
def test_the_core_imports_no_framework_and_no_backend(path: Path) -> None:
    roots = {name.partition(".")[0] for _, name in imports(tree_of(path))}
    assert not roots & (FRAMEWORKS | {"backends", "gan_backends"})


@pytest.mark.parametrize("path", CORE, ids=relative)
def test_the_core_never_asks_which_backend_is_running(path: Path) -> None:
    """No comparison, and no case of a match, holds a backend's name."""
    asked = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Compare | ast.MatchValue)]
    words = {inner.value for node in asked for inner in ast.walk(node) if isinstance(inner, ast.Constant)}
    assert not words & {"torch", "paddle", "keras"}


@pytest.mark.parametrize("path", BACKEND_FILES, ids=relative)
def test_a_backend_imports_its_framework_the_contract_and_its_siblings(path: Path) -> None:
    allowed = OWN_FRAMEWORK[path.parent.name] | {"numpy"} | set(sys.stdlib_module_names)
    for level, name in imports(tree_of(path)):
        root, *rest = name.split(".")
        if level:
            assert level == 1, f"{name}: another backend's file"
            assert (path.parent / f"{root}.py").is_file(), f"{name}: no sibling"
        elif root == "gan_core":
            assert rest, f"{name}: the core as a whole"
            assert rest[0] in OPEN_TO_BACKENDS, f"{name}: not open to backends"
        else:
            assert root in allowed, f"{name}: not allowed here"


def test_backends_folder_itself_imports_nothing() -> None:
    assert not list(imports(tree_of(ROOT / "backends" / "__init__.py")))


def folder_of(module: str) -> str:
    """Return the folder below `gan_core`, or the module at its top, that a dotted name leads into."""
    return [*module.split("."), ""][1]


@pytest.mark.parametrize(
    "path", [path for path in CORE if path.parent.name != "gan_core" or "__init__" not in str(path)], ids=relative
)
def test_imports_go_to_earlier_folders(path: Path) -> None:
    """Also those for the type checker alone, and those within functions."""
    place = ORDER.index(folder_of(module_of(path)))
    names = [name for _, name in imports(tree_of(path)) if name.startswith("gan_core.")]
    assert [name for name in names if ORDER.index(folder_of(name)) > place] == []


@pytest.mark.parametrize("path", [path for path in CORE if path.parent.name != "cli"], ids=relative)
def test_the_core_is_imported_at_the_top_of_files(path: Path) -> None:
    """But for the command line, whose help is to come at once, and what the package's face loads on demand."""
    tree = tree_of(path)
    at_top = {id(node) for node in tree.body} | {
        id(part) for node in tree.body if isinstance(node, ast.If) for part in node.body
    }
    late = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in at_top]
    assert [name for node in late for _, name in imports(node) if name.startswith("gan_core")] == []


def graph() -> dict[str, set[str]]:
    modules = {module_of(path): path for path in CORE}

    def target(name: str) -> str | None:
        while name and name not in modules:
            name = name.rpartition(".")[0]
        return name or None

    found = {}
    for module, path in modules.items():
        targets = {target(name) for _, name in imports(tree_of(path)) if name.startswith("gan_core")}
        found[module] = {name for name in targets if name} - {module}
    return found


def test_the_core_has_no_import_circles() -> None:
    """Modules that import nothing unexplained are taken away until nothing is left."""
    left = graph()
    while True:
        free = {module for module, targets in left.items() if not targets & set(left)}
        if not free:
            break
        left = {module: targets for module, targets in left.items() if module not in free}
    assert not left, f"these import each other in a circle: {sorted(left)}"


def test_no_drawer_for_anything() -> None:
    """A file is named for what it holds."""
    files = [path for folder in ("gan_core", "backends", "tests") for path in (ROOT / folder).rglob("*.py")]
    assert [relative(path) for path in files if path.stem in VAGUE] == []


@pytest.mark.parametrize("module", [module_of(path) for path in CORE if path.stem != "__main__"])
def test_every_module_of_the_core_has_a_docstring(module: str) -> None:
    path = ROOT / Path(*module.split("."))
    tree = tree_of(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
    assert ast.get_docstring(tree) or not tree.body


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_importing_the_core_imports_nothing_heavy() -> None:
    assert not modules_after("import gan_core") & (FRAMEWORKS | {"matplotlib", "sklearn", "scipy"})


def test_importing_every_module_of_the_core_imports_no_framework() -> None:
    names = ", ".join(module_of(path) for path in CORE if path.stem != "__main__")
    assert not modules_after(f"import {names}") & (FRAMEWORKS | {"matplotlib"})


def test_knowing_the_backends_imports_none() -> None:
    loaded = modules_after(
        "from gan_core.contract.loading import installed_backends; assert 'torch' in installed_backends()"
    )
    assert not loaded & (FRAMEWORKS | {"gan_backends"})
