"""The conformance suite: every promise of the contract, asked of one backend."""

from collections.abc import Callable, Collection, Mapping

from gan_core.contract.backend import Backend
from gan_core.errors import UsageError, nearest
from gan_core.testing.cases import Part, failure
from gan_core.testing.layers import layers
from gan_core.testing.members import members
from gan_core.testing.operations import gradients_of_operations, integers, values_of_operations
from gan_core.testing.states import optimizers, variables, weight_files

PARTS: Mapping[str, Part] = {
    "members": members,
    "operations": values_of_operations,
    "gradients of operations": gradients_of_operations,
    "integers and masks": integers,
    "layers": lambda backend: layers(backend, gradients=False),
    "gradients of layers": lambda backend: layers(backend, gradients=True),
    "optimizers": optimizers,
    "variables": variables,
    "weight files": weight_files,
}


def check_backend(
    backend: Backend, parts: Collection[str] = tuple(PARTS), tell: Callable[[str], object] = lambda _: None
) -> list[str]:
    """What a backend does otherwise than the contract says, a line a failure (``part, case: what``); none if sound.

    backend: opened in float64, in which the references compute. parts: names of `PARTS`; by default all of them, which
    takes a minute or two. tell: is told of each part before it begins. Raises `UsageError` for an unknown part.
    """
    for name in parts:
        if name not in PARTS:
            raise UsageError(f"parts: unknown part '{name}'{nearest(name, PARTS)}")
    failures = []
    for name in parts:
        tell(name)
        for case, check in PARTS[name](backend):
            wrong = failure(check)
            if wrong is not None:
                failures.append(f"{name}, {case}: {wrong}")
    return failures
