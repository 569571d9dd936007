"""Words for devices, and what float32 means on them: one grammar and one rule for every backend."""

import os
import re

from gan_core.errors import BackendError

# What the libraries below the frameworks read from the environment, and the value by which float32 stays IEEE float32.
ARITHMETIC_SWITCHES = {
    "NVIDIA_TF32_OVERRIDE": "0",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "0",
    "ONEDNN_DEFAULT_FPMATH_MODE": "strict",
    "DNNL_DEFAULT_FPMATH_MODE": "strict",
    "TF_SET_ONEDNN_FPMATH_MODE": "strict",
    "TF_ENABLE_AUTO_MIXED_PRECISION": "0",
    "MKL_BLAS_COMPUTE_MODE": "standard",
    "XLA_FLAGS": "",
}


def gpu_number(device: str) -> int | None:
    """Return N for ``gpu:N``, 0 for ``gpu``, None for ``cpu``. Raises `BackendError` for any other word."""
    if device == "cpu":
        return None
    found = re.fullmatch(r"gpu(?::([0-9]{1,4}))?", device)
    if found is None:
        raise BackendError(f"device '{device}': expected cpu, gpu or gpu:N (the GPU of that number, from 0)")
    return int(found[1] or 0)


def device_there(framework: str, device: str, seen: int) -> str:
    """Return a device's full word, ``cpu`` or ``gpu:N``. Raises `BackendError` for a GPU not among the `seen` ones."""
    number = gpu_number(device)
    if number is None:
        return device
    if number < seen:
        return f"gpu:{number}"
    there = f"it sees {seen}, gpu:0 to gpu:{seen - 1}" if seen > 1 else "it sees one, gpu:0" if seen else "it sees none"
    raise BackendError(f"{framework} has no GPU '{device}' here ({there}); try device={'gpu' if seen else 'cpu'}")


def tf32_is_chosen() -> bool:
    """Whether GAN_TF32=1 lets GPUs round the factors of float32 products to TF32 (10 bits of fraction in place of 23).

    Off by default, on every backend: float32 means IEEE float32. Raises `BackendError` for a value but 0 and 1.
    """
    return _chosen("GAN_TF32", "0")


def graphs_are_chosen() -> bool:
    """Whether a GPU's work is recorded and launched as one where a backend can: GAN_GRAPHS=0 launches each kernel.

    Raises `BackendError` for a value but 0 and 1.
    """
    return _chosen("GAN_GRAPHS", "1")


def _chosen(name: str, usual: str) -> bool:
    value = os.environ.get(name, "") or usual
    if value not in ("0", "1"):
        raise BackendError(f"{name}={value}: expected 0 or 1")
    return value == "1"


def arithmetic(tf32: bool) -> dict[str, str]:
    """Return what a description says of float32: ``ieee`` or ``tf32``, and the environment's switches beyond the usual.

    tf32: what the framework itself answers when asked.
    """
    set_here = {name: os.environ[name] for name in ARITHMETIC_SWITCHES if os.environ.get(name)}
    unusual = [f"{name}={value}" for name, value in set_here.items() if value.lower() != ARITHMETIC_SWITCHES[name]]
    return {"float32": "tf32" if tf32 else "ieee"} | ({"switches": " ".join(unusual)} if unusual else {})
