"""Every preset on every installed backend: float64 lockstep over some steps, and time per step, as a Markdown table.

Run as  python benchmarks/preset_table.py [--steps 30] [--only NAME …]. Convolutional presets run at a quarter of their
width (their parameter `width`), `dcgan-64` on images made here. A preset whose data are missing is listed with the
reason.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from gan_core.compare import compare
from gan_core.doctor import available
from gan_core.errors import GanError
from gan_core.presets import PRESETS
from gan_core.run import load_experiment


def made_images(folder: Path, count: int = 160) -> Path:
    """A folder of random pictures, for the preset that needs a user's own."""
    from PIL import Image

    random = np.random.default_rng(0)
    for index in range(count):
        small = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(small).resize((64, 64)).save(folder / f"{index}.png")
    return folder


def row(name: str, backends: list[str], steps: int, data_dir: Path | None, images: Path) -> str:
    changes = [f"training.steps={steps}", "training.dtype=float64"]
    width = "1"
    if "width" in PRESETS[name].parameters:
        width = "1/4"
        changes += ["width=0.25", "training.batch_size=16"]
    if name == "dcgan-64":
        changes.append(f"data.path={images}")
    try:
        experiment = load_experiment(name, changes)
        with tempfile.TemporaryDirectory() as folder:
            result = compare(experiment, backends, Path(folder), data_dir=data_dir)
    except GanError as error:
        return f"| `{name}` | {width} | {error} |" + " |" * len(backends)
    times = " | ".join(f"{result.traces[backend].step_milliseconds:.1f}" for backend in backends)
    return f"| `{name}` | {width} | {result.worst:.0e} | {times} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--only", nargs="*", default=list(PRESETS))
    parser.add_argument("--data-dir", type=Path)
    chosen = parser.parse_args()
    installed = [name for name, there in sorted(available().items(), reverse=True) if there]
    print(
        f"| preset | width | largest difference, {chosen.steps} steps | "
        + " | ".join(f"{b}, ms" for b in installed)
        + " |"
    )
    print("|---|---|---|" + "---|" * len(installed))
    with tempfile.TemporaryDirectory() as made:
        pictures = made_images(Path(made))
        for preset_name in chosen.only:
            print(row(preset_name, installed, chosen.steps, chosen.data_dir, pictures), flush=True)
