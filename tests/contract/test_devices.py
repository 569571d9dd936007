"""One grammar of devices, one meaning of float32, and one line where a framework cannot be had; no framework needed."""

import pytest

from gan_core.contract import devices, loading
from gan_core.contract.devices import arithmetic, card, device_there, gpu_number
from gan_core.contract.loading import load_backend
from gan_core.errors import BackendError, one_line
from gan_core.sessions import training


@pytest.mark.parametrize(("word", "number"), [("cpu", None), ("gpu", 0), ("gpu:0", 0), ("gpu:3", 3)])
def test_a_device_is_cpu_gpu_or_gpu_n(word, number):
    assert gpu_number(word) == number


@pytest.mark.parametrize(
    "word", ["", "cuda", "cuda:0", "banana", "GPU", "gpu:", "gpu:-1", "gpu:x", "gpu:1\n", "cpu:0", "gpu:٣"]
)
def test_any_other_word_is_refused_before_anything_is_loaded(word, monkeypatch):
    monkeypatch.setattr(training, "load_experiment", lambda *_: pytest.fail("was loaded"))
    for use in (
        lambda: load_backend("torch", "float32", word),
        lambda: training.train("mixture-8", "torch", device=word),
    ):
        with pytest.raises(BackendError, match=r"^device '.*': expected cpu, gpu or gpu:N"):
            use()


@pytest.mark.parametrize(
    ("word", "seen", "there"),
    [("gpu", 0, "it sees none"), ("gpu:1", 1, "it sees one, gpu:0"), ("gpu:4", 2, "it sees 2, gpu:0 to gpu:1")],
)
def test_a_gpu_that_is_not_there_is_refused_with_those_that_are(word, seen, there):
    with pytest.raises(BackendError, match=rf"^torch has no GPU '{word}' here \({there}\); try device="):
        device_there("torch", word, seen)


def test_a_build_without_gpus_says_so():
    with pytest.raises(BackendError, match=r"^torch has no GPU 'gpu' here \(this build of it is for CPUs alone\)"):
        device_there("torch", "gpu", 0, for_gpus=False)


def test_a_device_that_is_there_has_a_full_word():
    assert [device_there("torch", word, 2) for word in ("cpu", "gpu", "gpu:1")] == ["cpu", "gpu:0", "gpu:1"]


def test_a_dtype_that_no_experiment_may_have_is_refused():
    with pytest.raises(BackendError, match="dtype 'float16': expected float32 or float64"):
        load_backend("torch", "float16", "cpu")


@pytest.mark.parametrize(
    ("products", "dtype", "why"),
    [("fp8", "float32", "expected exact, tf32 or bf16"), ("bf16", "float64", "float64 has exact products alone")],
)
def test_products_that_there_are_not_are_refused_before_anything_is_loaded(products, dtype, why):
    with pytest.raises(BackendError, match=f"products '{products}': {why}"):
        load_backend("torch", dtype, products=products)


class Elsewhere:
    """The entry point of a backend of another distribution, which knows a dtype and a device."""

    @staticmethod
    def load():
        return lambda dtype, device: (dtype, device)


def test_a_backend_that_knows_no_options_opens_without_them(monkeypatch):
    monkeypatch.setattr(loading, "installed_backends", lambda: {"mine": Elsewhere()})
    assert load_backend("mine") == ("float32", "cpu")


@pytest.mark.parametrize("option", [{"products": "bf16"}, {"deterministic": True}])
def test_an_option_that_a_backend_does_not_know_is_refused(option, monkeypatch):
    monkeypatch.setattr(loading, "installed_backends", lambda: {"mine": Elsewhere()})
    with pytest.raises(BackendError, match=r"^backend 'mine' does not know (products=bf16|deterministic=True): leave"):
        load_backend("mine", **option)


def test_tf32_on_a_cpu_is_a_note(monkeypatch, capsys):
    def create(dtype, device, products):
        return products

    entry = Elsewhere()
    monkeypatch.setattr(entry, "load", lambda: create)
    monkeypatch.setattr(loading, "installed_backends", lambda: {"mine": entry})
    assert load_backend("mine", products="tf32") == "tf32"
    assert capsys.readouterr().err == (
        "gan: note: training.products=tf32 changes nothing on a CPU, where products are exact\n"
    )


def test_a_card_is_told_by_what_is_known_of_it():
    assert card("NVIDIA H100", (9, 0), "12.6", 90501) == {
        "gpu": "NVIDIA H100",
        "compute_capability": "9.0",
        "cuda": "12.6",
        "cudnn": "90501",
    }
    assert card("Radeon", None, None, "False") == {"gpu": "Radeon"}


def test_the_switch_of_the_libraries_is_above_a_frameworks_answer(monkeypatch):
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "0")
    assert arithmetic(True)["float32"] == "ieee"


def test_switches_that_change_float32_are_recorded(monkeypatch):
    for name in devices.ARITHMETIC_SWITCHES:
        monkeypatch.delenv(name, raising=False)
    assert arithmetic(False) == {"float32": "ieee"}
    monkeypatch.setenv("TF_ENABLE_AUTO_MIXED_PRECISION", "0")  # the strict value
    monkeypatch.setenv("ONEDNN_DEFAULT_FPMATH_MODE", "BF16")
    assert arithmetic(True) == {"float32": "tf32", "switches": "ONEDNN_DEFAULT_FPMATH_MODE=BF16"}
    assert arithmetic(False, "bf16", deterministic=True) == {
        "float32": "ieee",
        "products": "bf16",
        "deterministic": "true",
        "switches": "ONEDNN_DEFAULT_FPMATH_MODE=BF16",
    }


def test_a_framework_that_is_installed_and_broken_is_one_line(monkeypatch):
    class Broken:
        def load(self):
            raise OSError("libcudart.so.12: cannot open shared object file:\n  No such file or directory")

    monkeypatch.setattr(loading, "installed_backends", lambda: {"torch": Broken()})
    with pytest.raises(BackendError) as caught:
        load_backend("torch")
    assert str(caught.value) == (
        "backend 'torch' is installed but cannot be imported (OSError: libcudart.so.12: cannot open shared object "
        "file: No such file or directory); uninstall it, then  pip install 'gan-core[torch]'"
    )


def test_a_long_reason_keeps_its_beginning_and_its_end():
    """A reason of 1,500 letters is whole; one of 5,000 loses its middle, and its end, where the cause stands, stays."""
    whole = "calls\n" * 250
    assert one_line(whole) == " ".join(["calls"] * 250)
    cut = one_line("begins " + "page " * 1000 + "\n\nOut of memory: lower the batch")
    assert len(cut) == 2000
    assert cut.startswith("begins page")
    assert cut.endswith("page Out of memory: lower the batch")


def test_a_reason_without_words_is_the_errors_name():
    assert one_line(KeyboardInterrupt()) == "KeyboardInterrupt"
