"""Networks of several outputs, players that share networks, phases within a window: the same numbers, and resumed."""

import numpy as np
import pytest

from codes_experiment import codes_experiment, discriminator, discriminators_phase, generators_phase, information_phase
from gan_core.contract.backend import Backend, Call
from gan_core.experiments.experiment import Experiment, Player
from gan_core.experiments.initial_values import initial_values
from gan_core.plans.plans import plan_network
from gan_core.specs.optimizers import Sgd
from gan_core.testing.reference_layers import ReferenceNetwork
from gan_core.training.trainer import Trainer
from tolerances import assert_close

CALL = Call(training=True, weights=None, random=None)


def trained(made: Experiment, backend: Backend, steps: int, trainer: Trainer | None = None) -> Trainer:
    trainer = trainer or Trainer(made, backend, made.data.load(None))
    for _ in range(steps):
        trainer.run_step()
    return trainer


def test_every_output_of_one_call_is_the_references(backend64: Backend) -> None:
    plan = plan_network("discriminator", discriminator())
    values = initial_values(plan, 1)
    images = np.random.default_rng(0).normal(size=(5, 1, 8, 8))
    native = backend64.build_network(plan, values)
    unit = backend64.compile(lambda inputs: native.outputs(inputs, CALL), [plan])

    found = {name: backend64.to_numpy(array) for name, array in unit({"image": images}).items()}

    expected = ReferenceNetwork(plan, values).outputs({"image": images}, CALL)
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        assert_close(found[name], array, "value", name)


def test_two_players_of_one_phase_move_as_one_player_of_both_networks(backend64: Backend) -> None:
    """Plain gradient descent keeps no state, so that the two are the same arithmetic."""
    rule = Sgd(learning_rate=0.05)
    apart = {name: Player(networks=(name,), optimizer=rule) for name in ("generator", "discriminator")}
    both = {"both": Player(networks=("generator", "discriminator"), optimizer=rule)}
    phases = {players: (information_phase(player=players),) for players in ("both", ("generator", "discriminator"))}
    outcomes = []
    for players, of_player in zip(phases.values(), (both, apart), strict=True):
        made = codes_experiment(_with_games(players), players=of_player | _idle(rule))
        outcomes.append(trained(made, backend64, 3).state().networks)

    for network, arrays in outcomes[0].items():
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, outcomes[1][network][name], err_msg=f"{network}.{name}")


def _idle(rule: Sgd) -> dict[str, Player]:
    """Players of the games that follow the phase in question."""
    return {f"{name}-game": Player(networks=(name,), optimizer=rule) for name in ("generator", "discriminator")}


def _with_games(phases: tuple) -> tuple:
    game = (generators_phase, discriminators_phase)
    return (*phases, *(phase(player=f"{phase().name}-game") for phase in game))


def test_the_third_optimizer_over_both_networks_has_a_state_of_its_own(backend64: Backend) -> None:
    state = trained(codes_experiment(), backend64, 3).state()

    assert state.updates == {"generator": 3, "discriminator": 3, "information": 3}
    own, third = state.optimizers["generator"], state.optimizers["information"]
    assert own.keys() < third.keys()
    assert all(not np.array_equal(own[name], third[name]) for name in own if np.any(own[name]))


def test_phases_within_windows_go_on_bit_for_bit(backend64: Backend) -> None:
    """The information phase runs at steps 2 and 3, on the step's batch; the run is cut after step 2."""
    phases = (generators_phase(), discriminators_phase(), information_phase(first_step=2, last_step=3, batch="step"))
    made = codes_experiment(phases)
    first = trained(made, backend64, 2)
    half = first.state()
    whole = trained(made, backend64, 2, first).state()
    second = Trainer(made, backend64, made.data.load(None))
    second.load(half)

    resumed = trained(made, backend64, 2, second).state()

    assert whole.updates == resumed.updates == {"generator": 4, "discriminator": 4, "information": 2}
    for mine, theirs in ((whole.networks, resumed.networks), (whole.optimizers, resumed.optimizers)):
        for key, arrays in mine.items():
            for name, array in arrays.items():
                np.testing.assert_array_equal(array, theirs[key][name], err_msg=f"{key} {name}")


@pytest.mark.parametrize("first", ["generator", "discriminator"])
def test_the_second_player_takes_the_samples_of_the_first(backend64: Backend, first: str) -> None:
    """The mean judgement of generated samples before anybody moves is then the same number in both phases."""
    phases = [generators_phase(), discriminators_phase(), information_phase()]
    if first == "discriminator":
        phases[:2] = reversed(phases[:2])
    frozen = {
        name: Player(networks=player.networks, optimizer=Sgd(learning_rate=1e-300))
        for name, player in codes_experiment().players.items()
    }
    made = codes_experiment(tuple(phases), players=frozen)
    trainer = Trainer(made, backend64, made.data.load(None))

    scalars = {name: float(backend64.to_numpy(value)) for name, value in trainer.run_step().items()}

    assert scalars["generator/fake_probability"] == pytest.approx(scalars["discriminator/fake_probability"], rel=1e-14)
