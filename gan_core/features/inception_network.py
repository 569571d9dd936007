"""The network that published Fréchet inception distances are computed with, as a `Network`, and its weights.

Inception v3 (Szegedy et al. 2015, arXiv:1512.00567) in the form of TensorFlow's graph ``inception-2015-12-05``, which
Heusel et al. 2017 and Salimans et al. 2016 read features and classes from. It is not the network of model zoos: it has
1,008 classes and weights of its own, its average pools leave padding out, and its last block has a maximum pool.

The graph was ported to a file of weights for two packages, pytorch-fid and torch-fidelity: the same bytes under two
names. Batch norms, which divide by running deviations there (ε = .001), are folded into the convolutions before them
in float64; in float32 that moves features by some millionths.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from gan_core.errors import DamagedError
from gan_core.features.inference import apply_layer
from gan_core.files.file_parts import opened_part
from gan_core.files.pickled_tensors import pickled_tensors
from gan_core.files.stored_arrays import Stored
from gan_core.plans.plans import Plan
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.weighted_layers import pair

SIDE, CLASSES = 299, 1008
FEATURES, LOGITS, IMAGE = "features", "logits", "image"
EPSILON = 1e-3  # of the batch norms
Kernel = int | tuple[int, int]  # of rows and columns
Step = tuple[str, int, Kernel]  # a convolution's name, channels and kernel
ARRAYS = ("conv.weight", "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var")


def network() -> Network:
    """Return the network: from images [3, 299, 299] in −1 … 1 to 2,048 features, and 1,008 logits without their bias.

    The inception score is of the logits without the bias, as in the code of its paper.
    """
    made = _Layers()
    last = made.chain(IMAGE, "", ("Conv2d_1a_3x3", 32, 3), stride=2)
    last = made.chain(last, "", ("Conv2d_2a_3x3", 32, 3), padded=False)
    last = made.chain(last, "", ("Conv2d_2b_3x3", 64, 3))
    last = made.add(L.MaxPool(name="pool_1", size=3, stride=2, inputs=(last,)))
    last = made.chain(last, "", ("Conv2d_3b_1x1", 80, 1))
    last = made.chain(last, "", ("Conv2d_4a_3x3", 192, 3), padded=False)
    last = made.add(L.MaxPool(name="pool_2", size=3, stride=2, inputs=(last,)))
    for name, channels in (("Mixed_5b", 32), ("Mixed_5c", 64), ("Mixed_5d", 64)):
        last = _block_a(made, last, name, channels)
    last = _block_b(made, last, "Mixed_6a")
    for name, channels in (("Mixed_6b", 128), ("Mixed_6c", 160), ("Mixed_6d", 160), ("Mixed_6e", 192)):
        last = _block_c(made, last, name, channels)
    last = _block_d(made, last, "Mixed_7a")
    last = _block_e(made, last, "Mixed_7b", largest=False)
    last = _block_e(made, last, "Mixed_7c", largest=True)
    made.add(L.GlobalPool(name=FEATURES, inputs=(last,)))
    made.add(L.Dense(name=LOGITS, units=CLASSES, bias=False, inputs=(FEATURES,)))
    image = Input(kind="data", shape=(3, SIDE, SIDE))
    return Network(inputs={IMAGE: image}, layers=tuple(made.layers), outputs=(FEATURES, LOGITS))


def read_weights(plan: Plan, path: Path) -> dict[str, np.ndarray]:
    """Return the weights of a plan of `network` from the published file, "layer.key" → float64 array.

    Nothing in the file is run. Raises `DamagedError` for a file that lacks an array, or has one of another shape.
    """
    with opened_part(path) as part:
        table = pickled_tensors(part)

        def array(name: str) -> np.ndarray:
            if not isinstance(one := table.get(name), Stored):
                raise DamagedError(f"{path} lacks '{name}'; it is not the file of weights of the FID network")
            return np.asarray(one.read(), dtype=np.float64)

        return weights_from(plan, array)


def weights_from(plan: Plan, array: Callable[[str], np.ndarray]) -> dict[str, np.ndarray]:
    """Return the weights of a plan of `network` from the arrays of the published file. array: by its name there.

    Raises `DamagedError` for an array of another shape.
    """
    weights = {f"{LOGITS}.weight": array("fc.weight")}
    for node in plan.nodes:
        if isinstance(node.layer, L.Conv):
            folded = _folded({key: array(f"{published_name(node.name)}.{key}") for key in ARRAYS})
            weights |= {f"{node.name}.{key}": value for key, value in folded.items()}
    for node in plan.nodes:
        for key, spec in node.plan.weights.items():
            if (found := weights[f"{node.name}.{key}"].shape) != spec.shape:
                raise DamagedError(f"the weights of '{node.name}' are {list(found)}; expected {list(spec.shape)}")
    return weights


def published_name(layer: str) -> str:
    """Return a convolution's name in the published file.

    >>> published_name("Mixed_5b_branch5x5_1"), published_name("Conv2d_1a_3x3")
    ('Mixed_5b.branch5x5_1', 'Conv2d_1a_3x3')
    """
    return layer.replace("_branch", ".branch")


def _folded(arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return weight and bias of a convolution that does what it and its batch norm did."""
    scale = arrays["bn.weight"] / np.sqrt(arrays["bn.running_var"] + EPSILON)
    return {
        "weight": arrays["conv.weight"] * scale.reshape(-1, 1, 1, 1),
        "bias": arrays["bn.bias"] - arrays["bn.running_mean"] * scale,
    }


class _Layers:
    """The layers so far; what adds to them returns the name of the layer whose output it is."""

    def __init__(self) -> None:
        self.layers: list[L.Layer] = []

    def add(self, layer: L.LayerSpec) -> str:
        self.layers.append(layer)
        return layer.name

    def chain(self, reads: str, block: str, *steps: Step, stride: int = 1, padded: bool = True) -> str:
        """Add convolutions with ReLUs, one after another. stride: of the last, which is then without padding."""
        for number, (name, channels, kernel) in enumerate(steps, 1):
            own = f"{block}_{name}" if block else name
            step = stride if number == len(steps) else 1
            rows, columns = pair(kernel)
            around = (rows // 2, columns // 2) if padded and step == 1 else 0
            self.add(L.Conv(name=own, channels=channels, kernel=kernel, stride=step, padding=around, inputs=(reads,)))
            reads = self.add(L.ReLU(name=f"{own}_relu", inputs=(own,)))
        return reads

    def around(self, reads: str, block: str, largest: bool = False) -> str:
        """Add the mean, or the maximum, of 3 × 3 pixels around each. What is read is at least 0, as padding is."""
        padded = self.add(L.Pad(name=f"{block}_padded", pixels=1, mode="zeros", inputs=(reads,)))
        if largest:
            return self.add(L.MaxPool(name=f"{block}_largest", size=3, stride=1, inputs=(padded,)))
        mean = self.add(L.AveragePool(name=f"{block}_mean", size=3, stride=1, inputs=(padded,)))
        return self.add(L.WithinEdges(name=f"{block}_mean_within", size=3, inputs=(mean,)))

    def joined(self, block: str, *branches: str) -> str:
        return self.add(L.Concat(name=block, inputs=branches))


def _block_a(made: _Layers, reads: str, block: str, channels: int) -> str:
    return made.joined(
        block,
        made.chain(reads, block, ("branch1x1", 64, 1)),
        made.chain(reads, block, ("branch5x5_1", 48, 1), ("branch5x5_2", 64, 5)),
        made.chain(reads, block, ("branch3x3dbl_1", 64, 1), ("branch3x3dbl_2", 96, 3), ("branch3x3dbl_3", 96, 3)),
        made.chain(made.around(reads, block), block, ("branch_pool", channels, 1)),
    )


def _block_b(made: _Layers, reads: str, block: str) -> str:
    twice: tuple[Step, ...] = (("branch3x3dbl_1", 64, 1), ("branch3x3dbl_2", 96, 3), ("branch3x3dbl_3", 96, 3))
    return made.joined(
        block,
        made.chain(reads, block, ("branch3x3", 384, 3), stride=2),
        made.chain(reads, block, *twice, stride=2),
        made.add(L.MaxPool(name=f"{block}_largest", size=3, stride=2, inputs=(reads,))),
    )


def _block_c(made: _Layers, reads: str, block: str, channels: int) -> str:
    row, column = (1, 7), (7, 1)
    once: tuple[Step, ...] = (
        ("branch7x7_1", channels, 1),
        ("branch7x7_2", channels, row),
        ("branch7x7_3", 192, column),
    )
    twice: tuple[Step, ...] = (
        ("branch7x7dbl_1", channels, 1),
        ("branch7x7dbl_2", channels, column),
        ("branch7x7dbl_3", channels, row),
        ("branch7x7dbl_4", channels, column),
        ("branch7x7dbl_5", 192, row),
    )
    return made.joined(
        block,
        made.chain(reads, block, ("branch1x1", 192, 1)),
        made.chain(reads, block, *once),
        made.chain(reads, block, *twice),
        made.chain(made.around(reads, block), block, ("branch_pool", 192, 1)),
    )


def _block_d(made: _Layers, reads: str, block: str) -> str:
    far: tuple[Step, ...] = (
        ("branch7x7x3_1", 192, 1),
        ("branch7x7x3_2", 192, (1, 7)),
        ("branch7x7x3_3", 192, (7, 1)),
        ("branch7x7x3_4", 192, 3),
    )
    return made.joined(
        block,
        made.chain(reads, block, ("branch3x3_1", 192, 1), ("branch3x3_2", 320, 3), stride=2),
        made.chain(reads, block, *far, stride=2),
        made.add(L.MaxPool(name=f"{block}_largest", size=3, stride=2, inputs=(reads,))),
    )


def _block_e(made: _Layers, reads: str, block: str, largest: bool) -> str:
    near = made.chain(reads, block, ("branch3x3_1", 384, 1))
    far = made.chain(reads, block, ("branch3x3dbl_1", 448, 1), ("branch3x3dbl_2", 384, 3))
    return made.joined(
        block,
        made.chain(reads, block, ("branch1x1", 320, 1)),
        made.chain(near, block, ("branch3x3_2a", 384, (1, 3))),
        made.chain(near, block, ("branch3x3_2b", 384, (3, 1))),
        made.chain(far, block, ("branch3x3dbl_3a", 384, (1, 3))),
        made.chain(far, block, ("branch3x3dbl_3b", 384, (3, 1))),
        made.chain(made.around(reads, block, largest), block, ("branch_pool", 192, 1)),
    )


@apply_layer.register
def _within_edges(layer: L.WithinEdges, x: np.ndarray, weights: dict[str, np.ndarray]) -> np.ndarray:
    return np.asarray(x * layer.factors(*x.shape[2:]))
