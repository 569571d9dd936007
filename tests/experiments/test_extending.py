"""What docs/extending.md shows is a module that runs, and its words can be used."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest

from gan_core.data.spec import Data
from gan_core.evaluation.scores import METRICS
from gan_core.experiments import imports, running_modules, user_modules
from gan_core.experiments.files import with_changes
from gan_core.objectives.losses import LOSSES
from gan_core.presets import preset
from gan_core.specs.registry import forget_words_of

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"


@pytest.fixture(autouse=True)
def words(tmp_path):
    """The page's code as one module, run as an experiment would run it."""
    code = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "page_words.py").write_text("\n".join(code))
    imports.load_beside(["page_words"], tmp_path)
    yield
    sys.modules.pop(running_modules.MODULES.pop("page_words").__name__)
    forget_words_of(f"{user_modules.PREFIX}page_words")
    del running_modules.RAN["page_words"]


def test_the_layer_and_the_loss_and_the_objective_stand_in_experiments():
    made = with_changes(
        preset("my-digits"),
        {
            "networks.discriminator.layers.2": {"type": "softsign"},
            "phases.discriminator.objective.loss": "absolute",
            "phases.generator.objective": {"type": "match_means"},
        },
    )
    assert type(made.phases[1].objective).__name__ == "MatchMeans"
    assert made.plans["discriminator"].nodes[2].plan.output_shape


def test_the_schedule_falls_from_1_to_0_and_stands_in_experiments():
    path = "players.generator.optimizer.schedule"
    made = with_changes(preset("my-digits"), {path: {"type": "cosine_decay", "updates": 100}})
    schedule = made.players["generator"].optimizer.schedule

    assert [schedule.factor(updates) for updates in (0, 100, 200)] == [1.0, 0.0, 0.0]
    assert schedule.factor(50) == pytest.approx(0.5, abs=1e-15)


def test_the_data_set_loads():
    points = Data.variants["circle"](points=8).load(None)
    np.testing.assert_allclose(np.linalg.norm(points.samples, axis=1), 0.9)


def test_the_metric_and_the_loss_have_their_words():
    assert METRICS["spread"].of_reference is False
    assert LOSSES["absolute"].needs_bound is False
