"""The trainer on a real backend: events, sampling in evaluation mode, starting anywhere, stopping at NaN."""

import dataclasses

import msgspec
import numpy as np
import pytest

from gan_core.contract.backend import Call
from gan_core.data.dataset import Dataset
from gan_core.errors import TrainingError
from gan_core.experiments.files import with_changes
from gan_core.experiments.shaped_arrays import Shaped
from gan_core.objectives import AdversarialGenerator, Objective
from gan_core.objectives.context import Outcome
from gan_core.operations.random_bits import CallRandom
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment, read_changes
from gan_core.randomness import mask_key
from gan_core.testing.numpy_ops import NUMPY
from gan_core.testing.reference_layers import ReferenceNetwork
from gan_core.testing.tolerances import TOLERANCES, difference
from gan_core.training.events import CheckpointDue, RunEnded, RunStarted, SamplesDrawn, ScalarsLogged, StepEnded
from gan_core.training.trainer import Trainer
from gan_core.training.walks import interpolated

CHANGES = ["training.dtype=float64", "training.batch_size=16", "sampling.every_steps=4", "checkpoint.every_steps=4"]


def trainer(backend, *changes: str) -> Trainer:
    made = with_changes(preset("digits-mlp"), read_changes([*CHANGES, *changes]))
    return Trainer(made, backend, made.data.load(None))


def test_a_training_tells_what_happens_in_order(backend64):
    events = list(trainer(backend64, "training.steps=4", "logging.every_steps=2").events())

    kinds = [type(event) for event in events]
    assert kinds == [
        RunStarted, ScalarsLogged, StepEnded, ScalarsLogged, StepEnded, StepEnded,
        ScalarsLogged, SamplesDrawn, CheckpointDue, StepEnded, RunEnded,
    ]  # fmt: skip
    assert [event.step for event in events if isinstance(event, ScalarsLogged)] == [1, 2, 4]


def test_a_run_can_start_where_another_stopped(backend64):
    """Steps 4 to 6 from a state of step 3 equal those of one run, to the last bit."""
    whole, second = trainer(backend64), trainer(backend64)
    for _ in range(3):
        whole.run_step()
    second.load(whole.state())
    for _ in range(3):
        whole.run_step()
        second.run_step()

    for name, values in whole.state().networks.items():
        for key, value in values.items():
            np.testing.assert_array_equal(second.state().networks[name][key], value, err_msg=f"{name}.{key}")


def test_a_sheet_in_training_mode_is_numpy_s_and_moves_nothing(backend64):
    """Batch statistics of the sheet, masks of the seed; every weight and statistic stays, bit for bit."""
    dropout = {"sampling.mode": "training", "networks.generator.layers.1": {"type": "dropout", "rate": 0.25}}
    made = with_changes(preset("digits-mlp"), read_changes(CHANGES) | dropout)
    one = Trainer(made, backend64, made.data.load(None))
    one.run_step()  # statistics are no longer the first ones
    before = one.state().networks

    sheet, again = one.sampler.sheet(), one.sampler.sheet()

    after = one.state().networks
    assert all(np.array_equal(after[name][key], value) for name in before for key, value in before[name].items())
    key = mask_key(made.training.seed, "sheet/generator/masks", 0, 0)
    call = Call(
        training=True,
        weights=None,
        random=CallRandom(ops=NUMPY, key=key, place="generator"),
    )
    inputs = one.sampler.sampling_inputs("generator", len(sheet), "sheet", None)
    expected = ReferenceNetwork(made.plans["generator"], before["generator"])(inputs, call)
    assert difference(sheet, np.asarray(expected), "sheet", TOLERANCES["network"]) is None
    np.testing.assert_array_equal(sheet, again)


def test_sampling_uses_running_statistics_and_leaves_them_alone(backend64):
    """The same latent gives the same sample alone and in a crowd, before and after sampling."""
    one = trainer(backend64)
    one.run_step()
    latents = np.random.default_rng(0).standard_normal((5, 32))

    crowd = one.sampler.generate("generator", {"z": latents})
    alone = one.sampler.generate("generator", {"z": latents[:1]})

    np.testing.assert_allclose(alone[0], crowd[0], rtol=0, atol=1e-14)
    np.testing.assert_array_equal(one.sampler.generate("generator", {"z": latents}), crowd)


def test_nan_is_reported_at_its_step_and_phase(backend64):
    """A generator thrown to infinity at step 1 shows in the discriminator at step 2, found when step 10 is logged."""
    broken = trainer(
        backend64, "training.steps=20", "players.generator.optimizer.learning_rate=1e300", "logging.every_steps=10"
    )

    with pytest.raises(TrainingError, match=r"step 2, phase 'discriminator': loss is nan"):
        list(broken.events())


def test_labels_reach_a_network_that_reads_them(backend64):
    """With every weight but the label's embedding at rest, the samples follow the label."""
    layers = (
        '{type="embedding", name="code", inputs=["label"], classes=10, units=32}',
        '{type="add", inputs=["z", "code"]}',
        '{type="dense", units=64}',
        '{type="tanh"}',
        '{type="reshape", shape=[1, 8, 8]}',
    )
    label = 'networks.generator.inputs.label={kind="label", classes=10}'
    changes = [*CHANGES, label, f"networks.generator.layers=[{', '.join(layers)}]"]
    made = with_changes(preset("digits-mlp"), read_changes(changes))
    one = Trainer(made, backend64, made.data.load(None))
    one.run_step()

    samples = one.sampler.generate("generator", {"z": np.zeros((3, 32)), "label": np.array([4, 7, 4])})

    np.testing.assert_array_equal(samples[0], samples[2])
    assert np.abs(samples[0] - samples[1]).max() > 0.01


def small(backend, name: str, *changes: str) -> Trainer:
    made = load_experiment(name, ["training.dtype=float64", *changes])
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (20, *made.sample_shape), dtype=np.uint8)
    draws = [draw for phase in made.phases for draw in phase.objective.draws(made.plans).values()]
    reads_two = any(draw.domain == "second" for draw in draws)
    second = Dataset(name="b", samples=random.integers(0, 256, (15, *made.sample_shape), dtype=np.uint8))
    return Trainer(made, backend, Dataset(name="a", samples=images, second_domain=second if reads_two else None))


def test_weights_are_clipped_after_each_update(backend64):
    one = small(backend64, "mnist-wgan", "training.batch_size=4", "players.discriminator.clip_weights=0.01")
    for _ in range(2):
        one.run_step()
        weights = one.state().networks["discriminator"].values()
        assert max(np.abs(weight).max() for weight in weights) == 0.01


def test_an_average_follows_its_network(backend64):
    """Two updates: w̄ ← .9 w̄ + .1 w, from equal starts; running statistics are those of the network."""
    average = 'averages={average={of="generator", decay=0.9}}'
    one = trainer(backend64, average, "sampling.network=average")
    expected = dict(one.state().networks["generator"])
    for _ in range(2):
        one.run_step()
        live = one.state().networks["generator"]
        for name, value in live.items():
            expected[name] = value if ".running_" in name else 0.9 * expected[name] + 0.1 * value

    for name, value in one.state().networks["average"].items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-13, atol=1e-16, err_msg=name)


def test_several_generators_take_turns_in_a_sheet(backend64):
    """Sample i is made by generator i modulo their number."""
    one = small(backend64, "mnist-multi-generator", "generators=2", "training.batch_size=4")
    made = one.sampler.sample(5, "test", None)

    for turn, name in enumerate(one.experiment.sampled):
        own = one.sampler.generate(name, one.sampler.sampling_inputs(name, len(made[turn::2]), f"test/{name}", None))
        np.testing.assert_array_equal(made[turn::2], own)
    assert not np.array_equal(made[0], made[1])


def test_shared_samples_are_generated_once(backend64):
    """With batch norm in the generator: its running mean moves by one batch a step, not by two."""
    rate = 0.1
    steps = {}
    for shares in ("true", "false"):
        changes = [f"phases.{phase}.objective.shares_samples={shares}" for phase in ("discriminator", "generator")]
        one = trainer(backend64, *changes)
        one.run_step()
        steps[shares] = one.state().networks["generator"]["batch_norm_1.running_variance"]

    after_one, after_two = (1 - rate), (1 - rate) ** 2  # what is left of the variance of 1 it starts with
    assert steps["true"].min() > after_one
    assert after_two < steps["false"].min()
    assert not np.allclose(steps["true"], steps["false"])


def test_shared_samples_give_the_generator_the_gradient_of_those_latents(backend64):
    """One step with shared samples equals a generator's update on the discriminator's latents."""
    shared = trainer(
        backend64,
        "phases.discriminator.objective.shares_samples=true",
        "phases.generator.objective.shares_samples=true",
        "players.generator.optimizer.beta1=0",
    )
    apart = trainer(backend64, "players.generator.optimizer.beta1=0")
    fed, players = apart.feeder.inputs_of_update, apart.experiment.players
    latents = fed(apart.experiment.phases[0], 0, 0, 0, dict.fromkeys(players, 0)).draws["generator.z"]

    def with_latents(*arguments):
        inputs = fed(*arguments)
        return dataclasses.replace(inputs, draws=inputs.draws | {"generator.z": latents})

    apart.feeder.inputs_of_update = with_latents
    shared.run_step()
    apart.run_step()

    for name in apart.experiment.plans["generator"].weights:
        one, other = (which.state().networks["generator"][name] for which in (shared, apart))
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("name", [pytest.param("cyclegan", marks=pytest.mark.slow), "began"])
def test_what_phases_keep_is_part_of_the_state(backend64, name):
    """A pool and a control variable go through a state and back: steps 3 and 4 equal those of one run."""
    changes = ["width=0.05", "training.batch_size=1"] + (["blocks=1"] if name == "cyclegan" else [])
    whole, second = small(backend64, name, *changes), small(backend64, name, *changes)
    for _ in range(2):
        whole.run_step()
    second.load(whole.state())
    for _ in range(2):
        whole.run_step()
        second.run_step()

    assert whole.state().variables
    for key, value in whole.state().variables.items():
        assert np.abs(value).max() > 0, key
        np.testing.assert_array_equal(second.state().variables[key], value, err_msg=key)


def test_an_objective_whose_cost_is_unknown_trains_to_its_end(backend64):
    """What cannot be worked out on shapes is no error: the run ends, and its operations a second are unknown."""

    class Detaching(AdversarialGenerator, frozen=True, kw_only=True):
        def evaluate(self, context):
            outcome = super().evaluate(context)
            values = context.ops.detached(lambda: {"loss": (outcome.loss, [2.0**outcome.loss])})
            if isinstance(values["loss"][0], Shaped):
                raise AttributeError("as any method of a framework's own arrays")
            return Outcome(loss=outcome.loss, scalars={"loss": outcome.loss, "power": values["loss"][1][0]})

    made = with_changes(preset("digits-mlp"), read_changes([*CHANGES, "training.steps=4"]))
    phase = msgspec.structs.replace(made.phases[1], objective=Detaching())
    made = msgspec.structs.replace(made, phases=(made.phases[0], phase))
    Objective.variants.pop("detaching")

    ended = list(Trainer(made, backend64, made.data.load(None)).events())[-1]

    assert isinstance(ended, RunEnded)
    assert np.isnan(ended.gflops)
    assert ended.step_seconds > 0


def black_and_white(backend, *changes: str) -> Trainer:
    """A CycleGAN whose domain a is all black, and b all white."""
    sizes = ["width=0.02", "blocks=1", "training.dtype=float64", "sampling.columns=2"]
    made = load_experiment("cyclegan", [*sizes, *changes])
    white = Dataset(name="b", samples=np.full((3, 3, 64, 64), 255, np.uint8))
    return Trainer(made, backend, Dataset(name="a", samples=np.zeros((2, 3, 64, 64), np.uint8), second_domain=white))


@pytest.mark.parametrize(("network", "back", "read"), [("a_to_b", "b_to_a", -1.0), ("b_to_a", "a_to_b", 1.0)])
def test_a_translation_is_shown_below_what_its_phase_feeds_it(backend64, network, back, read):
    """With the way back below it; the sheet, and what `sample` translates, are of the right domain."""
    sampler = black_and_white(backend64, "sampling.rows=3", f"sampling.network={network}").sampler

    sheet = sampler.sheet()

    np.testing.assert_array_equal(sheet[:2], np.full((2, 3, 64, 64), read))
    made = sampler.generate(network, {"image": np.full((1, 3, 64, 64), read)})
    np.testing.assert_allclose(sheet[2:4], made.repeat(2, axis=0), rtol=0, atol=1e-12)
    returned = sampler.generate(back, {"image": made})
    np.testing.assert_allclose(sheet[4:], returned.repeat(2, axis=0), rtol=0, atol=1e-12)
    np.testing.assert_allclose(sampler.sample(2, "sample 0", None)[1], made[0], rtol=0, atol=1e-12)


def test_both_directions_take_turns_by_default(backend64):
    """Rows: a, its translation, back again; b, its translation, back again; the third band is cut off."""
    one = black_and_white(backend64, "sampling.rows=8")

    rows = one.sampler.sheet().reshape(8, 2, 3, 64, 64)

    for row, value in ((0, -1), (3, 1), (6, -1)):
        np.testing.assert_array_equal(rows[row], np.full((2, 3, 64, 64), value))
    np.testing.assert_allclose(rows[7], rows[1], rtol=0, atol=1e-12)
    assert np.abs(rows[4] - rows[1]).max() > 1e-3
    one.run_step()
    np.testing.assert_array_equal(one.sampler.sheet().reshape(rows.shape)[[0, 3]], rows[[0, 3]])


def test_a_one_hot_condition_is_drawn_as_one(backend64):
    """Sheets show a category a row; samples and walks between latents get whole ones too."""
    condition = 'networks.generator.inputs.kind={kind="latent", shape=[4], distribution="one_hot"}'
    layers = '{type="concat", inputs=["z", "kind"]}, {type="dense", units=64}, {type="reshape", shape=[1, 8, 8]}'
    one = trainer(backend64, condition, f"networks.generator.layers=[{layers}]", "sampling.rows=5")
    one.run_step()
    seen = []
    one.sampler.generate = lambda _, inputs: seen.append(inputs["kind"]) or np.zeros((len(inputs["kind"]), 1, 8, 8))

    one.sampler.sheet()
    one.sampler.sample(7, "sample 0", None)
    interpolated(one.sampler, 6, 3, None, 0)
    interpolated(one.sampler, 6, 3, np.full(6, 2), 0)

    for drawn in seen:
        np.testing.assert_array_equal(np.sort(drawn, axis=1), np.eye(4)[[3] * len(drawn)])
    np.testing.assert_array_equal(seen[0].argmax(axis=1), np.repeat([0, 1, 2, 3, 0], 8))
    walk = seen[2].argmax(axis=1).reshape(2, 3)
    assert (walk == walk[:, :1]).all()
    assert (seen[3].argmax(axis=1) == 2).all()


def test_a_compilation_that_takes_long_is_told_with_its_phases_and_once(backend64, monkeypatch):
    """A backend that does not compile tells nothing; the second step, compiled already, neither."""
    told = []
    monkeypatch.setattr("gan_core.contract.patience.say", told.append)
    monkeypatch.setattr("gan_core.contract.patience.PATIENCE", 0.0)
    one = trainer(backend64)
    for _ in range(3):
        one.run_step()

    compiled = [text for text in told if "still compiling phase" in text]
    assert len(compiled) == len(told) == (1 if backend64.name == "keras" else 0)
    assert all(
        "still compiling phase 'discriminator' and phase 'generator'; that is done once" in text for text in compiled
    )


def test_a_sheet_of_a_conditional_network_has_a_row_for_each_class(backend64):
    from gan_core.sessions.sampling import _sheet

    changes = ["training.steps=1", "training.batch_size=8", "training.dtype=float64", "classes=3"]
    data = Dataset(name="mine", samples=np.zeros((9, 1, 28, 28)), labels=np.arange(9) % 3, classes=3)
    sampler = Trainer(load_experiment("mnist-cgan", changes), backend64, data).sampler

    samples, columns = _sheet(sampler, 8, None, False, 0, None)

    assert columns == 2
    np.testing.assert_array_equal(samples, sampler.sample(6, "sample 0", np.array([0, 0, 1, 1, 2, 2])))
