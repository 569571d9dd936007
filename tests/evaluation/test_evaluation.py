"""Evaluation without a framework: real sets, the scorer's table and floor, the best checkpoint, class comparison."""

import json
import math
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import pytest

from gan_core.data.dataset import Dataset
from gan_core.data.idx import unseen_images
from gan_core.data.sources import Digits
from gan_core.data.spec import Data
from gan_core.errors import SpecError, UsageError
from gan_core.evaluation.class_balance import check_runs, run_names
from gan_core.evaluation.during_training import EvaluatesDuringTraining, is_better, scorer_during_training
from gan_core.evaluation.figures import write_class_bars, write_plane
from gan_core.evaluation.notes import class_agreement, notes_on
from gan_core.evaluation.real_sets import real_sets
from gan_core.evaluation.scorer import Drawn, Row, Scorer, make_scorer
from gan_core.evaluation.scores import METRICS, MetricInputs, applicable, known_names
from gan_core.experiments.experiment import Evaluation, Experiment
from gan_core.experiments.files import from_text, to_toml, with_changes
from gan_core.features.extractor import Features
from gan_core.features.mnist_classifier import seen_images
from gan_core.presets import preset
from gan_core.presets.loading import read_changes
from gan_core.runs.directory import RunDirectory
from gan_core.sessions.run import Run
from gan_core.specs.spec import Variant
from gan_core.training.events import StepEnded
from gan_core.training.machine import Machine
from gan_core.training.state import State
from gan_core.training.timetable import Timetable

HERE = Machine(backend="torch")


class Scripted:
    """Stands in for a trainer and its sampler: its samples are given, or a shift of the latents."""

    def __init__(self, experiment: Experiment, samples: np.ndarray, step: int = 1) -> None:
        self.experiment, self.samples, self.step = experiment, samples, step
        self.labels: list[np.ndarray | None] = []
        self.sampler = self
        self.timetable = Timetable(experiment, 10_000)

    def sample(self, count: int, purpose: str, label: np.ndarray | None) -> np.ndarray:
        self.labels.append(label)
        return self.samples[:count]

    def generate(self, network: str, inputs: dict[str, np.ndarray]) -> np.ndarray:
        return 3 * inputs["z"]

    def state(self) -> State:
        return State(step=self.step, networks={"generator": {"w": np.zeros(2)}}, optimizers={}, updates={})


@pytest.fixture
def plane() -> tuple[Experiment, Dataset]:
    """The preset of 8 Gaussians, and its points."""
    made = preset("mixture-8")
    return made, made.data.load(None)


def plane_judge(made: Experiment, dataset: Dataset, count: int = 400) -> Scorer:
    return make_scorer(made, dataset, HERE, features="auto", count=count)


def test_fresh_points_keep_the_scale_of_the_training_points(plane):
    """Other seeds would scale to other extents; 3 deviations of the right mode must hold 98.9% of them."""
    made, dataset = plane
    sets = real_sets(made.data, dataset, 4000, None)
    deviation = dataset.mode_deviation

    for part in (sets.reference, sets.stand_in):
        distances = np.linalg.norm(part.samples - dataset.centres[part.labels], axis=1)
        assert (distances <= 3 * deviation).mean() == pytest.approx(1 - math.exp(-4.5), abs=0.006)
    assert not set(map(tuple, sets.reference.samples)) & set(map(tuple, sets.stand_in.samples))
    assert not set(map(tuple, sets.reference.samples)) & set(map(tuple, dataset.samples))


def test_data_without_a_held_out_split_are_halved():
    digits = Digits().load(None)
    sets = real_sets(Digits(), digits, None, None)

    assert len(sets.reference.samples) == len(sets.stand_in.samples) == 898
    assert "nothing held out" in sets.reference.split
    halves = [{sample.tobytes() for sample in part.samples} for part in (sets.reference, sets.stand_in)]
    assert len(halves[0] & halves[1]) == 0
    one = Dataset(name="tiny", samples=digits.samples[:3])
    with pytest.raises(UsageError, match="holds 3 samples; evaluation needs at least 4"):
        real_sets(Digits(), one, None, None)


class Halfway(Variant, Data, frozen=True, kw_only=True):
    """A user's own data in two parts: samples of 0 to train on, of 1 to test on."""

    split: Literal["train", "test"] = "train"

    def load(self, data_dir: Path | None) -> Dataset:
        return Dataset(name="halfway", samples=np.full((8, 2), float(self.split == "test")), kind="points")


class Steady(Variant, Data, frozen=True, kw_only=True):
    """A user's own distribution, which can be drawn from: all of a draw's samples are its number."""

    def load(self, data_dir: Path | None) -> Dataset:
        return Dataset(name="steady", samples=np.zeros((8, 2)), kind="points")

    def fresh_samples(self, dataset: Dataset, count: int | None, draw: int) -> Dataset:
        return Dataset(name=f"draw {draw}", samples=np.full((count or 5, 2), float(draw)), kind="points")


def test_a_user_s_own_split_is_held_out():
    sets = real_sets(Halfway(), Halfway().load(None), 3, None)

    assert (sets.reference.split, sets.stand_in.split) == ("test", "random part of train")
    assert (sets.reference.samples.tolist(), sets.stand_in.samples.tolist()) == ([[1.0, 1.0]] * 3, [[0.0, 0.0]] * 3)


def test_a_user_s_own_distribution_gives_fresh_samples():
    sets = real_sets(Steady(), Steady().load(None), None, None, seed=3)

    assert (sets.reference.split, sets.stand_in.split) == ("draw 7", "draw 8")
    assert (len(sets.reference.samples), sets.reference.samples.max(), sets.stand_in.samples.max()) == (5, 7.0, 8.0)


def test_modes_need_no_mixture(plane):
    """A data set that knows its centres and their deviation is enough for the counts of modes."""
    made, dataset = plane
    changed = msgspec.structs.replace(made, data=Steady())
    assert plane_judge(changed, dataset).modes.standard_deviation == dataset.mode_deviation


def test_the_reference_of_mnist_is_its_test_split(data_dir):
    """And the stand-ins are random ones of the training images that the classifier has not seen."""
    made = preset("mnist-mlp")
    train = made.data.load(data_dir)
    test = msgspec.structs.replace(made.data, split="test").load(data_dir)

    sets = real_sets(made.data, train, 50, data_dir)

    everything = {image.tobytes() for image in test.samples}
    unseen = unseen_images(60_000)
    seen_ones = {image.tobytes() for image in train.samples[seen_images(60_000)]}
    back = [np.round((part.samples + 1) * 127.5).astype(np.uint8) for part in (sets.reference, sets.stand_in)]
    assert [len(images) for images in back] == [50, 50]
    assert all(image.tobytes() in everything for image in back[0])
    assert len(unseen) == 10_000
    assert 1500 < (unseen >= 50_000).sum() < 1850  # a sixth of all, as of the rest: the file's order is the writers'
    assert not any(image.tobytes() in seen_ones for image in back[1])
    np.testing.assert_array_equal(train.samples[sets.stand_in.positions], back[1])
    assert (sets.reference.split, sets.reference.positions) == ("test", None)
    assert sets.stand_in.split == "random part of train, unseen by the classifier"
    other = real_sets(made.data, train, 50, data_dir, seed=1)
    assert not np.array_equal(other.stand_in.positions, sets.stand_in.positions)


def test_real_samples_score_near_the_floor_and_collapsed_ones_far_from_it(plane):
    made, dataset = plane
    scorer = plane_judge(made, dataset)
    good = Scripted(made, real_sets(made.data, dataset, 400, None).stand_in.samples)
    collapsed = Scripted(made, np.tile(dataset.centres[:1], (400, 1)))

    rows = {row.metric: row for row in scorer.rows(scorer.metric_inputs(scorer.draw(good, 400), good), None)}
    poor = {row.metric: row for row in scorer.rows(scorer.metric_inputs(scorer.draw(collapsed, 400), collapsed), None)}

    compared = [row for row in rows.values() if row.metric != "path length"]
    assert all(row.value == row.floor for row in compared)
    assert rows["path length"].floor is None
    assert poor["frechet"].value > 100 * poor["frechet"].floor
    assert poor["recall"].value < 0.1
    assert poor["recall"].floor > 0.8
    assert (poor["modes covered"].value, poor["modes covered"].floor) == (1, 8)
    assert poor["two-sample p-value"].value < 1e-20
    assert poor["pairwise distance"].value == 0


def test_every_number_has_its_extractor_counts_and_split(plane):
    made, dataset = plane
    scorer = plane_judge(made, dataset)
    trainer = Scripted(made, dataset.samples)

    rows = {row.metric: row for row in scorer.rows(scorer.metric_inputs(scorer.draw(trainer, 300), trainer), None)}

    found = rows["frechet"]
    assert (found.extractor, found.generated, found.real, found.split) == (
        "coordinates",
        300,
        400,
        "fresh points, seed 1",
    )
    assert (rows["modes covered"].extractor, rows["modes covered"].real) == ("none", 0)
    assert rows["path length"].generated == 2000


def test_path_length_walks_through_the_generator(plane):
    """Samples 3 z along great circles between two latents: the mean squared speed, here by finite differences."""
    made, dataset = plane
    scorer = plane_judge(made, dataset)
    trainer = Scripted(made, dataset.samples)
    walk = scorer.metric_inputs(scorer.draw(trainer, 50), trainer).walk

    share = np.linspace(0, 1, 7)
    ends = [walk(np.full(7, at)) for at in (0.0, 1.0)]

    np.testing.assert_array_equal(walk(share)[0], ends[0][0])
    np.testing.assert_allclose(walk(share)[-1], ends[1][-1], rtol=1e-12)
    (row,) = scorer.rows(scorer.metric_inputs(scorer.draw(trainer, 50), trainer), ["path-length"])
    assert 9 * 0.5 < row.value < 9 * 50


def test_metrics_that_do_not_apply_say_why(plane):
    made, dataset = plane
    scorer = plane_judge(made, dataset)
    trainer = Scripted(made, dataset.samples)
    inputs = scorer.metric_inputs(scorer.draw(trainer, 50), trainer)

    for name, words in [
        ("marginals", "a mixed table"),
        ("associations", "a mixed table"),
        ("table-classifier", "a mixed table with a target"),
        ("inception", "an extractor that knows classes"),
        ("confidence", "an extractor that knows classes"),
        ("labels", "a generator that reads labels"),
        ("ms-ssim", "images of at least 11 pixels"),
    ]:
        with pytest.raises(UsageError, match=words):
            scorer.rows(inputs, [name])
    assert set(METRICS) - set(applicable(inputs)) == {
        "frechet-by-class",
        "frechet-to-reference",
        "vendi",
        "precision-recall-curve",
        "ms-ssim",
        "inception",
        "classes",
        "class-modes",
        "confidence",
        "labels",
        "class-error",
        "lattice",
        "spectrum",
        "marginals",
        "associations",
        "table-classifier",
        "series-marginals",
        "autocorrelation",
        "discriminative",
        "predictive",
    }


def test_names_and_their_aliases():
    assert known_names(["fid", "precision", "recall", "frechet"]) == ["frechet", "neighbours"]
    with pytest.raises(UsageError, match="did you mean 'frechet'"):
        known_names(["frechett"])


def test_labels_are_evenly_spread_and_agreement_is_counted():
    """A conditional run on digits, and an extractor whose classes are written into the first pixel."""
    made = preset("mnist-cgan")
    images = np.zeros((40, 1, 28, 28))
    images[:, 0, 0, 0] = np.arange(40) % 10
    images[:4, 0, 0, 0] = 9  # 0, 1, 2 and 3 become nines
    dataset = Dataset(name="mnist", samples=images, labels=np.arange(40) % 10, classes=10)
    sets = real_sets(Digits(), dataset, None, None)

    class Reader:
        name = "first pixel"

        def __call__(self, samples: np.ndarray) -> Features:
            classes = samples[:, 0, 0, 0].astype(int)
            return Features(values=samples.reshape(len(samples), -1), probabilities=np.eye(10)[classes])

    scorer = Scorer(made, dataset, Reader(), sets)
    trainer = Scripted(made, images)
    drawn = scorer.draw(trainer, 40)
    rows = {row.metric: row for row in scorer.rows(scorer.metric_inputs(drawn), ["labels", "classes"])}

    np.testing.assert_array_equal(trainer.labels[0], np.arange(40) % 10)
    assert rows["label agreement"].value == 0.9
    assert 0.8 <= rows["label agreement"].floor < 1
    assert rows["class entropy"].value < math.log2(10)


def test_the_confident_share_counts_probabilities_of_nine_in_ten_and_more():
    sure = np.array([[0.9, 0.1], [0.05, 0.95], [0.6, 0.4], [0.5, 0.5], [0.11, 0.89]])
    made = Features(values=np.zeros((5, 2)), probabilities=sure)
    inputs = MetricInputs(real=made, samples=np.zeros((5, 2)), generated=made, value_range=(-1.0, 1.0))
    (score,) = METRICS["confidence"].work_out(inputs)

    assert (score.name, score.value, score.share_of) == ("confident share", 0.4, 5)


def test_classes_that_samples_reach_are_counted_with_what_chance_leaves_out():
    """Of five samples none is of class 2; the only one of class 1 might not have been drawn."""
    made = Features(values=np.zeros((5, 2)), probabilities=np.eye(3)[[0, 0, 0, 0, 1]])
    inputs = MetricInputs(real=made, samples=np.zeros((5, 2)), generated=made, value_range=(-1.0, 1.0), parts=5)
    reached, reverse = METRICS["class-modes"].work_out(inputs)

    assert (reached.name, reached.value, reached.unit, reached.interval) == ("classes reached", 2, "of 3", (1, 3))
    np.testing.assert_allclose(reverse.value, 0.8 * math.log(0.8 * 3) + 0.2 * math.log(0.2 * 3), rtol=1e-12)
    np.testing.assert_allclose(np.mean(reverse.parts), reverse.value, rtol=1e-12)


def test_classes_of_few_samples_are_left_out_of_the_distance_within_classes_and_that_is_said():
    made = msgspec.structs.replace(
        preset("mnist-cgan"),
        evaluation=Evaluation(
            every_steps=10, metrics=("intra-fid",), best_by="intra-fid", features="pixels", samples=300
        ),
        data=Digits(),
    )
    images, labels = np.random.default_rng(0).random((600, 1, 8, 8)), np.arange(600) % 10
    dataset = Dataset(name="digits", samples=images, labels=np.where(labels == 9, 0, labels), classes=10)
    scorer = scorer_during_training(made, dataset, HERE)
    drawn = scorer.draw(Scripted(made, images), 300)
    rows = scorer.rows(scorer.metric_inputs(drawn), ["intra-fid"])
    notes = notes_on(made, scorer, drawn, rows, step=1, checkpoint="last")

    assert any("within classes is that of 9 of 10 classes" in note for note in notes)


def test_nan_samples_are_one_line(plane):
    made, dataset = plane
    with pytest.raises(UsageError, match="NaN or infinite; there is nothing to score"):
        plane_judge(made, dataset).draw(Scripted(made, np.full((50, 2), np.nan)), 50)


def test_the_same_samples_score_the_same_to_the_last_digit(plane):
    """Two backends that drew the same samples cannot differ: everything after them is this code."""
    made, dataset = plane
    results = []
    for _ in range(2):
        scorer = plane_judge(made, dataset)
        trainer = Scripted(made, dataset.samples)
        results.append(scorer.rows(scorer.metric_inputs(scorer.draw(trainer, 200), trainer), None))

    assert results[0] == results[1]


def during(plane: tuple[Experiment, Dataset], path: Path, *changes: str) -> tuple[EvaluatesDuringTraining, Scripted]:
    made = with_changes(
        plane[0], read_changes(["evaluation.every_steps=2", "evaluation.samples=200", "training.steps=7", *changes])
    )
    scorer = scorer_during_training(made, plane[1], HERE)
    trainer = Scripted(made, plane[1].samples)
    directory = RunDirectory.create(path)
    return EvaluatesDuringTraining(scorer, trainer, directory), trainer


def test_the_best_checkpoint_is_kept_during_training(plane, tmp_path):
    """Steps 2, 4, 6 and the last: scored; step 4 was best, the one before it is gone."""
    callback, trainer = during(plane, tmp_path / "run")
    for step, shift in enumerate((9, 3, 9, 0, 0, 1, 2), start=1):
        trainer.step, trainer.samples = step, plane[1].samples + shift
        callback(StepEnded(step=step))

    lines = callback.directory.evaluations()
    assert [(line["step"], line["best"]) for line in lines] == [(2, True), (4, True), (6, False), (7, False)]
    assert [path.name for path in callback.directory.best.paths()] == ["step-0000004"]
    assert {"frechet", "extractor", "generated", "real", "split"} <= set(lines[0])

    resumed = EvaluatesDuringTraining(callback.scorer, trainer, callback.directory)
    assert resumed.best == lines[1]["frechet"]


def test_a_best_checkpoint_from_a_later_step_gives_way(tmp_path):
    """A run that went back to step 3 and did better there."""
    directory = RunDirectory.create(tmp_path / "run")
    for step in (9, 3):
        directory.write_best(State(step=step, networks={}, optimizers={}, updates={}))

    assert [path.name for path in directory.best.paths()] == ["step-0000003"]


def test_best_by_must_be_a_score_with_a_direction(plane, tmp_path):
    with pytest.raises(UsageError, match=r"'kernel' is none of the scores of evaluation\.metrics"):
        during(plane, tmp_path / "a", "evaluation.best_by=kernel")
    with pytest.raises(UsageError, match="lower or higher is better: frechet"):
        during(
            plane,
            tmp_path / "b",
            'evaluation.metrics=["frechet", "diversity"]',
            "evaluation.best_by='pairwise distance'",
        )
    assert not (tmp_path / "a").exists()
    assert is_better(2.0, 1.0, "higher")
    assert not is_better(math.nan, None, "lower")


def test_evaluation_is_part_of_the_experiment_file():
    made = with_changes(preset("mixture-8"), {"evaluation.every_steps": 50, "evaluation.metrics": ["neighbours"]})

    assert from_text(to_toml(made), ".toml") == made
    assert preset("mixture-8").evaluation == Evaluation()
    with pytest.raises(SpecError, match="every_steps"):
        Evaluation(every_steps=0)


def written_run(path: Path, name: str, change: str = "training.steps=5") -> Run:
    directory = RunDirectory.create(path)
    directory.write_text("experiment.toml", to_toml(with_changes(preset(name), read_changes([change]))))
    directory.write_json("environment.json", {"backend": "torch"})
    return Run(path)


def test_a_run_without_the_checkpoint_asked_for_says_so(tmp_path):
    run = written_run(tmp_path / "run", "mixture-8")

    with pytest.raises(UsageError, match="has no checkpoint yet"):
        run.evaluate()
    with pytest.raises(UsageError, match=r"no best checkpoint; train with evaluation\.every_steps"):
        run.evaluate(checkpoint="best")
    with pytest.raises(UsageError, match="expected last, best, a step as 6400, or an epoch as epoch-15"):
        run.evaluate(checkpoint="first")
    with pytest.raises(UsageError, match="samples=1: expected at least 2"):
        run.evaluate(samples=1)


def test_runs_on_different_data_are_not_compared(tmp_path):
    runs = [written_run(tmp_path / name, name) for name in ("mnist-mlp", "mnist-cgan", "mixture-8")]

    assert run_names([*runs[:2], runs[0]]) == [
        "mnist-mlp (unconditional)",
        "mnist-cgan (conditional)",
        "mnist-mlp (unconditional) 3",
    ]
    with pytest.raises(UsageError, match="different data: Mixture, Mnist"):
        check_runs(runs)


def test_pictures_are_written(tmp_path):
    """Bars for two sets, and a plane with and without classes: PNG files of the expected proportions."""
    from PIL import Image

    shares = {"real": np.full(4, 0.25), "generated": np.array([0.7, 0.3, 0, 0])}
    write_class_bars(tmp_path / "bars.png", shares, {"real": 2.0, "generated": 0.88})
    places, groups = np.random.default_rng(0).random((20, 2)), {"a": slice(0, 10), "b": slice(10, 20)}
    write_plane(tmp_path / "plane.png", places, groups, np.arange(20) % 3)
    write_plane(tmp_path / "plain.png", places, groups, None)

    sizes = {path.stem: Image.open(path).size for path in tmp_path.glob("*.png")}
    assert sizes == {"bars": (1080, 480), "plane": (1440, 576), "plain": (1440, 576)}


def test_shares_of_more_classes_than_can_be_told_apart_are_falling_lines(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    drawn, save = [], Figure.savefig
    monkeypatch.setattr(
        Figure, "savefig", lambda figure, *given, **_named: (drawn.append(figure), save(figure, *given))
    )
    shares = np.zeros(1000)
    shares[[3, 500]] = 0.2, 0.8
    write_class_bars(tmp_path / "bars.png", {"generated": shares}, {"generated": 0.722})

    (axes,) = drawn[0].axes
    line = axes.lines[0]
    assert (line.get_ydata().tolist(), line.get_label()) == ([0.8, 0.2], "generated: 0.722 bits, 2 classes")
    assert not axes.patches


def test_material_without_anything_but_features_has_the_feature_metrics():
    features = Features(values=np.random.default_rng(0).random((30, 3)))
    inputs = MetricInputs(real=features, samples=features.values, generated=features, value_range=(-1, 1))

    assert applicable(inputs) == [
        "frechet",
        "frechet-extrapolated",
        "kernel",
        "neighbours",
        "two-sample",
        "diversity",
    ]
    distance = json.loads(json.dumps(METRICS["frechet"].work_out(inputs)[0].value))
    assert 0 <= distance <= 1e-15  # of traces of .5: which side of 0 rounding falls on is the processor's


def test_halves_know_their_places_in_the_data():
    """So that a real sample is not its own nearest training sample."""
    digits = Digits().load(None)
    sets = real_sets(Digits(), digits, 100, None)

    for part in (sets.reference, sets.stand_in):
        np.testing.assert_array_equal(digits.take(part.positions, np.dtype("float64")), part.samples)


def digits_judge(seed: int = 0) -> tuple[Scorer, Dataset]:
    made = preset("digits-mlp")
    dataset = made.data.load(None)
    return make_scorer(made, dataset, HERE, features="auto", count=None, seed=seed), dataset


def copies_of(dataset: Dataset, share: float) -> np.ndarray:
    """Training samples, as many as the share says, and among the rest samples between two of one class."""
    order = np.random.default_rng(0).permutation(len(dataset))[:800]
    samples = dataset.take(order, np.dtype("float64"))
    count = int(share * len(order))
    other = [np.flatnonzero(dataset.labels == label)[-1 - i % 40] for i, label in enumerate(dataset.labels[order])]
    between = (samples + dataset.take(np.array(other), np.dtype("float64"))) / 2
    noise = 0.25 * np.random.default_rng(1).standard_normal(samples.shape)
    return np.concatenate([samples[:count], (between + noise)[count:]])


def judged(scorer: Scorer, samples: np.ndarray, names: list[str] | None = None) -> tuple[dict[str, Row], list[str]]:
    made = scorer.experiment
    trainer = Scripted(made, samples)
    drawn = scorer.draw(trainer, len(samples))
    rows = scorer.rows(scorer.metric_inputs(drawn), names)
    return {row.metric: row for row in rows}, notes_on(made, scorer, drawn, rows, step=10**9, checkpoint="last")


@pytest.mark.parametrize("share", [1.0, 0.2])
def test_copied_training_samples_are_seen_and_said(share):
    """All of them, or one in five; real samples that are no copies of others stay at 1 in 100, and so does noise."""
    scorer, dataset = digits_judge()

    rows, notes = judged(scorer, copies_of(dataset, share), ["memorisation"])

    assert rows["copied share"].value == pytest.approx(share, abs=0.05)
    assert rows["copied share"].floor < 0.03
    assert rows["copying rank"].floor == pytest.approx(0.5, abs=0.05)
    assert rows["copied share"].split == "half of all, nothing held out"
    assert sum("copies training samples" in note for note in notes) == 1


def test_new_samples_and_a_collapsed_generator_are_no_copies():
    scorer, dataset = digits_judge()
    mean = dataset.take(np.flatnonzero(dataset.labels == 3), np.dtype("float64")).mean(axis=0)
    collapsed = mean + 1e-3 * np.random.default_rng(2).standard_normal((300, *mean.shape))

    for samples in (copies_of(dataset, 0.0), collapsed):
        rows, notes = judged(scorer, samples, ["memorisation"])
        assert rows["copied share"].value < 0.03
        assert not any("copies training samples" in note for note in notes)


def test_a_slow_extractor_bounds_the_search_and_that_is_said():
    made = preset("digits-mlp")
    dataset = made.data.load(None)

    class Slow:
        name, training_samples, asked = "slow", 400, 0

        def __call__(self, samples: np.ndarray) -> Features:
            self.asked += len(samples)
            return Features(values=samples.reshape(len(samples), -1).astype(np.float64))

    extractor = Slow()
    scorer = Scorer(made, dataset, extractor, real_sets(made.data, dataset, 300, None))
    rows, notes = judged(scorer, copies_of(dataset, 1.0), ["memorisation"])

    assert extractor.asked == 300 + 300 + 800 + 400
    assert 0.1 < rows["copied share"].value < 0.4
    assert "copies were looked for among 400 random ones of 1,797 training samples" in notes


def test_the_bias_of_the_number_of_samples_is_said():
    scorer, dataset = digits_judge()

    _, few = judged(scorer, copies_of(dataset, 0.0)[:60], ["frechet"])
    rows, more = judged(scorer, copies_of(dataset, 0.0), ["frechet", "frechet-extrapolated"])

    bias = rows["frechet"].value - rows["frechet extrapolated"].value
    assert any("60 samples of 64 features: fewer samples than features" in note for note in few)
    assert any(f"about {bias:.2g} is the bias of 800 samples" in note for note in more)
    assert 0 < bias < rows["frechet"].value


def test_repeated_samples_are_said_beside_the_two_sample_test():
    scorer, dataset = digits_judge()

    _, notes = judged(scorer, np.repeat(copies_of(dataset, 0.0)[:100], 2, axis=0), ["two-sample"])

    assert any("100 generated samples repeat others exactly" in note for note in notes)


def test_another_seed_draws_other_real_samples_and_other_subsets(plane):
    made, dataset = plane
    trainer = Scripted(made, dataset.samples)
    values = []
    for seed in (0, 0, 1):
        scorer = make_scorer(made, dataset, HERE, features="auto", count=400, seed=seed)
        (row,) = scorer.rows(scorer.metric_inputs(scorer.draw(trainer, 300)), ["frechet"])
        values.append((row.value, row.floor))

    assert values[0] == values[1]
    assert values[0][0] != values[2][0]
    assert values[0][1] != values[2][1]


def test_a_best_score_by_another_extractor_is_no_score_to_beat(plane, tmp_path):
    callback, trainer = during(plane, tmp_path / "run")
    callback.directory.append_evaluation({"step": 1, "frechet": 1e-9, "best": True, "extractor": "another"})

    assert EvaluatesDuringTraining(callback.scorer, trainer, callback.directory).best is None


def test_labels_as_asked_are_said_by_class():
    labels = np.arange(40) % 4
    classes = np.where(labels == 3, 0, labels)
    drawn = Drawn(
        samples=labels, labels=labels, features=Features(values=np.zeros((40, 1)), probabilities=np.eye(5)[classes])
    )

    np.testing.assert_array_equal(class_agreement(drawn), [1, 1, 1, 0])
    assert class_agreement(Drawn(samples=labels, labels=None, features=drawn.features)) is None
