"""The text by which a program reads its data: it reads what the library reads, sample by sample."""

import ast
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from PIL import Image
from scipy.io import wavfile

from gan_core.data.cifar import Cifar10
from gan_core.data.dataset import Dataset
from gan_core.data.derived_domains import LabelledPart, PlainAndChanged, Stacked, Tinted
from gan_core.data.derived_pairs import FromGrey, FromLowResolution, FromMasked
from gan_core.data.domains import GreyAndColour, UnpairedFolders
from gan_core.data.folder import ImageFolder
from gan_core.data.idx import FashionMnist, Mnist
from gan_core.data.pairs import PairedFolders, SideBySide
from gan_core.data.series import GoogleStock, SeriesTable, Sines
from gan_core.data.sound_folder import SoundFolder
from gan_core.data.sources import Digits, Mixture
from gan_core.data.spec import Data
from gan_core.data.tones import Tones
from gan_core.errors import SpecError
from gan_core.presets import PRESETS, preset
from gan_core.programs.data_reading import reading, wants_of
from gan_core.programs.data_text import data_text, text_of
from gan_core.specs.spec import Variant
from written_data import (
    check_as_the_library,
    check_loaded,
    check_with_ruff,
    module_text,
    random_picture,
    run,
    saved,
    wants,
    write_data,
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def small_data(tmp_path_factory) -> Path:
    """A folder with small files of every data set of the presets."""
    return write_data(tmp_path_factory.mktemp("data"))


# presets


@pytest.mark.parametrize("name", PRESETS)
def test_the_text_of_a_preset_reads_what_the_library_reads(name: str, small_data: Path) -> None:
    experiment = preset(name)
    text = data_text(experiment)
    path = small_data / Path(text.default).name
    check_loaded(text, experiment.data.load(small_data), wants_of(experiment), path)


REAL_DATA = {
    "mnist-dcgan": "mnist",
    "keras-conditional-gan": "mnist",
    "mnist-semi-supervised": "mnist",
    "stargan": "mnist",
    "cogan": "mnist",
    "frog-dcgan": "cifar-10-batches-bin",
    "cifar-projection": "cifar-10-batches-bin",
    "cyclegan-colour": "cifar-10-batches-bin",
    "pix2pix-colour": "cifar-10-batches-bin",
    "context-encoder": "cifar-10-batches-bin",
    "srgan": "cifar-10-batches-bin",
    "anime-dcgan-96": "anime_faces",
    "cyclegan": "facades",
    "pix2pix": "facades",
}


@pytest.mark.parametrize("name", REAL_DATA)
def test_the_text_of_a_preset_reads_the_real_data(name: str, data_dir: Path) -> None:
    folder = data_dir / REAL_DATA[name]
    if not folder.is_dir():
        pytest.skip(f"GAN_DATA_DIR holds no {REAL_DATA[name]}/")
    experiment = preset(name)
    check_loaded(data_text(experiment), experiment.data.load(data_dir), wants_of(experiment), folder)


# well-known data sets and points

POINTS = [
    Mixture(layout="ring", points=1000),
    Mixture(layout="grid", modes=25, standard_deviation=0.05, points=1000, seed=3),
    Mixture(layout="square", modes=9, standard_deviation=0.5, points=1001, extent=0.9),
    Mixture(layout="tutorial", modes=7, standard_deviation=0.5, points=1000, extent=0.9, seed=2),
]


TONES = Tones(sounds=5, length=512, rate=2000, seed=3)


@pytest.mark.parametrize("spec", [*POINTS, Digits(), TONES], ids=repr)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_data_without_files_are_the_librarys(spec: Data, dtype: str) -> None:
    check_as_the_library(spec, wants("real", "label", dtype=dtype), None, Path("nowhere"))


@pytest.mark.parametrize(
    "spec", [Sines(series=5, length=7, features=2, seed=3), GoogleStock(length=5, step=3, split="test", stretches=4)]
)
def test_series_without_files_are_the_librarys(spec: Data) -> None:
    check_as_the_library(spec, wants("real"), None, Path("nowhere"))


@pytest.mark.parametrize("changes", [{}, {"columns": ("rain", "warmth"), "newest_first": True, "stretches": 2}])
def test_a_table_in_time_is_read_as_the_library_reads_it(changes: dict, tmp_path: Path) -> None:
    path = tmp_path / "weather.csv"
    path.write_text("warmth;rain\n" + "".join(f"{day}.5;{day % 3}\n" for day in range(20)))
    check_as_the_library(SeriesTable(path=str(path), length=3, step=2, **changes), wants("real"), None, path)


WELL_KNOWN = [
    Mnist(split="test", value_range=(0.0, 1.0)),
    FashionMnist(split="test", size=32, value_range=(-0.5, 0.5)),
    Cifar10(),
    Cifar10(classes=("frog",)),
    Cifar10(classes=("truck", 2, "cat"), value_range=(0.5, 3.0)),
]


@pytest.mark.parametrize("spec", WELL_KNOWN, ids=repr)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_well_known_data_sets_are_read_as_the_library_reads_them(spec: Data, dtype: str, small_data: Path) -> None:
    wanted = wants("real", "label", dtype=dtype)
    check_as_the_library(spec, wanted, small_data, small_data / Path(text_of(spec, wanted).default).name)


def test_labels_that_nothing_draws_are_not_read(small_data: Path, tmp_path: Path) -> None:
    name = "train-images-idx3-ubyte"
    (tmp_path / name).write_bytes((small_data / "mnist" / name).read_bytes())
    assert list(run(text_of(Mnist(), wants("real"))).load_data(tmp_path)) == ["real"]


# folders of pictures


@pytest.fixture
def mixed(tmp_path) -> Path:
    """Pictures of many sizes, modes and depths, in folders within each other, beside files that are no pictures."""
    folder = tmp_path / "mixed"
    saved(folder / "b" / "wide.png", random_picture(20, 50))
    saved(folder / "b-2" / "tall.bmp", random_picture(61, 24))
    saved(folder / "b" / "deep" / "exact.png", random_picture(16, 16))
    saved(folder / "grey.png", random_picture(30, 31, 1))
    saved(folder / "Small.JPG", random_picture(9, 7), quality=90)
    saved(folder / "alpha.png", random_picture(33, 40, 4))
    saved(folder / "grey-alpha.png", Image.fromarray(random_picture(20, 20, 4)).convert("LA"))
    saved(folder / "palette.gif", Image.fromarray(random_picture(25, 26)).quantize(16))
    saved(folder / "palette-alpha.png", Image.fromarray(random_picture(25, 26)).quantize(16), transparency=3)
    saved(folder / "bits.png", Image.fromarray(random_picture(18, 27, 1)).convert("1"))
    saved(folder / "cmyk.jpg", Image.fromarray(random_picture(40, 30)).convert("CMYK"))
    key = np.full((20, 20, 3), 7, np.uint8)
    key[5:9] = 200
    saved(folder / "key.png", key, transparency=(7, 7, 7))
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        saved(folder / "turned" / f"{orientation}.jpg", random_picture(21, 34), exif=exif, quality=95)
    (folder / "notes.txt").write_text("not a picture")
    (folder / ".hidden.png").write_bytes(b"")
    (folder / "__MACOSX").mkdir()
    (folder / "__MACOSX" / "._grey.png").write_bytes(b"")
    return folder


@pytest.mark.parametrize("resize", ["crop", "stretch"])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [16, (24, 17), (5, 40)], ids=str)
def test_pictures_of_every_kind_are_decoded_alike(mixed: Path, size: object, channels: int, resize: str) -> None:
    spec = ImageFolder(path=str(mixed), size=size, channels=channels, resize=resize)
    loaded = check_as_the_library(spec, wants("real"), None, mixed)
    assert loaded["real"].flags.c_contiguous


def test_folders_are_the_classes_in_natural_order_or_by_word(tmp_path: Path) -> None:
    for name in ("2", "10", "b1", "B/inner"):
        for index in range(2):
            saved(tmp_path / "classes" / name / f"{index}.png", random_picture(8, 8))
    (tmp_path / "classes" / "1-empty").mkdir()
    (tmp_path / "classes" / "__MACOSX").mkdir()
    for numbering in ("natural", "by_word"):
        spec = ImageFolder(path=str(tmp_path / "classes"), size=8, labels="subfolders", numbering=numbering)
        check_as_the_library(spec, wants("real", "label"), None, tmp_path / "classes")


SOUNDS = (
    SoundFolder(path="x", length=300, rate=6000, labels="subfolders"),
    SoundFolder(path="x", length=200, rate=8000, cut="all", short="left_out", labels="subfolders"),
)


@pytest.mark.parametrize("spec", SOUNDS, ids=repr)
def test_sounds_of_any_rate_and_length_are_the_librarys(spec: SoundFolder, tmp_path: Path) -> None:
    for name, rate, count in (("2/a", 8000, 900), ("10/b", 4000, 150), ("10/c", 8000, 100)):
        path = tmp_path / "sounds" / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        wavfile.write(path, rate, np.round(9000 * np.sin(np.arange(count) / 3)).astype(np.int16))
    own = msgspec.structs.replace(spec, path=str(tmp_path / "sounds"))
    check_as_the_library(own, wants("real", "label"), None, tmp_path / "sounds")


TABLES = {
    "celeba.txt": "3\nBald  Smiling Young\n0.png -1  1  1\n1.png  1 -1 -1\nin/2.png 1 1 -1\n",
    "commas.csv": "file,Bald,Smiling,Young\n0.png,0,1,1\n1.png,1,0,0\n2.png,1,1,0\n",
    "semicolons.csv": "file; Bald;Smiling;Young\n\n0.png;-1; 1;1\n1.png;1;0;0\nin/2.png;1;1;+1\n",
}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("names", [(), ("Young", "Bald")], ids=["all", "two"])
@pytest.mark.parametrize("beside", [False, True])
def test_attributes_come_from_the_table(tmp_path: Path, table: str, names: tuple[str, ...], beside: bool) -> None:
    folder = tmp_path / "faces"
    for name in ("0.png", "1.png", "in/2.png"):
        saved(folder / name, random_picture(8, 8))
    ((tmp_path if beside else folder) / table).write_text(TABLES[table])
    spec = ImageFolder(path=str(folder), size=8, attributes=table, attribute_names=names)
    check_as_the_library(spec, wants("real", "attributes"), None, folder)


def test_a_jpeg_that_the_library_decodes_in_part_differs_by_two_levels_at_most(tmp_path: Path) -> None:
    across, down = np.meshgrid(np.linspace(0, 12, 1300), np.linspace(0, 9, 1101))
    waves = np.stack([np.sin(across + down), np.cos(across - down), np.sin(across * down / 9)], axis=-1)
    for name in "ab":
        saved(tmp_path / "large" / f"{name}.jpg", (127.5 + 100 * waves).astype(np.uint8), quality=92)
    spec = ImageFolder(path=str(tmp_path / "large"), size=16)
    read = run(text_of(spec, wants("real"))).load_data(tmp_path / "large")["real"].astype(int)
    assert np.abs(read - spec.load(None).samples).max() <= 2


def test_unpaired_folders_are_two_domains(tmp_path: Path) -> None:
    for folder, count in (("horses", 3), ("zebras-test", 5)):
        for index in range(count):
            saved(tmp_path / folder / f"{index}.png", random_picture(12 + index, 14))
    spec = UnpairedFolders(
        path=str(tmp_path), split="test", folder_a="horses", folder_b="zebras-{split}", size=(8, 10), channels=1
    )
    check_as_the_library(spec, wants("real", "second"), None, tmp_path)


@pytest.fixture
def pairs(tmp_path) -> Path:
    """Five pairs in two folders, with other endings, and a picture alone in each; and five files with two halves."""
    for index in range(5):
        saved(tmp_path / "pairs" / "trainA" / "in" / f"{index}.png", random_picture(20 + index, 24))
        saved(tmp_path / "pairs" / "trainB" / "in" / f"{index}.bmp", random_picture(31, 30 + index))
        saved(tmp_path / "pairs" / "both" / f"{index}.png", random_picture(16 + index, 2 * (14 + 3 * index)))
    saved(tmp_path / "pairs" / "trainA" / "alone.png", random_picture(9, 9))
    saved(tmp_path / "pairs" / "trainB" / "lonely.png", random_picture(9, 9))
    return tmp_path / "pairs"


PAIRED: list[dict[str, object]] = [
    {"size": 8},
    {"size": 16, "source_size": (8, 4), "source_channels": 1},
    {"size": (8, 12), "channels": 1, "source_channels": 3, "resize": "stretch"},
    {"size": 8, "first": 1, "count": 3},
    {"size": 8, "first": 2},
]


@pytest.mark.parametrize("settings", PAIRED, ids=str)
@pytest.mark.parametrize("kind", ["folders", "left_to_right", "right_to_left"])
def test_pairs_are_the_librarys(pairs: Path, kind: str, settings: dict[str, object]) -> None:
    if kind == "folders":
        spec: Data = PairedFolders(path=str(pairs), **settings)  # type: ignore[arg-type]
    else:
        spec = SideBySide(path=str(pairs), folder="both", direction=kind, **settings)  # type: ignore[arg-type]
    check_as_the_library(spec, wants("real", "source"), None, pairs)
    check_as_the_library(spec, wants("real"), None, pairs)


def test_pairs_without_a_partner_are_counted_aloud(pairs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(text_of(PairedFolders(path="x", size=8), wants("real"))).load_data(pairs)
    assert capsys.readouterr().out == "2 pictures are left out, which have no partner of the same name\n"


# data made of other data

FROGS, DIGITS = Cifar10(classes=("frog", "bird")), Mnist()
DERIVED: dict[str, tuple[Data, tuple[str, ...]]] = {
    "grey_and_colour": (GreyAndColour(source=FROGS), ("real", "second", "label", "second_label")),
    "negatives": (PlainAndChanged(source=DIGITS), ("real", "second", "label", "second_label")),
    "edges": (PlainAndChanged(source=FROGS, change="edges"), ("real", "second")),
    "tinted": (Tinted(source=DIGITS, colours=("white", "red"), seed=4), ("real", "label")),
    "stacked": (Stacked(source=DIGITS, seed=3), ("real", "label")),
    "more stacked": (Stacked(source=DIGITS, count=77), ("real", "label")),
    "labelled_part": (LabelledPart(source=DIGITS, per_class=3, seed=1), ("real", "second", "second_label")),
    "labelled points": (LabelledPart(source=Mixture(points=500)), ("real", "second", "second_label")),
    "from_grey": (FromGrey(source=FROGS, field="grey"), ("real", "grey", "label")),
    "area": (FromLowResolution(source=FROGS, factor=2, method="area"), ("real", "source")),
    "bicubic": (FromLowResolution(source=DIGITS, factor=4), ("real", "source")),
    "masked": (FromMasked(source=FROGS), ("real", "source", "mask")),
    "masked, mask alone": (FromMasked(source=FROGS, side=7), ("real", "mask")),
    "hidden": (FromMasked(source=FROGS, side=9, target="hidden", fill="grey"), ("real", "source", "mask", "label")),
    "random": (FromMasked(source=DIGITS, place="random", seed=2, fill="black"), ("real", "source", "mask")),
    "random hidden": (FromMasked(source=FROGS, place="random", side=5, target="hidden"), ("real", "source", "mask")),
    "nested": (
        FromLowResolution(source=FromMasked(source=Tinted(source=DIGITS)), field="small"),
        ("real", "source", "mask", "small", "label"),
    ),
    "labelled of tinted": (LabelledPart(source=Tinted(source=DIGITS)), ("real", "second", "second_label")),
}


@pytest.mark.parametrize("name", DERIVED)
def test_data_made_of_other_data_are_the_librarys(name: str, small_data: Path) -> None:
    spec, names = DERIVED[name]
    for wanted in (names, names[:1], names[::2]):
        text = text_of(spec, wants(*wanted))
        check_as_the_library(spec, wants(*wanted), small_data, small_data / Path(text.default).name)


def test_attributes_are_passed_on_by_data_made_of_a_folder(tmp_path: Path) -> None:
    for index in range(4):
        saved(tmp_path / f"{index}.png", random_picture(8, 8))
    (tmp_path / "table.csv").write_text("file,a,b\n0.png,1,0\n1.png,0,0\n2.png,1,1\n3.png,0,1\n")
    folder = ImageFolder(path=str(tmp_path), size=8, attributes="table.csv")
    check_as_the_library(FromGrey(source=folder), wants("real", "source", "attributes"), None, tmp_path)
    check_as_the_library(GreyAndColour(source=folder), wants("real", "second", "attributes"), None, tmp_path)


# what is refused, and what the text says


def test_every_kind_of_data_of_the_library_has_a_text() -> None:
    kinds = [kind for kind in Data.variants.values() if kind.__module__.startswith("gan_core.")]
    assert kinds
    assert [kind.__name__ for kind in kinds if kind not in reading.registry] == []


class OwnMnist(Mnist, frozen=True, kw_only=True):
    pass


class OwnPoints(Variant, Data, frozen=True, kw_only=True):
    def load(self, data_dir: Path | None) -> Dataset:
        raise NotImplementedError


@pytest.mark.parametrize(("spec", "word"), [(OwnPoints(), "own_points"), (OwnMnist(), "own_mnist")])
def test_data_of_a_users_own_kind_are_refused_by_name(spec: Data, word: str) -> None:
    with pytest.raises(SpecError, match=f"data of the type {word} cannot be written as a program"):
        text_of(spec, wants("real"))
    with pytest.raises(SpecError, match=word):
        text_of(FromGrey(source=spec), wants("real"))


IMPOSSIBLE = [
    (ImageFolder(path="x"), ("real", "label"), "read 'label' of the data, which these, of the type image_folder"),
    (Digits(), ("real", "second"), "read 'second'"),
    (LabelledPart(source=Digits()), ("real", "label"), "read 'label'"),
    (LabelledPart(source=ImageFolder(path="x")), ("real", "second"), "its source has no labels"),
    (FromGrey(source=Digits()), ("real", "source"), "from_grey: its source holds no pictures of 3 channels"),
    (FromMasked(source=Mixture()), ("real", "source"), "holds no pictures of 1 or 3 channels"),
    (PlainAndChanged(source=LabelledPart(source=Digits())), ("real", "second"), "has two domains already"),
    (FromMasked(source=FromMasked(source=Digits()), field="b"), ("real", "b"), "expected another source"),
]


@pytest.mark.parametrize(("spec", "names", "words"), IMPOSSIBLE, ids=lambda value: str(value)[:40])
def test_what_data_do_not_hold_is_refused(spec: Data, names: tuple[str, ...], words: str) -> None:
    with pytest.raises(SpecError, match=words):
        text_of(spec, wants(*names))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (Mnist(), "no file .*train-images-idx3-ubyte.gz: MNIST's files are at http"),
        (Cifar10(), r"no file .*data_batch_.*\.bin: unpack http"),
        (ImageFolder(path="x"), "no folder .*: expected a folder of pictures"),
        (PairedFolders(path="x"), "no folder .*trainA: expected a folder of pictures"),
    ],
    ids=["mnist", "cifar", "folder", "pairs"],
)
def test_the_text_says_in_one_line_what_is_missing(spec: Data, words: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=words) as stop:
        run(text_of(spec, wants("real"))).load_data(tmp_path / "nowhere")
    assert "\n" not in str(stop.value)


def test_sixteen_bits_are_refused_and_not_turned_white(tmp_path: Path) -> None:
    saved(tmp_path / "deep.png", Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000))
    with pytest.raises(SystemExit, match=r"deep\.png has more than 8 bits a channel"):
        run(text_of(ImageFolder(path="x", size=8), wants("real"))).load_data(tmp_path)


def test_a_limit_of_the_pixels_is_pillows_limit_in_the_text() -> None:
    text = text_of(ImageFolder(path="x", largest_megapixels=200), wants("real"))
    assert "Image.MAX_IMAGE_PIXELS = 200000000" in text.lines


# the form of the text


def test_the_text_of_mnist_is_short() -> None:
    assert sum(bool(line) for line in data_text(preset("mnist-mlp")).lines) <= 20


def written_texts() -> list[str]:
    texts = {module_text(data_text(preset(name))) for name in PRESETS}
    texts |= {module_text(text_of(spec, wants(*names))) for spec, names in DERIVED.values()}
    for settings in PAIRED:
        texts.add(module_text(text_of(PairedFolders(path="x", **settings), wants("real", "source"))))  # type: ignore[arg-type]
        texts.add(module_text(text_of(SideBySide(path="x", **settings), wants("real", "source"))))  # type: ignore[arg-type]
    for spec in (*POINTS, *WELL_KNOWN, *SOUNDS):
        texts.add(module_text(text_of(spec, wants("real", "label"))))
    folder = ImageFolder(path="x", size=(5, 9), labels="subfolders", attributes="t.csv", attribute_names=("a", "b"))
    texts.add(module_text(text_of(folder, wants("real", "label", "attributes"))))
    return sorted(texts)


def test_ruff_finds_nothing_in_the_texts_and_would_format_them_as_they_are(tmp_path: Path) -> None:
    check_with_ruff(written_texts(), tmp_path)


def test_the_texts_import_nothing_of_the_library() -> None:
    known = {*sys.stdlib_module_names, "matplotlib", "numpy", "PIL", "scipy", "sklearn"}
    for text in written_texts():
        imported = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
        modules = {name for node in imported for name in names_of(node)}
        assert {name.partition(".")[0] for name in modules} <= known


def names_of(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
