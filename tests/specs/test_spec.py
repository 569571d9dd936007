"""Specs become files and come back equal; what is wrong in them is said with its place."""

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from gan_core.errors import SpecError
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import from_text, read_experiment, to_json, to_toml
from gan_core.plans.plans import plan_network
from gan_core.presets import PRESETS, preset
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network
from gan_core.specs.optimizers import Adam, ExponentialDecay, LinearDecay, Sgd
from gan_core.specs.spec import from_builtins, to_builtins, variant_name
from network_strategies import networks


def with_field(experiment: Experiment, path: str, value: object) -> dict[str, object]:
    """Return the experiment as plain data with one field set; path: keys and positions, dotted."""
    plain = to_builtins(experiment)
    *steps, last = path.split(".")
    place = plain
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[last] = value
    return plain


def message(plain: object) -> str:
    with pytest.raises(SpecError) as caught:
        from_builtins(plain, Experiment)
    text = str(caught.value)
    assert "\n" not in text
    return text


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize(("write", "suffix"), [(to_toml, ".toml"), (to_json, ".json")], ids=["toml", "json"])
def test_presets_come_back_equal(name, write, suffix) -> None:
    experiment = preset(name)
    assert from_text(write(experiment), suffix) == experiment


@pytest.mark.parametrize(("write", "suffix"), [(to_toml, ".toml"), (to_json, ".json")], ids=["toml", "json"])
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(network=networks(most_layers=10))
def test_any_network_comes_back_equal(write, suffix, network: Network) -> None:
    """As a third network of an experiment, which no phase trains."""
    experiment = msgspec.structs.replace(preset("digits-mlp"))
    experiment = msgspec.structs.replace(experiment, networks={**experiment.networks, "spare": network})
    assert from_text(write(experiment), suffix) == experiment


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(network=networks(most_layers=10))
def test_any_network_has_a_plan_with_sides_of_at_least_1(network: Network) -> None:
    plan = plan_network("net", network)
    assert all(min(node.plan.output_shape) >= 1 for node in plan.nodes)


@pytest.mark.parametrize(
    "optimizer",
    [
        Adam(learning_rate=1e-4, beta1=0.0, schedule=LinearDecay(start=3, end=9), clip_norm=1.0),
        Sgd(learning_rate=0.1, schedule=ExponentialDecay(rate=0.5, every=10)),
    ],
)
def test_nested_variants_come_back_equal(optimizer) -> None:
    experiment = preset("digits-mlp")
    players = {
        name: msgspec.structs.replace(player, optimizer=optimizer) for name, player in experiment.players.items()
    }
    changed = msgspec.structs.replace(experiment, players=players)
    assert from_text(to_toml(changed), ".toml") == changed


@pytest.mark.parametrize(
    ("layer", "absent"),
    [
        (L.Dropout(), {"per_channel"}),
        (L.Conv(channels=1, kernel=3), {"dilation", "groups", "padding_mode"}),
        (L.ConvTranspose(channels=1, kernel=3), {"dilation", "groups"}),
    ],
)
def test_a_layer_is_written_as_before_there_were_its_newer_fields(layer: L.Layer, absent: set[str]) -> None:
    assert not absent & set(to_builtins(layer))


def test_a_size_is_written_as_it_was_given() -> None:
    """A number for both axes, or one each."""
    layer = L.Conv(channels=1, kernel=(3, 5), stride=2)
    plain = to_builtins(layer)
    assert (plain["kernel"], plain["stride"]) == ([3, 5], 2)
    assert from_builtins(plain, L.Conv) == layer


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kernel": 0}, "conv.kernel: "),
        ({"kernel": [3, 0]}, r"`int` >= 1, got 0 \(at \[1\]\)"),
        ({"kernel": [3, 3, 3]}, "length"),
        ({"kernel": "3x3"}, "expected"),
        ({"kernel": 3, "groups": 2}, "conv.groups: expected a divisor of the 3 channels, got 2"),
    ],
)
def test_a_size_or_a_group_that_cannot_be_is_one_line(fields: dict, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        L.Conv(channels=3, **fields)
    assert "\n" not in str(caught.value)


def test_none_is_left_out_of_files() -> None:
    """TOML has no null."""
    assert "clip_norm" not in to_toml(preset("digits-mlp"))


def test_files_hold_all_defaults() -> None:
    """A default that changes in a later version must not change an old run."""
    assert "beta2 = 0.999" in to_toml(preset("digits-mlp"))


@pytest.mark.parametrize(
    ("class_name", "word"),
    [
        ("LeakyReLU", "leaky_relu"),
        ("ReLU", "relu"),
        ("ELU", "elu"),
        ("GELU", "gelu"),
        ("SiLU", "silu"),
        ("ConvTranspose", "conv_transpose"),
        ("BatchNorm", "batch_norm"),
        ("MaxPool", "max_pool"),
    ],
)
def test_words_in_files(class_name: str, word: str) -> None:
    assert variant_name(class_name) == word


def test_a_whole_number_may_stand_where_a_float_is_wanted() -> None:
    plain = with_field(preset("digits-mlp"), "players.generator.optimizer.learning_rate", 1)
    assert from_builtins(plain, Experiment).players["generator"].optimizer.learning_rate == 1.0


def test_a_number_of_numpy_becomes_a_plain_one() -> None:
    rate = Adam(learning_rate=np.float64(0.5)).learning_rate
    assert rate == 0.5
    assert type(rate) is float


def test_a_list_may_stand_where_a_tuple_is_wanted() -> None:
    assert L.Reshape(shape=[1, 8, 8]).shape == (1, 8, 8)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("training.stepz", 5, ["stepz", "training"]),
        ("training.steps", "many", ["int", "str", "training.steps"]),
        ("training.steps", 0, [">= 1", "training.steps"]),
        ("training.dtype", "float16", ["one of: float32, float64", "got 'float16'", "training.dtype"]),
        ("name", "No Spaces", ["expected 1 to 64 small letters", "got 'No Spaces'", "(at name)"]),
        ("averages", {"x y": {"of": "generator"}}, ["1 to 64 letters", "got the key 'x y'", "(at averages)"]),
        ("networks.generator.layers.0.type", ["dense"], ["with a 'type' out of: add, ", "layers[0]"]),
        ("networks.generator.layers.0.weight_init", {"type": "normal", "std": 1}, ["weight_init.standard_deviation'"]),
        ("players.generator.optimizer.learning_rate", float("inf"), ["adam.learning_rate: expected a finite number"]),
        ("training.lr", 0.1, ["'lr'", "did you mean 'players.generator.optimizer.learning_rate'"]),
        ("lr", 0.1, ["'players.generator.optimizer.learning_rate'", "'players.discriminator.optimizer.learning_rate'"]),
        ("batchsize", 8, ["did you mean 'training.batch_size'"]),
        ("steps", 8, ["did you mean 'training.steps'"]),
        ("epochs", 8, ["did you mean 'training.steps', or the argument epochs=N?"]),
        ("phases.1.loss", "hinge", ["did you mean 'phases.generator.objective.loss'", "(at phases[1])"]),
        ("networks.generator.inputs.z.distribution", "gauss", ["normal, uniform", "'gauss'", "inputs.z.distribution"]),
        ("data", {"type": "image_folder", "path": "x", "labels": "often"}, ["expected one of: ", "none", "(at data."]),
        ("phases.1.objective.type", "game", ["unknown objective 'game'", "adversarial_generator"]),
        ("networks.generator.layers.0.type", "layer_spec", ["unknown layer 'layer_spec'"]),
        ("name", "No Spaces Allowed", ["name"]),
        ("phases.1.every_steps", 0, [">= 1", "phases[1].every_steps"]),
        ("networks.generator.layers.0.type", "densse", ["unknown layer 'densse'", "did you mean 'dense'", "layers[0]"]),
        ("networks.generator.layers.3.unitz", 5, ["dense", "unitz", "layers[3]"]),
        ("networks.generator.layers.0.units", 0, ["dense", "units", ">= 1", "layers[0]"]),
        ("networks.generator.layers.1.slope", 2.0, ["leaky_relu", "slope", "layers[1]"]),
        ("players.generator.optimizer.type", "adamm", ["unknown optimizer 'adamm'", "did you mean 'adam'"]),
        ("players.generator.optimizer.beta1", 1.0, ["beta1"]),
        ("players.generator.networks", ["generater"], ["player 'generator'", "generater", "did you mean 'generator'"]),
        ("phases.0.player", "nobody", ["phase 'discriminator'", "nobody"]),
        ("phases.0.objective.loss", "hing", ["hing", "did you mean 'hinge'"]),
        ("sampling.network", "generatr", ["sampling.network", "did you mean 'generator'"]),
        ("data.type", "mnits", ["unknown data 'mnits'", "did you mean 'mnist'"]),
        ("data", {"points": 3}, ["type", "data"]),
        ("format", 99, ["format 99"]),
        ("phases", [], ["phases", "at least one"]),
    ],
)
def test_a_fault_is_said_in_one_line_with_its_place(path: str, value: object, words: list[str]) -> None:
    text = message(with_field(preset("digits-mlp"), path, value))
    assert [word for word in words if word not in text] == [], text


@pytest.mark.parametrize("path", ["networks.generator.layers.0.units", "players.generator.networks"])
def test_the_place_names_the_network_or_player(path: str) -> None:
    """A file has two networks at least, so `layers[0]` alone is no place."""
    assert "generator" in message(with_field(preset("digits-mlp"), path, 0))


@pytest.mark.parametrize(("path", "value"), [("training.steps", 0), ("training.stepz", 5), ("phases.0.repeats", "x")])
def test_parentheses_of_a_message_are_closed(path: str, value: object) -> None:
    text = message(with_field(preset("digits-mlp"), path, value))
    assert text.count("(") == text.count(")"), text


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: L.Dense(units=0), ["dense.units", ">= 1", "0"]),
        (lambda: L.Dense(units="5"), ["dense.units", "int", "str"]),
        (lambda: L.Dense(unitz=5), ["dense", "unknown field 'unitz'", "did you mean 'units'"]),
        (L.Dense, ["dense", "'units' is missing"]),
        (lambda: L.Dense(5), ["dense", "by name", "units"]),
        (lambda: L.Dense(units=5, weight_init={"type": "zeross"}), ["dense.weight_init", "did you mean 'zeros'"]),
        (lambda: Input(kind="latent", shape=(2,), distribution="gauss"), ["input.distribution", "normal, uniform"]),
        (lambda: L.LeakyReLU(slope=-0.1), ["leaky_relu.slope", ">= 0"]),
        (lambda: L.Dropout(rate=1.0), ["dropout.rate", "less than 1"]),
        (lambda: L.ConvTranspose(channels=1, kernel=3, stride=2, output_padding=2), ["output_padding", "stride 2"]),
        (lambda: L.Scale(factor=0.0), ["scale.factor", "other than 0"]),
        (lambda: Input(kind="label"), ["label", "classes"]),
        (lambda: Input(kind="data"), ["data", "shape"]),
        (lambda: Network(inputs={}, layers=(L.Tanh(),)), ["inputs", "at least one"]),
        (lambda: Network(inputs={"x": Input(kind="data", shape=(1,))}, layers=()), ["layers", "at least one"]),
        (lambda: Adam(learning_rate=0.0), ["adam.learning_rate", "> 0"]),
        (lambda: LinearDecay(start=5, end=5), ["linear_decay.end", "start=5"]),
    ],
)
def test_a_spec_made_in_python_is_checked_too(make, words: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        make()
    assert [word for word in words if word not in str(caught.value)] == [], str(caught.value)


def test_specs_are_frozen() -> None:
    with pytest.raises(AttributeError):
        L.Dense(units=3).units = 4


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_learning_rate_is_a_finite_number(number: float) -> None:
    with pytest.raises(SpecError):
        Adam(learning_rate=number)


@pytest.mark.parametrize(("suffix", "text"), [(".toml", "name = "), (".json", "{"), (".json", "[" * 100_000)])
def test_a_broken_text_is_one_line(suffix: str, text: str) -> None:
    with pytest.raises(SpecError, match=r"^[^\n]*$"):
        from_text(text, suffix)


def test_tables_within_tables_without_end_are_one_line() -> None:
    plain: dict[str, object] = {"type": "digits"}
    for _ in range(500):
        plain = {"type": "grey_and_colour", "source": plain}

    assert "too many times over" in message(with_field(preset("digits-mlp"), "data", plain))


def test_a_file_fault_names_the_file(tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(to_toml(preset("digits-mlp")).replace("batch_size", "batchsize"))
    with pytest.raises(SpecError, match=r"mine\.toml: .*batchsize"):
        read_experiment(path)


@pytest.mark.parametrize("name", ["../climbs", "a/b", "a.b", "", "optimizers", "x" * 65])
def test_a_network_name_that_is_no_file_name_is_refused(name: str) -> None:
    """Checkpoints are files called after networks."""
    plain = to_builtins(preset("digits-mlp"))
    plain["networks"][name] = plain["networks"]["generator"]

    with pytest.raises(SpecError):
        from_builtins(plain, Experiment)


def test_a_layer_name_with_a_dot_is_refused() -> None:
    with pytest.raises(SpecError, match=r"dense\.name"):
        L.Dense(name="a.b", units=1)
