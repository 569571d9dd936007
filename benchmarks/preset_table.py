"""Every preset on every installed backend: float64 lockstep over some steps, and time per step, as a Markdown table.

Run as  python benchmarks/preset_table.py [--steps 30] [--full] [--chaos-floor] [--only NAME …]. With --chaos-floor a
column says how many times as far the frameworks part as one does from itself with a weight moved by one unit in its
last place. Convolutional presets run narrow, with the settings in the table; with --full at full width and, where a
step would take minutes, on small batches. Presets that need a user's own folder run on images made here. A preset whose
data are missing is listed with the reason.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from gan_core.cli.doctor import available
from gan_core.errors import GanError
from gan_core.lockstep.compare import compare
from gan_core.presets import PRESETS
from gan_core.presets.loading import load_experiment

NARROW = {
    "mnist-dcgan": ("width=0.25", "training.batch_size=16"),
    "mnist-wgan-gp-conv": ("width=0.25", "training.batch_size=16"),
    "mnist-cond-wgan-gp": ("width=0.25", "training.batch_size=16"),
    "mnist-sngan": ("width=0.25", "training.batch_size=16"),
    "dcgan-64": ("width=0.25", "training.batch_size=16"),
    "frog-dcgan": ("width=0.125",),
    "anime-dcgan-96": ("width=0.125",),
    "cyclegan": ("width=0.125", "blocks=2"),
    "cyclegan-colour": ("width=0.125", "blocks=2"),
    "began": ("width=0.25",),
    "cifar-sngan-resnet": ("width=0.0625", "training.batch_size=8"),
    "cifar-projection": ("width=0.0625", "training.batch_size=8"),
    "cifar-sagan": ("width=0.0625", "training.batch_size=8"),
    "biggan-small": ("width=0.0625", "training.batch_size=8"),
    "reacgan": ("width=0.0625", "training.batch_size=8"),
    "ssgan": ("width=0.0625", "training.batch_size=8"),
    "infomax-gan": ("width=0.0625", "training.batch_size=8"),
    "mnist-acgan": ("width=0.25", "training.batch_size=16"),
    "mnist-infogan": ("width=0.25", "training.batch_size=16"),
    "mnist-infogan-script": ("width=0.25", "training.batch_size=16"),
    "mnist-lsgan": ("width=0.25", "training.batch_size=16"),
    "keras-dcgan": ("width=0.125", "training.batch_size=8"),
    "keras-wgan-gp": ("width=0.125", "training.batch_size=16"),
    "keras-conditional-gan": ("width=0.125", "training.batch_size=16"),
    "cogan": ("width=0.25", "training.batch_size=8"),
    "discogan": ("width=0.125", "training.batch_size=4"),
    "dualgan": ("width=0.125", "training.batch_size=4"),
}
FULL = {  # the batch is cut where a step would take minutes or more memory than a small machine has
    "mnist-dcgan": ("training.batch_size=8",),
    "mnist-wgan-gp-conv": ("training.batch_size=8",),
    "mnist-cond-wgan-gp": ("training.batch_size=16",),
    "mnist-sngan": ("training.batch_size=16",),
    "dcgan-64": ("training.batch_size=4",),
    "frog-dcgan": ("training.batch_size=2",),
    "anime-dcgan-96": ("training.batch_size=4",),
    "began": ("training.batch_size=4",),
}
OWN_FOLDER = ("dcgan-64", "anime-dcgan-96", "keras-dcgan")


def made_images(folder: Path, count: int = 160) -> Path:
    """A folder of random pictures, for the presets that need a user's own."""
    from PIL import Image

    random = np.random.default_rng(0)
    for index in range(count):
        small = random.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(small).resize((96, 96)).save(folder / f"{index}.png")
    return folder


def row(
    name: str,
    backends: list[str],
    steps: int,
    settings: tuple[str, ...],
    folders: tuple[Path | None, Path],
    chaos_floor: bool,
) -> str:
    data_dir, images = folders
    changes = [f"training.steps={steps}", "training.dtype=float64", *settings]
    if name in OWN_FOLDER:
        changes.append(f"data.path={images}")
    shown = ", ".join(setting.removeprefix("training.").replace("=", " ") for setting in settings) or "as published"
    try:
        experiment = load_experiment(name, changes)
        with tempfile.TemporaryDirectory() as folder:
            result = compare(experiment, backends, Path(folder), data_dir=data_dir, chaos_floor=chaos_floor)
    except GanError as error:
        return f"| `{name}` | {shown} | {error} |" + " |" * len(backends)
    times = " | ".join(f"{result.traces[backend].step_milliseconds:.1f}" for backend in backends)
    excess = f"{result.floor_excess:.2g} | " if result.floor_excess is not None else ""
    return f"| `{name}` | {shown} | {result.worst:.0e} | {excess}{times} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--chaos-floor", action="store_true")
    parser.add_argument("--only", nargs="*", default=list(PRESETS))
    parser.add_argument("--data-dir", type=Path)
    chosen = parser.parse_args()
    installed = [name for name, there in sorted(available().items(), reverse=True) if there]
    heads = " | ".join(f"{backend}, ms" for backend in installed)
    excess_head = "times the floor | " if chosen.chaos_floor else ""
    print(f"| preset | settings | largest difference, {chosen.steps} steps | {excess_head}{heads} |")
    print("|---|---|---|" + "---|" * (len(installed) + chosen.chaos_floor))
    table = FULL if chosen.full else NARROW
    with tempfile.TemporaryDirectory() as made:
        pictures = made_images(Path(made))
        for preset_name in chosen.only:
            folders = (chosen.data_dir, pictures)
            settings = table.get(preset_name, ())
            print(row(preset_name, installed, chosen.steps, settings, folders, chosen.chaos_floor), flush=True)
