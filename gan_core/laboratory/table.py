"""Finished cells as rows: means over seeds with their range, beside the published figures; Markdown and plain data."""

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
    """Return a row a model, number of modes and backend: for each measure its mean, least, largest and sd.

    The sd is that of a sample (n − 1), 0 for a single seed. published: modes covered, or None.
    """
    groups: dict[tuple[str, int, str, int], list[Mapping[str, Any]]] = {}
    for result in results:
        key = (result["model"], result["modes"], result["backend"], result["steps"])
        groups.setdefault(key, []).append(result)
    rows = []
    for (model, modes, backend, steps), found in groups.items():
        row: dict[str, Any] = {"model": model, "modes": modes, "backend": backend, "steps": steps, "seeds": len(found)}
        for measure in MEASURES:
            values = [float(result[measure]) for result in found]
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
    judged = HEADINGS[protocol.judged]
    heads = ["model", "modes", "backend", "seeds", *(HEADINGS[measure] for measure in MEASURES), "published"]
    lines = [" | ".join(heads), " | ".join("---" for _ in heads)]
    for row in rows:
        published = "" if row["published"] is None else f"{row['published']:.3g}"
        cells = [row["model"], str(row["modes"]), row["backend"], str(row["seeds"])]
        lines.append(" | ".join([*cells, *(shown(measure, row[measure]) for measure in MEASURES), published]))
    body = "\n".join(f"| {line} |" for line in lines)
    steps = ", ".join(f"{count:,}" for count in sorted({row["steps"] for row in rows}))
    return f'{body}\n\nAfter {steps} steps. Published: modes by the count "{judged}".\n'


def shown(measure: str, value: Mapping[str, float]) -> str:
    """Return a mean with its range, as short as it can be said."""
    formats = {"high_quality": "{:.1f}%", "reverse_kl": "{:.2f}", "spread": "{:.2f}", "seconds": "{:.0f}"}
    scale = 100 if measure == "high_quality" else 1
    mean, least, most = (scale * value[key] for key in ("mean", "min", "max"))
    text = formats.get(measure, "{:.3g}").format(mean)
    if measure == "seconds" or most == least:
        return text
    ends = formats.get(measure, "{:.0f}").replace("%", "")
    return f"{text} ({ends.format(least)}–{ends.format(most)})"


def coverage_table(rows: Sequence[Mapping[str, Any]], protocol: Protocol) -> str:
    """Return a Markdown table as the tutorial has it: a row a model, a column a number of modes, in per cent.

    The published share stands in brackets.
    """
    columns = sorted({row["modes"] for row in rows})
    lines = ["| | " + " | ".join(f"{modes} modes" for modes in columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for model, backend in dict.fromkeys((row["model"], row["backend"]) for row in rows):
        cells = []
        for modes in columns:
            found = [row for row in rows if (row["model"], row["backend"], row["modes"]) == (model, backend, modes)]
            cells.append(_share(found[0], protocol) if found else "")
        lines.append(f"| {model} ({backend}) | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _share(row: Mapping[str, Any], protocol: Protocol) -> str:
    own = f"{100 * row[protocol.judged]['mean'] / row['modes']:.0f}%"
    return own if row["published"] is None else f"{own} ({100 * row['published'] / row['modes']:.0f}%)"
