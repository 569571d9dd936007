"""``--set KEY=VALUE``: what it reaches, and what it says of what is not there."""

import io
import sys
from pathlib import Path

import pytest

from gan_core.data.idx import Mnist
from gan_core.errors import SpecError, UsageError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import from_text, read_experiment, to_json, to_toml, with_changes
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment, read_changes
from gan_core.printing import print_file
from gan_core.specs.optimizers import Adam


def changed(*changes: str) -> Experiment:
    return with_changes(preset("digits-mlp"), read_changes(changes))


@pytest.mark.parametrize(
    ("change", "read", "expected"),
    [
        ("training.steps=500", lambda e: e.training.steps, 500),
        ("training.dtype=float64", lambda e: e.training.dtype, "float64"),
        ('training.dtype="float64"', lambda e: e.training.dtype, "float64"),
        ("name=mine-2", lambda e: e.name, "mine-2"),
        ("summary=two words = three", lambda e: e.summary, "two words = three"),
        ("phases.1.repeats=3", lambda e: e.phases[1].repeats, 3),
        ("phases.generator.every_steps=2", lambda e: e.phases[1].every_steps, 2),
        ("players.generator.optimizer.beta2=9e-1", lambda e: e.players["generator"].optimizer.beta2, 0.9),
        ("players.generator.clip_weights=0.01", lambda e: e.players["generator"].clip_weights, 0.01),
        ("networks.generator.layers.1.slope=0.3", lambda e: e.networks["generator"].layers[1].slope, 0.3),
        ("networks.generator.inputs.z.shape=[5]", lambda e: e.networks["generator"].inputs["z"].shape, (5,)),
        ("phases.0.objective.loss=hinge", lambda e: e.phases[0].objective.loss, "hinge"),
        ("players.generator.networks=['generator']", lambda e: e.players["generator"].networks, ("generator",)),
    ],
)  # fmt: skip
def test_a_field_is_changed(change: str, read, expected) -> None:
    assert read(changed(change)) == expected


def test_a_variant_becomes_another() -> None:
    """MNIST in place of the digits, with all that follows from it."""
    experiment = changed(
        "data.type=mnist",
        "networks.generator.layers.6.units=784",
        "networks.generator.layers.8.shape=[1, 28, 28]",
        "networks.discriminator.inputs.sample.shape=[1, 28, 28]",
    )
    assert experiment.data == Mnist()


def test_changes_add_up_and_the_last_one_counts() -> None:
    experiment = changed("training.steps=5", "training.seed=7", "training.steps=6")
    assert (experiment.training.steps, experiment.training.seed) == (6, 7)


def test_no_change_changes_nothing() -> None:
    assert changed() == preset("digits-mlp")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("training", "expected KEY=VALUE"),
        ("=5", "expected KEY=VALUE"),
        ("trainning.steps=5", "did you mean 'training'"),
        ("training.stepz=5", "stepz"),
        ("training.steps=", "training.steps"),
        ("training.steps=many", "training.steps"),
        ("training..steps=5", "no '' here"),
        ("name.first=x", "name"),
        ("name.first.second=x", "name"),
        ("phases.2.repeats=3", "no item '2' in a list of 2"),
        ("phases.-1.repeats=3", "no item '-1'"),
        ("phases.critic.repeats=3", "no item 'critic'"),
        ("phases.generatr.repeats=3", "did you mean 'generator'"),
        ("players.generator.networks.5=x", "no item '5' in a list of 1"),
        ("networks.generator.layers.0=5", "layers[0]"),
        ("data.type=nothing", "unknown data 'nothing'"),
        ("networks.generator.layers.6.units=17", "network 'generator'"),
    ],
)
def test_a_wrong_change_is_one_line(change: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        changed(change)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("suffix", "write"), [(".toml", to_toml), (".json", to_json)])
def test_a_file_is_read(tmp_path, suffix: str, write) -> None:
    path = tmp_path / f"mine{suffix}"
    path.write_text(write(preset("mixture-8")), encoding="utf-8")
    assert read_experiment(path) == preset("mixture-8")


def test_json_is_indented_and_keeps_letters() -> None:
    text = to_json(preset("digits-mlp"))
    assert '\n  "name": "digits-mlp"' in text
    assert "8×8" in text


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("mine.yaml", b"name: mine\n", "ends in .toml or .json"),
        ("mine.toml", b"# two lines\nname: mine\n", "is YAML"),
        ("mine", b"---\nname: mine\n", "is YAML"),
        ("mine.toml", b"name = 'mine'\nsummary = 'Erdos, Erd\xf6s'\n", "line 2: the byte 0xf6 is not UTF-8"),
        ("mine.toml", b"\xff\xfen\0a\0\0", "begins as UTF-16"),
        ("mine.toml", b"", "is empty"),
        ("mine.toml", b"\xff\xfe", "is empty"),
        ("mine.toml", b"name = ", "mine.toml: not a valid TOML"),
        ("mine.json", b"{", "mine.json: not a valid JSON"),
        ("mine.json", b"[1]", "mine.json"),
        ("mine.toml", b"name = 'x'\n", "mine.toml"),
        ("mine.toml", b" " * (4 * 2**20 + 1), "larger than"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read_experiment(tmp_path / name)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-16-be with a mark"])
@pytest.mark.parametrize("name", ["mine.toml", "mine.TOML", "mine", "mine.txt", "mine.cfg"])
def test_a_file_is_read_in_the_encodings_and_under_the_names_that_people_have(tmp_path, name: str, encoding: str):
    """A byte-order mark, the UTF-16 of PowerShell's ``>``, lines that end in CRLF, an ending in capitals or none."""
    mark = "\ufeff" if "mark" in encoding else ""
    text = mark + to_toml(preset("digits-mlp")).replace("\n", "\r\n")
    (tmp_path / name).write_bytes(text.encode(encoding.partition(" ")[0]))

    assert load_experiment(str(tmp_path / name)) == preset("digits-mlp")


@pytest.mark.parametrize("name", ["mine.JSON", "mine", "mine.txt"])
def test_json_is_known_by_its_content_where_the_name_does_not_say(tmp_path, name: str):
    (tmp_path / name).write_bytes(to_json(preset("digits-mlp")).encode("utf-8-sig"))

    assert load_experiment(str(tmp_path / name)) == preset("digits-mlp")


def test_a_file_without_an_ending_is_no_unknown_preset(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine").write_text(to_toml(preset("mixture-8")), encoding="utf-8")

    assert load_experiment("mine") == preset("mixture-8")


def test_a_preset_is_itself_where_a_folder_has_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mixture-8").mkdir()

    assert load_experiment("mixture-8") == preset("mixture-8")


def test_a_run_stands_for_its_experiment(tmp_path):
    (tmp_path / "experiment.toml").write_text(to_toml(preset("mixture-8")), encoding="utf-8")

    assert load_experiment(str(tmp_path)) == preset("mixture-8")


def test_a_folder_that_is_no_run_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"is a folder, and no run"):
        load_experiment(str(tmp_path))


def test_a_file_of_another_ending_is_proposed(tmp_path):
    (tmp_path / "mine.json").write_text("{}")
    with pytest.raises(UsageError, match=r"no experiment file .*mine\.toml; did you mean '.*mine\.json'"):
        load_experiment(str(tmp_path / "mine.toml"))


@pytest.mark.parametrize(
    "name", ["x" * 100_000, "a/b\0c", "a/" + "x" * 100_000], ids=["long", "with a zero", "a long path"]
)
def test_a_name_that_no_file_can_have_is_one_line(name: str):
    with pytest.raises(UsageError, match=r"^[^\n]{1,1000}$"):
        load_experiment(name)


@pytest.mark.parametrize("write", [to_toml, to_json])
@pytest.mark.parametrize("encoding", [*ENCODINGS, "ascii", "cp437", "cp1251", "gbk", "latin-1"])
def test_what_show_writes_is_read_on_the_machine_that_wrote_it(tmp_path, monkeypatch, write, encoding: str):
    """`gan show --format toml > mine`, whatever the encoding of standard output: the summary says 8×8."""
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding=encoding))
    print_file(write(preset("digits-mlp")))
    sys.stdout.flush()
    (tmp_path / "mine").write_bytes(raw.getvalue())

    assert load_experiment(tmp_path / "mine") == preset("digits-mlp")


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(UsageError, match=r"no experiment file .*nowhere\.toml"):
        read_experiment(tmp_path / "nowhere.toml")


def test_any_two_formats_describe_the_same_experiment() -> None:
    experiment = preset("mnist-wgan-gp")
    assert from_text(to_toml(experiment), ".toml") == from_text(to_json(experiment), ".json")


def test_a_layer_is_found_by_the_name_that_errors_use():
    changed = with_changes(preset("digits-mlp"), {"networks.generator.layers.dense_2.units": 77})

    assert changed.plans["generator"].weights["dense_2.weight"].shape == (77, 128)


def test_a_number_without_a_leading_zero_is_a_number():
    changed = with_changes(preset("digits-mlp"), read_changes(["players.generator.optimizer.learning_rate=.01"]))

    assert changed.players["generator"].optimizer.learning_rate == 0.01


def test_a_value_may_be_a_spec_or_a_path():
    slower = Adam(learning_rate=1e-5)
    changed = with_changes(preset("digits-mlp"), {"players.generator.optimizer": slower})
    folder = with_changes(preset("dcgan-64"), {"data.path": Path("cats")})

    assert changed.players["generator"].optimizer == slower
    assert folder.data.path == "cats"


def test_changes_are_made_in_order():
    """The first makes the table that the second changes a field of."""
    changed = with_changes(
        preset("digits-mlp"),
        {"phases.generator.objective": {"type": "adversarial_generator"}, "phases.generator.objective.loss": "hinge"},
    )

    assert changed.phases[1].objective.loss == "hinge"


def test_batch_norm_of_a_single_value_is_refused():
    """A batch of one has no variance; frameworks would fail each in its own way, or train on nothing."""
    with pytest.raises(SpecError, match=r"batch_norm_1.*more than one value a channel"):
        with_changes(preset("digits-mlp"), {"training.batch_size": 1})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("optimizer.lr=3", "did you mean 'players.generator.optimizer.learning_rate'"),
        ("generator.lr=3", "did you mean 'players.generator.optimizer.learning_rate'"),
        ("players.gen.optimizer.beta1=0", "no 'gen' here; did you mean 'generator'"),
        ("training.lr=3", "did you mean 'players.generator.optimizer.learning_rate'"),
        ("networks.generator.layers.0.unit=3", "did you mean 'networks.generator.layers.0.units'"),
        ("device=gpu", "did you mean the argument device=NAME"),
        ("sampling.row=3", "did you mean 'sampling.rows'"),
    ],
)
def test_an_unknown_key_gets_the_nearest_path(change, words):
    """In the form that --set takes."""
    with pytest.raises(UsageError) as caught:
        with_changes(preset("digits-mlp"), read_changes([change]))

    assert words in str(caught.value)
