"""The one way to reach a backend: the entry points ``gan_core.backends``, so another distribution can bring one."""

import ast
import importlib.util
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from gan_core.contract.backend import Backend
from gan_core.contract.devices import gpu_number
from gan_core.errors import BackendError, GanError, nearest, one_line

ENTRY_POINT_GROUP = "gan_core.backends"
DTYPES = ("float32", "float64")


def installed_backends() -> dict[str, EntryPoint]:
    """Return the entry points of all known backends by name; their frameworks may still be missing."""
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


def framework_modules() -> dict[str, str]:
    """Return which top-level modules a program of each known backend imports: the module's name → the backend's.

    A backend says so in the constant ``MODULES`` of its package, which is read as text: nothing is imported for it.
    """
    found: dict[str, str] = {}
    for name, point in installed_backends().items():
        spec = importlib.util.find_spec(point.module)
        if spec is None or spec.origin is None or not Path(spec.origin).is_file():
            continue
        for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["MODULES"]:
                found |= dict.fromkeys(ast.literal_eval(node.value), name)
    return found


def load_backend(name: str, dtype: str = "float32", device: str = "cpu") -> Backend:
    """Return a backend, importing its framework.

    Raises `BackendError` for an unknown name, a framework that is not installed (with the command that installs it),
    one that is installed and cannot be imported, one that another framework in this process rules out, and a dtype or
    device that it lacks. device: ``cpu``, ``gpu`` or ``gpu:N``.
    """
    known = installed_backends()
    if name not in known:
        raise BackendError(f"unknown backend '{name}'{nearest(name, known)}")
    if dtype not in DTYPES:
        raise BackendError(f"dtype '{dtype}': expected {' or '.join(DTYPES)}")
    gpu_number(device)
    try:
        create = known[name].load()
    except GanError:
        raise
    except Exception as error:  # whatever a broken installation raises: ImportError, OSError, AttributeError …
        raise BackendError(
            f"backend '{name}' is installed but cannot be imported ({type(error).__name__}: {one_line(error)}); "
            f"uninstall it, then  pip install 'gan-core[{name}]'"
        ) from error
    backend: Backend = create(dtype, device)
    return backend


def require_framework(module: str, extra: str) -> None:
    """Raise `BackendError` with the install command unless the top-level `module` can be found."""
    if importlib.util.find_spec(module) is None:
        raise BackendError(
            f"backend '{extra}' needs {module}, which is not installed: run  pip install 'gan-core[{extra}]'"
        )
