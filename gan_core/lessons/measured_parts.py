"""What was measured, as the page shows it: the curves of charts, tables, pictures."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from gan_core.experiments.experiment import Experiment
from gan_core.experiments.loss_words import short
from gan_core.lessons.differences import Row
from gan_core.lessons.facts import change_in_words
from gan_core.lessons.measurements import PARTED
from gan_core.lessons.words import Words
from gan_core.lockstep.traces import NUDGES, marks

ALL_DIGITS = 16  # as many as float64 has


def measured_context(
    experiment: Experiment, measured: Mapping[str, Any], rows: Sequence[Row], titles: Mapping[str, str], words: Words
) -> dict[str, Any]:
    """Return what the template, and under "data" the page's script, need to know of measurements."""
    backends, steps = measured["backends"], measured["steps"]
    reference = next(iter(backends))
    named = {row.name: row.text(words.language, "title") for row in rows}
    ports = {name: port for name, port in measured["ports"].items() if name in named}
    sheet_steps = sorted(int(step) for step in backends[reference]["sheets"])
    return {
        "steps": steps,
        "reference": reference,
        "backends": [*backends],
        "nudges": NUDGES,
        "machine": f"{measured['machine']}, {backends[reference]['environment'].get('device', 'cpu')}",
        "ports": [_port(named[name], port, words) for name, port in ports.items()],
        "right_picture": backends[reference]["sheets"][str(steps)],
        "digits": _digits(measured, reference, steps, words) if len(backends) > 1 else [],
        "costs": [_cost(titles[name], one, words) for name, one in backends.items()],
        "real": measured["real"],
        "sheet_steps": sheet_steps,
        "sheets": {name: {int(step): png for step, png in one["sheets"].items()} for name, one in backends.items()},
        "same_samples": _sameness(backends, sheet_steps, words),
        "data": {
            "pictures": measured["pictures"],
            "sheets": {name: one["sheets"] for name, one in backends.items()},
            "sheet_steps": sheet_steps,
            "parted": PARTED,
            "measured": {
                "floor": measured["floor"],
                "watched": measured["watched"],
                "ports": [
                    {"title": _plain(named[name]), "losses": port["losses"], "samples": port["samples"]}
                    for name, port in ports.items()
                    if "failed" not in port
                ],
                "against": [
                    {
                        "title": words("lockstep.against", framework=titles[name], reference=titles[reference]),
                        "losses": backends[name]["losses"],
                    }
                    for name in backends
                    if name != reference
                ],
                "losses": [
                    {"title": f"{titles[name]}: {scalar}", "values": one["scalars"][scalar]}
                    for scalar in _losses(experiment, backends[reference]["scalars"])
                    for name, one in backends.items()
                ],
            },
        },
    }


def sizes_in_words(measured: Mapping[str, Any], row: Row, words: Words) -> list[str]:
    """Return what ignoring a row costs, as measured: of the losses, and of the samples."""
    port = measured["ports"].get(row.name)
    if port is None:
        return [words("differences.unmeasured")]
    if "failed" in port:
        return [words("differences.failed", reason=port["failed"])]
    return [
        words(f"differences.{kind}_at", step=port[f"{kind}_part_at"])
        if port[f"{kind}_part_at"] is not None
        else words(f"differences.{kind}_never", steps=measured["steps"])
        for kind in ("losses", "samples")
    ]


def _plain(text: str) -> str:
    return text.replace("`", "")


def _losses(experiment: Experiment, scalars: Mapping[str, Any]) -> list[str]:
    """The scalars that phases minimise."""
    return [name for name in scalars if name.rpartition("/")[2] == "loss"] or [*scalars][:2]


def _port(title: str, port: Mapping[str, Any], words: Words) -> dict[str, Any]:
    if "failed" in port:
        return {"title": title, "change": "", "failed": port["failed"], "picture": ""}
    never = words("ports.never")
    return {
        "title": title,
        "change": change_in_words(port["changes"], words),
        "failed": "",
        "picture": port["sheet"],
        "losses_at": never if port["losses_part_at"] is None else port["losses_part_at"],
        "samples_at": never if port["samples_part_at"] is None else port["samples_part_at"],
        "losses_last": short(port["losses"][-1]),
        "samples_last": short(port["samples"][-1]),
    }


def _digits(measured: Mapping[str, Any], reference: str, steps: int, words: Words) -> list[dict[str, Any]]:
    """A row a marked step: to how many digits the losses of each framework, and the floor, agree with the reference."""
    curves = [one["losses"] for name, one in measured["backends"].items() if name != reference]
    return [
        {"step": step, "cells": [_digits_of(curve[:step], words) for curve in [*curves, measured["floor"]]]}
        for step in marks(steps)
    ]


def _digits_of(curve: Sequence[float | None], words: Words) -> str:
    if any(value is None for value in curve):
        return "0"
    worst = max(value for value in curve if value is not None)
    return words("lockstep.all") if worst == 0 else str(max(0, min(ALL_DIGITS, math.floor(-math.log10(worst)))))


def _cost(title: str, backend: Mapping[str, Any], words: Words) -> dict[str, str]:
    peak = backend["peak_bytes"]
    environment = backend["environment"]
    versions = [f"{key} {environment[key]}" for key in environment if _is_version(key, environment[key])]
    return {
        "title": title,
        "step": f"{backend['step_milliseconds']:.1f}",
        "first": f"{backend['first_step_seconds']:.2f}",
        "memory": words("cost.unknown") if peak is None else f"{peak / 2**20:,.0f}",
        "version": ", ".join(versions),
    }


def _is_version(key: str, value: str) -> bool:
    return bool(value) and value[0].isdigit() and "." in value and " " not in value


def _sameness(backends: Mapping[str, Any], steps: Sequence[int], words: Words) -> str:
    """Whether the pictures of all frameworks are the same, in words; "" for one framework alone."""
    if len(backends) < 2:
        return ""
    same = [step for step in steps if len({one["sheets"][str(step)] for one in backends.values()}) == 1]
    if len(same) == len(steps):
        return words("samples.same")
    return words("samples.partly", steps=", ".join(map(str, same))) if same else words("samples.differ")
