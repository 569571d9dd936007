"""More composed layers, which no backend has a kernel for: see `composed` for how they are run and for the legend."""

from functools import reduce
from operator import mul

from gan_core.contract.composed import Arrays, Weights, compose_layer, normalised
from gan_core.operations import tables
from gan_core.operations.log_sums import log_sum_exp_of_rows
from gan_core.operations.ops import Array, Ops
from gan_core.specs import layers as L
from gan_core.specs.reducing_layers import InnerProduct, LogSumExp
from gan_core.specs.table_layers import TableOutput


@compose_layer.register
def _multiply(layer: L.Multiply, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    return reduce(mul, inputs)


@compose_layer.register
def _silu(layer: L.SiLU, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    return inputs[0] * ops.sigmoid(inputs[0])


@compose_layer.register
def _gain(layer: L.Gain, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    return inputs[0] * weights["weight"]


@compose_layer.register
def _prelu(layer: L.PReLU, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    below = ops.reshape(ops.relu(-x), (*x.shape[:2], -1)) * ops.reshape(weights["weight"], (-1, 1))
    return ops.relu(x) - ops.reshape(below, tuple(x.shape))


@compose_layer.register
def _softmax(layer: L.Softmax, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    if len(x.shape) == 2:
        return ops.softmax(x)
    rows = ops.transpose(ops.reshape(x, (*x.shape[:2], -1)), (0, 2, 1))  # [N, HW, C]
    return ops.reshape(ops.transpose(ops.softmax(rows), (0, 2, 1)), tuple(x.shape))


@compose_layer.register
def _group_norm(layer: L.GroupNorm, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    return normalised(ops, x, (x.shape[0] * layer.groups, -1), layer.epsilon, weights)


@compose_layer.register
def _pixel_norm(layer: L.PixelNorm, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    count, channels, *sides = x.shape
    squares = ops.reshape(ops.sum(x * x, (1,)) * (1 / channels), (count, 1, *sides))
    return x / ops.sqrt(squares + layer.epsilon)


@compose_layer.register
def _minibatch_deviation(layer: L.MinibatchDeviation, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (own,), places = inputs, ops.workers.own_places(inputs[0].shape[0])
    x = ops.gathered(own)
    count, _, height, width = x.shape
    size = count if count % min(layer.group_size, count) else min(layer.group_size, count)
    groups = count // size
    values = ops.reshape(x, (size, -1))  # [group size, groups · C H W]
    centred = values - ops.reshape(ops.sum(values, (0,)) * (1 / size), (1, -1))
    deviations = ops.sqrt(ops.sum(centred * centred, (0,)) * (1 / size) + layer.epsilon)
    rows = ops.reshape(deviations, (groups, -1))
    means = ops.sum(rows, (1,)) * (1 / rows.shape[1])  # [groups]
    planes = ops.reshape(means, (1, groups, 1)) * ops.constant(tables.ones((size, 1, height * width)))
    planes = ops.reshape(planes, (count, 1, height, width))
    return ops.concat([own, planes[places] if ops.workers.several else planes], 1)


@compose_layer.register
def _modulate(layer: L.Modulate, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    x, scale, shift = inputs
    rows = (x.shape[0] * x.shape[1], -1)  # two axes: broadcasting over a middle one is slow in Paddle
    y = ops.reshape(x, rows) * (ops.reshape(scale, rows) + 1.0) + ops.reshape(shift, rows)
    return ops.reshape(y, tuple(x.shape))


@compose_layer.register
def _attention(layer: L.Attention, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    queries, keys, values = (ops.reshape(x, (*x.shape[:2], -1)) for x in inputs)  # [N, c, HW], [N, c, hw], [N, d, hw]
    products = ops.matmul(ops.transpose(queries, (0, 2, 1)), keys)  # [N, HW, hw]
    if layer.scaled:
        products = products * queries.shape[1] ** -0.5
    mean = ops.matmul(values, ops.transpose(ops.softmax(products), (0, 2, 1)))  # [N, d, HW]
    return ops.reshape(mean, (*values.shape[:2], *inputs[0].shape[2:]))


@compose_layer.register
def _global_pool(layer: L.GlobalPool, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    total = ops.sum(x, (2, 3))
    return total if layer.kind == "sum" else total * (1 / (x.shape[2] * x.shape[3]))


@compose_layer.register
def _within_edges(layer: L.WithinEdges, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    return inputs[0] * ops.constant(layer.factors(*inputs[0].shape[2:]))


@compose_layer.register
def _pixel_shuffle(layer: L.PixelShuffle, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,), factor = inputs, layer.factor
    count, channels, height, width = x.shape
    squares = ops.reshape(x, (count, channels // factor**2, factor, factor, height, width))
    spread = ops.transpose(squares, (0, 1, 4, 2, 5, 3))  # [N, C, H, i, W, j]
    return ops.reshape(spread, (count, channels // factor**2, height * factor, width * factor))


@compose_layer.register
def _pad(layer: L.Pad, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    height, width = x.shape[2], x.shape[3]
    if layer.mode == "zeros":
        return _between_zeros(ops, _between_zeros(ops, x, layer.edge, 2), layer.edge, 3)
    tall = ops.concat([x[:, :, place : place + 1] for place in _places(layer, height)], 2)
    return ops.concat([tall[:, :, :, place : place + 1] for place in _places(layer, width)], 3)


def _between_zeros(ops: Ops, x: Array, edge: tuple[int, int], axis: int) -> Array:
    sizes = [(*x.shape[:axis], pixels, *x.shape[axis + 1 :]) for pixels in edge]
    first, last = ([ops.constant(tables.zeros(size))] if size[axis] else [] for size in sizes)
    return ops.concat([*first, x, *last], axis)


def _places(layer: L.Pad, side: int) -> list[int]:
    """The pixel of a side that each pixel of the padded one shows."""
    before, after = layer.edge
    wanted = range(-before, side + after)
    if layer.mode == "replicate":
        return [min(max(place, 0), side - 1) for place in wanted]
    return [abs(place) if place < side else 2 * (side - 1) - place for place in wanted]


@compose_layer.register
def _crop(layer: L.Crop, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    (x,) = inputs
    after = layer.before if layer.after is None else layer.after
    return x[:, :, layer.before : x.shape[2] - after, layer.before : x.shape[3] - after]


@compose_layer.register
def _slice(layer: L.Slice, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    return inputs[0][:, layer.start : layer.start + layer.count]


@compose_layer.register
def _log_sum_exp(layer: LogSumExp, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    return log_sum_exp_of_rows(ops, inputs[0])


@compose_layer.register
def _inner_product(layer: InnerProduct, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    first, second = inputs
    return ops.reshape(ops.sum(first * second, (1,)), (-1, 1))


@compose_layer.register
def _table_output(layer: TableOutput, ops: Ops, inputs: Arrays, weights: Weights) -> Array:
    logits, parts = inputs[0], []
    place, drawn = 0, 0
    for size in layer.blocks:
        block = logits[:, place : place + size]
        if size == 1:
            parts.append(ops.tanh(block))
        else:
            noisy = block + inputs[1][:, drawn : drawn + size] if len(inputs) > 1 else block
            parts.append(ops.softmax(noisy * (1 / layer.temperature)))
            drawn += size
        place += size
    return ops.concat(parts, 1) if len(parts) > 1 else parts[0]
