"""How often something is done in a training: every so many steps, or every so many epochs."""

import re
from typing import TYPE_CHECKING, ClassVar

import msgspec

from gan_core.errors import SpecError, UsageError
from gan_core.specs.spec import PositiveFloat, PositiveInt, Spec, variant_name

EITHER = ("every_steps", "every_epochs")  # the one of the two that a change sets takes the other's place


def read_interval(word: str | int, key: str) -> dict[str, int | float]:
    """Return the field of an interval that a word means: 50 is ``every_steps``, ``5epochs`` is ``every_epochs``.

    key: what the word is given as, for the message. Raises `UsageError` for any other word.

    >>> read_interval("5epochs", "print_every")
    {'every_epochs': 5.0}
    """
    found = re.fullmatch(r"0*([1-9]\d{0,11})\s*(?:(steps?)|-?(epochs?))?", str(word))
    if found is None:
        raise UsageError(f"{key}={word}: expected a number of steps, as 50, or of epochs, as 5epochs")
    return {"every_epochs": float(found[1])} if found[3] else {"every_steps": int(found[1])}


class Interval(Spec, frozen=True, kw_only=True):
    """Base of what is done every so many steps, or every so many epochs: one of the two.

    every_epochs: at the step in which an epoch ends, and so many epochs later again; .5 is twice an epoch. An epoch has
    passed when as many batches of real samples were taken as the data hold.
    default_steps: what holds where neither is given; None: never. after_first_epoch: whether an interval in epochs
    has the end of the first one too.
    """

    default_steps: ClassVar[int | None] = None
    after_first_epoch: ClassVar[bool] = False

    if TYPE_CHECKING:  # each kind states the two where they stand in its files, whose order is part of what they are
        every_steps: PositiveInt | None = None
        every_epochs: PositiveFloat | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.every_steps is not None and self.every_epochs is not None:
            word = variant_name(type(self).__name__)
            raise SpecError(f"{word}: every_steps and every_epochs are both given; expected one of them")
        if self.every_steps is None and self.every_epochs is None and self.default_steps is not None:
            msgspec.structs.force_setattr(self, "every_steps", self.default_steps)

    @property
    def happens(self) -> bool:
        """Whether it is done at all."""
        return self.every_steps is not None or self.every_epochs is not None
