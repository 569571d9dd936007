"""What the doctor says of builds for GPUs, interpreters of their own, and the devices that a backend sees."""

import sys

import pytest

from gan_core.cli import doctor
from gan_core.contract import seen_devices as seeing
from gan_core.contract.seen_devices import SeenDevices, opened_on_each, seen_devices
from gan_core.errors import BackendError, GanError

CPU = {"backend": "torch", "torch": "2.13.0", "device": "cpu", "dtype": "float32", "threads": "2", "float32": "ieee"}
CARD = {"gpu": "NVIDIA H100", "compute_capability": "9.0", "cuda": "12.6", "cudnn": "90501"}


@pytest.fixture
def installed(monkeypatch):
    """Sets which distributions there are: name → version."""

    def choose(**versions: str) -> None:
        named = {name.replace("_", "-"): version for name, version in versions.items()}
        monkeypatch.setattr(doctor, "_version", named.get)

    for name in ("TORCH", "PADDLE", "KERAS"):
        monkeypatch.delenv(f"GAN_PYTHON_{name}", raising=False)
    return choose


def finding(topic: str) -> doctor.Finding | None:
    return next((one for one in doctor.examine() if one.topic == topic), None)


@pytest.mark.parametrize(
    ("versions", "backend", "found"),
    [
        ({"paddlepaddle_gpu": "3.3.1"}, "paddle", "paddlepaddle-gpu 3.3.1"),
        ({"tensorflow_cpu": "2.21.0", "keras": "3.15.1"}, "keras", "keras 3.15.1, tensorflow-cpu 2.21.0"),
        ({"torch": "2.13.0+cu130"}, "torch", "torch 2.13.0+cu130"),
    ],
)
def test_another_build_of_a_framework_counts(installed, versions, backend, found):
    installed(**versions)

    one = finding(f"backend {backend}")

    assert (one.state, one.found) == ("ok", found)
    assert doctor.available()[backend]


def test_without_any_build_a_framework_is_not_installed(installed):
    installed(paddle="1.0.2")

    assert finding("backend paddle").found == "not installed (paddlepaddle)"
    assert finding("paddle").found == "the package 'paddle' is another project"


def test_with_a_build_for_gpus_the_other_project_is_no_conflict(installed):
    installed(paddle="1.0.2", paddlepaddle_gpu="3.3.1")
    assert finding("paddle") is None


def test_an_old_build_for_gpus_is_not_to_be_replaced_by_that_for_cpus(installed):
    installed(paddlepaddle_gpu="2.6.2")

    one = finding("backend paddle")

    assert (one.state, one.advice) == ("problem", "needs paddlepaddle>=3.1: update paddlepaddle-gpu")


def test_an_interpreter_of_its_own_is_told(monkeypatch):
    monkeypatch.setenv("GAN_PYTHON_PADDLE", sys.executable)
    assert finding("backend paddle").found == f"GAN_PYTHON_PADDLE={sys.executable}"


def test_an_interpreter_that_is_none_is_a_problem(monkeypatch):
    monkeypatch.setenv("GAN_PYTHON_PADDLE", "/nowhere")
    assert finding("backend paddle").state == "problem"


class Opened:
    """A backend that sees two GPUs."""

    def __init__(self, device: str) -> None:
        self.device = device

    def describe(self):
        return CPU | {"device": self.device} | ({} if self.device == "cpu" else CARD)


def opening(name, dtype="float32", device="cpu"):
    if device == "gpu:2":
        raise BackendError("torch has no GPU 'gpu:2' here (it sees 2, gpu:0 to gpu:1); try device=gpu")
    return Opened(device)


def test_a_backend_is_opened_on_each_device(monkeypatch):
    monkeypatch.setattr(seeing, "load_backend", opening)

    seen = opened_on_each("torch")

    assert ([gpu["device"] for gpu in seen.gpus], seen.refused) == (["gpu:0", "gpu:1"], "")
    assert seen.sentence() == (
        "torch 2.13.0; cpu (2 threads), float32 ieee; gpu:0 NVIDIA H100, CUDA 12.6, cuDNN 90501, tf32 and bf16; "
        "gpu:1 NVIDIA H100, CUDA 12.6, cuDNN 90501, tf32 and bf16"
    )


def test_a_card_without_short_products_is_told(monkeypatch):
    seen = SeenDevices(cpu=CPU, gpus=({"device": "gpu:0", "compute_capability": "7.5"},), refused="")
    assert seen.sentence().endswith("gpu:0, neither tf32 nor bf16")


def test_devices_are_asked_for_in_a_process_of_its_own():
    with pytest.raises(GanError, match=r"^unknown backend 'banana'"):
        seen_devices("banana")


def test_a_backend_that_cannot_be_asked_is_a_problem_of_one_line(monkeypatch):
    def broken(name):
        raise GanError(f"{name} failed: killed by SIGSEGV")

    monkeypatch.setattr(doctor, "seen_devices", broken)

    found = [one for one in doctor.examine(devices=True) if one.topic.startswith("devices ")]

    assert {(one.state, one.found) for one in found} <= {("problem", "it cannot be asked")}
