"""Every preset's networks of the sheets as ONNX models, held against a framework: the largest difference of each.

Run as  python benchmarks/onnx_table.py [--only NAME …] [--backends torch,paddle,keras] [--seed 0]. Weights are the
initial ones and moved by random numbers, so that no bias and no running statistic is left at its start; nothing is
trained. A difference is a share of the largest number of an output, over batches of 1 and 3 samples: from each
framework in float32, and from the frameworks in float64, which says whose rounding the difference is. Each framework
computes in a process of its own.
"""

import argparse
import json
import subprocess
import sys

import numpy as np

from gan_core.cli.doctor import available
from gan_core.errors import GanError, UsageError
from gan_core.experiments.initial_values import all_initial_values
from gan_core.plans.plans import Plan
from gan_core.presets import PRESETS
from gan_core.presets.loading import load_experiment
from gan_core.sharing.onnx_check import largest_difference
from gan_core.sharing.onnx_export import chain_of
from gan_core.sharing.onnx_models import build_model

OWN_FOLDER = ("dcgan-64", "anime-dcgan-96", "keras-dcgan")


def moved(plan: Plan, values: dict[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """Initial values of a network, each moved by a tenth; variances stay positive."""
    generator = np.random.default_rng(seed)
    found = {}
    for name, value in values.items():
        spread = 0.1 * (float(np.std(value)) or 1.0)
        more = generator.normal(0, spread, value.shape)
        found[name] = np.asarray(value + (np.abs(more) if name.endswith("variance") else more), np.float32)
    return {name: found[name] for name in (*plan.weights, *plan.buffers)}


def row(name: str, backend: str, seed: int) -> dict[str, object]:
    """What one preset gives on one framework."""
    changes = ["data.path=."] if name in OWN_FOLDER else []
    try:
        experiment = load_experiment(name, changes)
        values = all_initial_values(experiment)
        worst, exact, operators, networks = 0.0, 0.0, 0, []
        for first in experiment.sampled:
            chain = chain_of(experiment, first, name)
            arrays = {plan.name: moved(plan, values[plan.name], seed) for plan in chain}
            model = build_model(chain, arrays, {})
            worst = max(worst, largest_difference(model, backend, chain, arrays))
            exact = max(exact, largest_difference(model, backend, chain, arrays, "float64"))
            operators += len(model.graph.node)
            networks.append(" → ".join(plan.name for plan in chain))
    except (GanError, UsageError) as error:
        return {"preset": name, "error": str(error)}
    return {"preset": name, "networks": networks, "operators": operators, "difference": worst, "exact": exact}


def table(names: list[str], backends: list[str], seed: int) -> None:
    found: dict[str, dict[str, dict[str, object]]] = {name: {} for name in names}
    for backend in backends:
        command = [sys.executable, __file__, "--one", backend, "--seed", str(seed), "--only", *names]
        made = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        for line in made.stdout.splitlines():
            if line.startswith("{"):
                entry = json.loads(line)
                found[entry["preset"]][backend] = entry
    print(f"| preset | networks | operators | {' | '.join(backends)} | float64 |")
    print("|---|---|---:|" + "---:|" * (len(backends) + 1))
    worst = 0.0
    for name, rows in found.items():
        first = rows[backends[0]]
        cells = [f"{one['difference']:.0e}" if "difference" in one else f"{one['error']}" for one in rows.values()]
        worst = max([worst, *(float(str(one["difference"])) for one in rows.values() if "difference" in one)])
        exact = max((float(str(one["exact"])) for one in rows.values() if "exact" in one), default=float("nan"))
        networks = ", ".join(f"`{one}`" for one in first.get("networks", []))  # type: ignore[attr-defined]
        print(f"| `{name}` | {networks} | {first.get('operators', '')} | {' | '.join(cells)} | {exact:.0e} |")
    refused = [name for name, rows in found.items() if any("error" in one for one in rows.values())]
    print(f"\nlargest: {worst:.1e}; refused: {', '.join(refused) or 'none'}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=list(PRESETS))
    parser.add_argument("--backends", default=",".join(name for name, there in available().items() if there))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--one", metavar="BACKEND", help="print one framework's rows as JSON lines")
    chosen = parser.parse_args()
    if chosen.one:
        for preset_name in chosen.only:
            print(json.dumps(row(preset_name, chosen.one, chosen.seed)), flush=True)
    else:
        table(chosen.only, chosen.backends.split(","), chosen.seed)
