"""Logarithms of sums of exponentials, and cross-entropies: no framework's own give the last bit of another's."""

from collections.abc import Sequence

from gan_core.operations.ops import Array, Ops
from gan_core.operations.whole import whole


def log_sum_exp(ops: Ops, columns: Sequence[Array]) -> Array:
    """Return log Σ exp(column), [N, 1], over one or more columns [N, 1].

    Two terms are joined at a time: log(eᵃ + eᵇ) = a + softplus(b − a), which never overflows.
    """
    total = columns[0]
    for column in columns[1:]:
        total = total + ops.softplus(column - total)
    return total


@whole
def log_sum_exp_of_rows(ops: Ops, logits: Array) -> Array:
    """Return log Σ exp(logit) of each row, [N, 1]; logits: [N, classes].

    Halves of the columns are joined at a time, as `log_sum_exp` joins two columns.
    """
    rest = logits
    while (width := rest.shape[1]) > 1:
        half = width // 2
        first, second, odd = rest[:, :half], rest[:, half : 2 * half], rest[:, 2 * half :]
        joined = first + ops.softplus(second - first)
        rest = ops.concat((joined, odd), 1) if width % 2 else joined
    return rest


@whole
def one_hot_rows(ops: Ops, labels: Array, classes: int) -> Array:
    """Return rows [N, classes] of the backend's dtype, 1 at the label of each and 0 elsewhere; labels: integers [N]."""
    distance = ops.reshape(labels, (-1, 1)) - ops.reshape(ops.arange(classes), (1, -1))
    return ops.at_least(distance, 0) - ops.at_least(distance, 1)


@whole
def class_entropy(ops: Ops, logits: Array, labels: Array) -> Array:
    """Return the mean of −log softmax(logits)[label], a scalar. logits: [N, classes]. labels: integers [N]."""
    return hot_entropy(ops, logits, one_hot_rows(ops, labels, logits.shape[1]))


@whole
def hot_entropy(ops: Ops, logits: Array, rows: Array) -> Array:
    """Return the mean of −Σ row · log softmax(logits), a scalar; both [N, classes], the rows with sums of 1."""
    chosen = ops.reshape(ops.sum(logits * rows, (1,)), (-1, 1))
    return ops.mean(log_sum_exp_of_rows(ops, logits) - chosen)
