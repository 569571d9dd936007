"""On every backend float32 is IEEE float32, asked of the framework itself, and a description says what is in force."""

import importlib

import pytest

from gan_core.contract.backend import Backend
from gan_core.contract.loading import load_backend
from gan_core.errors import BackendError


def switches(name: str) -> dict[str, object]:
    """Return what a framework itself says of rounding the factors of float32 products."""
    if name == "torch":
        torch = importlib.import_module("torch")
        new = getattr(torch.backends, "fp32_precision", "ieee")
        old = (torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32)
        return {"old": any(old), "cpu": torch.get_float32_matmul_precision(), "new": new}
    if name == "paddle":
        core = importlib.import_module("paddle.base").core
        return {library: getattr(core, f"get_{library}_switch")() for library in ("cublas", "cudnn")}
    return {"all": importlib.import_module("tensorflow").config.experimental.tensor_float_32_execution_enabled()}


STRICT = {
    "torch": {"old": False, "cpu": "highest", "new": "ieee"},
    "paddle": {"cublas": False, "cudnn": False},
    "keras": {"all": False},
}


def test_float32_is_ieee_float32(backend32: Backend) -> None:
    assert switches(backend32.name) == STRICT[backend32.name]
    assert backend32.describe()["float32"] == "ieee"


def test_tf32_leaves_a_cpu_exact_and_is_recorded(backend32: Backend) -> None:
    described = load_backend(backend32.name, "float32", "cpu", products="tf32").describe()
    assert (described["float32"], described["products"]) == ("ieee", "tf32")


def test_the_switches_of_tf32_are_turned_and_turned_back(backend32: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NVIDIA_TF32_OVERRIDE", raising=False)
    own = importlib.import_module(f"gan_backends.{backend32.name}.arithmetic")
    own.settle(True, False)
    assert backend32.describe()["float32"] == "tf32"
    own.settle(False, False)
    assert switches(backend32.name) == STRICT[backend32.name]


def test_a_cpu_is_no_card(backend32: Backend) -> None:
    assert not {"gpu", "cuda", "cudnn", "compute_capability"} & set(backend32.describe())


class FeignedPlace:
    """A GPU as Paddle names it."""

    def is_gpu_place(self) -> bool:
        return True

    def gpu_device_id(self) -> int:
        return 1


def feign_a_card(name: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """Have a framework tell of a GPU number 1, in its own words; return the device as the backend holds it."""
    if name == "torch":
        torch = importlib.import_module("torch")
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"Card {device.index}")
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (9, 0))
        return torch.device("cuda:1")
    if name == "paddle":
        cuda = importlib.import_module("paddle").device.cuda
        monkeypatch.setattr(cuda, "get_device_name", lambda number: f"Card {number}")
        monkeypatch.setattr(cuda, "get_device_capability", lambda _: (9, 0))
        return FeignedPlace()
    config = importlib.import_module("tensorflow").config
    cards = ["first", "second"]
    monkeypatch.setattr(config, "list_physical_devices", lambda _: cards)
    monkeypatch.setattr(
        config.experimental,
        "get_device_details",
        lambda card: {"device_name": f"Card {cards.index(card)}", "compute_capability": (9, 0)},
    )
    return "gpu:1"


def test_a_card_is_described_by_its_name_and_capability(backend32: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    device = feign_a_card(backend32.name, monkeypatch)
    own = importlib.import_module(f"gan_backends.{backend32.name}.arithmetic")
    described = own.described_card(device)
    assert (described["gpu"], described["compute_capability"]) == ("Card 1", "9.0")


def test_a_description_names_the_device_by_its_full_word(backend32: Backend) -> None:
    assert backend32.describe()["device"] == "cpu"


@pytest.mark.parametrize("word", ["gpu:99", "cuda", "gpu:0:0"])
def test_a_device_that_is_not_there_is_refused(backend32: Backend, word: str) -> None:
    with pytest.raises(BackendError, match=r"gpu:N|has no GPU 'gpu:99' here") as caught:
        load_backend(backend32.name, "float32", word)
    assert "\n" not in str(caught.value)
