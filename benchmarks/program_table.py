"""Every preset's written program on one framework: its lines, and how far its numbers part from the library's.

Run as  python benchmarks/program_table.py --backend torch [--only NAME …]. Ten steps in float64 at a small width, on
random data, from the library's weights and random numbers; the difference is measured as `gan compare` does. The floor
is how far the library parts from itself in as many steps with one weight moved by one unit in its last place.
"""

import argparse
import importlib
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests" / "parity"), str(ROOT / "tests")]

from gan_core.contract.loading import load_backend  # noqa: E402
from gan_core.errors import GanError  # noqa: E402
from gan_core.experiments.initial_values import all_initial_values  # noqa: E402
from gan_core.presets import PRESETS  # noqa: E402
from gan_core.programs.writing import write_program  # noqa: E402
from test_written_programs import small  # noqa: E402
from written_programs import difference_of, largest_difference, random_dataset, trained  # noqa: E402

NUDGES = 3


def floor(experiment, backend, dataset) -> float:
    """How far a training parts from itself with one weight moved by one unit in its last place; the worst of three."""
    plain, worst = trained(experiment, backend, dataset, all_initial_values(experiment)), 0.0
    for number in range(NUDGES):
        values = all_initial_values(experiment)
        network = list(experiment.networks)[number % len(experiment.networks)]
        name = [key for key in experiment.plans[network].weights if key.endswith("weight")][number % 2]
        moved = np.array(values[network][name])
        place = number % moved.size
        moved.flat[place] = np.nextafter(moved.flat[place], np.inf)
        values[network] = {**values[network], name: moved}
        nudged = trained(experiment, backend, dataset, values)
        worst = max(worst, difference_of(experiment, plain, nudged).value)
    return worst


def row(preset: str, name: str, backend, adapter) -> str:
    started = time.perf_counter()
    try:
        lines = [len(write_program(preset, name, style=style).text.splitlines()) for style in ("full", "tutorial")]
        experiment = small(preset)
        dataset = random_dataset(experiment)
        with tempfile.TemporaryDirectory() as folder:
            found = largest_difference(experiment, backend, dataset, adapter, Path(folder))
        least = floor(experiment, backend, dataset)
    except GanError as error:
        return f"| `{preset}` | | | refused: {error} | |"
    seconds = time.perf_counter() - started
    print(f"{preset}: {seconds:.0f} s, {found.place}", file=sys.stderr)
    return f"| `{preset}` | {lines[0]} | {lines[1]} | {found.value:.0e} | {least:.0e} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", required=True)
    parser.add_argument("--only", nargs="*", default=list(PRESETS))
    chosen = parser.parse_args()
    opened = load_backend(chosen.backend, "float64")
    own = importlib.import_module(f"program_{chosen.backend}")
    print(f"| preset | lines | tutorial | difference on {chosen.backend} | floor |")
    print("|---|---|---|---|---|")
    for preset_name in chosen.only:
        print(row(preset_name, chosen.backend, opened, own), flush=True)
