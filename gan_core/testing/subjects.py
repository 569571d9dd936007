"""One question, asked of a backend and of the NumPy reference: a network's output, its gradients, its statistics.

The scalar that is differentiated is f = Σ (linear + ½ quadratic y) y with random coefficients, so that every output
pixel counts with its own weight and even a linear layer has second derivatives.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from gan_core.contract.backend import Backend, Call, NativeNetwork
from gan_core.operations.ops import Array, Ops
from gan_core.operations.random_bits import CallRandom
from gan_core.plans.plans import plan_network
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.testing import (
    complex_step,
    more_reference_layers,  # noqa: F401  (they join those of `reference_layers`)
    reference_augmentations,  # noqa: F401  (as those)
    reference_convolutions,  # noqa: F401  (as those)
    reference_recurrent,  # noqa: F401  (as those)
    reference_styles,  # noqa: F401  (as those)
)
from gan_core.testing.numpy_ops import NUMPY
from gan_core.testing.reference_layers import ReferenceNetwork

Arrays = dict[str, np.ndarray]
DIRECTIONS = 3


@dataclass(frozen=True)
class Measured:
    """What one call in training mode gives: [N, …] value, gradients by canonical name, statistics afterwards."""

    value: np.ndarray
    gradients: Arrays
    statistics: Arrays


class Subject:
    """A network with random weights, inputs and head, the same for everybody.

    spread: inputs are distinct multiples of .1 at least .05 from 0, so that no finite step crosses a kink.
    """

    def __init__(self, network: Network, *, spread: bool = False, count: int = 3, seed: int = 0) -> None:
        self.plan = plan_network("net", network)
        generator = np.random.default_rng(seed)
        self.values = {name: generator.normal(0, 0.5, plan.shape) for name, plan in self.plan.weights.items()}
        for name, buffer in self.plan.buffers.items():
            shape = buffer.shape
            positive = name.endswith("variance")
            self.values[name] = generator.uniform(0.5, 2.0, shape) if positive else generator.normal(0, 1, shape)
        self.inputs = {name: drawn(generator, given, count, spread) for name, given in network.inputs.items()}
        self.differentiable = [name for name, given in network.inputs.items() if given.kind != "label"]
        output = (count, *self.plan.output_shape)
        head = {"linear": generator.normal(0, 1, output), "quadratic": generator.normal(0, 1, output)}
        self.given: Arrays = {**self.inputs, **head, "mask_key": np.array([12345, 2**32 - 7], np.int64)}
        self.directions = [
            {
                name: generator.uniform(-1, 1, array.shape)
                for name, array in {**self.inputs, **self.weights}.items()
                if name in self.weights or name in self.differentiable
            }
            for _ in range(DIRECTIONS)
        ]

    @property
    def weights(self) -> Arrays:
        return {name: self.values[name] for name in self.plan.weights}

    @property
    def arrays(self) -> Arrays:
        """Everything that f can be differentiated at."""
        return {**{name: self.inputs[name] for name in self.differentiable}, **self.weights}

    # the reference's answers

    def reference(self) -> ReferenceNetwork:
        return ReferenceNetwork(self.plan, self.values)

    def scalar(self, arrays: Mapping[str, np.ndarray]) -> complex:
        """Return f for given inputs and weights."""
        call = call_of(NUMPY, self.given, True, {name: arrays[name] for name in self.plan.weights})
        y = self.reference()({**self.inputs, **{name: arrays[name] for name in self.differentiable}}, call)
        return complex(cast("Any", head(NUMPY, cast("Any", y), self.given)))

    def expected(self) -> Measured:
        network = self.reference()
        value = network(self.inputs, call_of(NUMPY, self.given, True, None))
        statistics = {name: network.values[name] for name in self.plan.buffers}
        return Measured(value, complex_step.gradients(self.scalar, self.arrays), statistics)

    def expected_second(self, gradients: Arrays) -> Arrays:
        """Return the slopes of Σ ‖∂f/∂input‖² along each direction of each array; gradients: of f."""
        along = {name: gradients[name] for name in self.differentiable}
        return {
            name: np.array(
                [2 * complex_step.mixed(self.scalar, self.arrays, along, {name: way[name]}) for way in self.directions]
            )
            for name in self.arrays
        }

    # the backend's answers

    def measure(self, backend: Backend) -> Measured:
        network = backend.build_network(self.plan, self.values)
        run, read = self.differentiating(backend, network, self.first_gradients)
        result = run(self.given)
        value = backend.to_numpy(result.pop("value"))
        statistics = {name: network.read()[name] for name in self.plan.buffers}
        return Measured(value, {name: backend.to_numpy(array) for name, array in result.items()} | read(), statistics)

    def measure_second(self, backend: Backend) -> Arrays:
        """Return the slopes of Σ ‖∂f/∂input‖² along each direction of each array."""
        network = backend.build_network(self.plan, self.values)
        run, read = self.differentiating(backend, network, self.second_gradients)
        result = run(self.given)
        gradients = {name: backend.to_numpy(array) for name, array in result.items() if name != "value"} | read()
        return {
            name: np.array([np.sum(gradient * way[name]) for way in self.directions])
            for name, gradient in gradients.items()
        }

    def first_gradients(
        self, ops: Ops, network: NativeNetwork, given: Mapping[str, Array]
    ) -> tuple[Array, list[str], list[Array]]:
        inputs = self.leaves(ops, given)
        y = network(inputs, call_of(ops, given, True, None))
        at = {**{name: inputs[name] for name in self.differentiable}, **network.weights()}
        return y, list(at), ops.gradients(head(ops, y, given), list(at.values()), differentiable=False)

    def second_gradients(
        self, ops: Ops, network: NativeNetwork, given: Mapping[str, Array]
    ) -> tuple[Array, list[str], list[Array]]:
        inputs = self.leaves(ops, given)
        y = network(inputs, call_of(ops, given, True, None))
        at = {**{name: inputs[name] for name in self.differentiable}, **network.weights()}
        first = ops.gradients(head(ops, y, given), [inputs[name] for name in self.differentiable], differentiable=True)
        squares = [ops.sum(gradient * gradient, tuple(range(len(gradient.shape)))) for gradient in first]
        return y, list(at), ops.gradients(sum(squares[1:], squares[0]), list(at.values()), differentiable=False)

    def leaves(self, ops: Ops, given: Mapping[str, Array]) -> dict[str, Array]:
        return {
            name: ops.differentiable_leaf(given[name]) if name in self.differentiable else given[name]
            for name in self.inputs
        }

    def differentiating(
        self, backend: Backend, network: NativeNetwork, function: Callable[..., tuple[Array, list[str], list[Array]]]
    ) -> tuple[Callable[[Arrays], dict[str, Array]], Callable[[], Arrays]]:
        """Return the compiled function, and one that reads the weights' gradients in canonical layout.

        Gradients at weights have the backend's own layout; a second network of the same plan carries them over the
        border, where `read` turns them.
        """
        carrier = backend.build_network(self.plan, self.values)

        def step(given: Mapping[str, Array]) -> dict[str, Array]:
            y, names, gradients = function(backend.ops, network, given)
            found = dict(zip(names, gradients, strict=True))
            if self.plan.weights:
                carrier.assign({name: found[name] for name in self.plan.weights})
            return {"value": y, **{name: found[name] for name in self.differentiable}}

        def read() -> Arrays:
            values = carrier.read()
            return {name: values[name] for name in self.plan.weights}

        return backend.compile(step, [self.plan]), read


def head(ops: Ops, y: Array, given: Mapping[str, Array]) -> Array:
    return ops.sum((given["linear"] + given["quadratic"] * y * 0.5) * y, tuple(range(len(y.shape))))


def call_of(ops: Ops, given: Mapping[str, Array], training: bool, weights: Mapping[str, Array] | None) -> Call:
    return Call(
        training=training,
        weights=weights,
        random=CallRandom(ops=ops, key=given["mask_key"], place="net/1"),
    )


def drawn(generator: np.random.Generator, given: Input, count: int, spread: bool) -> np.ndarray:
    if given.kind == "label":
        return generator.integers(0, given.classes, count)
    shape = (count, *given.shape)
    if not spread:
        return generator.normal(0, 1, shape)
    size = int(np.prod(shape))
    size_even = size + size % 2
    return generator.permutation((np.arange(size_even) - (size_even - 1) / 2) * 0.1)[:size].reshape(shape)


def of_layers(*layers: L.Layer, shape: tuple[int, ...]) -> Network:
    """Return a network of layers in a row on data of a shape."""
    return Network(inputs={"x": Input(kind="data", shape=shape)}, layers=layers)
