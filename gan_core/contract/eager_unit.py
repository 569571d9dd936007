"""A unit of a framework that compiles nothing: the function is called as it is."""

from gan_core.contract.backend import Inputs, StepFunction
from gan_core.contract.constants import Constants, Kept
from gan_core.operations.ops import Array


class EagerUnit:
    """See `gan_core.contract.backend.CompiledUnit`.

    constants: those of the backend's operations, of which the unit keeps its own.
    """

    def __init__(self, function: StepFunction, constants: Constants) -> None:
        self.function, self.constants = function, constants
        self._kept: Kept = {}

    def prepare(self, inputs: Inputs) -> dict[str, Array | float]:
        """See `CompiledUnit.prepare`."""
        bring = self.constants.bring
        return {name: value if isinstance(value, float) else bring(value) for name, value in inputs.items()}

    def run(self, prepared: dict[str, Array | float]) -> dict[str, Array]:
        """See `CompiledUnit.run`."""
        with self.constants.kept_in(self._kept):
            return self.function(prepared)

    def __call__(self, inputs: Inputs) -> dict[str, Array]:
        """See `CompiledUnit.__call__`."""
        return self.run(self.prepare(inputs))
