"""The tables of a report: what a run was, where it ran, how it was scored, and what sets several runs apart."""

import statistics
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from gan_core.evaluation.over_time import in_short
from gan_core.evaluation.score_differences import difference_of
from gan_core.experiments.differences import ABSENT, Difference, differences
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.loss_words import losses_in_words
from gan_core.experiments.wording import how_often, in_words, value_in_words, without_the_usual
from gan_core.reports.panels import speed_of
from gan_core.reports.record import RunRecord
from gan_core.reports.words import Words
from gan_core.runs.records import ScoreRow
from gan_core.specs.spec import to_builtins

OF_MACHINE = ("device", "platform", "processor", "cores", "threads")
NO_VERSIONS = {"first_step", "last_step", "experiment_sha256", "backend", "dtype", "float32", "limits", "command"}
MOST_DIFFERENCES = 200
MOST_CLASSES = 60  # rows of bars
Plain = dict[str, Any]


def facts_of(record: RunRecord, words: Words) -> list[tuple[str, str]]:
    """Return what a run came to, (title, value): steps, time, speed, epochs, size."""
    speed = {name: [value for _, value in points] for name, points in speed_of(record).items()}
    steps = "?" if record.steps is None else f"{record.steps:,}"
    facts = {
        "steps": words("overview.of", step=f"{record.last_step:,}", steps=steps),
        "state": words("overview.finished" if record.finished else "overview.unfinished"),
        "backend": record.backend or ABSENT,
    }
    if record.timetable is not None:
        facts["epochs"] = in_short(record.timetable.epoch(record.last_step))
    if (seconds := seconds_of(record)) is not None:
        facts["time"] = in_time(seconds)
    if speed["step_time"]:
        facts["step_time"] = f"{statistics.median(speed['step_time']):.3g} ms"
    if speed["throughput"]:
        facts["throughput"] = f"{statistics.median(speed['throughput']):,.0f}"
    if record.done is not None and record.done.gflops:
        facts["gflops"] = f"{record.done.gflops:.3g}"
    if record.experiment is not None:
        plans = record.experiment.plans
        facts["parameters"] = f"{sum(plans[name].parameters for name in record.experiment.networks):,}"
    if best := next((line["step"] for line in reversed(record.evaluations) if line.get("best")), None):
        facts["best"] = f"{best:,}"
    return [(words(f"overview.{name}"), text) for name, text in facts.items()]


def seconds_of(record: RunRecord) -> float | None:
    """Return the seconds of a run's steps so far, None where nothing says them."""
    if record.done is not None and record.done.seconds:
        return record.done.seconds
    return record.rows[-1].get("seconds") if record.rows else None


def in_time(seconds: float) -> str:
    """Return a time as people write it.

    >>> in_time(7.25), in_time(75), in_time(3725), in_time(200_000)
    ('7.2 s', '1 min 15 s', '1 h 2 min', '55 h 33 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def settings_of(record: RunRecord, words: Words) -> list[tuple[str, str]]:
    """Return the settings of an experiment that people ask for first, (title, value)."""
    experiment = record.experiment
    if experiment is None:
        return []
    training = experiment.training
    rows = {
        "data": record.data.sentence().removeprefix("data: ") if record.data else _words_of(experiment.data),
        "batch_size": f"{training.batch_size}",
        "seed": f"{training.seed}",
        "dtype": training.dtype if training.products == "exact" else f"{training.dtype}, products {training.products}",
    }
    found = [(words(f"experiment.{name}"), text) for name, text in rows.items()]
    for name, player in experiment.players.items():
        found.append((words("experiment.optimizer", player=name), _words_of(player.optimizer)))
    for name, average in experiment.averages.items():
        found.append((words("experiment.average", name=name), f"{average.of}, decay {average.decay:g}"))
    return found


def phases_of(experiment: Experiment, words: Words) -> list[Plain]:
    """Return the phases of a step in words, each with its loss."""
    losses = losses_in_words(experiment)
    return [
        {
            "text": words("experiment.phase", name=phase.name, players=", ".join(phase.players)) + how_often(phase),
            "loss": losses[phase.name],
        }
        for phase in experiment.phases
    ]


def machine_of(environment: Mapping[str, Any]) -> str:
    """Return the machine that a process ran on, in words."""
    named = {key: str(environment[key])[:200] for key in OF_MACHINE if environment.get(key)}
    return ", ".join(f"{key} {text}" for key, text in named.items())


def history_of(record: RunRecord) -> list[Plain]:
    """Return who computed which steps: a row for each process."""
    rows = []
    for entry in record.environment.get("history", []):
        versions = {key: str(value)[:80] for key, value in entry.items() if key not in NO_VERSIONS | set(OF_MACHINE)}
        rows.append(
            {
                "first": entry.get("first_step"),
                "last": entry.get("last_step"),
                "backend": str(entry.get("backend", "")),
                "versions": ", ".join(f"{key} {value}" for key, value in islice(versions.items(), 12)),
                "machine": machine_of(entry),
                "command": str(entry.get("command", ""))[:1000],
            }
        )
    return rows


def origin_of(record: RunRecord) -> list[str]:
    """Return where a run's first state came from, a line each: another run, or files of weights."""
    found = [record.environment.get("from"), *record.environment.get("imported", [])]
    return [text for one in found if isinstance(one, dict) and (text := _in_a_line(one))]


def _in_a_line(table: Mapping[str, Any]) -> str:
    """The plain values of a table; what is nested in it, nobody here has written."""
    return ", ".join(f"{key} {value}"[:300] for key, value in table.items() if isinstance(value, str | int | float))


def scores_of_runs(records: Sequence[RunRecord]) -> list[Plain]:
    """Return the rows of ``evaluation.json`` of several runs side by side: a row a score, a cell a run."""
    found: dict[str, dict[int, ScoreRow]] = {}
    for number, record in enumerate(records):
        for row in record.evaluation.rows if record.evaluation else ():
            found.setdefault(row.metric, {})[number] = row
    rows = []
    for metric, cells in found.items():
        known = next(iter(cells.values()))
        best = _best(records, cells, known.better) if len(cells) > 1 else None
        rows.append(
            {
                "metric": metric,
                "unit": known.unit,
                "better": known.better,
                "features": known.extractor,
                "cells": [_cell(cells.get(number), number == best) for number in range(len(records))],
            }
        )
    return rows


def _cell(row: ScoreRow | None, best: bool) -> Plain | None:
    if row is None:
        return None
    return {
        "value": "NaN" if row.value is None else f"{row.value:.4g}",
        "interval": "" if row.interval is None else f"{row.interval[0]:.4g} – {row.interval[1]:.4g}",
        "deviation": "" if row.deviation is None else f"{row.deviation:.2g}",
        "floor": "" if row.floor is None else f"{row.floor:.4g}",
        "generated": row.generated,
        "real": row.real,
        "split": row.split,
        "best": best,
    }


def _best(records: Sequence[RunRecord], cells: Mapping[int, ScoreRow], better: str) -> int | None:
    """The run that is better than every other by more than the samples explain, as far as intervals are known."""
    values = {number: row.value for number, row in cells.items() if row.value is not None}
    if better not in ("lower", "higher") or not values or len(set(values.values())) == 1:
        return None
    best = (min if better == "lower" else max)(values, key=lambda number: values[number])
    own = records[best].evaluation
    for number in values:
        other = records[number].evaluation
        if number != best and own is not None and other is not None:
            apart = difference_of("", (other, cells[number]), (own, cells[best]))
            if apart.hindrance or (apart.interval is not None and apart.verdict != "better"):
                return None
    return best


def classes_of(record: RunRecord) -> list[Plain]:
    """Return the share of each class, the first ones of many, with the width of its bar in percent of the largest."""
    generated, real = (record.shares.get(name, []) for name in ("generated", "real"))
    names = record.data.class_names if record.data else ()
    largest = max([*generated, *real], default=1.0)
    return [
        {
            "name": names[number] if number < len(names) else str(number),
            "share": f"{share:.1%}",
            "width": f"{100 * share / largest:.1f}",
            "real": f"{real[number]:.1%}" if number < len(real) else "",
            "real_place": f"{100 * real[number] / largest:.1f}" if number < len(real) else "",
        }
        for number, share in enumerate(generated[:MOST_CLASSES])
    ]


def differences_of(records: Sequence[RunRecord]) -> list[Plain]:
    """Return what differs between the experiments of runs: a row a key, a cell a run; the first run is compared with.

    [] where all are the same.
    """
    known = [(number, record.experiment) for number, record in enumerate(records) if record.experiment is not None]
    if len(known) < 2:
        return []
    (first, left), *others = known
    found: dict[str, dict[int, Difference]] = {}
    for number, right in others:
        for row in differences(left, right):
            found.setdefault(row.key, {})[number] = row
    rows = []
    for key, of_runs in islice(found.items(), MOST_DIFFERENCES):
        one = next(iter(of_runs.values()))
        cells = [one.left_words] * len(records)
        for number, row in of_runs.items():
            cells[number] = row.right_words
        for number in {*range(len(records))} - {place for place, _ in known}:
            cells[number] = ABSENT
        rows.append({"key": key, "cells": cells, "derived": one.derived, "first": first})
    return sorted(rows, key=lambda row: row["derived"])


def _words_of(value: Any) -> str:
    plain = without_the_usual(value)
    return in_words(plain) if isinstance(plain, dict) else value_in_words(to_builtins(value))
