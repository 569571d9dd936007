"""Classifiers that keep a generator from making its classes easier to tell than real ones are: TAC-GAN, ADC-GAN."""

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import ClassHead
from gan_core.objectives.draws import Draw, RealLabels
from gan_core.objectives.terms import Seen, Side, Term, flat_head
from gan_core.operations.log_sums import class_entropy
from gan_core.operations.ops import Array
from gan_core.plans.plans import Plan
from gan_core.specs.spec import NonNegativeFloat, PlainName, Variant, variant_name


class _Classifier(Variant, Term, frozen=True, kw_only=True):
    weight: NonNegativeFloat = 1.0
    head: PlainName = "classes"

    def units_of(self, classes: int) -> int:
        """Return how many units the head has for so many classes."""
        return classes

    @override
    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        word, (units,) = variant_name(type(self).__name__), flat_head(self, discriminator, self.head)
        classes = next((spec.classes for spec in generator.inputs.values() if spec.kind == "label"), None)
        if classes is None:
            raise SpecError(f"{word}: '{generator.name}' reads no labels; give it an input of the kind \"label\"")
        if units != (wanted := self.units_of(classes)):
            raise SpecError(
                f"{word}: the head '{self.head}' of '{discriminator.name}' has {units} units; expected {wanted} for "
                f"{classes} classes"
            )

    @override
    def heads(self) -> tuple[str, ...]:
        return (self.head,)


class TwinClassifier(_Classifier, frozen=True, kw_only=True):
    """TAC-GAN (Gong et al. 2019, arXiv:1907.02690, eq. 5): a second classifier, of generated samples alone.

    The mean cross-entropy between a head and the labels of generated samples in the discriminator's loss, and minus it
    in the generator's, which is to make them hard to tell as far as real ones are. It is meant to stand
    beside `auxiliary_classifier`, with a head of its own: alone it only makes classes hard to tell.

    head: the discriminator's output, [classes] logits.
    """

    head: PlainName = "twin"

    @override
    def evaluate(self, seen: Seen) -> Array:
        assert seen.made.label is not None  # the generator reads labels, as was checked
        entropy = class_entropy(seen.ops, seen.fake_heads[self.head], seen.made.label)
        return entropy if seen.side == "discriminator" else -entropy


class DiscriminativeClassifier(_Classifier, frozen=True, kw_only=True):
    """ADC-GAN (Hou et al. 2022, arXiv:2107.10060, eq. 8, 9): real and generated samples have classes of their own.

    In the discriminator's loss the mean cross-entropy of real samples as the classes 0 … K − 1, plus that of generated
    ones as K … 2K − 1. In the generator's that of generated samples as real ones, minus that of them as generated ones.

    head: the discriminator's output, [2K] logits.
    """

    @override
    def units_of(self, classes: int) -> int:
        return 2 * classes

    @override
    def draws(self, side: Side, generator: Plan, discriminator: Plan) -> dict[str, Draw]:
        return {"real_label": RealLabels()} if side == "discriminator" else {}

    @override
    def class_heads(self, generator: Plan, reader: str) -> tuple[ClassHead, ...]:
        classes = next(spec.classes or 1 for spec in generator.inputs.values() if spec.kind == "label")
        return (ClassHead(network=reader, head=self.head, named=True, others=classes),)

    @override
    def evaluate(self, seen: Seen) -> Array:
        ops, label, fake = seen.ops, seen.made.label, seen.fake_heads[self.head]
        assert label is not None  # the generator reads labels, as was checked
        as_generated = class_entropy(ops, fake, label + fake.shape[1] // 2)
        if seen.side == "discriminator":
            return class_entropy(ops, seen.real_heads[self.head], seen.real_label) + as_generated
        return class_entropy(ops, fake, label) - as_generated
