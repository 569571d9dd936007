"""Every kind of layer in many settings, as small networks by telling names."""

from dataclasses import dataclass

from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.testing.convolution_cases import convolutional_networks
from gan_core.testing.more_layer_cases import KINKED as MORE_KINKED
from gan_core.testing.more_layer_cases import more_networks
from gan_core.testing.style_cases import KINKED as STYLE_KINKED
from gan_core.testing.style_cases import style_networks
from gan_core.testing.subjects import of_layers

IMAGE = (2, 5, 6)
POOLS = [(1, None), (2, None), (2, 1), (3, 1), (3, 2), (2, 3), (5, None)]
BATCH_NORMS = {
    "unbiased": L.BatchNorm(),
    "biased": L.BatchNorm(running_variance="biased"),
    "plain": L.BatchNorm(affine=False),
    "plain-biased": L.BatchNorm(affine=False, running_variance="biased"),
    "rate.8-epsilon1e-3": L.BatchNorm(running_update_rate=0.8, epsilon=1e-3),
    "rate0": L.BatchNorm(running_update_rate=0.0),
    "rate1-biased": L.BatchNorm(running_update_rate=1.0, running_variance="biased"),
}
SMOOTH = {"elu": L.ELU(), "tanh": L.Tanh(), "sigmoid": L.Sigmoid(), "scale": L.Scale(factor=-1.7)}
KINKED = {
    "relu": L.ReLU(),
    "leaky_relu-.2": L.LeakyReLU(),
    "leaky_relu-.01": L.LeakyReLU(slope=0.01),
    "leaky_relu-0": L.LeakyReLU(slope=0.0),
    "leaky_relu-1": L.LeakyReLU(slope=1.0),
    "elu": L.ELU(),
}
DROPOUTS = {"0": L.Dropout(rate=0.0), ".3": L.Dropout(rate=0.3), ".5": L.Dropout()}


@dataclass(frozen=True)
class Case:
    """A network, and whether its inputs must keep away from kinks (see `subjects.Subject`)."""

    network: Network
    spread: bool = False


def _dense() -> dict[str, Case]:
    spectral = L.Dense(units=5, bias=False, spectral_norm=True)
    return {
        "spectral-dense": Case(of_layers(L.Dense(units=3, spectral_norm=True), shape=(4,))),
        "spectral-dense-no-bias": Case(of_layers(spectral, shape=(3,))),
        "dense": Case(of_layers(L.Dense(units=3), shape=(4,))),
        "dense-no-bias": Case(of_layers(L.Dense(units=3, bias=False), shape=(4,))),
        "dense-one-unit": Case(of_layers(L.Dense(units=1), shape=(1,))),
        "dense-by-step": Case(of_layers(L.Dense(units=5), shape=(3, 2))),
        "dense-by-step-wide": Case(of_layers(L.Dense(units=65), shape=(2, 2))),
        "spectral-dense-by-step": Case(of_layers(L.Dense(units=3, spectral_norm=True), shape=(3, 4))),
    }


def _elementwise() -> dict[str, Case]:
    cases = {}
    for name, layer in SMOOTH.items():
        cases[f"{name}-2d"] = Case(of_layers(layer, shape=(5,)))
        cases[f"{name}-4d"] = Case(of_layers(layer, shape=(2, 3, 4)))
    for name, layer in KINKED.items():
        cases[f"{name}-kinked-2d"] = Case(of_layers(layer, shape=(5,)), spread=True)
        cases[f"{name}-kinked-4d"] = Case(of_layers(layer, shape=(2, 3, 4)), spread=True)
    for name, layer in DROPOUTS.items():
        cases[f"dropout-{name}-2d"] = Case(of_layers(layer, shape=(6,)))
        cases[f"dropout-{name}-4d"] = Case(of_layers(layer, shape=(2, 3, 4)))
    cases["dropout-channels"] = Case(of_layers(L.Dropout(rate=0.4, per_channel=True), shape=(5, 3, 4)))
    for name, layer in BATCH_NORMS.items():
        cases[f"batch_norm-{name}-2d"] = Case(of_layers(layer, shape=(4,)))
        cases[f"batch_norm-{name}-4d"] = Case(of_layers(layer, shape=(3, 2, 4)))
    return cases


def _geometry() -> dict[str, Case]:
    cases = {
        "flatten": Case(of_layers(L.Flatten(), shape=(2, 3, 4))),
        "flatten-features": Case(of_layers(L.Flatten(), shape=(4,))),
        "flatten-dense": Case(of_layers(L.Flatten(), L.Dense(units=2), shape=(2, 2, 3))),
        "reshape-to-image": Case(of_layers(L.Reshape(shape=(3, 2, 2)), L.Conv(channels=2, kernel=2), shape=(12,))),
        "reshape-to-features": Case(of_layers(L.Reshape(shape=(12,)), L.Dense(units=2), shape=(3, 2, 2))),
        "reshape-image-to-image": Case(
            of_layers(L.Reshape(shape=(4, 2, 3)), L.Conv(channels=2, kernel=2), shape=(2, 3, 4))
        ),
        "reshape-to-two-axes": Case(of_layers(L.Reshape(shape=(3, 4)), L.Tanh(), L.Flatten(), shape=(2, 2, 3))),
        "reshape-to-five-axes": Case(of_layers(L.Reshape(shape=(2, 1, 3, 2)), L.Tanh(), shape=(12,))),
        "conv-reshape-at-the-end": Case(
            of_layers(L.Conv(channels=3, kernel=2), L.Reshape(shape=(2, 9)), shape=(2, 3, 4))
        ),
    }
    for size, stride in POOLS:
        cases[f"average_pool-{size}-s{stride}"] = Case(of_layers(L.AveragePool(size=size, stride=stride), shape=IMAGE))
        cases[f"max_pool-{size}-s{stride}"] = Case(of_layers(L.MaxPool(size=size, stride=stride), shape=IMAGE), True)
    for factor in (1, 2, 3):
        cases[f"upsample-{factor}"] = Case(of_layers(L.Upsample(factor=factor), shape=(2, 2, 3)))
    return cases


def _joins() -> dict[str, Case]:
    x = {"x": Input(kind="data", shape=(3,))}
    image = {"x": Input(kind="data", shape=(2, 3, 4))}
    label = {"label": Input(kind="label", classes=4)}

    def named(*layers: L.Layer, **inputs: Input) -> Network:
        return Network(inputs=inputs, layers=layers)

    own = (L.Dense(units=2, name="a", inputs=("x",)), L.Dense(units=4, name="b", inputs=("x",)))
    equal = (L.Dense(units=3, name="a", inputs=("x",)), L.Dense(units=3, name="b", inputs=("x",)))
    wide = L.Conv(channels=3, kernel=3, padding=1, name="a", inputs=("x",))
    return {
        "concat-features": Case(named(*own, L.Concat(inputs=("a", "x", "b")), **x)),
        "concat-twice-the-same": Case(named(L.Concat(inputs=("x", "x")), **x)),
        "concat-of-one": Case(named(L.Concat(), **x)),
        "concat-images": Case(named(wide, L.Concat(inputs=("x", "a")), **image)),
        "concat-two-axes": Case(
            named(L.Reshape(shape=(2, 12), name="a", inputs=("x",)), L.Concat(inputs=("a", "a")), **image)
        ),
        "add-two": Case(named(*equal, L.Add(inputs=("a", "b")), **x)),
        "add-three": Case(named(*equal, L.Add(inputs=("x", "a", "b")), **x)),
        "add-of-one": Case(named(L.Add(), **x)),
        "add-images": Case(
            named(
                L.Conv(channels=2, kernel=1, name="a", inputs=("x",)), L.Tanh(), L.Add(inputs=("x", "tanh_1")), **image
            )
        ),
        "embedding": Case(named(L.Embedding(classes=4, units=3), **label)),
        "embedding-to-image": Case(
            named(
                L.Embedding(classes=4, units=12, inputs=("label",)),
                L.Reshape(shape=(1, 3, 4), name="map"),
                L.Concat(inputs=("x", "map")),
                L.Conv(channels=2, kernel=2),
                **image,
                **label,
            )
        ),
        "embedding-concat-tanh": Case(
            named(
                L.Embedding(classes=4, units=2, inputs=("label",)),
                L.Concat(inputs=("x", "embedding_1")),
                L.Dense(units=4),
                L.Tanh(),
                L.Dense(units=1),
                **x,
                **label,
            )
        ),
    }


def _norms() -> dict[str, Case]:
    image = (3, 2, 4)
    return {
        "layer_norm-2d": Case(of_layers(L.LayerNorm(), shape=(5,))),
        "layer_norm-4d": Case(of_layers(L.LayerNorm(), shape=image)),
        "layer_norm-plain-epsilon1e-2": Case(of_layers(L.LayerNorm(affine=False, epsilon=1e-2), shape=image)),
        "instance_norm": Case(of_layers(L.InstanceNorm(), shape=image)),
        "instance_norm-affine-epsilon1e-3": Case(of_layers(L.InstanceNorm(affine=True, epsilon=1e-3), shape=image)),
    }


def _groups() -> dict[str, Case]:
    near = L.MinibatchDiscrimination(kernels=3, dimensions=2)
    x = {"x": Input(kind="data", shape=(4,))}
    joined = (near, L.Concat(inputs=("x", "minibatch_discrimination_1")), L.Dense(units=2))
    return {
        "maxout-2-2d": Case(of_layers(L.Maxout(), shape=(6,)), spread=True),
        "maxout-3-4d": Case(of_layers(L.Maxout(pieces=3), shape=(6, 2, 3)), spread=True),
        "maxout-1": Case(of_layers(L.Maxout(pieces=1), shape=(4,))),
        "minibatch_discrimination": Case(of_layers(near, shape=(4,))),
        "minibatch_discrimination-joined": Case(Network(inputs=x, layers=joined)),
    }


CASES = {
    **_dense(),
    **_elementwise(),
    **_geometry(),
    **_joins(),
    **_norms(),
    **_groups(),
    **{name: Case(network) for name, network in convolutional_networks().items()},
    **{name: Case(network, name in MORE_KINKED) for name, network in more_networks().items()},
    **{name: Case(network, name in STYLE_KINKED) for name, network in style_networks().items()},
}
