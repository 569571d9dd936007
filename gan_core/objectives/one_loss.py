"""The base of objectives that take any loss whose two sides see their samples apart."""

from abc import abstractmethod
from typing import ClassVar

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import Objective
from gan_core.objectives.losses import adversarial_loss
from gan_core.specs.spec import Variant


class OneLoss(Variant, Objective, frozen=True, kw_only=True):
    """Base of objectives with networks that judge, and a loss in `LOSSES` for them.

    loss: the name of one whose generator's side reads generated samples alone.
    """

    is_base: ClassVar[bool] = True

    loss: str

    def check(self) -> None:
        """Raise `SpecError` for an unknown loss, or one whose generator's side needs real outputs too."""
        refuse_comparing(self.loss)

    @abstractmethod
    def judging(self) -> tuple[str, ...]:
        """Return the networks that judge."""
        raise NotImplementedError

    @override
    def outputs(self) -> dict[str, str]:
        return dict.fromkeys(self.judging(), adversarial_loss(self.loss).outputs)


def refuse_comparing(name: str) -> None:
    """Raise `SpecError` for an unknown loss, and for one whose generator's side reads real outputs too."""
    if adversarial_loss(name).generator_needs_real:
        raise SpecError(f"loss '{name}': its generator's side compares real and generated samples; choose another")
