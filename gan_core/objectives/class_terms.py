"""Terms over classes and codes: an auxiliary classifier, and the mutual information of codes and samples."""

from math import log, pi
from typing import ClassVar, Literal

import msgspec
from typing_extensions import override

from gan_core.errors import SpecError, nearest
from gan_core.objectives.base import ClassHead, labelled
from gan_core.objectives.context import judged_inputs
from gan_core.objectives.draws import Draw, RealLabels, SecondDomain, SecondLabels
from gan_core.objectives.terms import Seen, Side, Term, flat_head, only_discriminators
from gan_core.operations.log_sums import class_entropy, hot_entropy, log_sum_exp_of_rows
from gan_core.operations.ops import Array, Ops
from gan_core.plans.plans import Plan
from gan_core.specs.spec import NonNegativeFloat, PlainName, Variant


class AuxiliaryClassifier(Variant, Term, frozen=True, kw_only=True):
    """ACGAN (Odena et al. 2017, arXiv:1610.09585): the discriminator names classes too.

    The mean cross-entropy between a head and the labels: in the discriminator's loss of real samples plus of generated
    ones, in the generator's of generated ones.

    head: the discriminator's output, [classes] logits.
    of: in the discriminator's loss, the samples whose class it learns.
    fake_class: whether the head's last unit is a class of its own, one more than there are labels: in the
        discriminator's loss that of all generated samples (semi-supervised GANs, Odena 2016, arXiv:1606.01583).
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("fake_class",)

    weight: NonNegativeFloat = 1.0
    head: PlainName = "classes"
    of: Literal["both", "real", "fake"] = "both"
    fake_class: bool = False

    @override
    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        units = flat_head(self, discriminator, self.head)[0] - self.fake_class
        classes = next((spec.classes for spec in generator.inputs.values() if spec.kind == "label"), None)
        if classes is None and not (side == "discriminator" and (self.of == "real" or self.fake_class)):
            raise SpecError(
                f"auxiliary_classifier: the generator '{generator.name}' reads no labels, so that its samples have no "
                'class; give it an input of the kind "label"'
            )
        if classes is not None and classes != units:
            raise SpecError(
                f"auxiliary_classifier: the head '{self.head}' of '{discriminator.name}' has "
                f"{units + self.fake_class} units for {classes + self.fake_class} classes"
            )

    @override
    def draws(self, side: Side, generator: Plan, discriminator: Plan) -> dict[str, Draw]:
        return {"real_label": RealLabels()} if side == "discriminator" and self.of != "fake" else {}

    @override
    def heads(self) -> tuple[str, ...]:
        return (self.head,)

    @override
    def class_heads(self, generator: Plan, reader: str) -> tuple[ClassHead, ...]:
        others = int(self.fake_class)
        return (ClassHead(network=reader, head=self.head, named=True, others=others),)

    @override
    def evaluate(self, seen: Seen) -> Array:
        ops, losses = seen.ops, []
        if seen.side == "discriminator" and self.of != "fake":
            losses.append(class_entropy(ops, seen.real_heads[self.head], seen.real_label))
        if seen.side == "discriminator" and self.fake_class and self.of != "real":
            losses.append(last_entropy(ops, seen.fake_heads[self.head]))
        elif seen.made.label is not None and (seen.side == "generator" or self.of != "real"):
            losses.append(class_entropy(ops, seen.fake_heads[self.head], seen.made.label))
        return sum(losses[1:], losses[0])


def last_entropy(ops: Ops, logits: Array) -> Array:
    """Return the mean of −log softmax(logits)[−1], a scalar; logits: [N, classes]."""
    return ops.mean(log_sum_exp_of_rows(ops, logits) - logits[:, -1:])


class LabelledClassifier(Variant, Term, frozen=True, kw_only=True):
    """Semi-supervised learning (Salimans et al. 2016, arXiv:1606.03498, section 5): a few samples have labels.

    In the discriminator's loss: the mean cross-entropy between a head and the labels of a batch of the data's second
    domain, of which `labelled_part` makes one. Where the discriminator's first output is a `log_sum_exp` of this head,
    this is the paper's game of K classes: one loss for labelled, unlabelled and generated samples.

    head: the discriminator's output, [classes] logits.
    """

    weight: NonNegativeFloat = 1.0
    head: PlainName = "classes"

    @override
    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        flat_head(self, discriminator, self.head)
        only_discriminators(self, side)
        if labelled(discriminator):
            raise SpecError(
                f"labelled_classifier: '{discriminator.name}' reads labels, which it is to learn; leave the input out"
            )

    @override
    def draws(self, side: Side, generator: Plan, discriminator: Plan) -> dict[str, Draw]:
        return {"labelled": SecondDomain(), "labelled_label": SecondLabels()}

    @override
    def heads(self) -> tuple[str, ...]:
        return (self.head,)

    @override
    def class_heads(self, generator: Plan, reader: str) -> tuple[ClassHead, ...]:
        return (ClassHead(network=reader, head=self.head, named=True),)

    @override
    def evaluate(self, seen: Seen) -> Array:
        context = seen.context
        inputs = judged_inputs(context, seen.discriminator, context.draws["labelled"], None)
        logits = context.run_heads(seen.discriminator, inputs)[self.head]
        return class_entropy(seen.ops, logits, context.draws["labelled_label"])


class MutualInformation(Variant, Term, frozen=True, kw_only=True):
    """InfoGAN (Chen et al. 2016, arXiv:1606.03657, eq. 5): the codes are to be read off the generated samples.

    Minus the variational lower bound on the mutual information, up to the codes' entropy: for a code that is one-hot
    the cross-entropy of a head's logits, for another the negative logarithm of a normal density whose mean is the head,
    of the standard deviation 1, or of the one whose logarithm a second head of the same shape gives; or the mean square
    error, which some scripts take.

    codes: the generator's latents that are codes, each with the discriminator's head that reads it.
    deviations: code → the head of the logarithm of its standard deviation.
    continuous: what is taken for codes that are not one-hot.
    network: the network whose heads read the codes, of samples alone; "" is the discriminator. Put into the generator's
        player it moves with it, as the encoder of ClusterGAN does (Mukherjee et al. 2019, arXiv:1809.03627).
    """

    left_out_if_default: ClassVar[tuple[str, ...]] = ("network",)

    weight: NonNegativeFloat = 1.0
    codes: dict[PlainName, PlainName]
    deviations: dict[PlainName, PlainName] = msgspec.field(default_factory=dict)
    continuous: Literal["normal", "squared"] = "normal"
    network: str = ""

    def check(self) -> None:
        """Raise `SpecError` for no codes, or deviations of none of them."""
        if not self.codes:
            raise SpecError('mutual_information.codes: expected codes with their heads, as { code = "code_head" }')
        for name in self.deviations:
            if name not in self.codes:
                raise SpecError(f"mutual_information.deviations: unknown code '{name}'{nearest(name, self.codes)}")

    @override
    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        for table in (self.codes, self.deviations):
            for code, head in table.items():
                spec = generator.inputs.get(code)
                if spec is None or spec.kind != "latent":
                    raise SpecError(
                        f"mutual_information: the generator '{generator.name}' reads no latent '{code}'"
                        f"{nearest(code, generator.inputs)}"
                    )
                if flat_head(self, discriminator, head) != spec.shape:
                    raise SpecError(
                        f"mutual_information: the head '{head}' has the shape {list(discriminator.outputs[head])}, but "
                        f"the code '{code}' {list(spec.shape)}"
                    )

    @override
    def reader(self, discriminator: str) -> str:
        return self.network or discriminator

    @override
    def heads(self) -> tuple[str, ...]:
        return (*self.codes.values(), *self.deviations.values())

    @override
    def class_heads(self, generator: Plan, reader: str) -> tuple[ClassHead, ...]:
        categories = [code for code in self.codes if generator.inputs[code].distribution == "one_hot"]
        return tuple(ClassHead(network=reader, head=self.codes[code], named=False) for code in categories)

    @override
    def evaluate(self, seen: Seen) -> Array:
        ops, inputs = seen.ops, seen.context.plan(seen.generator).inputs
        losses = []
        for code, head in self.codes.items():
            drawn, read = seen.made.inputs[code], seen.fake_heads[head]
            if inputs[code].distribution == "one_hot":
                losses.append(hot_entropy(ops, read, drawn))
            elif self.continuous == "squared":
                losses.append(ops.mean((read - drawn) * (read - drawn)))
            else:
                deviation = self.deviations.get(code)
                losses.append(normal_surprise(ops, drawn, read, seen.fake_heads[deviation] if deviation else None))
        return sum(losses[1:], losses[0])


def normal_surprise(ops: Ops, values: Array, means: Array, log_deviations: Array | None) -> Array:
    """Return the mean over samples of −log N(values; means, deviations²), summed over values, a scalar; all [N, F].

    log_deviations: the logarithms of the standard deviations; None for 1.
    """
    count, features = values.shape
    scaled = values - means if log_deviations is None else (values - means) * ops.exp(-log_deviations)
    total = ops.sum(scaled * scaled, (0, 1)) * 0.5
    if log_deviations is not None:
        total = total + ops.sum(log_deviations, (0, 1))
    return total * (1 / count) + 0.5 * features * log(2 * pi)
