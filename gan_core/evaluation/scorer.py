"""A scorer: an extractor and real samples, once, and then any number of generators scored in the same terms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from gan_core.data.columns import decoded
from gan_core.data.dataset import Dataset
from gan_core.errors import UsageError
from gan_core.evaluation.head_classes import HeadClasses, chosen_classes
from gan_core.evaluation.metric import MixedTable
from gan_core.evaluation.real_sets import RealSets, real_sets
from gan_core.evaluation.scores import METRICS, MetricInputs, Modes, Score, applicable, known_names, missing
from gan_core.evaluation.sure_scores import scores_with_intervals
from gan_core.evaluation.training_copies import TrainingCopies
from gan_core.experiments.class_heads import class_heads
from gan_core.experiments.experiment import Experiment
from gan_core.features.choice import choose_extractor
from gan_core.features.extractor import Extractor, Features
from gan_core.features.statistics import FeatureStatistics
from gan_core.metrics.intervals import Interval, count_of_parts
from gan_core.printing import Tell, silent
from gan_core.randomness import stream
from gan_core.sheets.sheets import shown_as
from gan_core.training.latent_walks import latents_on_paths
from gan_core.training.machine import Machine
from gan_core.training.sampler import Sampler


@dataclass(frozen=True, kw_only=True)
class Row:
    """One number with all that must stand beside it.

    floor: the same number for real samples in place of generated ones. extractor, split: "none" where neither features
    nor real samples are behind the number; generated, real: how many samples are. interval: of 95%, None where
    none was worked out. parts, share_of: what it rests on, see `metrics.intervals.Estimate`.
    """

    metric: str
    value: float
    deviation: float | None
    floor: float | None
    unit: str
    better: str
    extractor: str
    generated: int
    real: int
    split: str
    interval: Interval | None = None
    parts: Sequence[float] = ()
    share_of: int = 0


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """Generated samples [N, *shape], the labels asked for [N] or None, and their features."""

    samples: np.ndarray
    labels: np.ndarray | None
    features: Features


class Scorer:
    """Scores generators of one experiment's data. Raises `UsageError` for metrics that the data rule out."""

    def __init__(
        self, experiment: Experiment, dataset: Dataset, extractor: Extractor, real: RealSets, seed: int = 0
    ) -> None:
        check_generator(experiment)
        self.experiment, self.dataset, self.extractor, self.real, self.seed = experiment, dataset, extractor, real, seed
        self.real_overlap = experiment.data.original().samples_overlap
        self.reference = extractor(real.reference.samples)
        self.modes = None
        if dataset.centres is not None and dataset.mode_deviation is not None:
            self.modes = Modes(centres=dataset.centres, standard_deviation=dataset.mode_deviation)
        self.table = None
        if dataset.columns:
            values = decoded(dataset.columns, real.reference.samples)
            self.table = MixedTable(columns=dataset.columns, target=dataset.target, real=values)
        self.copies = TrainingCopies(dataset, extractor, real.reference, self.reference.values)
        self.statistics: FeatureStatistics | None = None
        self._floors: dict[tuple[str, bool], list[Score]] = {}
        self._floor_inputs: dict[bool, MetricInputs] = {}
        self._stand_in: Features | None = None

    @property
    def stand_in(self) -> Features:
        """The features of the real samples that stand in for generated ones."""
        if self._stand_in is None:
            self._stand_in = self.extractor(self.real.stand_in.samples)
        return self._stand_in

    def hold_against(self, statistics: FeatureStatistics) -> None:
        """Score against published statistics, too. Raises `UsageError` for those of another number of features."""
        own, given = self.reference.values.shape[1], len(statistics.mean)
        if own != given:
            raise UsageError(
                f"reference={statistics.name} has the mean of {given:,} features, and {self.extractor.name} gives "
                f"{own:,}; published statistics are mostly of features=inception, 2,048"
            )
        self.statistics = statistics
        self._floor_inputs.clear()

    def draw(self, sampler: Sampler, count: int) -> Drawn:
        """Return `count` new samples of a sampler's generator, labels evenly spread, and their features."""
        labels = None
        if (classes := label_classes(self.experiment)) is not None:
            labels = np.arange(count) % classes
        samples = sampler.sample(count, f"evaluation {self.seed}", labels)
        if not np.isfinite(samples).all():
            raise UsageError("the generator makes samples that are NaN or infinite; there is nothing to score")
        return Drawn(samples=samples, labels=labels, features=self.extractor(samples))

    def metric_inputs(
        self,
        drawn: Drawn,
        sampler: Sampler | None = None,
        positions: np.ndarray | None = None,
        intervals: int = 0,
    ) -> MetricInputs:
        """Return what metrics read.

        sampler: lets them walk between latents. positions: of real samples in the training data, see `MetricInputs`.
        intervals: into how many parts samples are put at most, so that scores have intervals; 0: they have none.
        """
        return MetricInputs(
            real=self.reference,
            samples=drawn.samples,
            generated=drawn.features,
            value_range=self.dataset.value_range,
            real_samples=self.real.reference.samples,
            kind=shown_as(self.dataset),
            labels=drawn.labels,
            modes=self.modes,
            walk=None if sampler is None else self._walk(sampler),
            heads=self._heads(sampler),
            copies=self.copies,
            positions=positions,
            table=self.table,
            seed=self.seed,
            parts=count_of_parts(intervals, len(drawn.samples), len(self.reference.values)),
            statistics=self.statistics,
            real_labels=self.real.reference.labels,
        )

    def rows(self, inputs: MetricInputs, names: Sequence[str] | None, tell: Tell = silent) -> list[Row]:
        """Return the rows of some metrics, or of all that apply. Raises `UsageError` for one that does not.

        The distance to published statistics is among them wherever there are any. Where real samples overlap, what
        depends on them has no interval: a part of them is like the others, whatever the samples.
        """
        rows = []
        to_reference = ["frechet-to-reference"] if inputs.statistics is not None else []
        for name in known_names([*names, *to_reference]) if names else applicable(inputs):
            lack = missing(METRICS[name], inputs)
            if lack is not None:
                raise UsageError(f"metric '{name}' needs {lack}")
            tell(name)
            floors = {score.name: score for score in self.floor(name, inputs.labels is not None)}
            sure = replace(inputs, parts=0) if METRICS[name].of_reference and self.real_overlap else inputs
            for score in scores_with_intervals(METRICS[name], sure):
                rows.append(self._row(name, score, floors.get(score.name)))
        return rows

    def _row(self, name: str, score: Score, floor: Score | None) -> Row:
        facts = asdict(score)
        used, metric, entry = facts.pop("used"), facts.pop("name"), METRICS[name]
        return Row(
            metric=metric,
            floor=None if floor is None else floor.value,
            extractor=self.extractor.name if entry.of_features else "none",
            generated=used,
            real=len(self.reference.values) if entry.of_reference else 0,
            split=self.real.reference.split if entry.of_reference else "none",
            **facts,
        )

    def floor(self, name: str, labelled: bool = False) -> list[Score]:
        """Return the scores of the stand-ins, worked out once. labelled: whether they count as asked for by label."""
        key = (name, labelled)
        if key not in self._floors:
            inputs = self.floor_inputs(labelled)
            able = missing(METRICS[name], inputs) is None
            self._floors[key] = METRICS[name].work_out(inputs) if able else []
        return self._floors[key]

    def floor_inputs(self, labelled: bool) -> MetricInputs:
        """Return what metrics read of the stand-ins, the same at every call; labelled: as in `floor`."""
        if labelled not in self._floor_inputs:
            stand_in = self.real.stand_in
            drawn = Drawn(
                samples=stand_in.samples, labels=stand_in.labels if labelled else None, features=self.stand_in
            )
            self._floor_inputs[labelled] = self.metric_inputs(drawn, positions=stand_in.positions)
        return self._floor_inputs[labelled]

    def _heads(self, sampler: Sampler | None) -> Callable[[], list[HeadClasses]] | None:
        """What works out the classes that the run's networks choose for the reference, where they choose any."""
        able = sampler is not None and self.real.reference.labels is not None and class_heads(self.experiment)
        return (lambda: chosen_classes(sampler, self.real.reference)) if sampler and able else None

    def _walk(self, sampler: Sampler) -> Callable[[np.ndarray], np.ndarray]:
        network = self.experiment.sampler_network
        specs = self.experiment.plans[network].inputs

        def walk(share: np.ndarray) -> np.ndarray:
            path, arrays = np.arange(len(share)), {}
            for name, spec in specs.items():
                if spec.kind == "label":
                    arrays[name] = path % (spec.classes or 1)
                elif spec.field:
                    arrays[name] = self.dataset.take_field(spec.field, path % len(self.dataset), sampler.dtype)
                else:
                    generator = stream(self.seed, f"evaluation path/{name}")
                    arrays[name] = latents_on_paths(generator, spec, path, share)
            return self.extractor(sampler.generate(network, arrays)).values

        return walk


def make_scorer(
    experiment: Experiment,
    dataset: Dataset,
    machine: Machine,
    *,
    features: str,
    count: int | None,
    seed: int = 0,
) -> Scorer:
    """Return the scorer of an experiment's generators.

    machine: where a classifier is trained if none is kept yet. features: see `choose_extractor`. count: of real samples
    of each kind, None for what suits the data.
    """
    check_generator(experiment)
    extractor = choose_extractor(features, experiment.data, dataset, machine)
    real = real_sets(experiment.data, dataset, count, machine.data_dir, seed)
    return Scorer(experiment, dataset, extractor, real, seed)


def check_generator(experiment: Experiment) -> None:
    """Raise `UsageError` unless the sampling network makes samples from latents, and a condition [values] at most."""
    plan = experiment.plans[experiment.sampler_network]
    if any(spec.kind == "data" and not (spec.field and len(spec.shape) == 1) for spec in plan.inputs.values()):
        raise UsageError(
            f"network '{plan.name}' turns samples into samples; evaluation is for generators that start from latents: "
            "look at samples of data=held-out, which it never saw"
        )


def label_classes(experiment: Experiment) -> int | None:
    """The number of classes that the sampling network reads labels of, or None."""
    inputs = experiment.plans[experiment.sampler_network].inputs
    return next((spec.classes for spec in inputs.values() if spec.kind == "label"), None)


def as_plain(rows: Sequence[Row]) -> list[Mapping[str, Any]]:
    """Return rows as JSON can hold them."""
    return [asdict(row) for row in rows]
