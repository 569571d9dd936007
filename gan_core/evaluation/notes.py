"""What a reader of an evaluation's table must know, as notes beneath it."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import binomtest

from gan_core.evaluation.conditional_scores import LEAST_OF_CLASS, scored_classes
from gan_core.evaluation.scorer import Drawn, Row, Scorer
from gan_core.experiments.experiment import Experiment
from gan_core.metrics import agreement_by_class
from gan_core.metrics.copying import CLOSEST_SHARE
from gan_core.metrics.two_sample import repeated_rows

COPIED = 0.05  # a share of samples this close to training samples is five times what new samples have
CHANCE = 1e-4  # and it must be unlikely for new samples
PUBLISHED_SAMPLES = 50_000  # generated ones, since Heusel et al. 2017
LARGE_BIAS = 0.25  # of a value, from where on more samples are called for
WON_BY_COLLAPSE = ("inception", "precision", "density", "label agreement", "high quality")


def notes_on(
    experiment: Experiment, scorer: Scorer, drawn: Drawn, rows: Sequence[Row], *, step: int, checkpoint: str | int
) -> list[str]:
    """Return the notes beneath a table of rows, the most important ones first.

    step: where the run stands. checkpoint: the word it was asked for by.
    """
    values = {row.metric: row.value for row in rows}
    return [
        *_on_the_run(experiment, step, checkpoint),
        *_on_copies(scorer, values, len(drawn.samples)),
        *_on_real_samples(scorer, len(drawn.samples)),
        *_on_bias(scorer, values, len(drawn.samples)),
        *_on_published(scorer, values, len(drawn.samples)),
        *_on_repeats(scorer, drawn, values),
        *_on_labels(drawn, values),
        *_on_classes(scorer, drawn, values),
        *_on_overlaps(scorer, rows),
        *getattr(scorer.extractor, "notes", ()),
    ]


def class_agreement(drawn: Drawn) -> np.ndarray | None:
    """Return the share of samples that have the class they were asked for, for each class, [classes].

    None where no class was asked for, or the extractor knows none.
    """
    classes, probabilities, labels = drawn.features.classes, drawn.features.probabilities, drawn.labels
    if classes is None or probabilities is None or labels is None or labels.max() >= probabilities.shape[1]:
        return None
    return agreement_by_class(classes, labels, int(labels.max()) + 1)


def _on_the_run(experiment: Experiment, step: int, checkpoint: str | int) -> list[str]:
    notes, steps, chosen_by = [], experiment.training.steps, experiment.evaluation.best_by
    if step < steps:
        notes.append(f"not the end of the run: step {step:,} of {steps:,}")
    if checkpoint == "best" and chosen_by in WON_BY_COLLAPSE:
        notes.append(
            f"the best checkpoint was chosen by {chosen_by}, which a generator of a few good samples wins; read it "
            "with recall, coverage and pairwise distance, or choose by frechet"
        )
    return notes


def _on_copies(scorer: Scorer, values: dict[str, float], generated: int) -> list[str]:
    share = values.get("copied share")
    if share is None:
        return []
    notes, searched, training_samples = [], len(scorer.copies.searched), len(scorer.dataset)
    by_chance = binomtest(round(share * generated), generated, CLOSEST_SHARE, alternative="greater").pvalue
    if share >= COPIED and by_chance < CHANCE:
        notes.append(
            f"{share:.0%} of the samples lie nearer to a training sample than 99 of 100 held-out real ones do "
            "(new samples: 1%): the generator copies training samples, which no other row shows"
        )
    if searched < training_samples:
        notes.append(f"copies were looked for among {searched:,} random ones of {training_samples:,} training samples")
    return notes


def _on_real_samples(scorer: Scorer, generated: int) -> list[str]:
    notes, real, stand_in = [], scorer.real.reference, scorer.real.stand_in
    if len(stand_in.samples) != generated:
        notes.append(
            f"the floor rests on {len(stand_in.samples):,} real samples, the values on {generated:,} generated"
        )
    if "nothing held out" in real.split:
        notes.append("the reference was part of the training data: these data have no held-out split")
    return notes


def _on_bias(scorer: Scorer, values: dict[str, float], generated: int) -> list[str]:
    if "frechet" not in values:
        return []
    count, dimensions = min(generated, len(scorer.reference.values)), scorer.reference.values.shape[1]
    if count <= dimensions:
        extrapolated = "frechet extrapolated" in values
        more = ", and the extrapolated one is not without it, nor is its interval" if extrapolated else ""
        return [
            f"{count:,} samples of {dimensions:,} features: fewer samples than features, so that much of the Fréchet "
            f"distance is the bias of their number{more}; raise samples=N, or compare only with equally many"
        ]
    if "frechet extrapolated" not in values:
        return []
    bias = max(0.0, values["frechet"] - values["frechet extrapolated"])
    more = "; raise samples=N" if bias > LARGE_BIAS * values["frechet"] else ""
    return [f"of the Fréchet distance {values['frechet']:.4g}, about {bias:.2g} is the bias of {count:,} samples{more}"]


def _on_published(scorer: Scorer, values: dict[str, float], generated: int) -> list[str]:
    known = scorer.statistics
    if known is None or f"frechet to {known.name}" not in values:
        return []
    notes = [f"the interval of the distance to {known.name} takes its numbers as certain"]
    if generated < PUBLISHED_SAMPLES:
        notes.append(
            f"papers print the distance to {known.name} of {PUBLISHED_SAMPLES:,} generated samples; that of "
            f"{generated:,} is larger, by the bias of their number: samples={PUBLISHED_SAMPLES}"
        )
    return notes


def _on_repeats(scorer: Scorer, drawn: Drawn, values: dict[str, float]) -> list[str]:
    if "two-sample p-value" not in values:
        return []
    repeats = {"generated": repeated_rows(drawn.features.values), "real": repeated_rows(scorer.reference.values)}
    return [
        f"{number:,} {which} samples repeat others exactly: the p-value of the two-sample test is for samples drawn "
        "one by one, and too low here"
        for which, number in repeats.items()
        if number
    ]


def _on_labels(drawn: Drawn, values: dict[str, float]) -> list[str]:
    agreement = class_agreement(drawn) if "label agreement" in values else None
    if agreement is None:
        return []
    shown = ", ".join(f"{number} {share:.0%}" for number, share in enumerate(agreement) if np.isfinite(share))
    return [f"as asked, by class: {shown}"]


def _on_classes(scorer: Scorer, drawn: Drawn, values: dict[str, float]) -> list[str]:
    real, asked = scorer.real.reference.labels, drawn.labels
    if "frechet within classes" not in values or real is None or asked is None:
        return []
    number, scored = len(np.union1d(real, asked)), len(scored_classes(real, asked))
    return [
        f"the distance within classes is that of {scored} of {number} classes: the others have fewer than "
        f"{LEAST_OF_CLASS} samples, real or generated; raise samples=N"
    ] * (scored < number)


def _on_overlaps(scorer: Scorer, rows: Sequence[Row]) -> list[str]:
    if not scorer.real_overlap or all(row.split == "none" for row in rows):
        return []
    return [
        "scores against real samples have no intervals: the real windows overlap, so that there are fewer than it "
        "seems (data.step below data.length)"
    ]
