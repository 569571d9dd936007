"""What tests of programs share: the text that reads data as a module, run, and held against the library's reading."""

import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from PIL import Image

from gan_core.data.dataset import Dataset
from gan_core.data.spec import Data
from gan_core.programs.data_reading import Wants
from gan_core.programs.data_text import DataText, text_of

RANDOM = np.random.default_rng(0)


def module_text(text: DataText) -> str:
    """Return a module of the text, its imports in the order of isort."""
    standard = [line for line in text.imports if line.split()[1].partition(".")[0] in sys.stdlib_module_names]
    others = [line for line in text.imports if line not in standard]
    groups = ["\n".join(sorted(group, key=lambda line: (line[:4] == "from", line))) for group in (standard, others)]
    return "\n\n".join(['"""Reads data."""', *filter(None, groups)]) + "\n\n" + separated(text)


def separated(text: DataText) -> str:
    lines = "\n".join(text.lines)
    return lines + "\n" if not lines.startswith("def ") else f"\n{lines}\n"


def run(text: DataText) -> SimpleNamespace:
    """Return what the text defines."""
    names: dict[str, object] = {}
    exec(compile(module_text(text), "written", "exec"), names)  # noqa: S102  a program of our own
    return SimpleNamespace(**names)


def wants(*names: str, dtype: str = "float32") -> Wants:
    return Wants(names=frozenset(names), dtype=dtype)


def check_as_the_library(spec: Data, wanted: Wants, data_dir: Path | None, path: Path) -> dict[str, np.ndarray]:
    """Assert that the text reads from a path what the library reads, sample by sample, and return it."""
    return check_loaded(text_of(spec, wanted), spec.load(data_dir), wanted, path)


def check_loaded(text: DataText, dataset: Dataset, wanted: Wants, path: Path) -> dict[str, np.ndarray]:
    program, dtype = run(text), np.dtype(wanted.dtype)
    loaded = program.load_data(path)
    assert set(loaded) == wanted.names
    stored = {"real": dataset.samples, "label": dataset.labels, **dataset.fields}
    second = dataset.second_domain
    if second is not None:
        stored |= {"second": second.samples, "second_label": second.labels}
    for name, array in loaded.items():
        kept, places = stored[name], np.arange(min(len(array), 100))
        assert array.shape == kept.shape, name
        if name in ("label", "second_label"):
            assert array.dtype == np.int64
            assert np.array_equal(array, kept), name
            continue
        if kept.dtype == np.uint8:
            assert array.dtype == np.uint8, name
            assert name in text.bytes
            assert np.array_equal(array, kept), name
        else:
            assert array.dtype == dtype, name
            assert np.array_equal(array, kept.astype(dtype)), name
        floats = program.scaled(array[places]) if name in text.bytes else array[places]
        source = dataset if name not in ("second", "second_label") else second
        expected = source.take_field(name, places, dtype) if name in dataset.fields else source.take(places, dtype)
        assert floats.dtype == dtype
        assert np.array_equal(floats, expected), name
    return loaded


def check_with_ruff(texts: list[str], folder: Path) -> None:
    """Assert that ruff finds nothing in the texts, and would format them as they are."""
    for number, text in enumerate(texts):
        (folder / f"text_{number}.py").write_text(text, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    for words in (["check", "--isolated", "--select", "E,F,I,B,D103,D300"], ["format", "--isolated", "--diff"]):
        done = subprocess.run(
            [*ruff, *words, "--line-length", "100", str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def saved(path: Path, picture: np.ndarray | Image.Image, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(path, **options)
    return path


def random_picture(height: int, width: int, channels: int = 3) -> np.ndarray:
    pixels = RANDOM.integers(0, 256, (height, width, channels), np.uint8)
    return pixels[..., 0] if channels == 1 else pixels


def write_idx(path: Path, values: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    header = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    path.write_bytes(header + values.astype(np.uint8).tobytes())


def write_data(root: Path) -> Path:
    """Write small files of every data set that a preset reads, under the names that it looks for, and return `root`."""
    for name in ("mnist", "fashion-mnist"):
        for stem in ("train", "t10k"):
            write_idx(root / name / f"{stem}-images-idx3-ubyte", RANDOM.integers(0, 256, (300, 28, 28)))
            write_idx(root / name / f"{stem}-labels-idx1-ubyte", np.arange(300) % 10)
    for number in (1, 2):
        records = RANDOM.integers(0, 256, (120, 3073), np.uint8)
        records[:, 0] = np.arange(120) % 10
        path = root / "cifar-10-batches-bin" / f"data_batch_{number}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(records.tobytes())
    for folder in ("images", "celeba_gan", "anime_faces"):
        for index in range(4):
            saved(root / folder / f"{index}.png", random_picture(90 + index, 70 + 20 * index))
    for folder in ("trainA", "trainB", "testA", "testB"):
        for index in range(81):
            saved(root / "facades" / folder / f"{index:03}.png", random_picture(10, 8 + index % 4))
    return root
