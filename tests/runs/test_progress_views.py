"""A training's bar on a terminal of any width, and its view in a notebook."""

import re

import numpy as np
import pytest
from PIL import Image

from gan_core.data.dataset import Dataset
from gan_core.experiments.files import with_changes
from gan_core.presets import preset
from gan_core.runs.notebook_view import NotebookView, curves_svg
from gan_core.runs.progress_bar import ProgressBar
from gan_core.training.events import Evaluated, RunEnded, RunStarted, SamplesDrawn, ScalarsLogged, StepEnded

EXPERIMENT = with_changes(preset("digits-mlp"), {"training.steps": 2000})
DATASET = Dataset(name="points", samples=np.zeros((2000, 2)), kind="points")


def told(listener, last: int = 1200) -> None:
    listener(RunStarted(experiment=EXPERIMENT, dataset=DATASET, environment={}, first_step=0))
    for step in range(100, last + 1, 100):
        losses = {"discriminator/loss": 1.25 / step, "discriminator/real_probability": 0.5, "generator/loss": 0.75}
        listener(ScalarsLogged(step=step, images=step, seconds=1.0, scalars=losses))
        listener(StepEnded(step=step))
    listener(Evaluated(step=last, scores={"frechet": 7.25}, best=True))


@pytest.mark.parametrize("width", range(12, 130, 3))
def test_no_line_of_a_training_is_wider_than_the_terminal(width):
    bar = ProgressBar(EXPERIMENT, "digits-mlp on torch")
    told(bar)
    assert [len(line.plain) <= width for line in bar.drawn(width)] == [True, True]


@pytest.mark.parametrize(
    ("width", "losses"),
    [
        (80, "discriminator/loss 0.00104  generator/loss 0.75  frechet 7.25"),
        (45, "discriminator 0.00104  generator 0.75"),
        (30, "discriminator 0.00104"),
        (12, ""),
    ],
)
def test_losses_that_have_no_room_are_left_out_from_the_end(width, losses):
    bar = ProgressBar(EXPERIMENT, "digits-mlp on torch")
    told(bar)
    assert bar.drawn(width)[1].plain == losses


def test_before_the_first_step_a_bar_says_what_takes_its_time():
    bar = ProgressBar(EXPERIMENT, "digits-mlp on torch")
    bar(RunStarted(experiment=EXPERIMENT, dataset=DATASET, environment={}, first_step=0))
    assert bar.drawn(80)[1].plain == "the first step is being prepared"


class Handle:
    """What IPython's `display` returns, and the function itself."""

    def __init__(self) -> None:
        self.shown: list[dict[str, str]] = []

    def __call__(self, data, **options):
        self.shown.append(data)
        return self

    def update(self, data, **options) -> None:
        self.shown.append(data)


def test_a_notebook_has_one_output_with_losses_curves_and_the_newest_sheet(tmp_path, monkeypatch):
    display = Handle()
    monkeypatch.setitem(__import__("sys").modules, "IPython.display", type("Module", (), {"display": display}))
    (tmp_path / "samples").mkdir()
    Image.new("RGB", (8, 8)).save(tmp_path / "samples" / "step-0001200.png")
    view = NotebookView(EXPERIMENT, "digits-mlp on torch", tmp_path)
    told(view)
    view(SamplesDrawn(step=1200, samples=np.zeros(0)))
    view(RunEnded(step=2000, seconds=42.0, step_seconds=0.02, gflops=1.0))
    view.close()
    page = display.shown[-1]["text/html"]
    assert len(display.shown) < 6
    assert "2,000 steps in 42 s" in page
    assert "generator/loss 0.75" in page
    assert page.count("<polyline") == 2
    assert 'alt="samples of step 1200"' in page
    assert display.shown[-1]["text/plain"].startswith("digits-mlp on torch: 2,000 steps in 42 s")


def test_curves_stay_within_their_drawing():
    drawn = curves_svg({"a/loss": [(1, -5.0), (10, 5.0)], "b/loss": [(5, 0.0)]})
    numbers = [float(word) for points in re.findall(r'points="([^"]*)"', drawn) for word in re.split("[ ,]", points)]
    assert min(numbers) >= 0
    assert max(numbers) <= 420
