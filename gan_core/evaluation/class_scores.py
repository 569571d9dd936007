"""Scores of what a classifier says of the samples, and a run's own heads of real ones."""

import math

from gan_core import metrics as M
from gan_core.evaluation.metric import MetricInputs, Score, count_of, needed
from gan_core.metrics.classes import resampled_classes

CONFIDENT = 0.9  # the least probability of a class that is told with confidence


def inception(inputs: MetricInputs) -> list[Score]:
    """The inception score of the extractor's classes, and its deviation over 10 splits."""
    rows = needed(inputs.generated.probabilities)
    value, deviation = M.inception_score(rows)
    parts = inputs.values_on_parts(value, lambda: (M.inception_influences(rows),))
    return [
        Score(
            name="inception",
            value=value,
            better="higher",
            deviation=deviation,
            unit="classes",
            used=count_of(inputs),
            parts=parts,
        )
    ]


def balance(inputs: MetricInputs) -> list[Score]:
    """The entropy of the shares of the classes, in bits."""
    rows = needed(inputs.generated.probabilities)
    classes = rows.argmax(axis=1)
    entropy = M.entropy_bits(shares := M.class_shares(classes, rows.shape[1]))
    parts = inputs.values_on_parts(entropy, lambda: (M.entropy_influences(classes, shares),))
    return [
        Score(
            name="class entropy",
            value=entropy,
            better="as real",
            unit="bits",
            used=count_of(inputs),
            parts=parts,
        )
    ]


def reached_classes(inputs: MetricInputs) -> list[Score]:
    """How many of the extractor's classes samples reach, and how unevenly."""
    rows, used = needed(inputs.generated.probabilities), count_of(inputs)
    classes, number = rows.argmax(axis=1), rows.shape[1]
    coverage = M.class_coverage(classes, number)
    sure = resampled_classes(classes, number, inputs.seed) if inputs.parts else None
    shares = M.class_shares(classes, number)
    nats = -math.log(2) * M.entropy_influences(classes, shares)
    parts = inputs.values_on_parts(coverage.reverse_kl, lambda: (nats,))
    unit = f"of {number}"
    return [
        Score(name="classes reached", value=coverage.reached, better="higher", unit=unit, used=used, interval=sure),
        Score(name="class reverse KL", value=coverage.reverse_kl, better="lower", unit="nats", used=used, parts=parts),
    ]


def confidence(inputs: MetricInputs) -> list[Score]:
    """The share of samples whose class the extractor gives a probability of at least 9 in 10.

    A sample between two classes, or of none, seldom has one; so says a classifier, and no person.
    """
    surest = needed(inputs.generated.probabilities).max(axis=1)
    return [
        Score(
            name="confident share",
            value=float((surest >= CONFIDENT).mean()),
            better="as real",
            unit="share",
            used=count_of(inputs),
            share_of=count_of(inputs),
        )
    ]


def agreement(inputs: MetricInputs) -> list[Score]:
    """The share of samples of the class that was asked for."""
    value = M.label_agreement(needed(inputs.generated.classes), needed(inputs.labels))
    return [
        Score(
            name="label agreement",
            value=value,
            better="higher",
            unit="share",
            used=count_of(inputs),
            share_of=count_of(inputs),
        )
    ]


def head_error(inputs: MetricInputs) -> list[Score]:
    """The share of real samples that a head of the run's own networks puts into a wrong class.

    A head whose categories have no names is read by the names that suit it best (`metrics.matched_error`).
    """
    scores = []
    for head in needed(inputs.heads)():
        name = "class error" if head.named else "matched class error"
        wrong = M.class_error if head.named else M.matched_error
        value = wrong(head.chosen, head.labels)
        shown = f"{name} of {head.network}" if head.network else name
        scores.append(Score(name=shown, value=value, better="lower", unit="share", used=0, share_of=len(head.labels)))
    return scores
