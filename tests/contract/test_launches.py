"""What a process is among those that a launcher started."""

import json

import pytest

from gan_core.contract.launched import Launched
from gan_core.contract.launches import launched, launched_for, launcher
from gan_core.errors import BackendError, UsageError
from gan_core.training.machine import Machine

CLUSTER = {"cluster": {"worker": ["a:1", "b:1", "b:2"]}, "task": {"type": "worker", "index": 2}}
VARIABLES = {
    "torch": {"WORLD_SIZE": "3", "RANK": "2", "LOCAL_RANK": "1"},
    "paddle": {"PADDLE_TRAINERS_NUM": "3", "PADDLE_TRAINER_ID": "2", "PADDLE_LOCAL_RANK": "1"},
    "keras": {"TF_CONFIG": json.dumps(CLUSTER)},
}


@pytest.fixture(params=VARIABLES)
def started(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in VARIABLES[request.param].items():
        monkeypatch.setenv(name, value)
    return request.param


def test_a_launchers_variables_say_which_worker_this_is(started: str) -> None:
    assert launched() == Launched(backend=started, rank=2, count=3, local_rank=1)


def test_a_backend_that_cannot_join_says_so(started: str) -> None:
    other = next(name for name in VARIABLES if name != started)
    with pytest.raises(
        BackendError, match=f"process 2 of 3 of a launcher of {started}, which backend '{other}' cannot"
    ):
        launched_for(other)


def test_what_one_process_does_is_refused_in_several(started: str) -> None:
    with pytest.raises(UsageError, match="process 2 of 3 of a launcher, and only train and resume share their work"):
        Machine.of(started, "cpu", None)


def test_a_worker_takes_the_gpu_of_its_number(started: str) -> None:
    assert Machine.of_worker(started, "gpu", None).device == "gpu:1"


def test_workers_do_not_share_a_numbered_gpu(started: str) -> None:
    with pytest.raises(UsageError, match="device=gpu:0: 3 workers each take a GPU of their own; say device=gpu"):
        Machine.of_worker(started, "gpu:0", None)


def test_a_launcher_of_another_number_is_refused(started: str) -> None:
    with pytest.raises(UsageError, match="workers=2: a launcher started 3"):
        Machine.of_worker(started, "cpu", None, 2)


def test_alone_a_process_is_no_worker() -> None:
    assert launched() is None


def test_variables_that_say_nothing_sensible_are_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "two")
    monkeypatch.setenv("RANK", "0")
    with pytest.raises(BackendError, match="the variables of a launcher of torch are not whole"):
        launched()


def test_a_backend_without_an_engine_starts_no_workers(tmp_path) -> None:
    with pytest.raises(BackendError, match="workers=2: backend 'numpy' has no engine for several processes"):
        launcher("numpy", 2, tmp_path)
