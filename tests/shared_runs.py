"""A whole run of the first release, copied so that tests may change it: no framework is needed to read it."""

import json
import shutil
from pathlib import Path

import numpy as np

RELEASED = Path(__file__).parent / "fixtures" / "run-format-1"
STEP = 4  # of its only checkpoint


def released(path: Path) -> Path:
    """Return a copy of the released run at a new path, with the folder that a copy of a repository leaves out."""
    shutil.copytree(RELEASED, path)
    (path / "samples").mkdir(exist_ok=True)
    return path


def with_sheet(run: Path, step: int, value: int = 128) -> Path:
    """Return a run that has a sheet of a step, grey all over."""
    from PIL import Image

    Image.fromarray(np.full((8, 16), value, np.uint8)).save(run / "samples" / f"step-{step:07d}.png")
    return run


def with_evaluation(run: Path, **scores: float) -> Path:
    """Return a run that has a line of scores during training."""
    line = {"step": STEP, "extractor": "pixels", "generated": 100, "real": 90, "split": "test"}
    line |= {**scores, "floors": {name: value / 10 for name, value in scores.items()}}
    (run / "evaluations.jsonl").write_text(json.dumps(line) + "\n")
    return run


def with_checkpoint(run: Path, step: int, folder: str = "checkpoints") -> Path:
    """Return a run that has its checkpoint a second time, as that of another step."""
    from dataclasses import replace

    from gan_core.runs import checkpoints

    state = checkpoints.read(run / "checkpoints" / f"step-{STEP:07d}")
    (run / folder).mkdir(parents=True, exist_ok=True)
    checkpoints.write(run / folder, replace(state, step=step))
    return run
