"""Finished trials as rows: means over seeds with their range, beside the published figures; Markdown and plain data."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, stdev
from typing import Any

from gan_core.laboratory.protocols import Protocol

MEASURES = ("covered_within_radius", "covered", "covered_by_share", "high_quality", "reverse_kl", "spread", "seconds")
HEADINGS = {
    "covered_within_radius": "any sample near",
    "covered": "high quality in",
    "covered_by_share": "≥1% of samples in",
    "high_quality": "high quality",
    "reverse_kl": "reverse KL",
    "spread": "spread",
    "seconds": "seconds",
}


def rows_of(results: Iterable[Mapping[str, Any]], protocol: Protocol) -> list[dict[str, Any]]:
    """Return a row for each model, number of modes, backend and number of steps.

    A row holds for each of `MEASURES` its mean, least, largest and sd over the seeds; the sd is that of a sample
    (n − 1), 0 for a single seed. Its ``published`` is the published number of modes covered, or None.
    """
    groups: dict[tuple[str, int, str, int], list[Mapping[str, Any]]] = {}
    for result in results:
        key = (result["model"], result["modes"], result["backend"], result["steps"])
        groups.setdefault(key, []).append(result)
    rows = []
    for (model, modes, backend, steps), group in groups.items():
        row: dict[str, Any] = {"model": model, "modes": modes, "backend": backend, "steps": steps, "seeds": len(group)}
        for measure in MEASURES:
            values = [float(result[measure]) for result in group]
            row[measure] = {
                "mean": fmean(values),
                "min": min(values),
                "max": max(values),
                "sd": stdev(values) if len(values) > 1 else 0.0,
            }
        rows.append(row | {"published": protocol.published.get(model, {}).get(modes)})
    return rows


def markdown(rows: Sequence[Mapping[str, Any]], protocol: Protocol) -> str:
    """Return the rows as a Markdown table: means, with the range over seeds in brackets where there is one."""
    heading = HEADINGS[protocol.published_count]
    heads = ["model", "modes", "backend", "seeds", *(HEADINGS[measure] for measure in MEASURES), "published"]
    lines = [" | ".join(heads), " | ".join("---" for _ in heads)]
    for row in rows:
        published = "" if row["published"] is None else f"{row['published']:.3g}"
        cells = [row["model"], str(row["modes"]), row["backend"], str(row["seeds"])]
        lines.append(" | ".join([*cells, *(shown(measure, row[measure]) for measure in MEASURES), published]))
    body = "\n".join(f"| {line} |" for line in lines)
    steps = ", ".join(f"{count:,}" for count in sorted({row["steps"] for row in rows}))
    return f'{body}\n\nAfter {steps} steps. Published: modes by the count "{heading}".\n'


def shown(measure: str, value: Mapping[str, float]) -> str:
    """Return the mean of a measure with its range over the seeds, in as few digits as tell them apart."""
    formats = {"high_quality": "{:.1f}%", "reverse_kl": "{:.2f}", "spread": "{:.2f}", "seconds": "{:.0f}"}
    scale = 100 if measure == "high_quality" else 1
    mean, least, most = (scale * value[key] for key in ("mean", "min", "max"))
    text = formats.get(measure, "{:.3g}").format(mean)
    if measure == "seconds" or most == least:
        return text
    ends = formats.get(measure, "{:.0f}").replace("%", "")
    return f"{text} ({ends.format(least)}–{ends.format(most)})"


def coverage_table(rows: Sequence[Mapping[str, Any]], protocol: Protocol) -> str:
    """Return a Markdown table like the tutorial's: a row for each model, a column for each number of modes.

    An entry is the share of modes covered, in per cent, with the published one in brackets.
    """
    columns = sorted({row["modes"] for row in rows})
    lines = ["| | " + " | ".join(f"{modes} modes" for modes in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for model, backend in dict.fromkeys((row["model"], row["backend"]) for row in rows):
        cells = []
        for modes in columns:
            fitting = (row for row in rows if (row["model"], row["backend"], row["modes"]) == (model, backend, modes))
            row = next(fitting, None)
            cells.append("" if row is None else _share(row, protocol))
        lines.append(f"| {model} ({backend}) | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _share(row: Mapping[str, Any], protocol: Protocol) -> str:
    share = f"{100 * row[protocol.published_count]['mean'] / row['modes']:.0f}%"
    return share if row["published"] is None else f"{share} ({100 * row['published'] / row['modes']:.0f}%)"
