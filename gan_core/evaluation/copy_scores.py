"""Whether generated samples are copies of training samples, as scores."""

from gan_core import metrics as M
from gan_core.evaluation.metric import MetricInputs, Score, count_of, needed
from gan_core.metrics.copying import rank_influences
from gan_core.metrics.intervals import slices_of


def memorisation(inputs: MetricInputs) -> list[Score]:
    """Return the share of samples nearer to a training sample than 99 of 100 held-out ones, and how near they rank."""
    copies, used = needed(inputs.copies), count_of(inputs)
    generated, held_out = copies.nearness(inputs.generated.values, inputs.positions), copies.held_out
    share, rank = M.copied_share(held_out, generated), M.copying_rank(held_out, generated)
    both = [slices_of(len(one), inputs.parts) for one in (held_out, generated)]
    of_share = [M.copied_share(held_out[one], generated[other]) for one, other in zip(*both, strict=True)]
    of_rank = inputs.values_on_parts(rank, lambda: rank_influences(held_out, generated))
    return [
        Score(
            name="copied share",
            value=share,
            better="as real",
            unit="share",
            used=used,
            parts=of_share,
            share_of=used,
        ),
        Score(name="copying rank", value=rank, better="as real", used=used, parts=of_rank),
    ]
