"""The checks of an experiment: each finds its mistake, names a remedy, is silenced by name, and cries no wolf."""

import re
import runpy
from pathlib import Path

import msgspec
import numpy as np
import pytest

from gan_core.data.dataset import Dataset
from gan_core.data.sources import Digits, Mixture
from gan_core.errors import DataError, SpecError
from gan_core.experiments.checks import CHECKS, data_notes, notes
from gan_core.experiments.data_fit import check_data
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import from_text, to_toml, with_changes
from gan_core.laboratory import MODELS, Laboratory
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator, Objective
from gan_core.objectives.draws import Draw, Made
from gan_core.objectives.losses import LOSSES, AdversarialLoss
from gan_core.presets import PRESETS, preset
from gan_core.presets.loading import load_experiment, read_changes
from gan_core.specs import layers as L
from gan_core.specs.networks import Input, Network

EXAMPLES = Path(__file__).parents[2] / "examples"
IMAGE = (1, 8, 8)


def game(*changes: str) -> Experiment:
    return with_changes(preset("digits-mlp"), read_changes(changes))


def ending(*layers: str, loss: str = "non_saturating") -> Experiment:
    """The digits' game whose discriminator ends in some layers after its logit."""
    every = ['{type="flatten"}', '{type="dense", units=1}', *layers]
    return game(f"networks.discriminator.layers=[{', '.join(every)}]", *losses(loss))


def losses(name: str) -> list[str]:
    return [f"phases.{phase}.objective.loss={name}" for phase in ("discriminator", "generator")]


def names(lines: list[str]) -> list[str]:
    return [line.partition(":")[0] for line in lines]


def images(pixels: np.ndarray | None = None, **fields) -> Dataset:
    random = np.random.default_rng(0)
    samples = random.integers(0, 256, (200, *IMAGE), dtype=np.uint8) if pixels is None else pixels
    return Dataset(name="mine", samples=samples, **fields)


# --- nothing to say of what is right


# what is kept of the originals: tanh against 0 … 1, and a penalty beside a minibatch deviation
ODD = {"frog-dcgan": ("value-range",)} | dict.fromkeys(("gan-ada", "stylegan2-small"), ("penalty-across-samples",))


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_has_no_notes(name):
    """Neither of itself nor of data like its own: bytes mapped to the range that its spec says, every class there."""
    made = preset(name)
    if isinstance(made.data, Digits | Mixture):
        data = made.data.load(None)
    else:
        random, classes = np.random.default_rng(0), 10
        bounds = getattr(getattr(made.data, "source", made.data), "value_range", (-1.0, 1.0))
        samples = random.integers(0, 256, (320, *made.sample_shape), dtype=np.uint8)
        labels = random.permutation(320) % classes
        data = Dataset(name=name, samples=samples, labels=labels, classes=classes, value_range=bounds)

    found = notes(made) + data_notes(made, data)
    assert [line for line in found if not line.startswith("short-epochs")] == []  # of sets that are as small as this
    assert made.silenced == ODD.get(name, ())


@pytest.mark.parametrize("protocol", ["tutorial", "pacgan"])
def test_a_model_of_the_laboratory_has_no_notes(protocol):
    for made in Laboratory(protocol=protocol, models=tuple(MODELS), seeds=1).planned.values():
        assert notes(made) + data_notes(made, made.data.load(None)) == []


@pytest.mark.parametrize("name", ["add_a_layer.py", "bring_your_own_data.py", "new_phase.py", "write_a_loss.py"])
def test_an_example_has_no_notes(name, monkeypatch, capsys, tmp_path):
    """Each runs to where it would train."""
    monkeypatch.setattr("sys.argv", [name, "torch", "1"])
    monkeypatch.setattr("gan_core.training.machine.load_backend", lambda *_, **__: pytest.fail("stopped"))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(pytest.fail.Exception, match="stopped"):
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")

    assert "note" not in capsys.readouterr().err
    LOSSES.pop("exponential", None)
    for family, word in ((Objective, "match_moments"), (L.Layer, "swish")):
        family.variants.pop(word, None)


def test_every_check_has_a_name_and_a_sentence():
    for name, one in CHECKS.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", name)
        assert re.fullmatch(r"[A-Z][^\n]{20,}\.", one.sentence), name


# --- what a discriminator ends in


@pytest.mark.parametrize("loss", ["non_saturating", "minimax", "relativistic_average"])
def test_a_sigmoid_before_logits_is_refused_with_its_remedy(loss):
    with pytest.raises(SpecError, match=r"^sigmoid-before-logits: .*'sigmoid_1'.* 0 … 1.* drop the layer 'sigmoid_1'"):
        load_experiment(ending('{type="sigmoid"}', loss=loss))


@pytest.mark.parametrize("after", ['{type="reshape", shape=[1]}', '{type="dropout"}', '{type="scale", factor=0.5}'])
def test_a_sigmoid_is_found_behind_what_keeps_its_range(after):
    changed = ending('{type="sigmoid"}', after)
    try:
        found = notes(changed)
    except SpecError as error:
        found = [str(error)]

    assert any("'sigmoid_1'" in line for line in found)


def test_a_softmax_or_an_activation_of_ones_own_is_found():
    """By the word of the layer, or of the function among its fields."""
    from gan_core.plans.layer_plans import LayerPlan
    from gan_core.plans.shape_rules import plan_layer

    class Hardsigmoid(L.LayerSpec, frozen=True, kw_only=True):
        pass

    class Activation(L.LayerSpec, frozen=True, kw_only=True):
        function: str

    for kind in (Hardsigmoid, Activation):
        plan_layer.register(kind)(lambda _, shapes: LayerPlan(output_shape=shapes[0]))
        L.Layer.variants.pop(kind.__name__.lower())
    base = preset("digits-mlp")
    for layer in (L.Softmax(), Hardsigmoid(), Activation(function="Sigmoid"), Activation(function="hard_sigmoid")):
        discriminator = base.networks["discriminator"]
        discriminator = msgspec.structs.replace(discriminator, layers=(*discriminator.layers, layer))
        made = msgspec.structs.replace(base, networks={**base.networks, "discriminator": discriminator})
        with pytest.raises(SpecError, match="sigmoid-before-logits"):
            notes(made)


@pytest.mark.parametrize("objective", ["labelled_discriminator", "several_discriminator"])
def test_the_other_cross_entropies_take_logits_too(objective):
    if objective == "several_discriminator":
        made = load_experiment("mnist-multi-generator", ["generators=2"])
        discriminator = made.networks["discriminator"]
        discriminator = msgspec.structs.replace(discriminator, layers=(*discriminator.layers, L.Sigmoid()))
        made = msgspec.structs.replace(made, networks={**made.networks, "discriminator": discriminator})
    else:
        made = ending('{type="sigmoid"}')
        made = with_changes(made, {"phases.discriminator.objective": {"type": "labelled_discriminator"}})

    with pytest.raises(SpecError, match="sigmoid-before-logits"):
        notes(made)


@pytest.mark.parametrize(
    ("layer", "loss"),
    [
        ("tanh", "non_saturating"),
        ("relu", "non_saturating"),
        ("elu", "non_saturating"),
        ("sigmoid", "hinge"),
        ("sigmoid", "wasserstein"),
        ("tanh", "wasserstein"),
    ],
)
def test_scores_that_cannot_be_any_number_are_noted(layer, loss):
    assert names(notes(ending(f'{{type="{layer}"}}', loss=loss))) == ["squashed-scores"]


@pytest.mark.parametrize(
    ("layers", "loss"),
    [
        (['{type="sigmoid"}'], "least_squares"),
        (['{type="tanh"}', '{type="scale", factor=10.0}'], "non_saturating"),
        (['{type="leaky_relu"}'], "non_saturating"),
        (['{type="sigmoid"}', '{type="dense", units=1}'], "non_saturating"),
    ],
)
def test_ends_that_are_well_are_not_noted(layers, loss):
    assert notes(ending(*layers, loss=loss)) == []


def test_a_loss_of_ones_own_may_want_a_sigmoid():
    """What it takes outputs for is not known unless it says so."""
    LOSSES["own"] = AdversarialLoss(discriminator=LOSSES["hinge"].discriminator, generator=LOSSES["hinge"].generator)
    try:
        assert notes(ending('{type="sigmoid"}', loss="own")) == []
    finally:
        del LOSSES["own"]


# --- critics and losses


def test_a_critic_that_nothing_bounds_is_noted():
    (line,) = notes(game(*losses("wasserstein")))

    assert re.match(
        r"unbounded-critic: phase 'discriminator' .*3 layers without spectral_norm .*gradient_penalty", line
    )


@pytest.mark.parametrize(
    "changes",
    [
        [
            "players.discriminator.clip_weights=0.01",
            'players.discriminator.optimizer={type="rms_prop", learning_rate=1e-4}',
        ],
        ['phases.discriminator.objective.penalties=[{type="gradient_penalty"}]'],
        [f"networks.discriminator.layers.dense_{number}.spectral_norm=true" for number in (1, 2, 3)],
    ],
    ids=["clipped", "penalty", "spectral norm"],
)
def test_a_critic_that_is_bounded_is_not_noted(changes):
    assert notes(game(*losses("wasserstein"), *changes)) == []


@pytest.mark.parametrize(
    "changes",
    [
        ['phases.discriminator.objective.penalties=[{type="gradient_penalty", weight=0}]'],
        ["networks.discriminator.layers.dense_1.spectral_norm=true"],
        ['phases.discriminator.objective.penalties=[{type="drift"}]'],
    ],
    ids=["weight 0", "one layer of three", "on scores"],
)
def test_a_bound_that_is_none_is_noted(changes):
    assert names(notes(game(*losses("wasserstein"), *changes))) == ["unbounded-critic"]


def test_a_critic_with_an_evaluation_of_its_own_is_left_to_itself():
    """It may bound the critic in its own way."""

    class OwnPenalty(AdversarialDiscriminator, frozen=True, kw_only=True):
        def evaluate(self, context):
            return super().evaluate(context)

    Objective.variants.pop("own_penalty")
    made = game(*losses("wasserstein"))
    phase = msgspec.structs.replace(made.phases[0], objective=OwnPenalty(loss="wasserstein"))

    assert notes(msgspec.structs.replace(made, phases=(phase, made.phases[1]))) == []


@pytest.mark.parametrize(
    ("discriminator", "generator", "noted"),
    [
        ("hinge", "wasserstein", False),
        ("minimax", "non_saturating", False),
        ("non_saturating", "minimax", False),
        ("non_saturating", "hinge", True),
        ("hinge", "non_saturating", True),
        ("least_squares", "non_saturating", True),
        ("relativistic_average", "non_saturating", True),
    ],
)
def test_two_sides_of_different_games_are_noted(discriminator, generator, noted):
    made = game(f"phases.discriminator.objective.loss={discriminator}", f"phases.generator.objective.loss={generator}")

    assert names(notes(made)) == ["mixed-losses"] * noted


def test_smoothed_labels_are_a_side_of_the_cross_entropy():
    made = game('phases.discriminator.objective={type="labelled_discriminator", real_label=0.9}')

    assert notes(made) == []
    assert names(notes(with_changes(made, {"phases.generator.objective.loss": "least_squares"}))) == ["mixed-losses"]


def test_a_generator_that_aims_at_the_label_of_generated_samples_is_noted():
    """Exchanged labels are well if both sides exchange them."""
    flipped = 'phases.discriminator.objective={type="labelled_discriminator", real_label=0.0, fake_label=1.0}'
    generator = 'phases.generator.objective={type="labelled_generator", label=0.0}'

    assert names(notes(game(flipped))) == ["wrong-target"]
    assert names(notes(game(generator))) == ["wrong-target"]
    assert notes(game(flipped, generator)) == []
    assert notes(game('phases.generator.objective={type="labelled_generator", label=0.9}')) == []


def test_a_penalty_across_samples_is_noted():
    made = preset("mnist-wgan-gp")
    discriminator = made.networks["discriminator"]
    normed = msgspec.structs.replace(
        discriminator, layers=(*discriminator.layers[:2], L.BatchNorm(), *discriminator.layers[2:])
    )
    made = msgspec.structs.replace(made, networks={**made.networks, "discriminator": normed})

    (line,) = notes(made)
    assert re.match(r"penalty-across-samples: the gradient_penalty .*'batch_norm_1'.*layer_norm", line)


def test_a_penalty_on_scores_may_be_put_on_samples_that_see_each_other():
    drift = {"phases.discriminator.objective.penalties": [{"type": "drift"}]}

    assert notes(load_experiment("mnist-dcgan", drift)) == []


def test_momentum_with_clipping_is_noted():
    clip = "players.discriminator.clip_weights=0.01"

    assert names(notes(game(*losses("wasserstein"), clip))) == ["clipped-momentum"]
    assert notes(game(*losses("wasserstein"), clip, "players.discriminator.optimizer.beta1=0")) == []


# --- who moves, and what is fed


def test_a_phase_that_moves_the_other_player_is_noted():
    found = notes(game("phases.generator.player=discriminator"))

    assert names(found) == ["unmoved-network", "unmoved-network"]
    assert "its objective is to train 'generator'" in found[0]
    assert "no phase moves the network 'generator'" in found[1]


def kind_draw(hot: bool) -> dict[str, Draw]:
    def make(generator, count, _):
        return np.eye(4)[generator.integers(0, 4, count)] if hot else generator.standard_normal((count, 4))

    return {"generator.kind": Made(make=make)}


class Fed(AdversarialGenerator, frozen=True, kw_only=True):
    """Feeds the generator's ``kind`` what a function draws."""

    hot: bool = True

    def draws(self, plans):
        return super().draws(plans) | kind_draw(self.hot)


class FedJudge(AdversarialDiscriminator, frozen=True, kw_only=True):
    """The same of the discriminator's phase."""

    hot: bool = True

    def draws(self, plans):
        return super().draws(plans) | kind_draw(self.hot)


for _fed in ("fed", "fed_judge"):
    Objective.variants.pop(_fed)


def conditioned(hot: bool, distribution: str = "normal", fed: bool = True) -> Experiment:
    made = preset("digits-mlp")
    inputs = {
        "z": Input(kind="latent", shape=(32,)),
        "kind": Input(kind="latent", shape=(4,), distribution=distribution),
    }
    layers = (L.Concat(inputs=("z", "kind")), L.Dense(units=64), L.Tanh(), L.Reshape(shape=IMAGE))
    made = msgspec.structs.replace(made, networks={**made.networks, "generator": Network(inputs=inputs, layers=layers)})
    if not fed:
        return made
    own = (FedJudge(hot=hot), Fed(hot=hot))
    phases = [msgspec.structs.replace(phase, objective=one) for phase, one in zip(made.phases, own, strict=True)]
    return msgspec.structs.replace(made, phases=tuple(phases))


def test_a_latent_that_training_feeds_one_hot_rows_is_noted():
    (line,) = notes(conditioned(hot=True))

    assert re.match(r"undrawn-latent: .* draw normal numbers for the input 'kind' .*phases feed it one-hot rows", line)
    assert 'distribution = "one_hot"' in line


@pytest.mark.parametrize(
    ("hot", "distribution", "fed"), [(True, "one_hot", True), (False, "normal", True), (True, "normal", False)]
)
def test_a_latent_that_is_drawn_as_training_draws_it_is_not_noted(hot, distribution, fed):
    assert notes(conditioned(hot=hot, distribution=distribution, fed=fed)) == []


def test_normal_numbers_for_a_one_hot_input_are_noted():
    assert names(notes(conditioned(hot=False, distribution="one_hot"))) == ["undrawn-latent"]


# --- values, labels, order


@pytest.mark.parametrize(
    ("samples", "fields", "figure"),
    [
        (np.linspace(0, 1, 128).reshape(2, *IMAGE), {}, "from 0 to 1"),
        (np.linspace(0, 255, 128).reshape(2, *IMAGE), {}, "from 0 to 255"),
        (None, {"value_range": (0.0, 1.0)}, "from 0 to 1"),
    ],
    ids=["floats to 1", "floats to 255", "bytes to 1"],
)
def test_values_that_a_tanh_does_not_make_are_noted(samples, fields, figure):
    (line,) = data_notes(preset("digits-mlp"), images(samples, **fields))

    assert re.match(rf"value-range: network 'generator' ends in a tanh \(layer 'tanh_1'\).* -1 … 1, .*{figure}: ", line)
    assert "data.value_range" in line or "scale the data" in line


@pytest.mark.parametrize("function", ["sigmoid", "relu"])
def test_a_generator_that_never_goes_below_0_is_noted(function):
    made = game(f'networks.generator.layers.tanh_1={{type="{function}"}}')

    assert names(data_notes(made, images())) == ["value-range"]
    assert data_notes(made, images(value_range=(0.0, 1.0))) == []


def test_a_linear_end_is_noted_for_large_values_only():
    made = game('networks.generator.layers.tanh_1={type="scale", factor=1.0}')

    assert data_notes(made, images()) == []
    assert names(data_notes(made, images(np.linspace(0, 255, 640).reshape(10, *IMAGE)))) == ["unscaled-data"]


def test_points_a_little_past_a_tanh_are_not_noted():
    """A ring of radius 1, its modes some hundredths wide."""
    made = load_experiment("mixture-8")

    assert data_notes(made, made.data.load(None)) == []


def test_pixels_that_use_few_values_are_noted():
    dark = np.random.default_rng(0).integers(0, 17, (50, *IMAGE), dtype=np.uint8)

    (line,) = data_notes(preset("digits-mlp"), images(dark))
    assert re.match(r"narrow-pixels: .*from 0 to 16 of 0 to 255", line)


def labelled(classes: int) -> Experiment:
    label = f'networks.generator.inputs.label={{kind="label", classes={classes}}}'
    code = f'{{type="embedding", name="code", inputs=["label"], classes={classes}, units=32}}'
    rest = '{type="add", inputs=["z", "code"]}, {type="dense", units=64}, {type="reshape", shape=[1, 8, 8]}'
    return game(label, f"networks.generator.layers=[{code}, {rest}]")


@pytest.mark.parametrize(
    ("labels", "figure"),
    [
        (np.arange(200) % 10 + 1, "1 of the 11 classes of 'mine' have no sample: 0; labels run from 1 to 10,"),
        (np.where(np.arange(200) % 2, 97, 122), "121 of the 123 classes of 'mine' have no sample: 0, 1, 2, 3, 4, …;"),
        (np.arange(200) % 10 // 2 * 2, "4 of the 9 classes of 'mine' have no sample: 1, 3, 5, 7;"),
    ],
)
def test_classes_without_a_sample_are_noted(labels, figure):
    classes = int(labels.max()) + 1

    (line,) = data_notes(labelled(classes), images(labels=labels, classes=classes))

    assert line.startswith(f"unused-classes: {figure}")
    assert "the generator is asked for every class" in line
    (line,) = data_notes(preset("digits-mlp"), images(labels=labels, classes=classes))
    assert "an evaluation counts every class" in line


def test_ten_classes_against_labels_from_1_to_10_say_where_labels_begin():
    with pytest.raises(DataError, match=r"expects 10 classes, but 'mine' has 11: labels run from 1 to 10; .*from 0"):
        check_data(labelled(10), images(labels=np.arange(200) % 10 + 1, classes=11))


def test_data_sorted_by_class_and_taken_in_order_are_noted():
    ordered = images(labels=np.arange(200) // 20, classes=10)

    assert names(data_notes(game("training.order=sequential"), ordered)) == ["sorted-data"]
    assert data_notes(game(), ordered) == []


@pytest.mark.parametrize(("every", "found"), [(1, ["short-epochs"]), (10, [])])
def test_sheets_after_every_few_batches_are_noted(every, found):
    """200 images in batches of 64 are 3 batches an epoch."""
    wanted = game(f"sampling.every_epochs={every}", "training.batch_size=64", "training.steps=1000")

    assert names(data_notes(wanted, images(labels=np.arange(200) % 10, classes=10))) == found


# --- silence


def test_a_check_is_silenced_by_its_name_in_the_file():
    text = 'silenced = ["mixed-losses"]\n' + to_toml(game("phases.generator.objective.loss=hinge"))

    assert notes(from_text(text, ".toml")) == []
    assert from_text(to_toml(from_text(text, ".toml")), ".toml").silenced == ("mixed-losses",)


def test_a_silenced_error_is_none():
    made = with_changes(ending('{type="sigmoid"}'), {"silenced": ["sigmoid-before-logits"]})

    assert names(notes(made)) == []


def test_an_unknown_check_gets_the_nearest():
    with pytest.raises(SpecError, match=r"silenced: unknown check 'mixed-loss'; did you mean 'mixed-losses'\?"):
        game('silenced=["mixed-loss"]')


def test_a_file_says_nothing_of_silence_where_there_is_none():
    """So that the sum of an older run's experiment, and a finished cell's fingerprint, stay what they were."""
    assert "silenced" not in to_toml(preset("digits-mlp"))


def test_notes_go_to_standard_error_when_an_experiment_is_opened(capsys):
    load_experiment("digits-mlp", ["phases.generator.objective.loss=hinge"])

    told = capsys.readouterr()
    assert told.out == ""
    assert re.fullmatch(r"gan: note: mixed-losses: [^\n]+\n", told.err)


def test_a_chance_that_nothing_moves_is_told():
    made = load_experiment("gan-ada", {"phases.discriminator.objective.adaptive_augmentation": None})

    assert any(line.startswith("unmoved-chance: the chance of 'random_flip_1'") for line in notes(made))


def test_a_training_that_goes_on_after_its_learning_rate_is_told():
    """The generator of stargan moves at every fifth step, so that its rate falls over a fifth of the updates."""
    rate = "players.generator.optimizer.schedule"
    fitting, longer = (load_experiment("stargan", {"training.steps": steps}) for steps in (201_000, 210_000))

    assert names(notes(fitting)) == []
    assert [line.partition(", where")[0] for line in notes(longer)] == [
        "ended-schedule: player 'discriminator' stands still after 200,000 of its 210,000 updates",
        "ended-schedule: player 'generator' stands still after 40,000 of its 42,000 updates",
    ]
    assert f"choose {rate}.end=42000" in notes(longer)[1]
