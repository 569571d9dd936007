"""Terms that compare the features of samples with each other and with a proxy of each class: ContraGAN and ReACGAN.

The proxies are the rows of the weight of a dense layer, [classes, features], that reads the features: the layer is a
head that names classes, as ACGAN's. Features and proxies are compared by the cosine of their angle.
"""

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.base import ClassHead
from gan_core.objectives.draws import Draw, RealLabels
from gan_core.objectives.terms import Seen, Side, Term, flat_head
from gan_core.operations import tables
from gan_core.operations.log_sums import one_hot_rows
from gan_core.operations.ops import Array, Ops
from gan_core.plans.plans import Plan
from gan_core.specs.layers import Dense
from gan_core.specs.spec import NonNegativeFloat, PlainName, PositiveFloat, Share, Variant, variant_name

TINY = 1e-12  # added to squared lengths, so that features of 0 have an angle


class _Contrastive(Variant, Term, frozen=True, kw_only=True):
    weight: NonNegativeFloat = 1.0
    head: PlainName = "features"
    proxies: PlainName = "classes"
    temperature: PositiveFloat = 1.0

    @override
    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        (features,) = flat_head(self, discriminator, self.head)
        flat_head(self, discriminator, self.proxies)
        word = variant_name(type(self).__name__)
        layer = next(node for node in discriminator.nodes if node.name == self.proxies)
        if not isinstance(layer.layer, Dense) or layer.input_shapes != ((features,),):
            raise SpecError(
                f"{word}: '{self.proxies}' of '{discriminator.name}' is no dense layer that reads the {features} "
                f"numbers of '{self.head}'; its weight holds a proxy for each class"
            )
        classes = next((spec.classes for spec in generator.inputs.values() if spec.kind == "label"), None)
        units = layer.plan.output_shape[0]
        if classes != units:
            found = f"reads labels of {classes} classes" if classes else "reads no labels"
            raise SpecError(f"{word}: '{self.proxies}' has {units} proxies, but '{generator.name}' {found}")

    @override
    def draws(self, side: Side, generator: Plan, discriminator: Plan) -> dict[str, Draw]:
        return {"real_label": RealLabels()} if side == "discriminator" else {}

    @override
    def heads(self) -> tuple[str, ...]:
        return (self.head, self.proxies)

    @override
    def class_heads(self, generator: Plan, reader: str) -> tuple[ClassHead, ...]:
        return (ClassHead(network=reader, head=self.proxies, named=True),)

    def angles(self, seen: Seen) -> tuple[Array, Array, Array, Array]:
        """Return cosines of samples with proxies [N, classes] and with each other [N, M], and what says who is alike.

        Of real samples in the discriminator's loss, of generated ones in the generator's; M is the whole batch, of
        which N samples are this worker's. The last two are constants of zeros and ones: the class of each sample
        [N, classes], and which samples share one, [N, M].
        """
        ops, real = seen.ops, seen.side == "discriminator"
        heads, labels = (seen.real_heads, seen.real_label) if real else (seen.fake_heads, seen.made.label)
        assert labels is not None  # the generator reads labels, as was checked
        features = _unit_rows(ops, heads[self.head])
        proxies = _unit_rows(ops, seen.context.weights(seen.discriminator)[f"{self.proxies}.weight"])
        of_class = one_hot_rows(ops, labels, proxies.shape[0])
        alike = ops.matmul(of_class, ops.transpose(ops.gathered(of_class), (1, 0)))
        to_proxies = ops.matmul(features, ops.transpose(proxies, (1, 0)))
        to_samples = ops.matmul(features, ops.transpose(ops.gathered(features), (1, 0)))
        return to_proxies, to_samples, of_class, alike


class ConditionalContrast(_Contrastive, frozen=True, kw_only=True):
    """ContraGAN (Kang, Park 2020, arXiv:2006.12681, eq. 8): near its class's proxy and samples of it, far from others.

    −log of the share of e^(cos / temperature) that the proxy of a sample's class and the other samples of that class
    have among this proxy and all other samples; the mean over real samples in the discriminator's loss, over generated
    ones in the generator's.

    head: the discriminator's features. proxies: the dense layer whose weight's rows are the proxies.
    """

    @override
    def evaluate(self, seen: Seen) -> Array:
        ops = seen.ops
        to_proxies, to_samples, of_class, alike = self.angles(seen)
        own = _own(ops, ops.exp(to_proxies * (1 / self.temperature)), of_class)
        others = ops.exp(to_samples * (1 / self.temperature)) * others_than_itself(ops, to_samples.shape[0])
        near, all_ = ops.sum(others * alike, (1,)), ops.sum(others, (1,))
        return ops.mean(ops.log(own + all_) - ops.log(own + near))


class DataCrossEntropy(_Contrastive, frozen=True, kw_only=True):
    """ReACGAN (Kang et al. 2021, arXiv:2111.01118, eq. 7): cross-entropy of a sample's class against other samples.

    −log of the share of the proxy of a sample's class, e^(min(cos − m, 0) / temperature), against the samples of all
    other classes, e^(max(cos − n, 0) / temperature) each: proxies that are near enough and samples that are far enough
    pull no more. The mean as in `ConditionalContrast`.

    positive_margin: m. negative_margin: n; by default 1 − m. head, proxies: as there.
    """

    temperature: PositiveFloat = 0.5
    positive_margin: Share = 0.98
    negative_margin: Share | None = None

    @override
    def evaluate(self, seen: Seen) -> Array:
        ops = seen.ops
        to_proxies, to_samples, of_class, alike = self.angles(seen)
        least = 1 - self.positive_margin if self.negative_margin is None else self.negative_margin
        own = -ops.relu(self.positive_margin - _own(ops, to_proxies, of_class)) * (1 / self.temperature)
        away = ops.exp(ops.relu(to_samples - least) * (1 / self.temperature)) * (1.0 - alike)
        return ops.mean(ops.log(ops.exp(own) + ops.sum(away, (1,))) - own)


def _unit_rows(ops: Ops, rows: Array) -> Array:
    """Return rows [N, F] over their lengths."""
    squares = ops.reshape(ops.sum(rows * rows, (1,)), (-1, 1))
    return rows / ops.sqrt(squares + TINY)


def _own(ops: Ops, values: Array, of_class: Array) -> Array:
    """Return the value [N] of each sample's own class, out of [N, classes]."""
    return ops.sum(values * of_class, (1,))


def others_than_itself(ops: Ops, count: int) -> Array:
    """Return [N, M] of 0 where one of this worker's N samples is one of the batch's M itself, and 1 elsewhere."""
    return ops.constant(tables.others(count, 2, ops.workers))
