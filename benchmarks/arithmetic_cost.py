"""What rounded products and the same bits each time cost: milliseconds a step of one backend, a process a choice.

python benchmarks/arithmetic_cost.py --backend torch --preset mnist-dcgan --width 0.125
"""

import argparse
import json
import statistics
import subprocess
import sys
import time

CHOICES = {"exact": {}, "deterministic": {"deterministic": True}, "bf16": {"products": "bf16"}}


def measure(arguments: argparse.Namespace) -> dict[str, float]:
    """Return the median milliseconds of a step, of all threads together and by the clock, and the loss at the end."""
    from gan_core import load_backend
    from gan_core.experiments.files import with_changes
    from gan_core.presets import preset
    from gan_core.training.trainer import Trainer

    made = preset(arguments.preset, **({} if arguments.width == 1 else {"width": arguments.width}))
    experiment = with_changes(made, {"training.steps": arguments.steps})
    backend = load_backend(arguments.backend, "float32", arguments.device, **CHOICES[arguments.choice])
    trainer = Trainer(experiment, backend, experiment.data.load(None))
    processor, clock, loss = [], [], 0.0
    for _ in range(arguments.steps):
        start, own = time.perf_counter(), time.process_time()
        scalars = trainer.run_step()
        loss = float(backend.to_numpy(scalars["discriminator/loss"]))  # which waits for the device
        processor.append(1e3 * (time.process_time() - own))
        clock.append(1e3 * (time.perf_counter() - start))
    skipped = min(5, arguments.steps // 2)
    return {
        "processor": statistics.median(processor[skipped:]),
        "clock": statistics.median(clock[skipped:]),
        "loss": loss,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", required=True)
    parser.add_argument("--preset", default="mnist-mlp")
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--choice", choices=CHOICES)
    arguments = parser.parse_args()
    if arguments.choice:
        print(json.dumps(measure(arguments)))
        return
    found: dict[str, list[dict[str, float]]] = {choice: [] for choice in CHOICES}
    for _ in range(arguments.rounds):
        for choice, rows in found.items():
            command = [sys.executable, __file__, *sys.argv[1:], "--choice", choice]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            rows.append(json.loads(done.stdout.splitlines()[-1]))
    print(f"{arguments.backend}, {arguments.preset}, width {arguments.width:g}, {arguments.device}: ms a step")
    for choice, rows in found.items():
        processor = [row["processor"] for row in rows]
        print(
            f"  {choice:<14} {statistics.median(processor):7.2f} ({min(processor):.2f} to {max(processor):.2f}), by "
            f"the clock {statistics.median(row['clock'] for row in rows):.2f}; loss at the end {rows[0]['loss']:.6f}"
        )


if __name__ == "__main__":
    main()
