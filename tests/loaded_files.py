"""Python files of the project that belong to no package, as modules: benchmarks and examples."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent


def loaded(file: str) -> ModuleType:
    """Return a file of the project, by its path from the root, as a module that has run."""
    path = ROOT / file
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # where specs of its own look up their types
    spec.loader.exec_module(module)
    return module
