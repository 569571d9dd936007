"""The text that reads well-known data sets (digits, MNIST, Fashion-MNIST, CIFAR-10) and draws mixtures of points."""

from collections.abc import Sequence

from gan_core.data import cifar, idx
from gan_core.data.cifar import Cifar10
from gan_core.data.idx import FashionMnist, Mnist
from gan_core.data.sources import NINE_CENTRES, Digits, Mixture
from gan_core.programs.data_reading import (
    LABEL,
    REAL,
    Array,
    Reading,
    Wants,
    number_text,
    random_statements,
    reading,
    statements,
    written,
)

LABELS = Array(expression="labels", kind="labels")
PICTURES = Array(expression="pictures")
READ_IDX = '''
    def read_idx(folder: Path, name: str) -> np.ndarray:
        """Return the bytes of an IDX file, gzipped or plain, in the shape that its header states."""
        packed, plain = folder / f"{name}.gz", folder / name
        if not packed.is_file() and not plain.is_file():
            raise SystemExit(f"no file {packed}: $title's files are at {URL}")
        content = gzip.decompress(packed.read_bytes()) if packed.is_file() else plain.read_bytes()
        axes = content[3]
        shape = struct.unpack(f">{axes}I", content[4 : 4 + 4 * axes])
        return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)
'''
READ_RECORDS = """
    paths = sorted(folder.glob("$files"))
    if not paths:
        raise SystemExit(f"no file {folder / '$files'}: unpack {URL}")
    # a record is the byte of the label, and 32 × 32 bytes each of red, green and blue
    records = np.concatenate([np.fromfile(path, np.uint8).reshape(-1, 3073) for path in paths])
"""
ONE_CLASS = """
    records = records[records[:, 0] == $number]
    if len(records) == 0:
        raise SystemExit(f"{folder} holds no pictures of the class $name")
"""
SOME_CLASSES = """
    if missing := set(CLASSES) - set(records[:, 0].tolist()):
        raise SystemExit(f"{folder} holds no pictures of the classes {missing}")
    records = records[np.isin(records[:, 0], CLASSES)]
"""


@reading.register
def _digits(spec: Digits, wants: Wants) -> Reading:
    read = """
        digits = load_digits()  # of scikit-learn, which holds them: no file is read
        pictures = np.round(digits.images * (255 / 16)).astype(np.uint8)[:, None]
    """
    labels = ("labels = digits.target.astype(np.int64)",) if wants.labels else ()
    return Reading(
        imports=("from sklearn.datasets import load_digits",),
        default="",
        statements=statements(read) + labels,
        arrays={REAL: PICTURES, LABEL: LABELS},
        what="scikit-learn's handwritten digits, uint8 [N, 1, 8, 8]",
        channels=1,
    )


@reading.register
def _mnist(spec: Mnist, wants: Wants) -> Reading:
    return _idx_images(spec, wants, "MNIST", "data/mnist", idx.MNIST_URL)


@reading.register
def _fashion_mnist(spec: FashionMnist, wants: Wants) -> Reading:
    return _idx_images(spec, wants, "Fashion-MNIST", "data/fashion-mnist", idx.FASHION_URL)


def _idx_images(spec: Mnist | FashionMnist, wants: Wants, title: str, default: str, url: str) -> Reading:
    stem = "train" if spec.split == "train" else "t10k"
    lines = [f'pictures = read_idx(folder, "{stem}-images-idx3-ubyte")[:, None]']
    if spec.size == 32:
        lines += ["pictures = np.pad(pictures, ((0, 0), (0, 0), (2, 2), (2, 2)))  # from 28 × 28 pixels"]
    if wants.labels:
        lines += [f'labels = read_idx(folder, "{stem}-labels-idx1-ubyte").astype(np.int64)']
    return Reading(
        imports=("import gzip", "import struct"),
        default=default,
        blocks=(f'URL = "{url}"', written(READ_IDX, title=title)),
        statements=tuple(lines),
        arrays={REAL: PICTURES, LABEL: LABELS},
        what=f"{title}'s pictures, uint8 [N, 1, {spec.size}, {spec.size}]",
        channels=1,
        value_range=spec.value_range,
    )


@reading.register
def _cifar10(spec: Cifar10, wants: Wants) -> Reading:
    numbers = spec.class_numbers()
    names = [cifar.CLASSES[number] for number in numbers]
    lines = statements(READ_RECORDS, files="data_batch_*.bin" if spec.split == "train" else "test_batch.bin")
    if len(numbers) == 1:
        lines += statements(ONE_CLASS, number=numbers[0], name=names[0])
    elif numbers:
        lines += statements(SOME_CLASSES)
    lines += ("pictures = records[:, 1:].reshape(-1, 3, 32, 32)",)
    if wants.labels:
        label = "[CLASSES.index(label) for label in records[:, 0].tolist()]"
        lines += (f"labels = np.array({label}, np.int64)" if numbers else "labels = records[:, 0].astype(np.int64)",)
    constants = [f'URL = "{cifar.URL}{cifar.ARCHIVE}"']
    if len(numbers) > 1 or (numbers and wants.labels):
        constants += [f"CLASSES = {numbers}  # {', '.join(names)}"]
    chosen = "" if not numbers else f" ({names[0]})" if len(names) == 1 else f" of {len(names)} classes"
    return Reading(
        imports=(),
        default=f"data/{cifar.FOLDER}",
        blocks=("\n".join(constants),),
        statements=lines,
        arrays={REAL: PICTURES, LABEL: LABELS},
        what=f"CIFAR-10's pictures{chosen}, uint8 [N, 3, 32, 32]",
        channels=3,
        value_range=spec.value_range,
    )


@reading.register
def _mixture(spec: Mixture, wants: Wants) -> Reading:
    """Write the draw of the points, which are the library's: both use NumPy's Philox with one key."""
    draw = """
        $centres
        $random
        modes = np.arange($points) % $modes
        random.shuffle(modes)
        points = centres[modes] + $deviation * random.standard_normal(($points, 2))
    """
    lines = statements(
        draw,
        centres="\n".join(_centres(spec)),
        random="\n".join(random_statements(spec.seed, "mixture", "points")),
        points=spec.points,
        modes=spec.modes,
        deviation=spec.standard_deviation,
    )
    if spec.extent is not None:
        each = "axis=0" if spec.layout == "tutorial" else ""
        lines += (f"points *= {spec.extent} / np.abs(points).max({each})",)
    return Reading(
        imports=(),
        default="",
        statements=(*lines, f"points = points.astype(np.{wants.dtype})"),
        arrays={REAL: Array(expression="points", kind="floats"), LABEL: Array(expression="modes", kind="labels")},
        what=f"points of {spec.modes} Gaussians, {wants.dtype} [{spec.points}, 2]; no file is read",
        channels=0,
    )


def _centres(spec: Mixture) -> Sequence[str]:
    if spec.layout == "ring":
        return (
            f"angles = 2 * np.pi * np.arange({spec.modes}) / {spec.modes}",
            "centres = np.stack([np.cos(angles), np.sin(angles)], axis=1)",
        )
    if spec.layout == "grid":
        side = round(spec.modes**0.5)
        return (
            f"line = 2.0 * np.arange({side}) - {side - 1}",
            'centres = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)',
        )
    pairs = [f"({number_text(x)}, {number_text(y)})" for x, y in NINE_CENTRES[spec.layout][: spec.modes]]
    line = f"centres = np.array([{', '.join(pairs)}], float)"
    if len(line) + 4 <= 100:
        return (line,)
    return ("centres = np.array(", f"    [{', '.join(pairs)}], float", ")")
