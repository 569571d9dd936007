"""Adam as a port gets it that carries epsilon over to a framework which adds it elsewhere."""

from collections.abc import Mapping

from typing_extensions import override

from gan_core.operations.ops import Array, Ops, Scalar
from gan_core.specs.optimizers import UNDER_ROOT, Adam


class AdamEpsilonFirst(Adam, frozen=True, kw_only=True):
    """Adam with epsilon added before the bias correction, as Keras has it.

    The paper's "epsilon hat" (Kingma, Ba 2015, arXiv:1412.6980, the end of section 2):
    w ← w − lr √(1 − β2ᵗ) / (1 − β1ᵗ) · m / (√v + epsilon).
    """

    @override
    def update(
        self, ops: Ops, weight: Array, gradient: Array, slots: Mapping[str, Array], settings: Mapping[str, Scalar]
    ) -> tuple[Array, dict[str, Array]]:
        first = slots["first_moment"] * self.beta1 + gradient * (1 - self.beta1)
        second = slots["second_moment"] * self.beta2 + gradient * gradient * (1 - self.beta2)
        root = ops.sqrt(second + UNDER_ROOT) + self.epsilon
        rate = settings["learning_rate"] * settings["second_correction_root"] / settings["first_correction"]
        return weight - first / root * rate, {"first_moment": first, "second_moment": second}
