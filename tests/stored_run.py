"""Runs as they lie on the disk, written without a framework: what a report reads, of any length."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gan_core.experiments.files import to_toml, with_changes
from gan_core.presets import preset

STEPS = 400
ENTRY = {
    "first_step": 1,
    "last_step": STEPS,
    "experiment_sha256": "0" * 64,
    "backend": "numpy",
    "numpy": "2.0",
    "device": "cpu",
    "command": "gan train digits-mlp --out <run>",
}
SCORES = {
    "step": STEPS,
    "checkpoint": "last",
    "extractor": "classifier",
    "generated": 1000,
    "notes": ["a note on <features>"],
    "rows": [
        {"metric": "frechet", "value": 4.5, "deviation": 0.25, "floor": 0.5, "unit": "", "better": "lower"}
        | {"extractor": "classifier", "generated": 1000, "real": 900, "split": "held out"},
    ],
    "classes": {"generated": [0.1] * 10, "real": [0.1] * 10},
}


def healthy_rows(steps: int = STEPS, every: int = 10) -> list[dict[str, Any]]:
    """Lines of a training in which nothing is wrong."""
    return [
        {
            "step": step,
            "images": 64 * step,
            "seconds": step * 0.01,
            "discriminator/loss": 1.2 + 0.1 * math.sin(step / 7),
            "discriminator/real_probability": 0.6,
            "discriminator/fake_probability": 0.4,
            "generator/loss": 0.9 + 0.2 * math.cos(step / 5),
            "generator/fake_probability": 0.4,
        }
        for step in range(every, steps + 1, every)
    ]


def lines(rows: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


def sheet(seed: int, side: int = 40) -> Image.Image:
    """A picture that no other seed gives."""
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side, 3), np.uint8)
    return Image.fromarray(pixels)


def write_run(
    folder: Path,
    *,
    rows: Sequence[Mapping[str, Any]] | None = None,
    steps: int = STEPS,
    sheets: int = 4,
    evaluations: Sequence[Mapping[str, Any]] = (),
    evaluation: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    environment: Mapping[str, Any] | None = None,
    done: bool = True,
) -> Path:
    """Write a run of `digits-mlp`, and return its folder. changes: of the experiment; environment: of its file."""
    experiment = with_changes(preset("digits-mlp"), {"training.steps": steps, **(changes or {})})
    (folder / "samples").mkdir(parents=True)
    (folder / "checkpoints").mkdir()
    (folder / "experiment.toml").write_text(to_toml(experiment), encoding="utf-8")
    content = {"format": 1, "backend": "numpy", "samples": 1797, **ENTRY, "history": [ENTRY], **(environment or {})}
    (folder / "environment.json").write_text(json.dumps(content), encoding="utf-8")
    (folder / "metrics.jsonl").write_text(lines(healthy_rows(steps) if rows is None else rows), encoding="utf-8")
    for number in range(sheets):
        sheet(number).save(folder / "samples" / f"step-{(number + 1) * steps // max(sheets, 1):07d}.png")
    if evaluations:
        (folder / "evaluations.jsonl").write_text(lines(evaluations), encoding="utf-8")
    if evaluation is not None:
        (folder / "evaluation.json").write_text(json.dumps({"format": 1, **evaluation}), encoding="utf-8")
    if done:
        text = json.dumps({"format": 1, "step": steps, "seconds": steps * 0.01})
        (folder / "done.json").write_text(text, encoding="utf-8")
    return folder
