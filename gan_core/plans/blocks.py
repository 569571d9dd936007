"""The layers that a block stands for: each block's rule, by the shapes of what it reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch

from gan_core.errors import SpecError, nearest
from gan_core.plans.layer_plans import Shape
from gan_core.specs import layers as L
from gan_core.specs.blocks import Block, ConditionalNorm, Projection, Residual, SelfAttention
from gan_core.specs.networks import Input
from gan_core.specs.reducing_layers import InnerProduct
from gan_core.specs.spec import variant_name

SMALLEST = 1  # channels of queries and keys
ATTENDING = ("queries", "keys", "values")


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a block finds around it.

    name: the block's. reads: the name of its input, and shape its shape. shapes: of all inputs and layers before it.
    inputs: of the network.
    """

    name: str
    reads: str
    shape: Shape
    shapes: Mapping[str, Shape]
    inputs: Mapping[str, Input]

    def part(self, word: str) -> str:
        """The name of a part."""
        return f"{self.name}_{word}"

    def condition(self, name: str) -> Shape:
        """The shape of a condition, () for labels. Raises `SpecError` for one that is neither labels nor [features]."""
        if name not in self.shapes:
            raise SpecError(f"condition: '{name}' does not stand before it{nearest(name, self.shapes)}")
        if len(self.shapes[name]) > 1:
            raise SpecError(
                f"condition: '{name}' has the shape {list(self.shapes[name])}; expected labels or [features]"
            )
        return self.shapes[name]


@singledispatch
def expand_block(block: Block, around: Surroundings) -> tuple[L.Layer, ...]:
    """Return the layers of a block in order, by name; the last has the block's name. Raises `SpecError`."""
    raise SpecError(f"the block '{variant_name(type(block).__name__)}' has no rule; define expand_block for it")


@expand_block.register
def _conditional_norm(block: ConditionalNorm, around: Surroundings) -> tuple[L.Layer, ...]:
    if not around.shape:
        raise SpecError("expected an input with channels or features, got labels")
    norm = L.BatchNorm if block.norm == "batch" else L.InstanceNorm
    parts = [_rows(block, around, word, around.shape[0]) for word in ("scale", "shift")]
    normed = norm(name=around.part("norm"), inputs=(around.reads,), affine=False, epsilon=block.epsilon)
    names = (normed.name, *(part.name for part in parts))
    return (*parts, normed, L.Modulate(name=around.name, inputs=names))


def _rows(block: ConditionalNorm, around: Surroundings, word: str, units: int) -> L.Layer:
    """What gives a number a channel, for each class or by features."""
    name, reads = around.part(word), (block.condition,)
    if around.condition(block.condition) == ():
        return L.Embedding(
            name=name,
            inputs=reads,
            classes=_classes(around, block.condition),
            units=units,
            weight_init=block.weight_init,
        )
    return L.Dense(
        name=name,
        inputs=reads,
        units=units,
        bias=False,
        weight_init=block.weight_init,
        spectral_norm=block.spectral_norm,
    )


def _classes(around: Surroundings, label: str) -> int:
    return around.inputs[label].classes or 1


@expand_block.register
def _residual(block: Residual, around: Surroundings) -> tuple[L.Layer, ...]:
    expect_image(around)
    main: list[L.Layer] = []
    last, channels = around.reads, around.shape[0]

    def add(*layers: L.Layer) -> None:
        nonlocal last
        main.extend(layers)
        last = layers[-1].name

    for number, count in enumerate((block.hidden or block.channels, block.channels), start=1):
        if number == 2 or not block.first:
            if block.norm != "none":
                add(*_norm(block, around, f"norm_{number}", last, channels))
            name = around.part(f"activation_{number}")
            add(
                L.LeakyReLU(name=name, inputs=(last,), slope=block.slope)
                if block.slope
                else L.ReLU(name=name, inputs=(last,))
            )
        if number == 1 and block.scale == "up":
            add(L.Upsample(name=around.part("up"), inputs=(last,)))
        add(
            L.Conv(
                name=around.part(f"conv_{number}"),
                inputs=(last,),
                channels=count,
                kernel=3,
                padding=1,
                bias=block.bias if number == 2 else block.norm == "none",  # a norm would take it away again
                weight_init=block.weight_init,
                spectral_norm=block.spectral_norm,
            )
        )
        channels = count
    if block.scale == "down":
        add(L.AveragePool(name=around.part("down"), inputs=(last,)))
    beside = _shortcut(block, around)
    ends = (last, beside[-1].name if beside else around.reads)
    return (*main, *beside, L.Add(name=around.name, inputs=ends))


def _norm(block: Residual, around: Surroundings, word: str, reads: str, channels: int) -> tuple[L.Layer, ...]:
    name = around.part(word)
    if not block.condition:
        norm = L.BatchNorm if block.norm == "batch" else L.InstanceNorm
        return (norm(name=name, inputs=(reads,), affine=True, epsilon=block.epsilon),)
    inner = Surroundings(
        name=name, reads=reads, shape=(channels, *around.shape[1:]), shapes=around.shapes, inputs=around.inputs
    )
    conditional = ConditionalNorm(
        condition=block.condition,
        norm=block.norm,  # type: ignore[arg-type]  # a condition has one, as was checked
        epsilon=block.epsilon,
        spectral_norm=block.condition_spectral_norm,
        weight_init=block.condition_init,
    )
    return expand_block(conditional, inner)


def _shortcut(block: Residual, around: Surroundings) -> tuple[L.Layer, ...]:
    """The way beside the convolutions, () for x itself; repeats and means commute with 1×1, hence the cheap order."""
    if around.shape[0] == block.channels and block.scale == "none":
        return ()
    pool = L.AveragePool(name=around.part("shortcut_down"), inputs=(around.reads,))
    through = L.Conv(
        name=around.part("shortcut"),
        inputs=(pool.name if block.scale == "down" else around.reads,),
        channels=block.channels,
        kernel=1,
        bias=block.bias,
        weight_init=block.shortcut_init,
        spectral_norm=block.spectral_norm,
    )
    if block.scale == "up":
        return (through, L.Upsample(name=around.part("shortcut_up"), inputs=(through.name,)))
    return (pool, through) if block.scale == "down" else (through,)


@expand_block.register
def _self_attention(block: SelfAttention, around: Surroundings) -> tuple[L.Layer, ...]:
    expect_image(around)
    channels = around.shape[0]
    few = max(SMALLEST, channels // block.reduction)
    many = max(SMALLEST, channels // 2) if block.pooled else channels
    layers: list[L.Layer] = []
    names = []
    for word, count in zip(ATTENDING, (few, few, many), strict=True):
        layers.append(_pointwise(block, around.part(word), around.reads, count))
        names.append(layers[-1].name)
        if block.pooled and word != "queries":
            layers.append(L.MaxPool(name=around.part(f"{word}_pooled"), inputs=(names[-1],)))
            names[-1] = layers[-1].name
    attended = L.Attention(name=around.part("attention"), inputs=tuple(names))
    joined = [attended, *([_pointwise(block, around.part("output"), attended.name, channels)] if block.pooled else [])]
    gain = L.Gain(name=around.part("gain"), inputs=(joined[-1].name,))
    return (*layers, *joined, gain, L.Add(name=around.name, inputs=(around.reads, gain.name)))


def _pointwise(block: SelfAttention, name: str, reads: str, channels: int) -> L.Conv:
    return L.Conv(
        name=name,
        inputs=(reads,),
        channels=channels,
        kernel=1,
        bias=False,
        weight_init=block.weight_init,
        spectral_norm=block.spectral_norm,
    )


@expand_block.register
def _projection(block: Projection, around: Surroundings) -> tuple[L.Layer, ...]:
    if len(around.shape) != 1:
        raise SpecError(
            f"expected an input of [features], got the shape {list(around.shape)}; put a GlobalPool before it"
        )
    settings = {"weight_init": block.weight_init, "spectral_norm": block.spectral_norm}
    rows, classes = (block.condition,), around.part("class")
    layers: list[L.Layer] = []
    if around.condition(block.condition) == ():
        count = _classes(around, block.condition)
        layers.append(L.OneHot(name=around.part("one_hot"), inputs=rows, classes=count))
        rows = (layers[0].name,)
    layers += [
        L.Dense(name=classes, inputs=rows, units=around.shape[0], bias=False, **settings),  # type: ignore[arg-type]
        InnerProduct(name=around.part("product"), inputs=(classes, around.reads)),
        L.Dense(name=around.part("dense"), inputs=(around.reads,), units=1, bias=block.bias, **settings),  # type: ignore[arg-type]
        L.Add(name=around.name, inputs=(around.part("dense"), around.part("product"))),
    ]
    return tuple(layers)


def expect_image(around: Surroundings) -> None:
    """Raise `SpecError` unless a block reads an image."""
    if len(around.shape) != 3:
        raise SpecError(f"expected an input of [channels, height, width], got the shape {list(around.shape)}")
