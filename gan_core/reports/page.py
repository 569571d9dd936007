"""The page of a report: one HTML file that holds all it shows and asks the network for nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from gan_core.diagrams.diagram import game_diagram, network_diagram
from gan_core.experiments.files import to_toml
from gan_core.pages.templates import rendered
from gan_core.reports import pictures, tables
from gan_core.reports.other_pictures import OtherPictures, other_pictures
from gan_core.reports.panels import loss_panels, points_each, score_panels, time_panels
from gan_core.reports.pictures import Sheets
from gan_core.reports.record import RunRecord
from gan_core.reports.warning_signs import SIGNS, signs_of
from gan_core.reports.words import FILES, Words
from gan_core.runs.montage import moment
from gan_core.runs.run_names import short_names

Plain = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Report:
    """All that a page says. records: of its runs, one or more. version: of this library.

    command: that made it, or "". following: whether it is served while the run trains.
    """

    records: Sequence[RunRecord]
    version: str
    command: str = ""
    following: bool = False
    sheets: Mapping[Path, Sheets] = field(default_factory=dict)


def page(report: Report, words: Words) -> str:
    """Return a report as HTML."""
    records = report.records
    names = short_names([record.name for record in records], [record.path for record in records])
    budget = pictures.BUDGET // len(records)
    shown = [report.sheets.get(record.path) or pictures.sheets(dict(record.sheets), budget) for record in records]
    others = [other_pictures(record, pictures.OTHERS_BUDGET // len(records)) for record in records]
    told = list(zip(records, names, shown, others, strict=True))
    runs = [_run(*one, words) for one in told]
    most = points_each(records)
    panels = {
        "curves": loss_panels(records, most),
        "scores": score_panels(records),
        "time": time_panels(records, most),
    }
    several = len(records) > 1
    context = {
        "title": _title_of(records, names, words),
        "lead": records[0].experiment.summary if records[0].experiment and not several else "",
        "runs": runs,
        "following": report.following,
        "checks": len(SIGNS),
        "differences": tables.differences_of(records),
        "scores": tables.scores_of_runs(records),
        "experiments": _experiments(records, names, words),
        "panels": panels,
        "reals": _reals(names, others, words),
        "foot": words("page.made", version=report.version) + (f" `{report.command}`" if report.command else ""),
        "data": {
            "following": report.following,
            "runs": [_data_of_run(*one) for one in told],
            "panels": [
                {
                    "group": group,
                    "title": _title(group, panel["name"], words),
                    **panel,
                    "unit": _unit(group, panel["name"], words),
                }
                for group, of_group in panels.items()
                for panel in of_group
            ],
            "words": dict(words.table["script"]),
        },
    }
    return rendered(FILES, "report.html.jinja", context, words)


def _title_of(records: Sequence[RunRecord], names: Sequence[str], words: Words) -> str:
    if len(records) == 1:
        return words("page.title", name=names[0])
    experiments = {record.name for record in records}
    if len(experiments) == 1:
        return words("page.title_of_one", count=len(records), name=experiments.pop())
    return words("page.title_several", count=len(records))


def _run(record: RunRecord, name: str, sheets: Sheets, others: OtherPictures, words: Words) -> Plain:
    """What the template tells of a run."""
    signs = [
        {part: words(f"warnings.{sign.name}.{part}", **sign.figures) for part in ("title", "figure", "advice")}
        for sign in signs_of(record)
    ]
    environment = record.environment
    return {
        "name": name,
        "path": str(record.path),
        "facts": tables.facts_of(record, words),
        "faults": [*record.faults, *sheets.faults, *others.faults],
        "signs": signs,
        "sheets": len(sheets.pictures),
        "sheet_notes": _sheet_notes(sheets, words),
        "walk": _walk(record, others, words),
        "figures": [{"name": name, "address": one.address} for name, one in others.figures.items()],
        "figures_left_out": others.left_out,
        "curves": _curve_rows(record),
        "evaluation": record.evaluation,
        "classes": tables.classes_of(record),
        "settings": tables.settings_of(record, words),
        "history": tables.history_of(record),
        "origin": tables.origin_of(record),
        "machine": tables.machine_of(environment),
        "command": str(environment.get("command", ""))[:2000],
        "toml": to_toml(record.experiment) if record.experiment else "",
    }


def _experiments(records: Sequence[RunRecord], names: Sequence[str], words: Words) -> list[Plain]:
    """Each experiment once, with its phases and drawings; a second of the same name differs by the table alone."""
    found: dict[str, Plain] = {}
    for record, name in zip(records, names, strict=True):
        experiment = record.experiment
        if experiment is None or experiment.name in found:
            continue
        found[experiment.name] = {
            "title": name if len(records) == 1 else experiment.name,
            "summary": experiment.summary,
            "phases": tables.phases_of(experiment, words),
            "game": Markup(game_diagram(experiment)),  # noqa: S704  (drawn here, its texts escaped)
            "networks": [
                {
                    "name": network,
                    "parameters": f"{experiment.plans[network].parameters:,}",
                    "svg": Markup(network_diagram(experiment, network)),  # noqa: S704
                }
                for network in experiment.networks
            ],
        }
    return list(found.values())


def _data_of_run(record: RunRecord, name: str, sheets: Sheets, _: OtherPictures) -> Plain:
    """What the page's script reads of a run."""
    return {
        "name": name,
        "backend": record.backend,
        "steps": record.last_step,
        "epochs_per_step": record.epochs_per_step,
        "sheets": [
            {"step": step, "moment": _moment(record, step), "address": picture.address}
            for step, picture in sheets.pictures.items()
        ],
    }


def _moment(record: RunRecord, step: int) -> str:
    return moment(step, record.timetable) if record.timetable is not None else f"step {step:,}"


def _reals(names: Sequence[str], others: Sequence[OtherPictures], words: Words) -> list[Plain]:
    """The real samples of the runs, each picture once, with the run that it is of where there are several."""
    found = {one.real.raw: (one.real, name) for name, one in reversed([*zip(names, others, strict=True)]) if one.real}
    title = words("samples.real")
    return [
        {"address": picture.address, "title": f"{title}, {name}" if len(found) > 1 else title}
        for picture, name in reversed(found.values())
    ]


def _walk(record: RunRecord, others: OtherPictures, words: Words) -> Plain | None:
    if others.walk is None:
        return None
    step = others.walk_step
    told = words("samples.walk_of", step="?" if step is None else f"{step:,}")
    return {"address": others.walk.address, "step": told, "old": step is not None and step < record.last_step}


def _sheet_notes(sheets: Sheets, words: Words) -> list[str]:
    """What was done to keep sheets within the page's size."""
    notes = []
    if sheets.quality is not None:
        notes.append(words("samples.encoded", quality=sheets.quality))
    if sheets.shrunk:
        notes.append(words("samples.shrunk", side=pictures.LARGEST_SIDE))
    if sheets.left_out:
        notes.append(words("samples.left_out", count=sheets.left_out, all=sheets.left_out + len(sheets.pictures)))
    return notes


def _curve_rows(record: RunRecord) -> list[Plain]:
    """Each scalar in numbers, for those who do not see its curve: lines, least, largest and last value."""
    rows = []
    for name, points in record.curves.items():
        finite = [value for _, value in points if abs(value) < float("inf")]
        texts = [f"{value:.4g}" for value in (min(finite), max(finite))] if finite else ["—", "—"]
        rows.append({"name": name, "count": f"{len(points):,}", "texts": [*texts, f"{points[-1][1]:.4g}"]})
    return rows


def _title(group: str, name: str, words: Words) -> str:
    return name if group == "scores" else words(f"panels.{name}")


def _unit(group: str, name: str, words: Words) -> str:
    return "" if group == "scores" else words(f"units.{name}")
