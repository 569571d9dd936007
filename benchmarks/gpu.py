"""What a GPU is worth to the library, in one run of a few minutes on a machine that has one.

Run as  python benchmarks/gpu.py [--device gpu] [--out gpu_report] [--budget 560] [--quick] [--parts numbers,mlp,…].

1. numbers: each preset in float64 on the device and, beside it in a process of its own, on the CPU; the largest
   difference of losses and of all arrays, relative to the largest value. Presets run narrow, on samples made
   here where their data are not at hand.
2. mlp: `mnist-mlp`, milliseconds a step, by the library and by a loop by hand, both as a recorded graph and kernel by
   kernel; and the time that 1,000 epochs would take.
3. dcgan: `dcgan-64` at full width, images a second, exact and with bfloat16 products.
4. epochs: 20 epochs of `mnist-dcgan`, seconds, and its scores. Needs MNIST (GAN_DATA_DIR).

Each part is cut off when its share of the budget is spent. Tables are printed, and ``report.json`` is written after
each part, so that a run that is ended keeps what it found. With --device cpu --quick the script itself is tried.
"""

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from preset_table import NARROW

SHARES = {"numbers": 0.35, "mlp": 0.12, "dcgan": 0.13, "epochs": 0.4}  # of the budget
STEPS = 5
BEGIN = time.monotonic()
SMALL = ("digits-mlp", "mixture-8", "unrolled", "minibatch-discrimination", "mnist-dcgan")


def say(text: str) -> None:
    print(f"[{time.monotonic() - BEGIN:6.1f} s] {text}", flush=True)


def left(arguments: argparse.Namespace) -> float:
    """Seconds until this part is cut off."""
    return arguments.until - time.time()


# --- what all parts share


def data_of(experiment):
    """An experiment's data where they are at hand, else random pictures of its shape, with labels."""
    from gan_core import GanError
    from gan_core.data.dataset import Dataset

    try:
        return experiment.data.load(None)
    except GanError:
        random = np.random.default_rng(0)
        samples = random.integers(0, 256, (1024, *experiment.sample_shape), dtype=np.uint8)
        return Dataset(name="made", samples=samples, labels=random.integers(0, 10, len(samples)), classes=10)


def trainer_of(experiment, device: str, dataset, backend: str = "torch"):
    from gan_core import load_backend
    from gan_core.training.trainer import Trainer

    return Trainer(experiment, load_backend(backend, experiment.training.dtype, device), dataset)


def milliseconds(step: Callable[[], Any], wait: Callable[[], Any], arguments, rounds: int = 7) -> float:
    """The median over rounds of the time of a step, after a warm-up; the device is waited for at each round's end."""
    for _ in range(6):
        step()
    wait()
    start = time.perf_counter()
    step()
    wait()
    once = max(time.perf_counter() - start, 1e-5)
    count = max(1, min(500, int((0.05 if arguments.quick else 0.7) / once)))
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(count):
            step()
        wait()
        found.append(1e3 * (time.perf_counter() - start) / count)
        if left(arguments) < 0:
            break
    return statistics.median(found)


def library_step(trainer) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """A trainer's step, and a wait for the last one."""
    last: dict[str, Any] = {}
    return lambda: last.update(trainer.run_step()), lambda: trainer.backend.to_floats(list(last.values()))


# --- 1. numbers


def numbers(arguments: argparse.Namespace) -> dict[str, Any]:
    folder = Path(arguments.out) / "numbers"
    folder.mkdir(parents=True, exist_ok=True)
    devices = ["cpu", arguments.device]
    names = [] if arguments.device == "cpu" else [arguments.device]
    children = []
    for place, device in enumerate(["cpu", *(names or ["cpu"])]):
        command = [sys.executable, __file__, "--trace", device, "--folder", str(folder / f"{place}")]
        command += ["--until", str(arguments.until), "--backend", arguments.backend]
        command += ["--quick"] if arguments.quick else []
        log = (folder / f"{place}.log").open("w")
        children.append(subprocess.Popen(command, stdout=log, stderr=log))
    for child in children:
        try:
            child.wait(timeout=max(1.0, left(arguments) + 10))
        except subprocess.TimeoutExpired:
            child.kill()
    result = {}
    for path in sorted((folder / "0").glob("*.npz")):
        other = folder / "1" / path.name
        result[path.stem] = difference(path, other) if other.is_file() else {"error": "not reached on the device"}
    for place, device in enumerate(devices):
        errors = folder / str(place) / "errors.json"
        for name, error in (json.loads(errors.read_text()) if errors.is_file() else {}).items():
            result[name] = {"error": f"{device}: {error}"}
    return result


def trace(arguments: argparse.Namespace) -> None:
    """In a process of its own: some steps of each preset in float64 on one device; losses and arrays to files."""
    from gan_core.lockstep.traces import _flat
    from gan_core.presets import PRESETS
    from gan_core.presets.loading import load_experiment

    folder, errors = Path(arguments.folder), {}
    folder.mkdir(parents=True, exist_ok=True)
    for name in SMALL if arguments.quick else PRESETS:
        if left(arguments) < 0:
            break
        try:
            changes = [*NARROW.get(name, ()), "training.dtype=float64", f"training.steps={STEPS}"]
            experiment = load_experiment(name, changes)
            trainer = trainer_of(experiment, arguments.trace, data_of(experiment), arguments.backend)
            rows = [trainer.run_step() for _ in range(STEPS)]
            losses = {
                f"loss:{step}:{key}": trainer.backend.to_floats([value])[0]
                for step, row in enumerate(rows)
                for key, value in row.items()
            }
            np.savez(folder / f"{name}.npz", **losses, **_flat(trainer.state(), experiment.plans))
        except Exception as error:  # noqa: BLE001  (a table of what fails is the purpose)
            errors[name] = f"{type(error).__name__}: {str(error).splitlines()[0][:160] if str(error) else ''}"
            (folder / "errors.json").write_text(json.dumps(errors))


def difference(one: Path, other: Path) -> dict[str, float]:
    """The largest difference of losses and of arrays, each relative to the largest value of its own."""
    worst = {"losses": 0.0, "arrays": 0.0}
    with np.load(one) as first, np.load(other) as second:
        for key in first.files:
            a, b = first[key], second[key]
            scale = max(float(np.max(np.abs(a), initial=0)), float(np.max(np.abs(b), initial=0)))
            found = float(np.max(np.abs(a - b), initial=0)) / scale if scale > 0 else 0.0
            kind = "losses" if key.startswith("loss:") else "arrays"
            worst[kind] = max(worst[kind], found) if np.isfinite(found) else float("inf")
    return worst


# --- 2. a small network: launches


def mlp(arguments: argparse.Namespace) -> dict[str, Any]:
    from gan_core.presets.loading import load_experiment

    experiment = load_experiment("mnist-mlp", ["training.steps=1000000"])
    dataset = data_of(experiment)
    result: dict[str, Any] = {}
    for name, switch in (("library, graph", "1"), ("library, kernels", "0")):
        os.environ["GAN_GRAPHS"] = switch
        result[name] = milliseconds(*library_step(trainer_of(experiment, arguments.device, dataset)), arguments)
    os.environ.pop("GAN_GRAPHS")
    for name, graph in (("by hand, graph", True), ("by hand, kernels", False)):
        if graph and arguments.device == "cpu":
            result[name] = "no graphs on the CPU"
            continue
        result[name] = milliseconds(*mlp_by_hand(dataset.samples, arguments.device, graph), arguments)
    hours = result["library, graph"] * 937 * 1000 / 3.6e6
    return result | {"1,000 epochs by the library, hours": hours}


def mlp_by_hand(images: np.ndarray, device: str, graph: bool) -> tuple[Callable[[], None], Callable[[], None]]:
    """The loop of handwritten/torch_mlp.py with the data on the device, its step recorded as one graph if asked."""
    import torch
    import torch.nn.functional as F

    by_hand = importlib.import_module("handwritten.torch_mlp")
    place = torch.device(device.replace("gpu", "cuda"))
    generator, discriminator = (network.to(place) for network in by_hand.networks())
    pixels = torch.from_numpy(images.reshape(len(images), 784)).to(place)
    options = {"fused": True, "capturable": place.type == "cuda"}
    adams = [torch.optim.Adam(network.parameters(), 1e-3, **options) for network in (discriminator, generator)]
    rows = torch.zeros(by_hand.BATCH, dtype=torch.int64, device=place)
    ones = torch.ones(by_hand.BATCH, 1, device=place)
    targets = torch.cat([ones, torch.zeros_like(ones)])

    def moved(loss, network, adam) -> None:
        weights = list(network.parameters())
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.grad = gradient
        adam.step()

    def work() -> None:
        real = pixels[rows].float().div(127.5).sub(1)
        with torch.no_grad():
            fake = generator(torch.randn(by_hand.BATCH, by_hand.LATENT, device=place))
        logits = discriminator(torch.cat([real, fake]))
        moved(2 * F.binary_cross_entropy_with_logits(logits, targets), discriminator, adams[0])
        fake = generator(torch.randn(by_hand.BATCH, by_hand.LATENT, device=place))
        moved(F.binary_cross_entropy_with_logits(discriminator(fake), ones), generator, adams[1])

    carry_out = work
    if graph:
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                work()
        torch.cuda.current_stream().wait_stream(stream)
        recorded = torch.cuda.CUDAGraph()
        with torch.cuda.graph(recorded):
            work()
        carry_out = recorded.replay
    order = torch.randperm(len(pixels), device=place)
    position = 0

    def step() -> None:
        nonlocal position
        position = 0 if position + by_hand.BATCH > len(order) else position
        rows.copy_(order[position : position + by_hand.BATCH])
        position += by_hand.BATCH
        carry_out()

    return step, torch.cuda.synchronize if place.type == "cuda" else lambda: None


# --- 3. a large network: products


def dcgan(arguments: argparse.Namespace) -> dict[str, Any]:
    from gan_core import GanError
    from gan_core.presets.loading import load_experiment

    result: dict[str, Any] = {}
    size = ["training.batch_size=4"] if arguments.quick else []
    for name, changes in (("exact", []), ("bf16", ["training.products=bf16"])):
        try:
            experiment = load_experiment(
                "dcgan-64", ["training.steps=1000000", "data.path=pictures-made-here", *size, *changes]
            )
            trainer = trainer_of(experiment, arguments.device, data_of(experiment))
            found = milliseconds(*library_step(trainer), arguments, rounds=5)
            result[name] = {"ms a step": found, "images a second": 1e3 * experiment.training.batch_size / found}
        except GanError as error:
            result[name] = f"left out: {str(error).splitlines()[0]}"
            say(f"dcgan-64, {name}: {result[name]}")
    return result


# --- 4. a whole training


def epochs(arguments: argparse.Namespace) -> dict[str, Any]:
    from gan_core import GanError, train

    out = Path(arguments.out) / "mnist-dcgan"
    steps = 6 if arguments.quick else 937 * 20
    changes = {"sampling.every_steps": 937 * 5, "checkpoint.every_steps": 937 * 20}
    changes |= {"width": 0.125} if arguments.quick else {}
    ends = arguments.until - (5 if arguments.quick else 40)

    def watch(event: Any) -> None:
        if type(event).__name__ == "StepEnded" and time.time() > ends:
            raise KeyboardInterrupt  # a checkpoint is written, as for Ctrl-C

    start = time.perf_counter()
    try:
        run = train(
            "mnist-dcgan",
            arguments.backend,
            device=arguments.device,
            out=out,
            steps=steps,
            changes=changes,
            callbacks=[watch],
            progress=False,
        )
        whole = True
    except GanError as error:
        run, whole = getattr(error, "run", None), False
        if run is None:
            return {"left out": str(error).splitlines()[0]}
    seconds = time.perf_counter() - start
    found = run.evaluate(
        device=arguments.device, figures=False, **({"samples": 64, "features": "pixels"} if arguments.quick else {})
    )
    return {"seconds": seconds, "whole": whole, "step": found.step} | {row.metric: row.value for row in found.rows}


# --- the whole


def device_name(device: str) -> str:
    if device == "cpu":
        return "the CPU, to try this script"
    import torch

    return f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}, CUDA {torch.version.cuda}"


def shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {shown(one)}" for name, one in value.items())
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def main(arguments: argparse.Namespace) -> None:
    out = Path(arguments.out)
    out.mkdir(parents=True, exist_ok=True)
    end = time.time() + arguments.budget
    report: dict[str, Any] = {"device": device_name(arguments.device), "quick": arguments.quick}
    say(report["device"])
    parts = {"numbers": numbers, "mlp": mlp, "dcgan": dcgan, "epochs": epochs}
    for name, part in parts.items():
        if name not in arguments.parts.split(","):
            continue
        arguments.until = min(end, time.time() + SHARES[name] * arguments.budget)
        try:
            report[name] = part(arguments)
        except Exception as error:  # noqa: BLE001  (the other parts are worth having)
            report[name] = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
        print(f"\n| {name} | |\n|---|---|")
        for key, value in report[name].items():
            print(f"| {key} | {shown(value)} |")
        (out / "report.json").write_text(json.dumps(report, indent=1))
        say(f"{name} is done")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="gpu")
    parser.add_argument("--backend", default="torch", help="of the numbers and the epochs; the times are of torch")
    parser.add_argument("--out", default="gpu_report")
    parser.add_argument("--budget", type=float, default=560.0, help="seconds for everything")
    parser.add_argument("--quick", action="store_true", help="to try the script itself")
    parser.add_argument("--parts", default=",".join(SHARES))
    parser.add_argument("--trace", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--until", type=float, default=0.0, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    trace(chosen) if chosen.trace else main(chosen)
