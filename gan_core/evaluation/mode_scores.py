"""How many modes of a known mixture samples reach, as scores."""

from collections.abc import Sequence

from gan_core import metrics as M
from gan_core.evaluation.metric import MetricInputs, Score, count_of, needed
from gan_core.metrics.intervals import Interval
from gan_core.metrics.modes import resampled_coverage, reverse_kl_influences


def modes(inputs: MetricInputs) -> list[Score]:
    """Return three counts of modes, the share of samples of high quality, and how uneven the modes are."""
    known, used = needed(inputs.modes), count_of(inputs)
    where = inputs.samples, known.centres, known.standard_deviation
    coverage = M.mode_coverage(*where)
    counts = {
        "modes covered": coverage.covered,
        "modes with 1% of samples": coverage.covered_by_share,
        "modes within .1": coverage.covered_within_radius,
    }
    sure: Sequence[Interval | None] = [None] * len(counts)
    if inputs.parts:
        sure = resampled_coverage(*where, seed=inputs.seed)
    scores = [
        Score(name=name, value=value, better="higher", unit=f"of {coverage.modes}", used=used, interval=interval)
        for (name, value), interval in zip(counts.items(), sure, strict=True)
    ]
    quality = coverage.high_quality
    reverse = coverage.reverse_kl
    parts = inputs.values_on_parts(reverse, lambda: (reverse_kl_influences(inputs.samples, known.centres),))
    return [
        *scores,
        Score(name="high quality", value=quality, better="higher", unit="share", used=used, share_of=used),
        Score(name="reverse KL", value=reverse, better="lower", unit="nats", used=used, parts=parts),
    ]
