"""A walk between latents for a report: drawn once by the run's own framework, then one of the run's pictures."""

from pathlib import Path

import numpy as np

from gan_core.errors import UsageError
from gan_core.experiments.translations import output_domain
from gan_core.files.regular_files import read_file
from gan_core.files.whole_files import written_whole
from gan_core.runs.opened import OpenedRun
from gan_core.sheets.sheets import image_grid, shown_as
from gan_core.training.machine import Machine
from gan_core.training.walks import interpolated

FILE = "samples/walk.png"
ROWS, COLUMNS = 6, 10
STEP = "gan step"  # the name of a text in the picture: the step of the checkpoint that drew it


def draw_walk(run: OpenedRun, machine: Machine) -> Path:
    """Draw rows of samples that walk from one latent to another into ``samples/walk.png``, and return its path.

    Raises `UsageError` for samples that are no images, for a network that reads images, and for a run without a
    checkpoint; `WriteError`.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    state = run.state()
    sampler = run.sampler_on(machine, state)
    shown = output_domain(sampler.experiment, sampler.dataset, sampler.experiment.sampler_network)
    if shown_as(shown) != "image":
        raise UsageError(f"walk=True shows images; the samples of {run.path} are {shown_as(shown)}")
    samples = interpolated(sampler, ROWS * COLUMNS, COLUMNS, None, 0)
    if not np.isfinite(samples).all():
        raise UsageError(f"walk=True: the generator of {run.path} makes samples that are NaN or infinite")
    texts = PngInfo()
    texts.add_text(STEP, str(state.step))
    path = run.directory.file(FILE)
    with written_whole(path) as temporary:
        Image.fromarray(image_grid(samples, COLUMNS, shown.value_range)).save(temporary, format="PNG", pnginfo=texts)
    return path


def step_of_walk(path: Path) -> int | None:
    """Return the step of the checkpoint that drew a walk, None where the picture does not say it."""
    import io

    from PIL import Image

    raw = read_file(path, 2**26) or b""
    try:
        with Image.open(io.BytesIO(raw), formats=["PNG"]) as image:
            image.load()
            word = str(getattr(image, "text", {}).get(STEP, ""))
    except (OSError, SyntaxError, ValueError):
        return None
    return int(word) if word.isdecimal() and len(word) < 19 else None
