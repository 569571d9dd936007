"""What rounded products and the same bits each time cost: milliseconds a step of one backend.

python benchmarks/arithmetic_cost.py --backend torch --preset mnist-dcgan --width 0.125

Processor time of all threads together, which another process's load hardly changes, and time by the clock. The choices
take turns, but for the same bits each time, which come last: TensorFlow keeps to them for the rest of the process.
"""

import argparse
import statistics
import time
from typing import Any

from gan_core import load_backend
from gan_core.experiments.files import with_changes
from gan_core.presets import preset
from gan_core.training.trainer import Trainer

TURNS: dict[str, dict[str, Any]] = {"exact": {}, "bf16": {"products": "bf16"}}
LAST: dict[str, dict[str, Any]] = {"deterministic": {"deterministic": True}}


class Measured:
    """A training under a choice: its steps' times in ms, and the discriminator's loss of each."""

    def __init__(self, arguments: argparse.Namespace, choice: dict[str, Any]) -> None:
        made = preset(arguments.preset, **({} if arguments.width == 1 else {"width": arguments.width}))
        experiment = with_changes(made, {"training.steps": arguments.warm_up + arguments.rounds * arguments.steps})
        backend = load_backend(arguments.backend, "float32", arguments.device, **choice)
        self.trainer = Trainer(experiment, backend, experiment.data.load(None))
        self.processor: list[float] = []
        self.clock: list[float] = []
        self.losses: list[float] = []

    def run(self, steps: int) -> None:
        """Take steps, and note their times and losses."""
        for _ in range(steps):
            start, own = time.perf_counter(), time.process_time()
            scalars = self.trainer.run_step()
            loss = float(self.trainer.backend.to_numpy(scalars["discriminator/loss"]))  # which waits for the device
            self.processor.append(1e3 * (time.process_time() - own))
            self.clock.append(1e3 * (time.perf_counter() - start))
            self.losses.append(loss)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", required=True)
    parser.add_argument("--preset", default="mnist-mlp")
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=10, help="of each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warm-up", type=int, default=3)
    arguments = parser.parse_args()
    found = {}
    for turns in (TURNS, LAST):
        measured = {name: Measured(arguments, choice) for name, choice in turns.items()}
        for steps in (arguments.warm_up, *[arguments.steps] * arguments.rounds):
            for one in measured.values():
                one.run(steps)
        found |= measured
    print(f"{arguments.backend}, {arguments.preset}, width {arguments.width:g}, {arguments.device}: ms a step")
    exact = found["exact"].losses
    for name, one in found.items():
        processor, clock = one.processor[arguments.warm_up :], one.clock[arguments.warm_up :]
        low, _, high = statistics.quantiles(processor, n=4)
        print(
            f"  {name:<14} {statistics.median(processor):7.2f} (quartiles {low:.2f} to {high:.2f}), by the clock "
            f"{statistics.median(clock):.2f}; loss off by {abs(one.losses[0] - exact[0]):.1e} at step 1, "
            f"{abs(one.losses[9] - exact[9]):.1e} at step 10"
        )


if __name__ == "__main__":
    main()
