"""The one way to reach a backend: the entry points ``gan_core.backends``, so another distribution can bring one."""

import ast
import importlib.util
import inspect
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from gan_core.contract.backend import Backend
from gan_core.contract.devices import EXACT, check_products, gpu_number
from gan_core.errors import BackendError, GanError, nearest, one_line
from gan_core.printing import say

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
    for name in installed_backends():
        found |= dict.fromkeys(_constant(name, "MODULES") or (), name)
    return found


def other_distributions(name: str) -> dict[str, tuple[str, ...]]:
    """Return what may be installed in place of a distribution that a backend needs: its name → names of others.

    Such as builds for GPUs. A backend says so in the constant ``DISTRIBUTIONS`` of its package.
    """
    return _constant(name, "DISTRIBUTIONS") or {}


def _constant(name: str, constant: str) -> Any:
    """A constant of a backend's package, read as text; None where there is none."""
    point = installed_backends().get(name)
    spec = importlib.util.find_spec(point.module) if point else None
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        return None
    for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [constant]:
            return ast.literal_eval(node.value)
    return None


def load_backend(
    name: str, dtype: str = "float32", device: str = "cpu", *, products: str = EXACT, deterministic: bool = False
) -> Backend:
    """Return a backend, importing its framework.

    Raises `BackendError` for an unknown name, a framework that is not installed (with the command that installs it),
    one that is installed and cannot be imported, one that another framework in this process rules out, and a dtype,
    device or option that it lacks. device: ``cpu``, ``gpu`` or ``gpu:N``. products: of ``training.products``.
    deterministic: whether a GPU computes the same bits each time, for which it may take slower kernels.
    """
    known = installed_backends()
    if name not in known:
        raise BackendError(f"unknown backend '{name}'{nearest(name, known)}")
    if dtype not in DTYPES:
        raise BackendError(f"dtype '{dtype}': expected {' or '.join(DTYPES)}")
    gpu_number(device)
    check_products(products, dtype)
    if products == "tf32" and device == "cpu":
        say("gan: note: training.products=tf32 changes nothing on a CPU, where products are exact")
    try:
        create = known[name].load()
    except GanError:
        raise
    except Exception as error:  # whatever a broken installation raises: ImportError, OSError, AttributeError …
        raise BackendError(
            f"backend '{name}' is installed but cannot be imported ({type(error).__name__}: {one_line(error)}); "
            f"uninstall it, then  pip install 'gan-core[{name}]'"
        ) from error
    options = ({"products": products} if products != EXACT else {}) | ({"deterministic": True} if deterministic else {})
    for option, value in options.items():
        if not _takes(create, option):
            raise BackendError(
                f"backend '{name}' does not know {option}={value}: leave it out, or take another backend"
            )
    backend: Backend = create(dtype, device, **options)
    return backend


def _takes(create: Callable[..., Any], option: str) -> bool:
    """Whether what opens a backend takes an option: those of other distributions may take dtype and device alone."""
    parameters = inspect.signature(create).parameters
    return option in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


def require_framework(module: str, extra: str) -> None:
    """Raise `BackendError` with the install command unless the top-level `module` can be found."""
    if importlib.util.find_spec(module) is None:
        raise BackendError(
            f"backend '{extra}' needs {module}, which is not installed: run  pip install 'gan-core[{extra}]'"
        )
