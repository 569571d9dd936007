"""Several workers that share each batch come to the numbers of one process; the faults of other libraries are found."""

import json
import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import gan_core
from gan_core.errors import BackendError, TrainingError, UsageError
from gan_core.runs import checkpoints
from worker_runs import Case, parted, together, trained

# one preset a trap: batch norm; means over the batch; dropout on joined batches; generators that share the batch; a
# differentiated simulation; samples compared with each other
QUICK = (Case(preset="digits-mlp", steps=10),)
TRAPS = (
    *QUICK,
    Case(preset="mnist-relativistic"),
    Case(preset="mnist-maxout"),
    Case(preset="multi-generator", changes=("training.batch_size=16",)),
    Case(preset="unrolled", changes=("training.batch_size=8", "phases.generator.objective.unroll=2")),
    Case(preset="minibatch-discrimination"),
)
# packs with a penalty; second derivatives; a control variable; an average; those through batch norm; shifts of samples;
# mixed styles, groups of samples and a mean length; packs of a table's rows, drawn by their categories; moments of a
# batch of series, and roots of its means; turns by places in the batch; other workers' samples to be told from; a
# penalty of weights
MORE = (
    Case(preset="mnist-pacgan", changes=("training.batch_size=8",)),
    Case(preset="mnist-wgan-gp"),
    Case(preset="mnist-began"),
    Case(preset="mnist-r1"),
    Case(
        preset="mnist-dcgan",
        steps=4,
        changes=(
            *(f"networks.generator.layers.conv_transpose_{number}.channels=6" for number in (1, 2, 3)),
            *(f"networks.discriminator.layers.conv_{number}.channels=6" for number in (1, 2, 3)),
            "training.batch_size=8",
            'phases.discriminator.objective.penalties=[{type="r1"}]',
            'silenced=["penalty-across-samples"]',
        ),
    ),
    Case(preset="wavegan"),
    Case(preset="stylegan2-small", steps=5),
    Case(preset="ctgan", changes=("training.batch_size=20",)),
    Case(preset="timegan", steps=6, changes=("training.batch_size=8",)),
    *(Case(preset=preset, steps=2) for preset in ("ssgan", "infomax-gan", "reacgan", "biggan-small")),
)
MUTANTS = (
    Case(preset="digits-mlp", mutant="gradients of a worker's own rows"),
    Case(preset="digits-mlp", synchronised=False),
    Case(preset="mnist-relativistic", mutant="means of a worker's own rows"),
    Case(preset="mnist-maxout", mutant="masks by a worker's own rows"),
    Case(preset="mnist-maxout", mutant="masks that overlook the joined batch"),
)
BOUND = 1e-10  # Adam's step on gradients that are rounding parts by 1e-12 to 3e-11; each mutant by 1e-6 and more
CHAOTIC = {"minibatch-discrimination": 1e-8}  # weights of one ulp's difference are 3e-10 apart after a step
FOUR = ("mnist-pacgan", "multi-generator", "mnist-relativistic", "minibatch-discrimination")


@pytest.fixture(scope="module")
def two(name: str, tmp_path_factory: pytest.TempPathFactory):
    """On one framework all cases, on two workers, in one pair of processes; on one that compiles none."""
    cases = {"torch": (*TRAPS, *MUTANTS), "paddle": QUICK}.get(name)
    if cases is None:
        return {}
    return together(cases, name, 2, tmp_path_factory.mktemp("two"))


@cache
def alone(case: Case, name: str):
    return trained(case, name)


def check(case: Case, several, name: str) -> None:
    worst, place, alike = parted(case, alone(case, name), several)
    assert worst <= CHAOTIC.get(case.preset, BOUND), place
    assert alike


@pytest.mark.parametrize("case", TRAPS, ids=lambda case: case.preset)
def test_two_workers_come_to_the_numbers_of_one_process(case: Case, two, name: str) -> None:
    if case not in two:
        pytest.skip("among the slow tests on this framework")
    check(case, two[case], name)


@pytest.mark.parametrize("case", MUTANTS, ids=lambda case: case.mutant or "batch norm of a worker's own rows")
def test_a_fault_in_what_workers_share_is_found(case: Case, two, name: str) -> None:
    if case not in two:
        pytest.skip("among the slow tests on this framework")
    plain = Case(preset=case.preset)
    worst, _, _ = parted(plain, alone(plain, name), two[case])
    assert worst > 1e-6


@pytest.mark.slow
def test_two_workers_do_so_in_every_trap_on_every_framework(name: str, tmp_path: Path) -> None:
    cases = (*TRAPS, *MORE)
    several = together(cases, name, 2, tmp_path)
    for case in cases:
        check(case, several[case], name)


@pytest.mark.slow
@pytest.mark.parametrize("preset", FOUR)
def test_four_workers_come_to_the_numbers_of_one_process(preset: str, name: str, tmp_path: Path) -> None:
    case = Case(preset=preset, changes=("training.batch_size=16",))
    check(case, together([case], name, 4, tmp_path)[case], name)


SMALL = {
    "training.dtype": "float64",
    "training.batch_size": 8,
    "training.steps": 40,
    "logging.every_steps": 5,
    "checkpoint.every_steps": 10,
    "sampling.every_steps": 1000,
}


def arrays_of(run: Path, step: int) -> dict[str, np.ndarray]:
    state = checkpoints.read(run / "checkpoints" / checkpoints.step_name(step), gan_core.Run(run).experiment)
    return {f"{network}.{name}": value for network, table in state.networks.items() for name, value in table.items()}


def distance(one: Path, other: Path, step: int) -> float:
    first, second = arrays_of(one, step), arrays_of(other, step)
    return max(float(np.abs(first[name] - second[name]).max() / np.abs(first[name]).max()) for name in first)


@pytest.mark.slow
def test_a_run_goes_on_with_other_numbers_of_workers(name: str, tmp_path: Path) -> None:
    quiet = {"progress": False, "changes": SMALL}
    gan_core.train("digits-mlp", name, out=tmp_path / "one", **quiet)
    gan_core.train("digits-mlp", name, steps=10, out=tmp_path / "other", **quiet)
    gan_core.resume(tmp_path / "other", steps=20, workers=2, progress=False)
    gan_core.resume(tmp_path / "other", steps=40, progress=False)
    assert distance(tmp_path / "one", tmp_path / "other", 40) < 1e-11


@pytest.mark.slow
def test_two_workers_leave_the_files_of_one(name: str, tmp_path: Path) -> None:
    quiet = {"progress": False, "changes": SMALL}
    gan_core.train("digits-mlp", name, out=tmp_path / "one", **quiet)
    gan_core.train("digits-mlp", name, out=tmp_path / "two", workers=2, **quiet)
    kept = [
        sorted(str(path.relative_to(run)) for path in run.rglob("*")) for run in (tmp_path / "one", tmp_path / "two")
    ]
    assert kept[0] == kept[1]
    rows = [gan_core.Run(tmp_path / run).metrics() for run in ("one", "two")]
    for one, other in zip(*rows, strict=True):
        assert one["generator/loss"] == pytest.approx(other["generator/loss"], rel=1e-10)
    assert json.loads((tmp_path / "two" / "environment.json").read_text())["workers"] == "2"


NAN = '''
from gan_core.objectives.adversarial import AdversarialGenerator
from gan_core.objectives.context import Outcome


class SometimesNothing(AdversarialGenerator, frozen=True, kw_only=True):
    """The generator's side, whose loss is no number on the second worker."""

    def evaluate(self, context):
        outcome = super().evaluate(context)
        factor = float("nan") if context.ops.workers.rank == 1 else 1.0
        return Outcome(loss=outcome.loss * factor, scalars={"loss": outcome.loss * factor})
'''


@pytest.mark.slow
def test_a_loss_that_is_no_number_on_one_worker_stops_all(name: str, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "sometimes.py").write_text(NAN)
    monkeypatch.chdir(tmp_path)
    changes = SMALL | {"imports": ["sometimes"], "phases.generator.objective.type": "sometimes_nothing"}
    with pytest.raises(TrainingError, match="step 1, phase 'generator': loss is nan"):
        gan_core.train("digits-mlp", name, out="run", workers=2, progress=False, changes=changes)


def started(name: str, out: Path) -> subprocess.Popen:
    """A long training on two workers, begun."""
    settings = [f"--set={key}={value}" for key, value in SMALL.items()]
    command = ["train", "digits-mlp", "--backend", name, "--workers", "2", "--steps", "100000", "--out", str(out)]
    process = subprocess.Popen(
        [sys.executable, "-m", "gan_core", *command, *settings],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    ends = time.monotonic() + 300
    while not (out / "checkpoints" / "step-0000010").exists():
        assert process.poll() is None
        assert time.monotonic() < ends, "no checkpoint"
        time.sleep(0.1)
    return process


def worker(name: str, parent: subprocess.Popen, rank: int) -> int:
    """The process number of a worker."""
    found = subprocess.run(["pgrep", "-f", "gan_core.sessions.worker"], capture_output=True, text=True, check=True)
    for number in found.stdout.split():
        with_rank = {f"RANK={rank}", f"PADDLE_TRAINER_ID={rank}"}
        words = Path(f"/proc/{number}/environ").read_text().split("\0")
        request = Path(f"/proc/{number}/cmdline").read_text().split("\0")[-2]
        same = json.loads(Path(request).read_text())["parent"] == parent.pid
        if same and (with_rank & set(words) or any(f'"index": {rank}' in word for word in words)):
            return int(number)
    raise AssertionError("no such worker")


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_a_worker_that_dies_ends_the_others_with_a_line(rank: int, name: str, tmp_path: Path) -> None:
    process = started(name, tmp_path / "run")
    os.kill(worker(name, process, rank), signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"worker {rank} of 2 died, and the others have ended" in said
    assert gan_core.Run(tmp_path / "run").state().step >= 10


@pytest.mark.slow
@pytest.mark.parametrize("to", ["the command", "worker 1"])
def test_a_signal_stops_all_with_a_checkpoint(to: str, name: str, tmp_path: Path) -> None:
    process = started(name, tmp_path / "run")
    os.kill(process.pid if to == "the command" else worker(name, process, 1), signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert "with a checkpoint: go on with  gan resume" in said


def test_workers_say_what_cannot_be_shared(name: str, tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="workers=3: a batch of 8 cannot be cut into 3 equal shares; choose batch_size=9"
    ):
        gan_core.train("digits-mlp", name, batch_size=8, out=tmp_path / "run", workers=3)
    assert not (tmp_path / "run").exists()


def test_a_process_that_cannot_join_says_so(name: str, tmp_path: Path, monkeypatch) -> None:
    foreign = (
        {"WORLD_SIZE": "2", "RANK": "0"} if name != "torch" else {"PADDLE_TRAINERS_NUM": "2", "PADDLE_TRAINER_ID": "0"}
    )
    for variable, value in foreign.items():
        monkeypatch.setenv(variable, value)
    with pytest.raises(BackendError, match=f"process 0 of 2 of a launcher of .*, which backend '{name}' cannot join"):
        gan_core.train("digits-mlp", name, out=tmp_path / "run")
