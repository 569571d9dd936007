"""The feeder: what each update is fed, from which random stream and batch, whatever step it starts at."""

import numpy as np
import pytest

from gan_core import randomness
from gan_core.data.dataset import Batches, Dataset
from gan_core.experiments.files import with_changes
from gan_core.presets import preset
from gan_core.presets.loading import load_experiment, read_changes
from gan_core.training import feeding
from gan_core.training.alternation import Alternation
from gan_core.training.feeding import Feeder, batches_of
from gan_core.training.inputs import flattened
from gan_core.training.timetable import Timetable

CHANGES = ["training.batch_size=4", "training.dtype=float64", "training.steps=9", "phases.discriminator.repeats=2"]


def fed(*changes: str) -> Feeder:
    made = with_changes(preset("digits-mlp"), read_changes([*CHANGES, *changes]))
    return Feeder(made, made.data.load(None), Alternation(made))


class Device:
    """A unit that leaves its inputs where they are."""

    def __init__(self, phases) -> None:
        self.names = tuple(phase.name for phase in phases)

    def prepare(self, inputs):
        return inputs


def walked(feeder: Feeder, steps: range) -> list[list[tuple[tuple[str, ...], dict]]]:
    return [[(unit.names, inputs) for unit, inputs in feeder.prepared(step, Device)] for step in steps]


def same(one, other) -> bool:
    return all(
        names == others and inputs.keys() == rest.keys() and all(np.array_equal(inputs[key], rest[key]) for key in rest)
        for mine, theirs in zip(one, other, strict=True)
        for (names, inputs), (others, rest) in zip(mine, theirs, strict=True)
    )


def test_a_step_is_fed_its_units_in_order_and_a_repeated_one_as_often() -> None:
    (step,) = walked(fed(), range(1))

    assert [names for names, _ in step] == [("discriminator",), ("discriminator",), ("generator",)]


def test_each_update_has_the_numbers_of_its_name_step_and_part() -> None:
    feeder = fed()
    latent = feeder.experiment.plans["generator"].inputs["z"]
    updates = [(phases[0].name, inputs) for phases, (inputs,) in feeder.inputs_at(5)]

    for (phase, inputs), part in zip(updates, (0, 1, 0), strict=True):
        stream = randomness.stream(feeder.experiment.training.seed, f"{phase}/generator.z", 5, part)
        np.testing.assert_array_equal(inputs.draws["generator.z"], randomness.latents(stream, latent, 4))


def test_each_update_that_reads_real_samples_takes_the_next_batch() -> None:
    feeder = fed()
    taken = [inputs.draws["real"] for step in range(3) for phases, (inputs,) in feeder.inputs_at(step)
             if phases[0].name == "discriminator"]  # fmt: skip

    expected = batches_of(feeder.experiment.training, feeder.dataset)["first"]
    for number, samples in enumerate(taken):
        np.testing.assert_array_equal(samples, expected.samples(number))


PENALISED = (
    'phases.discriminator.objective={type="adversarial_discriminator", loss="wasserstein", '
    'penalties=[{type="gradient_penalty"}]}'
)


def test_all_that_an_update_of_a_kept_last_batch_draws_has_its_size() -> None:
    """1,797 digits in batches of 700: the third of each epoch has 397."""
    made = with_changes(
        preset("digits-mlp"), read_changes(["training.batch_size=700", "training.last_batch=keep", PENALISED])
    )
    dataset = made.data.load(None)
    feeder = Feeder(made, dataset, Timetable(made, len(dataset)).alternation)
    sizes = []
    for step in range(4):
        ((_, updates),) = feeder.inputs_at(step)
        drawn = {len(array) for inputs in updates for array in inputs.draws.values() if isinstance(array, np.ndarray)}
        assert len(drawn) == 1
        sizes.append(drawn.pop())

    assert sizes == [700, 700, 397, 700]


def test_an_update_without_real_samples_has_the_size_of_the_batch_before_it() -> None:
    """Two updates of the discriminator, then one of the generator: its size is that of the second of their batches."""
    feeder = fed("training.batch_size=700", "training.last_batch=keep")
    sizes = [
        (phases[0].name, len(inputs.draws["generator.z"]))
        for step in range(3)
        for phases, (inputs,) in feeder.inputs_at(step)
    ]

    assert [size for name, size in sizes if name == "discriminator"] == [700, 700, 397, 700, 700, 397]
    assert [size for name, size in sizes if name == "generator"] == [700, 700, 397]


def test_the_second_domain_has_an_order_with_a_name() -> None:
    made = load_experiment("cyclegan", ["width=0.05", "blocks=1", "training.batch_size=2"])
    samples = np.random.default_rng(0).integers(0, 256, (8, 3, 64, 64), dtype=np.uint8)
    second = Dataset(name="b", samples=samples)
    feeder = Feeder(made, Dataset(name="a", samples=samples, second_domain=second), Alternation(made))
    ((_, (inputs, _)),) = feeder.inputs_at(3)

    order = Batches(second, 2, made.training.seed, "shuffled", "float32", purpose="other batch order")
    np.testing.assert_array_equal(inputs.draws["b"], order.samples(3))
    assert not np.array_equal(inputs.draws["a"], inputs.draws["b"])


@pytest.mark.parametrize("budget", [1, 3000, 2**22])
def test_what_is_prepared_ahead_is_what_each_step_needs(monkeypatch, budget) -> None:
    """However many steps are worked out at once."""
    monkeypatch.setattr(feeding, "PREPARED_BYTES", budget)
    feeder = fed()
    expected = [
        [(tuple(phase.name for phase in phases), flattened(inputs)) for phases, inputs in feeder.inputs_at(step)]
        for step in range(9)
    ]

    assert same(walked(feeder, range(9)), expected)


def test_a_feeder_that_goes_elsewhere_feeds_what_one_that_walked_there_does() -> None:
    whole, second = fed(), fed()
    expected = walked(whole, range(7))
    walked(second, range(2))

    second.go_to(4, whole.updates_of_state(4))

    assert same(walked(second, range(4, 7)), expected[4:])


def test_the_age_of_an_optimizers_state_counts_on() -> None:
    """A state that is 10 updates older than this run's count stays so; the schedule goes by the run's count."""
    feeder = fed()
    here = feeder.updates_of_state(3)
    older = {player: count + 10 for player, count in here.items()}

    feeder.go_to(3, older)

    assert here == {"discriminator": 6, "generator": 3}
    assert feeder.updates_of_state(5) == {"discriminator": 20, "generator": 15}
    (_, (inputs,)) = list(feeder.inputs_at(3))[-1]
    rule = feeder.experiment.players["generator"].optimizer
    assert inputs.settings_of("generator") == {name: float(value) for name, value in rule.settings(13).items()}


@pytest.mark.parametrize(("rate", "needed"), [(None, False), (0.3, True)])
def test_a_mask_key_is_drawn_where_a_network_has_dropout(rate, needed) -> None:
    layers = '{type="flatten"}, ' + (f'{{type="dropout", rate={rate}}}, ' if rate else "") + '{type="dense", units=1}'
    feeder = fed(f"networks.discriminator.layers=[{layers}]")
    keys = [inputs.mask_key for _, updates in feeder.inputs_at(2) for inputs in updates]

    assert feeder.needs_masks == needed
    assert [key is not None for key in keys] == [needed] * 3
    if needed:
        np.testing.assert_array_equal(keys[1], randomness.mask_key(0, "discriminator/masks", 2, 1))


def real_batches(step: int, *changes: str) -> list[np.ndarray]:
    """The real samples of each update of a step that reads any."""
    updates = [inputs for _, units in fed(*changes).inputs_at(step) for inputs in units]
    return [inputs.draws["real"] for inputs in updates if "real" in inputs.draws]


def test_updates_on_the_step_s_batch_read_the_same_samples() -> None:
    """Two updates of the discriminator: of two batches, or twice of one, and the next step takes the next."""
    first, second = real_batches(0)
    same, again = real_batches(0, 'phases.discriminator.batch="step"')
    following, _ = real_batches(1, 'phases.discriminator.batch="step"')

    np.testing.assert_array_equal(same, first)
    np.testing.assert_array_equal(again, first)
    np.testing.assert_array_equal(following, second)
