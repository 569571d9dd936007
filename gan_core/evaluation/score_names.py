"""The names by which people ask for scores, and those by which tables and files have them."""

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
    "entropy": "classes",
    "class-entropy": "classes",
    "label-agreement": "labels",
    "pairwise-distance": "diversity",
    "msssim": "ms-ssim",
    "ppl": "path-length",
}
SCORES = {  # metric → its only score, or the one that is meant by its name
    "classes": "class-entropy",
    "labels": "label-agreement",
    "diversity": "pairwise-distance",
    "two-sample": "two-sample-accuracy",
    "modes": "modes-covered",
}


def plain_name(name: str) -> str:
    """Return a name in one spelling: ``Path length`` and ``path_length`` are ``path-length``; a count after it goes."""
    return "-".join(name.partition(",")[0].lower().replace("_", " ").replace("-", " ").split())


def metric_name(name: str) -> str:
    """Return the metric that a word means: FID is ``frechet``; an unknown word comes back in plain spelling."""
    plain = plain_name(name)
    return ALIASES.get(plain, plain)


def score_name(wanted: str, there: Iterable[str]) -> str | None:
    """Return which of the scores that are there is meant by a word, or None.

    A score's own name comes first (``precision``), then the one its metric is known by (``fid``, ``kid``, ``entropy``).
    """
    known = {plain_name(name): name for name in there}
    metric = metric_name(wanted)
    tried = (plain_name(wanted), SCORES.get(metric, metric))
    return next((known[name] for name in tried if name in known), None)
