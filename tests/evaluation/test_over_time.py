"""Scores and classes over the epochs: what evaluations keep, and what is drawn of it; no framework needed."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from gan_core.data.sources import Digits
from gan_core.errors import UsageError
from gan_core.evaluation import class_balance as balance
from gan_core.evaluation import during_training, evaluate
from gan_core.evaluation.class_balance import class_balance
from gan_core.evaluation.during_training import EvaluatesDuringTraining
from gan_core.evaluation.figures_over_time import MOST_PANELS, ClassPanel, write_class_distribution, write_scores
from gan_core.evaluation.over_time import class_panels, in_short, scores_of, scores_over_time
from gan_core.evaluation.real_sets import real_sets
from gan_core.evaluation.scorer import Scorer
from gan_core.experiments.files import to_toml
from gan_core.features.extractor import Features
from gan_core.presets.loading import load_experiment
from gan_core.runs.directory import RunDirectory
from gan_core.sessions.beginnings import starting_state
from gan_core.sessions.run import Run
from gan_core.training.events import RunStopped, StepEnded
from gan_core.training.timetable import Timetable

DIGITS = Digits().load(None)
IMAGES = DIGITS.take(np.arange(len(DIGITS)), np.dtype("float64"))


class NearestMean:
    """Knows the digits by the nearest mean image of a class; its features are the first 20 pixels of the middle."""

    name = "nearest mean"

    def __init__(self) -> None:
        self.means = np.stack([IMAGES[DIGITS.labels == digit].mean(axis=0).ravel() for digit in range(10)])

    def __call__(self, samples: np.ndarray) -> Features:
        rows = samples.reshape(len(samples), -1).astype(np.float64)
        nearest = ((rows[:, None] - self.means) ** 2).sum(axis=2).argmin(axis=1)
        return Features(values=rows[:, 20:40], probabilities=np.eye(10)[nearest])


class Classes:
    """Stands in for a trainer and its sampler, which has real digits of some classes alone, or for a sampler."""

    def __init__(self, experiment, classes: tuple[int, ...], step: int = 10) -> None:
        self.experiment, self.step, self.sampler = experiment, step, self
        self.images = IMAGES[np.isin(DIGITS.labels, classes)]
        self.timetable = Timetable(experiment, 640)

    def sample(self, count: int, purpose: str, label) -> np.ndarray:
        return self.images[np.arange(count) % len(self.images)]

    def state(self):
        return dataclasses.replace(starting_state(self.experiment), step=self.step)


def scorer_of(experiment) -> Scorer:
    return Scorer(experiment, DIGITS, NearestMean(), real_sets(experiment.data, DIGITS, 200, None))


def run_with(path: Path, steps: tuple[int, ...] = (), lines: tuple[dict, ...] = ()) -> Run:
    """A run of 10 batches an epoch with checkpoints of some steps, and lines of evaluations."""
    experiment = load_experiment("digits-mlp", ["training.batch_size=179"])
    directory = RunDirectory.create(path)
    directory.write_text("experiment.toml", to_toml(experiment))
    directory.write_json("environment.json", {"backend": "torch", "samples": len(DIGITS)})
    begin = starting_state(experiment)
    for step in steps:
        directory.write_checkpoint(dataclasses.replace(begin, step=step), keep="all")
    for line in lines:
        directory.append_evaluation(line)
    return Run(path)


def even(number: int) -> list[float]:
    return [1 / number] * number


@pytest.fixture
def saved(monkeypatch) -> list[Figure]:
    """The figures that are saved, in place of their files."""
    figures: list[Figure] = []

    def note(figure, path, **_):
        figures.append(figure)
        Path(path).write_bytes(b"")

    monkeypatch.setattr(Figure, "savefig", note)
    return figures


def titles(figure: Figure) -> list[str]:
    return [axes.get_title() for axes in figure.get_axes() if axes.axison]


def test_an_evaluation_keeps_epoch_shares_and_floors(tmp_path):
    """Of a generator of zeros and ones: half of each."""
    experiment = load_experiment(
        "digits-mlp",
        ["evaluation.every_epochs=1", 'evaluation.metrics=["frechet","classes"]', "evaluation.samples=200"],
    )
    directory = RunDirectory.create(tmp_path / "run")
    callback = EvaluatesDuringTraining(scorer_of(experiment), Classes(experiment, (0, 1)), directory)

    callback(StepEnded(step=10))

    [line] = directory.evaluations()
    assert (line["step"], line["epoch"]) == (10, 1.0)
    assert sum(line["class_shares"]) == pytest.approx(1)
    assert min(line["class_shares"][:2]) > 0.3
    assert line["class entropy"] < 1.6
    assert set(line["floors"]) == {"frechet", "class entropy"}
    assert line["floors"]["class entropy"] > 3
    for name in ("scores.png", "class_distribution.png"):
        assert (directory.path / name).read_bytes().startswith(b"\x89PNG")


def test_without_the_metric_classes_no_shares_are_kept(tmp_path):
    experiment = load_experiment("digits-mlp", ["evaluation.every_epochs=1", "evaluation.samples=200"])
    directory = RunDirectory.create(tmp_path / "run")

    EvaluatesDuringTraining(scorer_of(experiment), Classes(experiment, (0, 1)), directory)(StepEnded(step=10))

    assert "class_shares" not in directory.evaluations()[0]
    assert not (directory.path / "class_distribution.png").exists()


def test_figures_are_drawn_when_that_is_cheap_and_at_the_end(tmp_path, monkeypatch):
    experiment = load_experiment("digits-mlp", ["evaluation.every_epochs=1", "evaluation.samples=100"])
    drawn = []
    monkeypatch.setattr(
        during_training, "write_figures_over_time", lambda _, runs: drawn.append(len(runs["digits-mlp"]))
    )
    trainer = Classes(experiment, (0, 1))
    callback = EvaluatesDuringTraining(scorer_of(experiment), trainer, RunDirectory.create(tmp_path / "run"))
    callback.figures.seconds, callback.figures._drawn_at = 1e9, 0.0

    for trainer.step in (10, 20):
        callback(StepEnded(step=trainer.step))
    assert drawn == []
    callback(RunStopped(step=20))
    callback(RunStopped(step=20))
    assert drawn == [2]
    trainer.step = experiment.training.steps
    callback(StepEnded(step=trainer.step))
    assert drawn == [2, 3]


def test_every_number_of_a_line_that_is_no_fact_is_a_score():
    lines = [
        {"step": 5, "epoch": 0.5, "frechet": 9.0, "best": True, "generated": 7, "floors": {"frechet": 1.0}},
        {"step": 10, "epoch": 1.0, "frechet": float("nan"), "recall": 1, "real": 7, "class_shares": even(4)},
    ]

    assert scores_of(lines, "epoch") == {"frechet": [(0.5, 9.0)], "recall": [(1.0, 1.0)]}
    assert scores_of(lines, "step")["recall"] == [(10.0, 1.0)]


def test_panels_are_titled_by_epoch_and_hold_the_entropy():
    lines = [
        {"step": 10, "epoch": 1.0, "class_shares": even(4)},
        {"step": 6400, "epoch": 1.0672, "class_shares": [1.0, 0]},
    ]

    assert [(panel.title, panel.bits) for panel in class_panels(lines, "epoch")] == [
        ("epoch 1", 2.0),
        ("epoch 1.07", 0),
    ]
    assert [panel.title for panel in class_panels(lines, "step")] == ["step 10", "step 6,400"]


@pytest.mark.parametrize("shares", [[], [0.5, 0.4], [-1.0, 2.0], [float("nan"), 1.0]])
def test_numbers_that_are_no_shares_are_passed_over(shares):
    assert class_panels([{"step": 1, "class_shares": shares}], "step") == []


@pytest.mark.parametrize(("number", "text"), [(10.0, "10"), (1.0672, "1.07"), (0.5, "0.5"), (6400, "6,400"), (0, "0")])
def test_a_number_is_written_in_short(number, text):
    assert in_short(number) == text


def panels(count: int, high: float = 0.5) -> list[ClassPanel]:
    shares = np.array([high, *[(1 - high) / 9] * 9])
    return [ClassPanel(title=f"epoch {number}", shares=shares, bits=2.0) for number in range(1, count + 1)]


def test_runs_are_rows_of_panels_with_one_scale(tmp_path, saved):
    write_class_distribution(tmp_path / "x.png", {"a": panels(3), "b": panels(2, high=0.9)}, real=np.array(even(10)))

    [figure] = saved
    assert titles(figure) == [f"epoch {number}: 2.000 bits" for number in (1, 2, 3, 1, 2)]
    assert {axes.get_ylim() for axes in figure.get_axes() if axes.axison} == {(0.0, 1.08 * 0.9)}
    assert [part.get_suptitle() for part in figure.subfigs] == ["a", "b"]
    even_lines = [line.get_ydata()[0] for axes in figure.get_axes() if axes.axison for line in axes.lines[:1]]
    assert even_lines == [0.1] * 5


def test_of_many_evaluations_some_are_drawn_the_first_and_the_last_among_them(tmp_path, saved):
    write_class_distribution(tmp_path / "x.png", {"a": panels(100)})

    assert len(titles(saved[0])) == MOST_PANELS
    assert titles(saved[0])[0].startswith("epoch 1:")
    assert titles(saved[0])[-1].startswith("epoch 100:")


def test_scores_have_a_panel_each_and_floors_are_dashed(tmp_path, saved):
    runs = {"a": {"frechet": [(1.0, 5.0), (2.0, 4.0)], "recall": [(1.0, 0.5)]}, "b": {"frechet": [(1.0, 6.0)]}}

    write_scores(tmp_path / "x.png", runs, {"a": {"frechet": 1.0}, "b": {"frechet": 1.0}}, "epoch")

    [figure] = saved
    assert titles(figure) == ["frechet", "recall"]
    frechet = figure.get_axes()[0]
    assert [list(line.get_ydata()) for line in frechet.lines if line.get_linestyle() == "-"] == [[5.0, 4.0], [6.0]]
    assert [line.get_ydata()[0] for line in frechet.lines if line.get_linestyle() == "--"] == [1.0]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "real against real", "b"]


LINE = {"step": 10, "epoch": 1.0, "frechet": 5.0, "class_shares": even(10), "floors": {"frechet": 1.0}}


def test_a_run_s_figures_are_drawn_again_into_it(tmp_path):
    run = run_with(tmp_path / "run", lines=(LINE, LINE | {"step": 20, "epoch": 2.0}))

    paths = scores_over_time([run.path])

    assert paths == [run.path / "scores.png", run.path / "class_distribution.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)


def test_several_runs_stand_side_by_side(tmp_path, saved):
    for name in ("a", "b"):
        run_with(tmp_path / name, lines=(LINE,))

    paths = scores_over_time([tmp_path / "a", tmp_path / "b"], tmp_path / "out")

    assert [path.name for path in paths] == ["scores.png", "class_distribution.png"]
    assert [part.get_suptitle() for part in saved[1].subfigs] == ["digits-mlp, a", "digits-mlp, b"]


def test_lines_of_before_there_were_epochs_are_drawn_over_steps(tmp_path, saved):
    run = run_with(tmp_path / "run", lines=({"step": 10, "frechet": 5.0}, LINE | {"step": 20}))

    scores_over_time([run.path])

    assert saved[0].get_axes()[0].get_xlabel() == "step"
    assert titles(saved[1]) == ["step 20: 3.322 bits"]


def test_a_run_that_was_not_evaluated_is_told_how(tmp_path):
    with pytest.raises(
        UsageError, match=r"was not evaluated, neither during training \(.*\) nor afterwards:  gan evaluate .*run"
    ):
        scores_over_time([run_with(tmp_path / "run").path])


@pytest.fixture
def sampled(monkeypatch):
    """Runs make real digits: at their first checkpoint zeros alone, later all; the classifier is `NearestMean`."""
    monkeypatch.setattr(evaluate, "tsne", lambda values: values[:, :2])
    monkeypatch.setattr(balance, "make_scorer", lambda experiment, *_, **__: scorer_of(experiment))
    monkeypatch.setattr(
        balance.OpenedRun,
        "sampler_on",
        lambda run, _, state: Classes(run.experiment, (0,) if state.step == 10 else tuple(range(10))),
    )


def test_classes_are_drawn_over_checkpoints(tmp_path, sampled, saved):
    run = run_with(tmp_path / "run", (10, 20))

    found = class_balance([run.path], tmp_path / "out", checkpoints=["epoch-1", "epoch-2", "last"], samples=200)

    names = ["digits-mlp (unconditional), epoch 1", "digits-mlp (unconditional), epoch 2"]
    assert [one.name for one in found.sets] == ["real", *names]
    assert [(one.run, one.step, one.epoch) for one in found.sets[1:]] == [
        ("digits-mlp (unconditional)", 10, 1.0),
        ("digits-mlp (unconditional)", 20, 2.0),
    ]
    assert found.sets[1].shares[0] > 0.9
    assert found.sets[2].shares[0] < 0.3
    assert found.step_of_steps == {str(run.path): (20, run.experiment.training.steps)}
    assert [path.name for path in found.files] == ["classes.json", "classes.png", "class_distribution.png", "tsne.png"]
    bars, distribution, _ = saved
    assert [text.get_text().partition(":")[0] for text in bars.legends[0].get_texts()] == ["real", names[1]]
    assert [title.partition(":")[0] for title in titles(distribution)] == ["epoch 1", "epoch 2"]
    assert [one["step"] for one in json.loads((tmp_path / "out" / "classes.json").read_text())["sets"]] == [
        None,
        10,
        20,
    ]


def test_of_one_checkpoint_there_is_no_distribution_and_names_are_plain(tmp_path, sampled):
    run = run_with(tmp_path / "run", (10, 20))

    found = class_balance([run.path], tmp_path / "out", checkpoints=[20], samples=200)

    assert [one.name for one in found.sets] == ["real", "digits-mlp (unconditional)"]
    assert [path.name for path in found.files] == ["classes.json", "classes.png", "tsne.png"]


@pytest.mark.parametrize(("tsne_of", "width"), [("features", 20), ("pixels", 64)])
def test_a_plane_is_of_features_or_of_pixels(tmp_path, sampled, monkeypatch, tsne_of, width):
    run, seen = run_with(tmp_path / "run", (20,)), []

    def note(_, sets, of):
        seen.append(({name: one.values.shape[1] for name, one in sets.items()}, of))
        assert all(one.classes is not None for one in sets.values())  # by which points are coloured
        return True

    monkeypatch.setattr(balance, "draw_plane", note)
    class_balance([run.path], tmp_path / "out", samples=200, tsne_of=tsne_of)

    assert seen == [({"real": width, "digits-mlp (unconditional)": width}, tsne_of)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tsne_of": "bits"}, "^tsne_of=bits: expected features or pixels$"),
        ({"checkpoints": []}, "^checkpoints: expected at least one"),
        ({"checkpoints": ["last", "epoch-7"]}, r"keeps no checkpoint of epoch 7 \(step 70\); it has those of step 10"),
    ],
)
def test_what_there_is_not_is_refused_before_anything_is_sampled(tmp_path, sampled, options, message):
    run = run_with(tmp_path / "run", (10,))

    with pytest.raises(UsageError, match=message):
        class_balance([run.path], tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_runs_that_were_evaluated_afterwards_alone_are_left_out_and_named(tmp_path, saved):
    for name, lines in (("a", ()), ("b", (LINE,))):
        run_with(tmp_path / name, lines=lines)
    (tmp_path / "a" / "evaluation.json").write_text('{"format": 1}')
    told: list[str] = []
    paths = scores_over_time([tmp_path / "a", tmp_path / "b"], tmp_path / "out", tell=told.append)

    assert [path.name for path in paths] == ["scores.png", "class_distribution.png"]
    assert told == [f"{tmp_path / 'a'} was not evaluated during training, and is in no picture"]
