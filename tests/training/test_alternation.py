"""The alternation: counts worked out from the phases are those of a walk over the steps."""

import math

import msgspec
import pytest

from gan_core.errors import SpecError, UsageError
from gan_core.experiments.experiment import Experiment, Phase, Training
from gan_core.objectives import AdversarialDiscriminator, AdversarialGenerator
from gan_core.objectives.draws import Latent, RealSamples
from gan_core.presets import preset
from gan_core.specs.networks import Input
from gan_core.training.alternation import Alternation
from gan_core.training.timetable import Timetable


def phase(
    name: str, player: str, repeats: int = 1, every_steps: int = 1, anew: bool = False, **changes: object
) -> Phase:
    objective = AdversarialDiscriminator() if player == "discriminator" else AdversarialGenerator()
    settings = {"repeats": repeats, "every_steps": every_steps, "each_epoch_anew": anew} | changes
    return Phase(name=name, player=player, objective=objective, **settings)


def experiment(*phases: Phase) -> Experiment:
    return msgspec.structs.replace(preset("digits-mlp"), phases=phases)


SCHEDULES = {
    "gan": [phase("d", "discriminator"), phase("g", "generator")],
    "wgan": [phase("d", "discriminator", repeats=5), phase("g", "generator")],
    "lazy": [phase("d", "discriminator"), phase("r1", "discriminator", every_steps=16), phase("g", "generator")],
    "slow-generator": [phase("d", "discriminator", repeats=2, every_steps=2), phase("g", "generator", 3, 7)],
    "anew": [phase("d", "discriminator"), phase("g", "generator", every_steps=5, anew=True)],
    "generator-only": [phase("g", "generator", every_steps=3)],
    "stages": [
        phase("d", "discriminator", last_step=10),
        phase("late", "discriminator", repeats=2, first_step=8, every_steps=3),
        phase("g", "generator", first_step=5, last_step=30),
    ],
    "one batch a step": [
        phase("d", "discriminator", repeats=3, batch="step"),
        phase("e", "discriminator", batch="step"),
        phase("g", "generator"),
    ],
    "one batch or the next": [
        phase("first", "discriminator", every_steps=3, batch="step", first_step=4),
        phase("d", "discriminator", repeats=2, every_steps=2, last_step=29),
        phase("last", "discriminator", batch="step", last_step=35),
        phase("g", "generator"),
    ],
}


def batches_taken(due: list[Phase]) -> int:
    """How many batches a step takes, walked phase by phase."""
    taken = False
    count = 0
    for one in due:
        if one.player == "discriminator":
            count += one.repeats if one.batch == "next" else int(not taken)
            taken = True
    return count


@pytest.mark.parametrize("name", SCHEDULES)
def test_counts_are_those_of_a_walk(name: str) -> None:
    """Updates of each player and batches of real samples, before each of 40 steps."""
    alternation = Alternation(experiment(*SCHEDULES[name]), batches_per_epoch=13)
    updates, batches = {"discriminator": 0, "generator": 0}, 0
    for step in range(40):
        assert {player: alternation.updates_before(player, step) for player in updates} == updates
        assert alternation.batches_before(step) == batches
        batches += batches_taken(alternation.phases_at(step))
        for due in alternation.phases_at(step):
            updates[due.player] += due.repeats


def test_every_phase_is_due_at_the_first_step_and_then_each_so_many() -> None:
    alternation = Alternation(experiment(*SCHEDULES["lazy"]))
    due = [step for step in range(40) if "r1" in [phase.name for phase in alternation.phases_at(step)]]
    assert due == [0, 16, 32]


def test_a_phase_that_is_counted_anew_is_due_at_the_first_step_of_each_epoch() -> None:
    """Every fifth of 13 batches: three times an epoch, where five times two epochs make 26 / 5."""
    alternation = Alternation(experiment(*SCHEDULES["anew"]), batches_per_epoch=13)
    due = [step for step in range(30) if "g" in [phase.name for phase in alternation.phases_at(step)]]
    assert due == [0, 5, 10, 13, 18, 23, 26]


@pytest.mark.parametrize(
    "phases",
    [
        [phase("d", "discriminator", anew=True), phase("g", "generator")],
        [phase("d", "discriminator", repeats=5), phase("g", "generator", anew=True)],
        [phase("d", "discriminator"), phase("r1", "discriminator"), phase("g", "generator", anew=True)],
        [phase("g", "generator", every_steps=5, anew=True)],
    ],
)
def test_counting_anew_takes_a_batch_a_step(phases) -> None:
    with pytest.raises(SpecError, match="each_epoch_anew takes steps of one batch each"):
        Alternation(experiment(*phases), batches_per_epoch=13)


def test_phases_keep_their_order() -> None:
    alternation = Alternation(experiment(*SCHEDULES["lazy"]))
    assert [phase.name for phase in alternation.phases_at(0)] == ["d", "r1", "g"]
    assert [phase.name for phase in alternation.phases_at(1)] == ["d", "g"]


def test_only_the_discriminator_takes_real_samples() -> None:
    alternation = Alternation(experiment(*SCHEDULES["gan"]))
    assert [alternation.takes_a_batch(phase) for phase in SCHEDULES["gan"]] == [True, False]


@pytest.mark.parametrize(
    ("repeats", "expected"),
    [
        ([1, 1], [(("p0", "p1"), 1)]),
        ([5, 1], [(("p0",), 5), (("p1",), 1)]),
        ([1, 5, 1, 1], [(("p0",), 1), (("p1",), 5), (("p2", "p3"), 1)]),
        ([2, 3], [(("p0",), 2), (("p1",), 3)]),
        ([1, 1, 4], [(("p0", "p1"), 1), (("p2",), 4)]),
        ([], []),
    ],
)
def test_units_join_neighbours_that_are_not_repeated(repeats: list[int], expected: list[object]) -> None:
    phases = [phase(f"p{number}", "generator", repeats=times) for number, times in enumerate(repeats)]
    units = Alternation(experiment(*SCHEDULES["gan"])).units(phases)
    assert [(tuple(phase.name for phase in group), times) for group, times in units] == expected


def test_a_phase_that_is_due_at_other_steps_than_its_neighbours_is_a_unit_by_itself() -> None:
    """Else its neighbours would be compiled with it and without it."""
    phases = [phase("p0", "generator"), phase("p1", "generator"), phase("p2", "generator", every_steps=2)]
    units = Alternation(experiment(*SCHEDULES["gan"])).units(phases)
    assert [tuple(phase.name for phase in group) for group, _ in units] == [("p0", "p1"), ("p2",)]


@pytest.mark.parametrize("name", SCHEDULES)
def test_units_hold_every_update_of_a_step_once_and_in_order(name: str) -> None:
    alternation = Alternation(experiment(*SCHEDULES[name]))
    for step in range(20):
        due = alternation.phases_at(step)
        walked = [phase.name for group, times in alternation.units(due) for _ in range(times) for phase in group]
        assert walked == [phase.name for phase in due for _ in range(phase.repeats)]


def test_draws_of_a_phase_are_those_of_its_objective() -> None:
    """The discriminator needs a real batch and the generator's latents, the generator latents alone."""
    draws = Alternation(experiment(*SCHEDULES["gan"])).draws
    latents = Latent(input=Input(kind="latent", shape=(32,)))
    assert draws["d"] == {"real": RealSamples(), "generator.z": latents}
    assert draws["g"] == {"generator.z": latents}


@pytest.mark.parametrize("epochs", [0.0, -1.0, math.nan, math.inf])
def test_epochs_that_are_no_number_of_passes_are_refused(epochs):
    with pytest.raises(UsageError, match=r"^epochs=\S+: expected a number of more than 0$"):
        Timetable(preset("digits-mlp"), 1797).steps_of_epochs(epochs)


def test_more_steps_than_anybody_could_wait_for_are_refused():
    """Counts of steps stay far below 2⁵³, from where on JSON's numbers are no longer exact."""
    with pytest.raises(SpecError, match=r"training\.steps: expected `int` <= 1000000000000"):
        Training(steps=10**12 + 1)


def test_a_phase_runs_within_its_first_and_last_step() -> None:
    alternation = Alternation(experiment(*SCHEDULES["stages"]))
    due = {name: [step + 1 for step in range(40) if name in _names(alternation, step)] for name in ("d", "late", "g")}

    assert due == {"d": list(range(1, 11)), "late": list(range(8, 41, 3)), "g": list(range(5, 31))}


def _names(alternation: Alternation, step: int) -> list[str]:
    return [phase.name for phase in alternation.phases_at(step)]


def test_a_pattern_of_shared_batches_that_hardly_repeats_is_refused() -> None:
    odd = [phase("d", "discriminator", every_steps=101), phase("e", "discriminator", every_steps=103, batch="step")]
    with pytest.raises(SpecError, match="repeat their pattern after 10,403 steps only"):
        Alternation(experiment(*odd))
