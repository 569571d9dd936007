"""Random small networks that fit together, for hypothesis."""

from typing import Any

from hypothesis import strategies as st

from gan_core.errors import SpecError
from gan_core.plans.layer_plans import Shape
from gan_core.plans.shape_rules import plan_layer
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network

LARGEST = 48  # values of any one sample at any place

small = st.integers(1, 3)
ELEMENTWISE = st.one_of(
    st.just(L.ReLU()),
    st.builds(L.LeakyReLU, slope=st.sampled_from([0.01, 0.2, 0.9])),
    st.just(L.ELU()),
    st.just(L.Tanh()),
    st.just(L.Sigmoid()),
    st.builds(L.Scale, factor=st.sampled_from([-1.5, 0.5])),
    st.builds(L.Dropout, rate=st.sampled_from([0.0, 0.25, 0.5])),
    st.builds(
        L.BatchNorm,
        epsilon=st.sampled_from([1e-2, 1e-1]),
        running_update_rate=st.sampled_from([0.1, 0.8]),
        running_variance=st.sampled_from(["biased", "unbiased"]),
        affine=st.booleans(),
    ),
    st.builds(L.LayerNorm, epsilon=st.sampled_from([1e-2, 1e-1]), affine=st.booleans()),
    st.builds(L.Maxout, pieces=st.integers(1, 3)),
)
ON_FEATURES = st.one_of(
    st.builds(L.Dense, units=st.integers(1, 5), bias=st.booleans(), spectral_norm=st.booleans()),
    st.builds(L.MinibatchDiscrimination, kernels=small, dimensions=small),
)
ON_IMAGES = st.one_of(
    small.flatmap(
        lambda channels: st.builds(
            L.Conv,
            channels=st.just(channels),
            kernel=st.integers(1, 4) | st.tuples(small, small),
            stride=small | st.tuples(small, small),
            padding=st.integers(0, 2) | st.tuples(st.integers(0, 2), st.integers(0, 2)),
            padding_end=st.none() | st.integers(0, 2),
            dilation=st.sampled_from([1, 1, 2]),
            groups=st.sampled_from([1, channels]),
            padding_mode=st.sampled_from(["zeros", "zeros", "reflect", "replicate"]),
            bias=st.booleans(),
            spectral_norm=st.booleans(),
        )
    ),
    small.flatmap(
        lambda stride: st.builds(
            L.ConvTranspose,
            channels=small,
            kernel=st.integers(1, 4),
            stride=st.just(stride),
            padding=st.integers(0, 2),
            padding_end=st.none() | st.integers(0, 2),
            output_padding=st.integers(0, stride - 1),
            bias=st.booleans(),
            spectral_norm=st.booleans(),
        )
    ),
    st.builds(L.AveragePool, size=st.integers(1, 3), stride=st.none() | small),
    st.builds(L.MaxPool, size=st.integers(1, 3), stride=st.none() | small),
    st.builds(L.Upsample, factor=st.integers(1, 2)),
    st.builds(L.InstanceNorm, epsilon=st.sampled_from([1e-2, 1e-1]), affine=st.booleans()),
    st.just(L.Flatten()),
)


def reshapes(shape: Shape) -> st.SearchStrategy[L.Layer]:
    """All ways to see the same values as an image or as features."""
    size = 1
    for side in shape:
        size *= side
    ways: list[Shape] = [(size,)]
    ways += [(c, h, size // c // h) for c in range(1, 5) for h in range(1, 7) if size % (c * h) == 0]
    return st.sampled_from(ways).map(lambda way: L.Reshape(shape=way))


@st.composite
def joins(draw: st.DrawFn, shapes: dict[str, Shape], last: str) -> L.Layer:
    """A sum or a concatenation of the last layer and an earlier one that fits."""
    equal = [name for name in shapes if shapes[name] == shapes[last]]
    fitting = [name for name in shapes if shapes[name] and shapes[name][1:] == shapes[last][1:]]
    if draw(st.booleans()):
        return L.Add(inputs=(last, draw(st.sampled_from(equal))))
    return L.Concat(inputs=(draw(st.sampled_from(fitting)), last))


@st.composite
def networks(draw: st.DrawFn, most_layers: int = 6) -> Network:
    """A network on one data input whose every layer fits the one before it."""
    image = st.tuples(st.integers(1, 2), st.integers(2, 4), st.integers(2, 4))
    shape: Any = draw(draw(st.sampled_from([image, image, image, st.tuples(st.integers(1, 6))])))
    shapes: dict[str, Shape] = {"x": shape}
    layers: list[L.Layer] = []
    last = "x"
    for number in range(draw(st.integers(1, most_layers))):
        kinds = [ELEMENTWISE, ELEMENTWISE, reshapes(shapes[last]), joins(shapes, last)]
        kinds += [ON_FEATURES] * 2 if len(shapes[last]) == 1 else [ON_IMAGES] * 4
        drawn = draw(draw(st.sampled_from(kinds)))  # one_of would flatten, and hardly ever convolve
        try:
            plan = plan_layer(drawn, tuple(shapes[name] for name in drawn.inputs or (last,)))
        except SpecError:
            continue  # a window larger than its image, say
        size = 1
        for side in plan.output_shape:
            size *= side
        if size > LARGEST:
            continue
        name = f"layer_{number}"
        layers.append(renamed(drawn, name))
        shapes[name], last = plan.output_shape, name
    return Network(inputs={"x": Input(kind="data", shape=shape)}, layers=tuple(layers or [L.Tanh()]))


def renamed(layer: L.Layer, name: str) -> L.Layer:
    fields = {field: getattr(layer, field) for field in type(layer).__struct_fields__}  # type: ignore[attr-defined]
    return type(layer)(**{**fields, "name": name})
