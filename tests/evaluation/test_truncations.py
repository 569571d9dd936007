"""Scores over truncations, on the backend of NumPy: of a whole run of the first release, and of styles."""

import json
from pathlib import Path

import numpy as np
import pytest

from gan_core.data.dataset import Dataset
from gan_core.errors import UsageError
from gan_core.evaluation.figures_of_truncations import write_truncations
from gan_core.evaluation.scorer import Row
from gan_core.evaluation.truncations import _asked, _truncated
from gan_core.experiments.files import to_toml, with_changes
from gan_core.experiments.initial_values import all_initial_values
from gan_core.metrics.intervals import Interval
from gan_core.presets import preset
from gan_core.runs.directory import RunDirectory
from gan_core.sessions.run import Run
from gan_core.testing.numpy_backend import NumpyBackend
from gan_core.training import truncation
from gan_core.training.machine import Machine
from gan_core.training.sampler import Sampler
from shared_runs import released


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(Machine, "load_backend", lambda *_: NumpyBackend())
    return Run(released(tmp_path / "run"))


def test_each_bound_has_its_scores_and_none_stands_last(run):
    curve = run.evaluate_truncations(latent_truncations=[2.0, 0.05], samples=110, intervals=5)

    assert curve.of == "latent_truncation"
    assert [point.truncation for point in curve.points] == [0.05, 2.0, None]
    names = [row.metric for row in curve.points[0].rows]
    assert names == ["frechet", "precision", "recall", "density", "coverage"]
    spread = [rows["frechet"].interval for rows in by_name(curve.points)]
    assert all(spread)
    written = json.loads((run.path / "truncations.json").read_text())
    assert [point["truncation"] for point in written["points"]] == [0.05, 2.0, None]
    assert curve.figures == [run.path / "evaluation" / "truncations.png"]
    assert curve.figures[0].is_file()


def by_name(points) -> list[dict[str, Row]]:
    return [{row.metric: row for row in point.rows} for point in points]


def test_samples_of_a_narrow_bound_are_more_alike(run):
    curve = run.evaluate_truncations(
        latent_truncations=[0.05], metrics=["diversity"], samples=60, intervals=0, figures=False
    )

    narrow, untruncated = (rows["pairwise distance"].value for rows in by_name(curve.points))
    assert narrow < 0.2 * untruncated


def test_the_last_point_is_the_evaluation_of_the_run(run):
    curve = run.evaluate_truncations(
        latent_truncations=[0.5], metrics=["frechet"], samples=60, intervals=0, figures=False
    )
    result = run.evaluate(metrics=["frechet"], samples=60, intervals=0, figures=False)

    assert curve.points[-1].rows == result.rows


def test_a_metric_that_no_truncation_reaches_is_refused(run):
    with pytest.raises(UsageError, match="metric 'path-length' needs a generator with latents"):
        run.evaluate_truncations(latent_truncations=[0.5], metrics=["path-length"], samples=60)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"latent_truncations": [0.001]}, "latent_truncation=0.001: expected 0.01 or more"),
        ({"truncations": [0.5]}, "the network 'generator' has no styles, a layer style_mixing; normal latents"),
        ({"truncations": [1.0]}, "the network 'generator' has no styles"),
        ({"truncations": [1.5]}, "truncation=1.5: expected a number from 0"),
        ({"truncations": []}, "truncations: expected numbers, as 0.5,0.7,1"),
        ({}, "give truncations of styles or latent_truncations, one of the two"),
        ({"truncations": [0.5], "latent_truncations": [0.5]}, "one of the two"),
    ],
)
def test_what_cannot_be_truncated_is_one_line(run, asked, words):
    with pytest.raises(UsageError, match=words):
        run.evaluate_truncations(**asked, samples=60)


def test_a_run_that_translates_has_no_latents(tmp_path):
    directory = RunDirectory.create(tmp_path / "run")
    directory.write_text("experiment.toml", to_toml(preset("cyclegan")))
    directory.write_json("environment.json", {"backend": "torch"})

    with pytest.raises(UsageError, match="evaluation is for generators that start from latents"):
        Run(tmp_path / "run").evaluate_truncations(latent_truncations=[0.5])


def test_truncations_are_in_order_each_once_and_1_is_none_of_styles():
    assert _asked([0.7, 1, 0.5, 0.7], None) == ("truncation", [0.5, 0.7, None])
    assert _asked(None, [1, 0.5]) == ("latent_truncation", [0.5, 1, None])


def test_styles_are_truncated_from_the_weights_of_the_run_each_time(monkeypatch):
    monkeypatch.setattr(truncation, "MAPPED", 40)
    monkeypatch.setattr(truncation, "CHUNK", 20)
    made = with_changes(preset("stylegan2-small", width=0.0625, size=8, mapping=2), {"training.dtype": "float64"})
    backend, values = NumpyBackend(), all_initial_values(made)
    networks = {name: backend.build_network(made.plans[name], values[made.averages[name].of]) for name in made.sampled}
    sampler = Sampler(made, backend, Dataset(name="any", samples=np.zeros((4, 1, 8, 8), np.uint8)), networks)
    originals = {name: network.read() for name, network in networks.items()}
    whole = sampler.sample(3, "any", None)

    half, again, none = (
        _truncated(sampler, "truncation", share, originals).sample(3, "any", None) for share in (0.5, 0.5, None)
    )

    np.testing.assert_array_equal(half, again)
    np.testing.assert_array_equal(none, whole)
    assert abs(half - whole).max() > 1e-3


def test_a_score_that_a_point_is_without_is_left_out_of_its_panel(tmp_path):
    facts = {"deviation": None, "floor": 0.5, "unit": "", "better": "as real", "extractor": "pixels"}
    facts |= {"generated": 100, "real": 100, "split": "test"}
    one, other = (Row(metric=name, value=2.0, interval=Interval(1.5, 3.0), **facts) for name in ("a", "b"))

    write_truncations(tmp_path / "one.png", ["0.5", "none"], [[one], [one, other]], "bound")

    assert (tmp_path / "one.png").stat().st_size > 10_000
