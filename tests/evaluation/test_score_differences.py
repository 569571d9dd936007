"""Which scores of two runs differ, from the files that their evaluations leave; intervals of whole evaluations."""

import json
import math
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest

from gan_core.cli import entry
from gan_core.cli.results import print_evaluation
from gan_core.errors import UsageError
from gan_core.evaluation.evaluate import check_intervals
from gan_core.evaluation.metric import Metric, MetricInputs, Score
from gan_core.evaluation.score_differences import ScoreDifference, differences_of, scored_runs
from gan_core.evaluation.scorer import Drawn, Row, make_scorer
from gan_core.evaluation.sure_scores import scores_with_intervals
from gan_core.features.extractor import Features
from gan_core.metrics.intervals import Interval
from gan_core.presets import preset
from gan_core.runs.records import EvaluationFile, ScoreRow
from gan_core.training.machine import Machine
from tests.stored_run import SCORES, write_run

WITHOUT = {"two-sample p-value"}  # a p-value has no interval


def evaluation(value: float, seed: int = 0, **facts: Any) -> EvaluationFile:
    """An evaluation with one score, whose parts spread by .1."""
    parts = value + 0.1 * np.random.default_rng(int(100 * value)).standard_normal(20)
    row = ScoreRow(metric="frechet", value=value, better="lower", generated=1000, real=1000, split="test")
    for name, fact in ({"parts": parts.tolist(), "extractor": "pixels"} | facts).items():
        setattr(row, name, fact)
    return EvaluationFile(rows=[row], data={"fingerprint": "a"}, reference={"split": "test"}, seed=seed)


def of_other_data() -> EvaluationFile:
    other = evaluation(0.5)
    other.data = {"fingerprint": "b"}
    return other


def one_difference(first: EvaluationFile, second: EvaluationFile) -> ScoreDifference:
    (difference,) = differences_of("b", first, second)
    return difference


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        (evaluation(1.5), "worse"),
        (evaluation(0.5), "better"),
        (evaluation(1.01), "no difference seen"),
        (evaluation(0.5, better="as real"), "better"),
        (evaluation(0.5, parts=[]), "no interval"),
        (evaluation(0.5, extractor="inception"), "other features"),
        (evaluation(0.5, split="train"), "other real samples"),
        (evaluation(0.5, generated=10), "other numbers of samples"),
        (of_other_data(), "other data"),
    ],
)
def test_a_difference_is_told_in_words(second: EvaluationFile, verdict: str) -> None:
    """What is better is said by the first run's row."""
    assert one_difference(evaluation(1.0), second).verdict == verdict


def test_a_score_that_is_best_as_real_differs_and_is_neither_better_nor_worse() -> None:
    difference = one_difference(evaluation(1.0, better="as real"), evaluation(0.5))

    assert difference.verdict == "differs"


def test_runs_are_held_against_the_first_one_that_was_evaluated(tmp_path: Path) -> None:
    runs = [write_run(tmp_path / name, evaluation=SCORES if name != "a" else None) for name in ("a", "b", "c")]
    told: list[str] = []
    found = scored_runs(runs, tell=told.append)

    assert told == [f"{runs[0]} has no evaluation.json, and is not held against others:  gan evaluate {runs[0]}"]
    assert [len(found.evaluations), {one.run for one in found.differences}] == [2, {list(found.evaluations)[1]}]
    assert json.dumps(found.plain())


@pytest.mark.parametrize("intervals", [1, 4, 1001])
def test_a_number_of_parts_that_makes_no_interval_is_refused(intervals: int) -> None:
    with pytest.raises(UsageError, match=rf"intervals={intervals}: expected 5 to 1000 parts of the samples, or 0"):
        check_intervals(intervals)


def test_every_score_has_an_interval_that_holds_it() -> None:
    """Of points of known modes, but for a p-value."""
    made = preset("mixture-8")
    scorer = make_scorer(made, made.data.load(None), Machine(backend="torch"), features="auto", count=400)
    samples = scorer.real.stand_in.samples
    drawn = Drawn(samples=samples, labels=None, features=scorer.extractor(samples))
    rows = {row.metric: row for row in scorer.rows(scorer.metric_inputs(drawn, intervals=20), None)}

    assert {name for name, row in rows.items() if row.interval is None} == WITHOUT
    for row in rows.values():
        assert row.interval is None or row.interval[0] <= row.value <= row.interval[1]
        assert all(map(math.isfinite, row.interval or ()))


def test_gan_scores_says_which_scores_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    for name, value in (("a", 1.0), ("b", 1.5)):
        rows = [msgspec.to_builtins(evaluation(value).rows[0]) | {"interval": [value - 0.1, value + 0.1]}]
        write_run(tmp_path / name, evaluation=SCORES | {"rows": rows})
    monkeypatch.setattr(sys, "argv", ["gan", "scores", str(tmp_path / "a"), str(tmp_path / "b")])
    with pytest.raises(SystemExit) as caught:
        entry.main()
    said = " ".join(capsys.readouterr().out.split())

    assert caught.value.code == 0
    assert "frechet 1 [0.9, 1.1] 1.5 [1.4, 1.6]" in said
    assert "frechet +0.5 " in said
    assert "lower worse" in said


@pytest.mark.parametrize("given", [False, True])
def test_a_metric_that_fails_on_parts_is_scored_without_an_interval_but_for_parts_of_its_own(given: bool) -> None:
    def whole(inputs: MetricInputs) -> list[Score]:
        if len(inputs.samples) < 200:
            raise ZeroDivisionError
        parts = [1.0, 2.0, 3.0, 2.0, 2.0]
        return [
            Score(name="a", value=2.0, better="lower", used=200, parts=parts if given else ()),
            Score(name="b", value=2.0, better="lower", used=200),
        ]

    features = Features(values=np.zeros((200, 2)))
    inputs = MetricInputs(
        real=features, samples=features.values, generated=features, value_range=(0, 1), parts=5, walk=np.asarray
    )

    for needs in ((), ("walk",)):
        a, b = scores_with_intervals(Metric(whole, needs=needs), inputs)
        assert [a.interval is not None, b.interval] == [given, None]


@pytest.mark.parametrize(("interval", "shown"), [(None, "frechet 2 ± 0.5"), (Interval(1, 3), "frechet 2 1 to 3")])
def test_a_deviation_stands_where_no_intervals_do(
    interval: Interval | None, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = {"unit": "", "better": "lower", "extractor": "pixels", "generated": 9, "real": 9, "split": "test"}
    row = Row(metric="frechet", value=2.0, deviation=0.5, floor=None, interval=interval, **facts)
    run = SimpleNamespace(experiment=SimpleNamespace(name="a"), backend="numpy", path=Path())
    result: Any = SimpleNamespace(rows=[row], data=SimpleNamespace(sentence=str), step=1, notes=[], figures=[])
    print_evaluation(run, result)  # type: ignore[arg-type]  # what it reads of a run
    said = " ".join(capsys.readouterr().out.split())

    assert shown in said
    assert ("95% interval" in said) == (interval is not None)
