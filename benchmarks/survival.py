"""Kill runs with `kill -9` at random instants, go on with them, and compare with a run that nobody disturbed.

Run as  python benchmarks/survival.py [--backend NAME …] [--case NAME …] [--kills 9] [--seed 0]. For each case and
backend: one run to its end; then so many runs, each killed at a random instant between its first file and its end, and
every third killed again while it goes on. After each kill every file must be whole and at most one checkpoint interval
lost (and one being written); at the end metrics (`seconds` apart) and the last checkpoint's files must be those of the
undisturbed run, bit for bit. Exits with 1 if one is not.
"""

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import msgspec

from gan_core.cli.doctor import available
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import read_experiment, to_toml, with_changes
from gan_core.presets import preset
from gan_core.presets.loading import read_changes
from gan_core.runs import checkpoints
from gan_core.runs.directory import RunDirectory
from gan_core.specs import layers as L

STEPS, CHECKPOINT_EVERY = 60, 5
SETTINGS = [
    f"training.steps={STEPS}",
    "training.batch_size=16",
    "logging.every_steps=3",
    "sampling.every_steps=20",
    f"checkpoint.every_steps={CHECKPOINT_EVERY}",
]


def batch_norm() -> Experiment:
    """`digits-mlp`, whose generator has batch norm."""
    return preset("digits-mlp")


def dropout() -> Experiment:
    """`digits-mlp` with dropout in the discriminator."""
    plain = preset("digits-mlp")
    discriminator = plain.networks["discriminator"]
    *hidden, last = discriminator.layers
    noisy = msgspec.structs.replace(discriminator, layers=(*hidden, L.Dropout(rate=0.4), last))
    return msgspec.structs.replace(plain, networks=plain.networks | {"discriminator": noisy})


def control() -> Experiment:
    """`began`, narrow, whose objective keeps a control variable."""
    return preset("began", width=0.125)


CASES = {case.__name__.replace("_", "-"): case for case in (batch_norm, dropout, control)}


# Processes are forked from one that has imported the framework and done nothing else: most of a run's time otherwise.
FORKS = multiprocessing.get_context("forkserver")


def gan(*arguments: str, log: Path) -> BaseProcess:
    process = FORKS.Process(target=command_line, args=(list(arguments), str(log)))
    process.start()
    return process


def command_line(arguments: list[str], log: str) -> None:
    """Be `gan` with some arguments, writing what it says to a file."""
    from gan_core.cli.entry import main as gan_main

    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(file, stream)
    sys.argv = ["gan", *arguments]
    gan_main()


def finish(*arguments: str, log: Path) -> None:
    process = gan(*arguments, log=log)
    process.join()
    if process.exitcode != 0:
        raise SystemExit(f"gan {' '.join(arguments)} failed: {log.read_text()[-2000:]}")


def writing_time(process: BaseProcess, run: Path) -> float:
    """Wait until a process writes its run's files; return the clock's time."""
    began = run / "environment.json"
    before = began.stat().st_mtime_ns if began.exists() else 0
    while process.is_alive() and (not began.exists() or began.stat().st_mtime_ns == before):
        time.sleep(0.001)
    return time.perf_counter()


def kill_within(process: BaseProcess, run: Path, seconds: float) -> bool:
    """Kill a process at most so many seconds after it began to write; return whether it was still there."""
    writing_time(process, run)
    time.sleep(seconds)
    there = process.is_alive()
    process.kill()
    process.join()
    return there


def broken_promises(run: Path) -> list[str]:
    """What a kill must not do, and did: files half-written, more lost than one interval (and one being written)."""
    if not (run / "experiment.toml").is_file():
        return []
    directory, experiment = RunDirectory(run), read_experiment(run / "experiment.toml")
    found = [f"{path.name} cannot be read" for path in directory.checkpoints.paths() if unreadable(path, experiment)]
    for path in run.glob("*.json"):
        directory.read_json(path.name)
    for path in run.rglob("step-*.png"):
        if not path.read_bytes().endswith(b"IEND\xaeB`\x82"):
            found.append(f"{path.name} is cut short")
    logged = max([row["step"] for row in directory.metrics()], default=0)
    kept = max([checkpoints.step_of(path) or 0 for path in directory.checkpoints.paths()], default=0)
    if logged - kept > 2 * CHECKPOINT_EVERY:
        found.append(f"step {logged} was logged, and the newest checkpoint is of step {kept}")
    return found


def unreadable(folder: Path, experiment: Experiment) -> bool:
    try:
        checkpoints.read(folder, experiment)
    except Exception as error:  # noqa: BLE001  whatever it is, it is counted
        print(error)
        return True
    return False


def differences(one: Path, other: Path) -> list[str]:
    """Files in which two finished runs differ: metrics but for `seconds`, and the last checkpoint."""
    found = [] if metrics(one) == metrics(other) else ["metrics.jsonl"]
    last = Path("checkpoints") / checkpoints.step_name(STEPS)
    for path in (one / last).iterdir():
        if path.read_bytes() != (other / last / path.name).read_bytes():
            found.append(path.name)
    return found


def metrics(run: Path) -> list[dict]:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in row.items() if key != "seconds"} for row in rows]


def survive(folder: Path, backend: str, case: str, kills: int, chance: random.Random) -> tuple[int, int, int]:
    """Return kills that found the process at work, resumed runs, and those that ended as the undisturbed one."""
    experiment = folder / f"{case}.toml"
    experiment.write_text(to_toml(with_changes(CASES[case](), read_changes(SETTINGS))))
    log, whole = folder / "log.txt", folder / f"{case}-{backend}"
    train = ("train", str(experiment), "--backend", backend, "--out")
    undisturbed = gan(*train, str(whole), log=log)
    start = writing_time(undisturbed, whole)
    undisturbed.join()
    if undisturbed.exitcode != 0:
        raise SystemExit(log.read_text()[-2000:])
    length = time.perf_counter() - start
    killed = same = 0
    for number in range(kills):
        run = folder / f"{case}-{backend}-{number}"
        killed += kill_within(gan(*train, str(run), log=log), run, chance.uniform(0, length))
        faults = broken_promises(run)
        again = ("resume", str(run)) if (run / "experiment.toml").is_file() else (*train, str(run))
        if number % 3 == 2:
            killed += kill_within(gan(*again, log=log), run, chance.uniform(0, length))
            faults += broken_promises(run)
            again = ("resume", str(run)) if (run / "experiment.toml").is_file() else (*train, str(run))
        finish(*again, log=log)
        faults += differences(whole, run)
        same += not faults
        if faults:
            print(f"  {run.name}: {', '.join(faults)}", flush=True)
    return killed, kills, same


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", nargs="+", default=[name for name, there in available().items() if there])
    parser.add_argument("--case", nargs="+", choices=CASES, default=["batch-norm", "dropout"])
    parser.add_argument("--kills", type=int, default=9)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)  # noqa: S311  no secret
    failed = 0
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    if len(arguments.backend) > 1:  # a process each: two frameworks in one can crash each other
        for backend in arguments.backend:
            more = ["--case", *arguments.case, "--kills", str(arguments.kills), "--seed", str(arguments.seed)]
            failed += subprocess.run([sys.executable, __file__, "--backend", backend, *more], check=False).returncode
        sys.exit(1 if failed else 0)
    (backend,) = arguments.backend
    FORKS.set_forkserver_preload(
        ["gan_core.cli.entry", "gan_core.sessions.resuming", f"gan_backends.{backend}", "matplotlib.figure"]
    )
    for case in arguments.case:
        with tempfile.TemporaryDirectory(prefix="gan-survival-") as name:
            killed, runs, same = survive(Path(name), backend, case, arguments.kills, chance)
        print(f"{backend} {case}: {runs} runs, {killed} kills at work, {same} ended bit for bit the same", flush=True)
        failed += runs - same
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
