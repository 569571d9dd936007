"""Step functions: which phases share one, what gets a name, in which order players move."""

import pytest

from gan_core.presets import PRESETS
from gan_core.presets.loading import load_experiment
from gan_core.programs.step_functions import step_functions
from gan_core.recording.steps import Clip, Define, Follow, Keep, Let, StepFunction, Update


def names(function: StepFunction) -> list[str]:
    return [name for one in function.statements if isinstance(one, Let) for name in one.names]


def flows(function: StepFunction) -> dict[str, frozenset[str]]:
    return {one.names[0]: one.flows for one in function.statements if isinstance(one, Let)}


def test_a_plain_game_has_a_function_for_each_player() -> None:
    discriminator, generator = step_functions(load_experiment("mnist-mlp"))

    assert [one.name for one in discriminator.parameters] == ["real", "z"]
    assert names(discriminator) == ["fake", "real_logits", "fake_logits", "loss"]
    assert [one.name for one in generator.parameters] == ["z"]
    assert names(generator) == ["fake", "fake_logits", "loss"]


def test_gradients_pass_through_what_the_player_that_moves_made_alone() -> None:
    discriminator, generator = step_functions(load_experiment("mnist-mlp"))

    assert flows(discriminator)["fake"] == frozenset()
    assert flows(discriminator)["fake_logits"] == {"discriminator"}
    assert flows(generator)["fake"] == {"generator"}


def test_phases_that_share_samples_share_a_function() -> None:
    (step,) = step_functions(load_experiment("mnist-lsgan"))

    moves = [one.phase for one in step.statements if isinstance(one, Update)]
    assert moves == ["generator", "discriminator"]
    assert names(step).count("fake") == 1
    assert [one.name for one in step.parameters].count("z") == 1


def test_a_penalty_stands_within_the_gradients_it_is_made_of() -> None:
    critic, _ = step_functions(load_experiment("mnist-wgan-gp"))

    inner = [one.names[0] for one in critic.statements if isinstance(one, Let) and one.inner is not None]
    assert inner == ["mixed_scores", "total"]
    assert {"mixed", "gradient", "gradient_penalty"} <= set(names(critic))


def test_what_follows_from_a_move_comes_after_it() -> None:
    critic = step_functions(load_experiment("mnist-wgan"))[0]
    average = step_functions(load_experiment("mnist-r1"))[1]
    began = step_functions(load_experiment("began"))[0]

    assert [type(one) for one in critic.statements][-2:] == [Update, Clip]
    assert [type(one) for one in average.statements][-2:] == [Update, Follow]
    assert [type(one) for one in began.statements][-2:] == [Update, Keep]


def test_simulated_updates_have_a_function_of_the_weights() -> None:
    _, generator = step_functions(load_experiment("unrolled"))

    (define,) = [one for one in generator.statements if isinstance(one, Define)]
    assert [one.names[0] for one in define.lets] == ["real_logits", "fake_logits"]
    assert "later_weights" in names(generator)
    assert all(not one.number for one in generator.parameters)


@pytest.mark.parametrize("preset", list(PRESETS))
def test_no_two_values_of_a_function_have_one_name(preset: str) -> None:
    for function in step_functions(load_experiment(preset)):
        found = [one for one in [*names(function), *(one.name for one in function.parameters)] if one != "_"]
        assert len(set(found)) == len(found)


def test_the_same_experiment_gives_the_same_functions() -> None:
    one, other = (step_functions(load_experiment("stargan")) for _ in range(2))

    assert [names(function) for function in one] == [names(function) for function in other]
