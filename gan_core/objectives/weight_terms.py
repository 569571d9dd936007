"""Terms over the weights of the network that a phase moves."""

from functools import reduce
from operator import add

from typing_extensions import override

from gan_core.errors import SpecError
from gan_core.objectives.terms import Seen, Side, Term
from gan_core.operations.diagonals import without_diagonal
from gan_core.operations.ops import Array, Ops
from gan_core.plans.plans import Node, Plan
from gan_core.specs.layers import ConvTranspose
from gan_core.specs.spec import NonNegativeFloat, Variant
from gan_core.specs.weighted_layers import Conv, Dense

REGULARISED = (Dense, Conv, ConvTranspose)


class OrthogonalRegularisation(Variant, Term, frozen=True, kw_only=True):
    """Brock et al. 2019 (arXiv:1809.11096, eq. 3): no two filters of a layer point the same way, whatever their length.

    ‖W Wᵀ ⊙ (1 − I)‖²_F, the rows of W the filters of a layer [filters, rest], summed over the dense layers and
    convolutions of the phase's own network: the generator's in its loss, the discriminator's in that one's. Embeddings
    have none. Under spectral norm W is the weight before its division. The authors' code adds half of this gradient.
    """

    weight: NonNegativeFloat = 1e-4

    @override
    def check_plans(self, side: Side, generator: Plan, discriminator: Plan) -> None:
        own = generator if side == "generator" else discriminator
        if not _regularised(own):
            raise SpecError(f"orthogonal_regularisation: '{own.name}' has neither dense layers nor convolutions")

    @override
    def evaluate(self, seen: Seen) -> Array:
        ops, name = seen.ops, seen.generator if seen.side == "generator" else seen.discriminator
        weights, squares = seen.context.weights(name), []
        for node in _regularised(seen.context.plan(name)):
            weight = weights[f"{node.name}.weight"]
            if isinstance(node.layer, ConvTranspose):
                weight = ops.transpose(weight, (1, 0, 2, 3))
            squares.append(squared_products(ops, ops.reshape(weight, (weight.shape[0], -1))))
        return reduce(add, squares)


def squared_products(ops: Ops, filters: Array) -> Array:
    """Return the sum of the squared products of each two different filters, the rows of [filters, rest]: a scalar."""
    products = without_diagonal(ops, ops.matmul(filters, ops.transpose(filters, (1, 0))), False)
    return ops.sum(products * products, (0, 1))


def _regularised(plan: Plan) -> list[Node]:
    return [node for node in plan.nodes if isinstance(node.layer, REGULARISED)]
