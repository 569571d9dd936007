"""Words for devices, and what float32 means on them: one grammar and one rule for every backend."""

import os
import re
from collections.abc import Sequence

from gan_core.errors import BackendError

EXACT = "exact"
PRODUCTS = (EXACT, "tf32", "bf16")  # how factors of float32 products are rounded: not, by a GPU, to bfloat16

# what makes cuBLAS add in the same order each time: a variable, and a value that NVIDIA's page on it names
WORKSPACE = ("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
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


def device_there(framework: str, device: str, seen: int, *, for_gpus: bool = True) -> str:
    """Return a device's full word, ``cpu`` or ``gpu:N``. Raises `BackendError` for a GPU not among the `seen` ones.

    for_gpus: whether the framework's build can compute on GPUs at all.
    """
    number = gpu_number(device)
    if number is None:
        return device
    if number < seen:
        return f"gpu:{number}"
    there = f"it sees {seen}, gpu:0 to gpu:{seen - 1}" if seen > 1 else "it sees one, gpu:0" if seen else "it sees none"
    there = there if for_gpus else "this build of it is for CPUs alone"
    raise BackendError(f"{framework} has no GPU '{device}' here ({there}); try device={'gpu' if seen else 'cpu'}")


def check_products(products: str, dtype: str) -> None:
    """Raise `BackendError` for products that there are not, or that there are not in this dtype."""
    if products not in PRODUCTS:
        raise BackendError(f"products '{products}': expected {', '.join(PRODUCTS[:-1])} or {PRODUCTS[-1]}")
    if products != EXACT and dtype != "float32":
        raise BackendError(f"products '{products}': {dtype} has exact products alone; take float32 or exact")


def graphs_are_chosen() -> bool:
    """Whether a GPU's work is recorded and launched as one where a backend can: GAN_GRAPHS=0 launches each kernel.

    Raises `BackendError` for a value but 0 and 1.
    """
    value = os.environ.get("GAN_GRAPHS", "") or "1"
    if value not in ("0", "1"):
        raise BackendError(f"GAN_GRAPHS={value}: expected 0 or 1")
    return value == "1"


def arithmetic(tf32: bool, products: str = EXACT, *, deterministic: bool = False) -> dict[str, str]:
    """Return what a description says of float32: ``ieee`` or ``tf32``, and the environment's switches beyond the usual.

    tf32: what the framework itself answers when asked; NVIDIA's own switch is above it. products, deterministic: as the
    backend was opened; left out where they are the usual ones.
    """
    set_here = {name: os.environ[name] for name in ARITHMETIC_SWITCHES if os.environ.get(name)}
    unusual = [f"{name}={value}" for name, value in set_here.items() if value.lower() != ARITHMETIC_SWITCHES[name]]
    return (
        {"float32": "tf32" if tf32 and os.environ.get("NVIDIA_TF32_OVERRIDE") != "0" else "ieee"}
        | ({"products": products} if products != EXACT else {})
        | ({"deterministic": "true"} if deterministic else {})
        | ({"switches": " ".join(unusual)} if unusual else {})
    )


def card(name: str | None, capability: Sequence[int] | None, cuda: object, cudnn: object) -> dict[str, str]:
    """Return what a description says of a GPU: its name, its compute capability, and the versions of its libraries.

    capability: as (9, 0). What a framework does not know (None, "", False) is left out.
    """
    numbers = ".".join(map(str, capability)) if capability else ""
    said = {"gpu": name, "compute_capability": numbers, "cuda": cuda, "cudnn": cudnn}
    return {key: str(value) for key, value in said.items() if value and str(value).lower() not in ("false", "none")}
