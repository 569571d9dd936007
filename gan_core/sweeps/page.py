"""The page of a sweep: one HTML file with settings, tables, curves and samples, which asks the network for nothing."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from gan_core.metrics.intervals import CONFIDENCE
from gan_core.pages.package_files import PackageFiles
from gan_core.pages.templates import SHARED
from gan_core.runs.montage import sheets_of
from gan_core.sweeps.figures import loss_panel
from gan_core.sweeps.plan import SweepPlan
from gan_core.sweeps.table import Done, Swept, difference_shown, is_seen, span

LARGEST_SHEET = 512  # pixels of a side; a larger one is shown smaller
Row = Mapping[str, Any]


def page(
    name: str,
    plan: SweepPlan,
    done: Done,
    rows: Sequence[Row],
    parted: Mapping[str, Mapping[str, Sequence[str]]],
    failures: Mapping[str, str],
) -> str:
    """Return the page. name: of the sweep. rows, parted: those of `gan_core.sweeps.table`. failures: run → why."""
    parts = [
        f"<h1>{escape(name)}</h1>",
        f"<p>{len(done)} of {len(plan.experiments)} runs are finished: {_counted(plan)}.</p>",
        _failures(failures),
        *(_comparison(title, rows, parted.get(title, {})) for title in plan.comparisons),
        _settings(plan),
        "<h2>Samples and losses</h2>",
        f'<div class="gallery">{"".join(_figures(plan, done, rows))}</div>',
        "<h2>Every run</h2>",
        _every_run(plan, done),
    ]
    style = SHARED.text("page_files/colours.css") + PackageFiles("gan_core.sweeps").text("page.css")
    head = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f'<title>{escape(name)}</title><link rel="icon" href="data:,"><style>{style}</style></head>'
    )
    return f"{head}<body><main>\n{chr(10).join(filter(None, parts))}\n</main></body></html>\n"


def _counted(plan: SweepPlan) -> str:
    seeds = ", ".join(map(str, plan.seeds))
    backends = ", ".join(dict.fromkeys(plan.backends.values()))
    return escape(f"{len(plan.titles)} variants, seeds {seeds}, on {backends}")


def _failures(failures: Mapping[str, str]) -> str:
    lines = "".join(f"<li><code>{escape(run)}</code>: {escape(why)}</li>" for run, why in failures.items())
    return f'<section class="failed"><h2>Failed</h2><ul>{lines}</ul></section>' if lines else ""


def _comparison(title: str, rows: Sequence[Row], parted: Mapping[str, Sequence[str]]) -> str:
    """A table: a row a variant, a column a score; the best mean of each column is marked."""
    own = [row for row in rows if row["comparison"] == title]
    if not own:
        return ""
    names = list(dict.fromkeys(name for row in own for name in row["scores"]))
    known = {name: next(row["scores"][name] for row in own if name in row["scores"]) for name in names}
    heads = [f"{name} <small>{escape(_worth(known[name]))}</small>" for name in map(escape, names)]
    first = _first_of(own)
    body = [
        [escape(row["title"]), *(_cell(row["scores"].get(name), first) for name in names), _speed(row)] for row in own
    ]
    floors = [known[name]["floor"] for name in names]
    if any(floor is not None for floor in floors):
        body.append(["real samples", *("" if floor is None else f"{floor:.3g}" for floor in floors), ""])
    foot = (
        f"Mean over the seeds ± half the width of its {CONFIDENCE:.0%} interval by Student's t; below it the least and "
        f"the largest seed. ★ is the best mean of a column. Below, the difference from {first}, seed by seed, ± half "
        "the width of its interval: ≠ where 0 is not in it; ≈ where it is, so that no difference is seen. One of twice "
        "that half would mostly have been seen."
    )
    apart = "".join(
        f"<li><code>{escape(variant)}</code>: {escape(', '.join(scores))}</li>"
        for variant, scores in parted.items()
        if scores and all(len(row["seeds"]) > 1 for row in own)
    )
    other = next((row["variant"] for row in own if row["variant"] not in parted), "")
    ranges = f"<p>Ranges over the seeds without overlap with those of <code>{escape(other)}</code>:</p><ul>{apart}</ul>"
    parts = [f"<h2>{escape(title)}</h2>", _table(["variant", *heads, "ms a step"], body), f"<p>{escape(foot)}</p>"]
    return "".join([*parts, ranges if apart else ""])


def _first_of(rows: Sequence[Row]) -> str:
    """The title of the variant that the others of a comparison are held against."""
    held = [any("from_first" in score for score in row["scores"].values()) for row in rows]
    return next((row["title"] for row, against in zip(rows, held, strict=True) if not against), "the first variant")


def _worth(score: Row) -> str:
    return ", ".join(filter(None, [score["unit"], score["better"]]))


def _cell(score: Row | None, first: str) -> str:
    if score is None:
        return ""
    width = "" if score["half_width"] is None else f" ± {score['half_width']:.2g}"
    text = f"{score['mean']:.3g}{width}"
    text = f'<strong class="best">★ {text}</strong>' if score.get("best") else text
    if len(score["values"]) == 1:
        return text
    apart = score.get("from_first")
    sign = "≠" if apart and is_seen(apart) else "≈"
    less = f"<small>{sign} {escape(first)}: {difference_shown(apart)}</small>" if apart else ""
    return f"{text}<small>{span(score)}</small>{less}"


def _speed(row: Row) -> str:
    return "" if row["step_milliseconds"] is None else f"{row['step_milliseconds']:.3g}"


def _settings(plan: SweepPlan) -> str:
    """What all variants share, and what each has alone."""
    experiment = next(iter(plan.experiments.values()))
    names = list(dict.fromkeys(one.name for one in plan.experiments.values()))
    shared = {
        "experiment": ", ".join(names),
        "changed in all": ", ".join(plan.common),
        "steps": f"{experiment.training.steps:,}"
        if len({_steps(one) for one in plan.experiments.values()}) == 1
        else "",
        "scored by": f"{', '.join(plan.metrics) or 'what the data allow'}, {plan.samples:,} samples, "
        f"features: {plan.features}",
        "ordered by": plan.best,
    }
    rows = [[escape(key), escape(value)] for key, value in shared.items() if value]
    axes = list(dict.fromkeys(axis for settings in plan.settings.values() for axis in settings))
    table = [
        [f"<code>{escape(variant)}</code>", *(escape(settings.get(axis, "")) for axis in axes)]
        for variant, settings in plan.settings.items()
    ]
    each = _table(["variant", *map(escape, axes)], table) if axes else ""
    return f'<h2>Settings</h2><div class="settings">{_table([], rows)}{each}</div>'


def _steps(experiment: Any) -> int:
    return int(experiment.training.steps)


def _figures(plan: SweepPlan, done: Done, rows: Sequence[Row]) -> Iterable[str]:
    """A variant's last sheet of its first finished seed, and all its losses, in the order of the tables."""
    for variant in dict.fromkeys([*(row["variant"] for row in rows), *plan.titles]):
        title = plan.titles[variant]
        runs = {seed: swept for (name, seed), swept in done.items() if name == variant}
        if not runs:
            continue
        first = next(iter(runs))
        sheet = _sheet(runs[first])
        pictures = _picture(sheet, f"samples of {title}, seed {first}", "sheet") if sheet else ""
        pictures += _picture(loss_panel(runs), f"losses of {title}", "curves")
        yield f"<figure><figcaption>{escape(title)}</figcaption>{pictures}</figure>"


def _sheet(swept: Swept) -> bytes | None:
    """A run's last sheet as a PNG, not larger than a page shows it; None where it has none."""
    from PIL import Image

    sheets = sheets_of(swept.run.directory)
    if not sheets:
        return None
    with Image.open(sheets[max(sheets)]) as image:
        if max(image.size) <= LARGEST_SHEET:
            return Path(sheets[max(sheets)]).read_bytes()
        image.thumbnail((LARGEST_SHEET, LARGEST_SHEET))
        buffer = io.BytesIO()
        image.save(buffer, format="png")
        return buffer.getvalue()


def _picture(png: bytes, text: str, kind: str) -> str:
    return f'<img class="{kind}" alt="{escape(text)}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def _every_run(plan: SweepPlan, done: Done) -> str:
    names = list(dict.fromkeys(row["metric"] for swept in done.values() for row in swept.scores))
    rows = []
    for (variant, seed), swept in done.items():
        values = {row["metric"]: row["value"] for row in swept.scores}
        cells = [f"{values[name]:.4g}" if name in values else "" for name in names]
        rows.append([f"<code>{escape(variant)}</code>", str(seed), *cells])
    table = _table(["variant", "seed", *map(escape, names)], rows)
    return f"<details><summary>{len(rows)} runs, each score</summary>{table}</details>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are HTML already; the first of a row is its heading."""
    head = "".join(f'<th scope="col">{head}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for first, *cells in rows
    )
    thead = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f'<div class="wide" tabindex="0"><table>{thead}<tbody>{body}</tbody></table></div>'
