"""The scores of rows of a mixed table, all of them in the table's own values."""

from gan_core.data.columns import decoded
from gan_core.evaluation.metric import MetricInputs, MixedTable, Score
from gan_core.metrics.tables import association_differences, learned_from, marginal_distances


def marginals(inputs: MetricInputs) -> list[Score]:
    """How far the distribution of each column is from the real one, and the mean over the columns."""
    table, used = _table(inputs), len(inputs.samples)
    distances = marginal_distances(table.columns, table.real, decoded(table.columns, inputs.samples))
    mean = sum(distances.values()) / len(distances)
    each = {f"marginal of {name}": value for name, value in distances.items()}
    return [
        Score(name=name, value=value, better="lower", used=used) for name, value in ({"marginals": mean} | each).items()
    ]


def pairs(inputs: MetricInputs) -> list[Score]:
    """How far the associations of pairs of columns are from the real ones: the mean over pairs, and the largest."""
    table, used = _table(inputs), len(inputs.samples)
    differences = association_differences(table.columns, table.real, decoded(table.columns, inputs.samples))
    if len(differences) == 0:
        return []
    values = {"associations": float(differences.mean()), "largest of associations": float(differences.max())}
    return [Score(name=name, value=value, better="lower", used=used) for name, value in values.items()]


def learning(inputs: MetricInputs) -> list[Score]:
    """How well a classifier that learned from the rows tells the target of real ones."""
    table, used = _table(inputs), len(inputs.samples)
    rows = decoded(table.columns, inputs.samples)
    lesson = learned_from(table.columns, table.target, rows, table.real, inputs.seed)
    values = {"classifier accuracy": lesson.accuracy, "classifier f1": lesson.f1}
    tested = len(table.real[table.target])
    return [
        Score(name=name, value=value, better="higher", unit="share", used=used, share_of=tested)
        for name, value in values.items()
    ]


def _table(inputs: MetricInputs) -> MixedTable:
    """The table: `missing` guarantees that it is there."""
    assert inputs.table is not None
    return inputs.table
