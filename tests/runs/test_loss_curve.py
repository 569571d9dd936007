"""What a line of metrics holds of phases that rest, and the figure of the losses; no framework needed."""

import math

import numpy as np
import pytest

from gan_core.cli.results import print_run
from gan_core.errors import TrainingError
from gan_core.presets.loading import load_experiment
from gan_core.runs import checkpoints
from gan_core.runs.directory import RunDirectory
from gan_core.runs.loss_curve import MOST_CURVES, MOST_ROWS, LossCurve, curves_of, undecided_losses, write_losses
from gan_core.training.events import ScalarsLogged
from gan_core.training.scalar_log import ScalarLog
from gan_core.training.state import State
from gan_core.training.timetable import Timetable

EXPERIMENT = load_experiment("digits-mlp", [])


def rare_generator(every: int = 5, log: int = 10):
    return load_experiment("digits-mlp", [f"phases.generator.every_steps={every}", f"logging.every_steps={log}"])


def walk(log: ScalarLog, first: int, last: int) -> list[ScalarsLogged]:
    """Steps first … last of a discriminator that acts always and a generator at 1, 6, 11 …; a loss is its step."""
    lines = []
    for step in range(first, last + 1):
        scalars = {"discriminator/loss": np.float32(step)}
        if (step - 1) % 5 == 0:
            scalars["generator/loss"] = np.float32(step / 2)
        log.note(step, scalars)
        lines += log.lines([(step, 0.0, scalars)])
    return lines


def test_a_line_holds_the_last_value_of_every_phase():
    lines = walk(ScalarLog(Timetable(rare_generator(), 1797), np.asarray), 1, 20)

    assert [line.step for line in lines] == [1, 10, 20]
    assert lines[1].scalars == {"discriminator/loss": 10.0, "generator/loss": 3.0}
    assert [dict(line.of_step) for line in lines] == [{}, {"generator": 6}, {"generator": 16}]


def test_every_step_is_told_of_once():
    lines = walk(ScalarLog(Timetable(rare_generator(), 1797), np.asarray), 1, 20)

    assert [step for line in lines for step, _ in line.between] == list(range(1, 21))


def test_a_log_goes_on_from_its_checkpoint():
    """Also through the file of one, digit by digit."""
    experiment = rare_generator()
    whole = ScalarLog(Timetable(experiment, 1797), np.asarray)
    walk(whole, 1, 8)
    other = ScalarLog(Timetable(experiment, 1797), np.asarray)

    other.restore(whole.rare())

    assert whole.rare() == {"generator/loss": (6, 3.0)}
    assert walk(other, 9, 20)[0].scalars == walk(whole, 9, 20)[0].scalars


def test_rare_scalars_are_part_of_a_checkpoint(tmp_path):
    value = float(np.float32(1) / 3)
    state = State(step=7, networks={}, optimizers={}, updates={}, scalars={"generator/loss": (6, value)})

    assert checkpoints.read(checkpoints.write(tmp_path, state)).scalars == {"generator/loss": (6, value)}


def test_a_checkpoint_of_phases_that_never_rest_is_written_as_ever(tmp_path):
    """An older version reads it."""
    folder = checkpoints.write(tmp_path, State(step=7, networks={}, optimizers={}, updates={}))

    assert "scalars" not in (folder / "state.json").read_text()


def test_a_scalar_that_is_not_finite_stops_at_its_step():
    log = ScalarLog(Timetable(rare_generator(), 1797), np.asarray)
    log.note(1, {"generator/loss": np.float32(1)})
    log.note(2, {"generator/loss": np.float32(math.nan)})

    with pytest.raises(TrainingError, match="step 2, phase 'generator': loss is nan"):
        log.lines([(1, 0.0, {"generator/loss": np.float32(1)}), (2, 0.0, {"generator/loss": np.float32(math.nan)})])


def test_a_value_that_lines_repeat_is_one_point():
    rows = [
        {"step": 1, "d/loss": 1.0, "g/loss": 9.0},
        {"step": 10, "d/loss": 2.0, "g/loss": 8.0, "of_step": {"g": 6}},
        {"step": 12, "d/loss": 3.0, "g/loss": 8.0, "of_step": {"g": 6}},
    ]

    assert curves_of(rows) == {"d/loss": [(1, 1.0), (10, 2.0), (12, 3.0)], "g/loss": [(1, 9.0), (6, 8.0)]}


def test_a_foreign_line_is_passed_over():
    rows = [{"step": 1, "d/loss": "x", "of_step": 3}, {"step": 2, **{f"n/{i}": 1.0 for i in range(3000)}}]

    assert len(curves_of(rows)) == MOST_CURVES


def logged(step: int, between: int = 1) -> ScalarsLogged:
    steps = tuple((own, {"d/loss": float(own)}) for own in range(step - between + 1, step + 1))
    return ScalarsLogged(step=step, images=step, seconds=0.0, scalars={"d/loss": float(step)}, between=steps)


def test_the_figure_holds_every_step_and_the_lines_before(tmp_path):
    directory = RunDirectory.create(tmp_path / "run")
    directory.append_metrics([{"step": 1, "d/loss": 1.0}, {"step": 100, "d/loss": 2.0}])
    curve = LossCurve(directory, Timetable(EXPERIMENT, 1797))

    curve.add(logged(110, between=10))

    assert [step for step, _ in curves_of(curve.rows)["d/loss"]] == [1, 100, *range(101, 111)]


def test_a_long_training_keeps_a_figure_of_bounded_size(tmp_path):
    curve = LossCurve(RunDirectory.create(tmp_path / "run"), Timetable(EXPERIMENT, 1797))
    for step in range(1, 5 * MOST_ROWS, 100):
        curve.add(logged(step + 99, between=100))

    assert len(curve.rows) <= MOST_ROWS
    assert curve.rows[0]["step"] == 1


def test_the_figure_is_drawn_when_something_is_new_and_not_too_often(tmp_path):
    curve = LossCurve(RunDirectory.create(tmp_path / "run"), Timetable(EXPERIMENT, 1797))
    path = tmp_path / "run" / "losses.png"
    curve.drawing.if_cheap()
    assert not path.exists()

    curve.add(logged(1))
    curve.drawing.if_cheap()
    first = path.stat().st_mtime_ns
    curve.add(logged(2))
    curve.drawing.if_cheap()
    assert path.stat().st_mtime_ns == first  # drawing again at once would take all the time there is
    curve.close()
    assert path.stat().st_mtime_ns > first


def test_the_closing_line_says_of_which_step_a_value_is(tmp_path, capsys):
    class Finished:
        experiment, backend, path = rare_generator(), "any", tmp_path
        directory = RunDirectory(tmp_path)

        def metrics(self):
            return [{"step": 20, "discriminator/loss": 0.5, "generator/loss": 0.25, "of_step": {"generator": 16}}]

    RunDirectory(tmp_path).write_json("done.json", {"step": 20, "seconds": 1.0, "step_seconds": 0.1, "gflops": None})

    print_run(Finished())

    told = capsys.readouterr().out.splitlines()
    assert told[0] == "digits-mlp on any: 20 steps in 1.0 s, 100.00 ms a step"
    assert told[1] == "discriminator/loss 0.5  generator/loss 0.25 (step 16)"


def test_losses_of_an_undecided_discriminator_are_lines_of_the_figure():
    """2 ln 2 and ln 2 for cross-entropy; a critic's losses have no such number, a penalised one's neither."""
    critic = load_experiment("mnist-wgan-gp", [])
    penalised = load_experiment("mnist-r1", [])

    assert undecided_losses(EXPERIMENT) == {
        "discriminator/loss": pytest.approx(2 * math.log(2)),
        "generator/loss": pytest.approx(math.log(2)),
    }
    assert undecided_losses(critic) == {}
    assert list(undecided_losses(penalised)) == ["generator/loss"]


def test_what_the_discriminator_says_has_a_panel_of_its_own(tmp_path):
    """Read from the picture's height: losses alone, losses and probabilities, losses and scores."""
    from PIL import Image

    row = {"step": 1, "d/loss": 1.4}
    judged = {"d/real_probability": 0.6, "d/fake_probability": 0.4}
    heights = []
    for more in ({}, judged, {"d/real_score": 3.0}, judged | {"d/real_score": 3.0}):
        write_losses(tmp_path / "a.png", [row | more], "any", {"d/loss": 2 * math.log(2)}, 0.03)
        heights.append(Image.open(tmp_path / "a.png").height)

    assert heights == [480, 780, 780, 1080]
