"""The names by which people ask for scores, and the names that scores have in tables and files."""

from collections.abc import Iterable

ALIASES = {  # common word → the metric that works it out
    "fid": "frechet",
    "fid-infinity": "frechet-extrapolated",
    "copies": "memorisation",
    "kid": "kernel",
    "mmd": "kernel",
    "is": "inception",
    "inception-score": "inception",
    "precision": "neighbours",
    "recall": "neighbours",
    "density": "neighbours",
    "coverage": "neighbours",
    "neighbors": "neighbours",
    "prd": "precision-recall-curve",
    "f-8": "precision-recall-curve",
    "entropy": "classes",
    "class-entropy": "classes",
    "label-agreement": "labels",
    "class-coverage": "class-modes",
    "confident-share": "confidence",
    "test-error": "class-error",
    "matched-class-error": "class-error",
    "pairwise-distance": "diversity",
    "msssim": "ms-ssim",
    "ppl": "path-length",
    "intra-fid": "frechet-by-class",
}
SCORES = {  # metric → its only score, or the score that the metric's name means
    "classes": "class-entropy",
    "labels": "label-agreement",
    "class-modes": "classes-reached",
    "confidence": "confident-share",
    "lattice": "lattice-of-2",
    "diversity": "pairwise-distance",
    "two-sample": "two-sample-accuracy",
    "modes": "modes-covered",
    "precision-recall-curve": "f-8-recall",
    "frechet-by-class": "frechet-within-classes",
}


def plain_name(name: str) -> str:
    """Return a name in its plain spelling, without a count after a comma: ``Path length, 5`` is ``path-length``."""
    return "-".join(name.partition(",")[0].lower().replace("_", " ").replace("-", " ").split())


def metric_name(name: str) -> str:
    """Return the metric that a word means (``FID`` means ``frechet``), or an unknown word in its plain spelling."""
    plain = plain_name(name)
    return ALIASES.get(plain, plain)


def score_name(word: str, scores: Iterable[str]) -> str | None:
    """Return which of some scores a word means, or None.

    The name of a score comes first (``precision``), then the names of its metric (``fid``, ``kid``, ``entropy``).
    """
    known = {plain_name(name): name for name in scores}
    metric = metric_name(word)
    candidates = (plain_name(word), SCORES.get(metric, metric))
    return next((known[name] for name in candidates if name in known), None)
