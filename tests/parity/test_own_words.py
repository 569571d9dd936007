"""Words of a user's own, in a file that imports them: trained, resumed and evaluated on every backend."""

from pathlib import Path
from typing import Any

import pytest

import gan_core
from gan_core.runs.opened import OpenedRun

EXAMPLES = Path(__file__).parents[2] / "examples"
SHORT = ("networks.generator.layers.0.units=8", "training.batch_size=16", "checkpoint.every_steps=4")


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path):
    """What a user has trained with is remembered in the cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_run_of_ones_own_words_goes_on_bit_for_bit(backend32, tmp_path):
    """Ended after 5 steps and resumed, it has the metrics and weights of a run of 10."""
    trained: dict[str, Any] = {"backend": backend32.name, "changes": SHORT, "progress": False}
    whole = gan_core.train(EXAMPLES / "mine.toml", steps=10, out=tmp_path / "whole", **trained)
    gan_core.train(EXAMPLES / "mine.toml", steps=5, out=tmp_path / "ended", **trained)
    resumed = gan_core.resume(tmp_path / "ended", steps=10, progress=False)

    one, other = whole.state(), resumed.state()
    for name, values in one.networks.items():
        for key, value in values.items():
            assert (value == other.networks[name][key]).all(), (name, key)
    assert [{**row, "seconds": 0} for row in whole.metrics()] == [{**row, "seconds": 0} for row in resumed.metrics()]


def test_a_run_of_ones_own_words_is_scored(backend32, tmp_path):
    trained: dict[str, Any] = {"backend": backend32.name, "changes": SHORT, "progress": False}
    run = gan_core.train(EXAMPLES / "mine.toml", steps=2, out=tmp_path / "run", **trained)
    result = run.evaluate(metrics=["frechet"], samples=50, figures=False)
    assert result.rows[0].metric == "frechet"
    assert OpenedRun(run.path).experiment.imports == ("my_words.py",)
