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


def test_tf32_is_on_where_it_was_chosen_and_is_recorded(backend32: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAN_TF32", "1")
    assert load_backend(backend32.name, "float32", "cpu").describe()["float32"] == "tf32"
    monkeypatch.delenv("GAN_TF32")
    assert load_backend(backend32.name, "float32", "cpu").describe()["float32"] == "ieee"
    assert switches(backend32.name) == STRICT[backend32.name]


def test_a_description_names_the_device_by_its_full_word(backend32: Backend) -> None:
    assert backend32.describe()["device"] == "cpu"


@pytest.mark.parametrize("word", ["gpu:99", "cuda", "gpu:0:0"])
def test_a_device_that_is_not_there_is_refused(backend32: Backend, word: str) -> None:
    with pytest.raises(BackendError, match=r"gpu:N|has no GPU 'gpu:99' here") as caught:
        load_backend(backend32.name, "float32", word)
    assert "\n" not in str(caught.value)
