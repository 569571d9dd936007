"""Scores on a curve: precision against recall, by the metric's name alone."""

import numpy as np
import pytest

from gan_core.evaluation.evaluate import _plain_curves, curves_of
from gan_core.evaluation.figures import write_curves
from gan_core.evaluation.metric import MetricInputs
from gan_core.evaluation.score_names import score_name
from gan_core.evaluation.scorer import Drawn, Scorer, make_scorer
from gan_core.presets import preset
from gan_core.training.machine import Machine


@pytest.fixture(scope="module")
def scored() -> tuple[Scorer, MetricInputs]:
    """Of the 8 Gaussians, and of points that a generator of three of them makes."""
    made = preset("mixture-8")
    dataset = made.data.load(None)
    scorer = make_scorer(made, dataset, Machine(backend="torch"), features="auto", count=400)
    points = np.resize(dataset.samples[dataset.labels < 3], (400, 2))
    drawn = Drawn(samples=points, labels=None, features=scorer.extractor(points))
    return scorer, scorer.metric_inputs(drawn, intervals=10)


def test_both_numbers_have_an_interval_and_what_real_samples_get(scored):
    scorer, inputs = scored

    precision, recall = scorer.rows(inputs, ["prd"])

    assert (precision.metric, recall.metric) == ("F_1/8 precision", "F_8 recall")
    assert recall.value == pytest.approx(3 / 8, abs=0.1)
    assert precision.value > 0.9
    for row in (precision, recall):
        assert row.floor is not None
        assert row.floor > 0.9
        assert row.interval is not None
        assert 0 <= row.interval.low < row.value < row.interval.high <= 1


def test_the_curves_are_those_of_the_numbers(scored):
    scorer, inputs = scored
    rows = {row.metric: row for row in scorer.rows(inputs, ["prd"])}

    curves = curves_of(scorer, inputs, ["prd", "frechet"])

    assert curves["generated"].scores.recall == rows["F_8 recall"].value
    assert curves["real"].scores.recall == rows["F_8 recall"].floor
    assert curves_of(scorer, inputs, ["frechet"]) == curves_of(scorer, inputs, None) == {}
    assert len(_plain_curves(curves)["real"]["precision"]) == 101


def test_the_curves_are_drawn(scored, tmp_path):
    scorer, inputs = scored

    write_curves(tmp_path / "curve.png", curves_of(scorer, inputs, ["prd"]))

    assert (tmp_path / "curve.png").stat().st_size > 10_000


def test_the_metric_is_its_recall_where_one_number_is_asked_for():
    names = ["precision", "recall", "F_1/8 precision", "F_8 recall"]

    assert score_name("precision-recall-curve", names) == "F_8 recall"
    assert score_name("recall", names) == "recall"
