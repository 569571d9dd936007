"""A unit of a framework that compiles nothing: the function is called as it is."""

from gan_core.contract.backend import Inputs, StepFunction
from gan_core.operations.ops import Array, Ops


class EagerUnit:
    """See `gan_core.contract.backend.CompiledUnit`."""

    def __init__(self, function: StepFunction, ops: Ops) -> None:
        self.function, self.ops = function, ops

    def prepare(self, inputs: Inputs) -> dict[str, Array | float]:
        """See `CompiledUnit.prepare`."""
        return {name: value if isinstance(value, float) else self.ops.constant(value) for name, value in inputs.items()}

    def run(self, prepared: dict[str, Array | float]) -> dict[str, Array]:
        """See `CompiledUnit.run`."""
        return self.function(prepared)

    def __call__(self, inputs: Inputs) -> dict[str, Array]:
        """See `CompiledUnit.__call__`."""
        return self.run(self.prepare(inputs))
