"""A run on a folder of rectangular pictures of classes: its sheets, its labels by name, and its data known again."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gan_core
from gan_core.data.folder import ImageFolder
from gan_core.errors import GanError, UsageError
from gan_core.evaluation.class_balance import class_balance
from gan_core.experiments.experiment import Experiment, Logging, Sampling, Training
from gan_core.experiments.files import read_experiment
from gan_core.presets.architectures import latent_input
from gan_core.presets.games import game_phases, two_players
from gan_core.sessions.sampling import write_samples
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam

HEIGHT, WIDTH = 12, 20
CLASSES = ("2", "10", "cat")  # of three grey levels, in this order
LEVELS = (40, 128, 230)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def pictures(root: Path, classes: tuple[str, ...] = CLASSES) -> Path:
    """Eight pictures of each class, of its level of grey with a darker left half."""
    for name, level in zip(classes, LEVELS, strict=True):
        (root / "pictures" / name).mkdir(parents=True)
        for index in range(8):
            pixels = np.full((HEIGHT, WIDTH, 3), level + index, np.uint8)
            pixels[:, : WIDTH // 2] //= 2
            Image.fromarray(pixels).save(root / "pictures" / name / f"{index}.png")
    return root


def experiment(steps: int = 4, **data: object) -> Experiment:
    label = {"label": Input(kind="label", classes=3)}
    shape = (3, HEIGHT, WIDTH)
    generator = (
        L.Embedding(name="code", inputs=("label",), classes=3, units=8),
        L.Concat(inputs=("z", "code")),
        *(L.Dense(units=32), L.ReLU(), L.Dense(units=3 * HEIGHT * WIDTH), L.Tanh(), L.Reshape(shape=shape)),
    )
    discriminator = (
        L.Embedding(name="code", inputs=("label",), classes=3, units=8),
        L.Conv(name="seen", inputs=("sample",), channels=4, kernel=3, stride=2, padding=1),
        *(L.LeakyReLU(), L.Flatten(name="flat"), L.Concat(inputs=("flat", "code")), L.Dense(units=1)),
    )
    adam = Adam(learning_rate=2e-3, beta1=0.5)
    return Experiment(
        name="rectangles",
        data=ImageFolder(**{"path": "pictures", "size": (HEIGHT, WIDTH), "labels": "subfolders"} | data),
        networks={
            "generator": Network(inputs=latent_input(8) | label, layers=generator),
            "discriminator": Network(inputs={"sample": Input(kind="data", shape=shape)} | label, layers=discriminator),
        },
        players=two_players(adam, adam),
        phases=game_phases("non_saturating"),
        training=Training(steps=steps, batch_size=12),
        sampling=Sampling(rows=3, columns=4, every_steps=100),
        logging=Logging(every_steps=2),
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory, backend32, name) -> gan_core.Run:
    root = pictures(tmp_path_factory.mktemp("root"))
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.getbasetemp() / "cache")
    return gan_core.train(experiment(), name, data_dir=root, out=root / "run", progress=False)


def root_of(run: gan_core.Run) -> Path:
    return run.path.parent


def test_sheets_of_rectangles_hold_rectangles(run) -> None:
    """Four by three of 12 × 20, doubled and more until the longer side has 48 pixels, with margins of 2."""
    for sheet in ("real.png", "step-0000004.png"):
        with Image.open(run.path / "samples" / sheet) as image:
            assert image.size == (4 * (3 * WIDTH + 2) + 2, 3 * (3 * HEIGHT + 2) + 2)
    assert run.sample(5, data_dir=root_of(run)).shape == (5, 3, HEIGHT, WIDTH)


def test_a_run_of_rectangles_comes_back_from_its_file(run) -> None:
    assert read_experiment(run.path / "experiment.toml").data == experiment().data


def test_a_run_keeps_what_its_classes_are_called_and_how_many_samples_they_have(run) -> None:
    data = json.loads((run.path / "environment.json").read_text())["data"]
    assert (data["class_names"], data["class_counts"]) == (list(CLASSES), [8, 8, 8])
    assert (data["count"], data["shape"], data["dtype"]) == (24, [3, HEIGHT, WIDTH], "uint8")


def test_the_identity_is_said_in_a_line_when_a_run_starts(tmp_path, name, capsys, backend32) -> None:
    gan_core.train(experiment(2), name, data_dir=pictures(tmp_path), out=tmp_path / "run")
    gan_core.resume(tmp_path / "run", steps=3, data_dir=tmp_path)
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("data: ")]
    assert len(said) == 2
    assert said[0] == said[1]
    assert said[0].startswith(
        "data: pictures, 24 of [3, 12, 20], bytes as −1 … 1, 3 classes (2: 8, 10: 8, cat: 8), fingerprint "
    )


def test_a_class_is_asked_for_by_its_name(run) -> None:
    """The folder "2" is class 0, as its name says; the number 2 is the third class."""
    of = {"data_dir": root_of(run)}
    for number, label in enumerate(["2", "10", "CAT"]):
        assert np.array_equal(run.sample(2, label=label, **of), run.sample(2, label=number, **of))
    with pytest.raises(UsageError, match="no class has that name; did you mean 'cat'"):
        run.sample(2, label="cats", **of)
    with pytest.raises(UsageError, match="expected 0 to 2, or a name: 2, 10, cat"):
        run.sample(2, label=3, **of)


def test_a_sheet_of_one_class_is_asked_for_by_its_name(run, tmp_path, name) -> None:
    options = {"count": 4, "interpolate": False, "seed": 0, "backend": name, "data_dir": root_of(run)}
    write_samples(run.path, tmp_path / "a.png", label="cat", **options)
    write_samples(run.path, tmp_path / "b.png", label="2", **options)
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "b.png").read_bytes()


def test_samples_as_data_have_evenly_spread_labels(run, tmp_path, name) -> None:
    """Of arrays and of a folder's pictures, sample i is of class i modulo the classes."""
    options = {"label": None, "interpolate": False, "seed": 0, "backend": name, "data_dir": root_of(run)}
    write_samples(run.path, tmp_path / "made.npz", count=7, **options)
    write_samples(run.path, tmp_path / "made", count=7, **options)
    sampler = run.sampler(name, data_dir=root_of(run))

    with np.load(tmp_path / "made.npz") as made:
        assert made["labels"].tolist() == [0, 1, 2, 0, 1, 2, 0]
        assert made["class_names"].tolist() == list(CLASSES)
        assert (str(made["experiment"]), int(made["step"])) == ("rectangles", run.state().step)
        np.testing.assert_array_equal(made["samples"], sampler.sample(7, "sample 0", made["labels"]))
        expected = np.round((made["samples"][5].transpose(1, 2, 0).astype(np.float64) + 1) * 127.5)
    assert [len(list((tmp_path / "made" / name).iterdir())) for name in CLASSES] == [3, 2, 2]
    with Image.open(tmp_path / "made" / "cat" / "5.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), expected)


def test_samples_that_cannot_be_written_are_refused_before_anything_is_made(run, tmp_path) -> None:
    options = {"label": None, "seed": 0, "backend": "none", "data_dir": None, "interpolate": False}
    of = {"count": 4} | options
    for out, changes, words in (
        ("a.jpg", {}, "ends in .png or .npz, or a folder"),
        ("none/a.npz", {}, "the folder .* does not exist"),
        ("a.png", {"count": 10_001}, "count=10001: expected at most 10,000; .*take more"),
        ("a.npz", {"count": 100_001}, "expected at most 100,000"),
        ("a.npz", {"interpolate": True}, "makes a sheet"),
        ("a.npz", {"network": "generators"}, "unknown network 'generators'; did you mean 'generator'"),
        ("a.npz", {"checkpoint": "3000"}, "keeps no checkpoint of step 3,000"),
        ("a.npz", {"pictures": tmp_path}, "starts from latents and reads no pictures"),
    ):
        with pytest.raises(GanError, match=words):
            write_samples(run.path, tmp_path / out, **of | changes)
    assert list(tmp_path.iterdir()) == []


def changed(root: Path, what: str) -> None:
    if what == "one picture":
        Image.new("RGB", (WIDTH, HEIGHT), "red").save(root / "pictures" / "10" / "3.png")
    elif what == "a class name":
        (root / "pictures" / "cat").rename(root / "pictures" / "dog")
    elif what == "a label":
        (root / "pictures" / "10" / "7.png").rename(root / "pictures" / "2" / "8.png")
    else:
        (root / "pictures" / "10" / "3.png").unlink()


CHANGES = {
    "one picture": "some samples or labels are others; its fingerprint is ",
    "a class name": "class 2 is 'dog', not 'cat'; its fingerprint is ",
    "a label": "its classes have other numbers of samples; its fingerprint is ",
    "the count": "it holds 23 samples, not 24; its classes",
}


@pytest.mark.parametrize("what", CHANGES)
def test_other_data_are_refused_when_a_run_is_opened_again(tmp_path, name, backend32, what: str) -> None:
    root = pictures(tmp_path)
    made = gan_core.train(experiment(2), name, data_dir=root, out=tmp_path / "run", progress=False)
    before = {path: path.read_bytes() for path in made.path.glob("*.json*")}
    changed(root, what)
    opened = gan_core.Run(made.path)
    for again in (
        lambda: gan_core.resume(made.path, steps=4, data_dir=root, progress=False),
        lambda: opened.evaluate(features="pixels", data_dir=root),
        lambda: opened.trainer(data_dir=root),
        lambda: class_balance(
            [made.path], tmp_path / "out", features="pixels", samples=50, device="cpu", data_dir=root
        ),
    ):
        with pytest.raises(UsageError) as caught:
            again()
        text = str(caught.value)
        assert text.startswith(
            f"data set 'pictures' is not what the run learned from: {CHANGES[what]}".split("; its")[0]
        )
        assert text.endswith(
            "name the folder it had with data_dir=FOLDER, or begin a new run from this one's state with  "
            f"gan train FILE --from {made.path}"
        )
    assert {path: path.read_bytes() for path in made.path.glob("*.json*")} == before


def test_new_samples_need_not_the_old_data(tmp_path, name, backend32) -> None:
    """They are made of latents alone."""
    root = pictures(tmp_path)
    made = gan_core.train(experiment(2), name, data_dir=root, out=tmp_path / "run", progress=False)
    before = made.sample(4, data_dir=root)
    changed(root, "one picture")
    assert np.array_equal(gan_core.Run(made.path).sample(4, data_dir=root), before)


def test_a_run_of_before_there_were_identities_is_known_by_its_count(tmp_path, name, backend32, capsys) -> None:
    root = pictures(tmp_path)
    made = gan_core.train(experiment(2), name, data_dir=root, out=tmp_path / "run", progress=False)
    plain = json.loads((made.path / "environment.json").read_text())
    del plain["data"]
    (made.path / "environment.json").write_text(json.dumps(plain))
    changed(root, "one picture")
    gan_core.resume(made.path, steps=3, data_dir=root, progress=False)
    assert "identity" not in capsys.readouterr().err
    plain = json.loads((made.path / "environment.json").read_text())
    del plain["data"]
    (made.path / "environment.json").write_text(json.dumps(plain))
    changed(root, "the count")
    with pytest.raises(UsageError, match="holds 23 samples; the run began with 24"):
        gan_core.resume(made.path, steps=4, data_dir=root, progress=False)


def test_rectangles_can_be_evaluated(run) -> None:
    result = gan_core.Run(run.path).evaluate(features="pixels", metrics=["frechet", "ms-ssim"], data_dir=root_of(run))
    assert result.data.count == 24
    assert json.loads((run.path / "evaluation.json").read_text())["data"]["fingerprint"] == result.data.fingerprint


def test_a_folder_of_one_class_is_called_by_its_name(tmp_path, name, backend32) -> None:
    """As when the path names the folder above the classes."""
    root = pictures(tmp_path / "train").parent
    (root / "above").mkdir()
    (root / "train" / "pictures").rename(root / "above" / "train")
    with pytest.raises(UsageError) as caught:
        gan_core.train(experiment(path="above"), name, data_dir=root, out=tmp_path / "run", progress=False)
    assert "expects 3 classes, but 'above' has 1, called 'train'; if the classes are folders within it" in str(
        caught.value
    )
    assert not (tmp_path / "run").exists()
