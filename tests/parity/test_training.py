"""The trainer on a real backend: events, sampling in evaluation mode, starting anywhere, stopping at NaN."""

import numpy as np
import pytest

from gan_core.errors import TrainingError
from gan_core.events import CheckpointDue, RunEnded, RunStarted, SamplesDrawn, ScalarsLogged, StepEnded
from gan_core.experiment_files import with_changes
from gan_core.presets import preset
from gan_core.trainer import Trainer

CHANGES = ["training.dtype=float64", "training.batch_size=16", "sampling.every_steps=4", "checkpoint.every_steps=4"]


def trainer(backend, *changes: str) -> Trainer:
    made = with_changes(preset("digits-mlp"), [*CHANGES, *changes])
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


def test_sampling_uses_running_statistics_and_leaves_them_alone(backend64):
    """The same latent gives the same sample alone and in a crowd, before and after sampling."""
    one = trainer(backend64)
    one.run_step()
    latents = np.random.default_rng(0).standard_normal((5, 32))

    crowd = one.generate("generator", {"z": latents})
    alone = one.generate("generator", {"z": latents[:1]})

    np.testing.assert_allclose(alone[0], crowd[0], rtol=0, atol=1e-14)
    np.testing.assert_array_equal(one.generate("generator", {"z": latents}), crowd)


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
    made = with_changes(preset("digits-mlp"), changes)
    one = Trainer(made, backend64, made.data.load(None))
    one.run_step()

    samples = one.generate("generator", {"z": np.zeros((3, 32)), "label": np.array([4, 7, 4])})

    np.testing.assert_array_equal(samples[0], samples[2])
    assert np.abs(samples[0] - samples[1]).max() > 0.01
