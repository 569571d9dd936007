"""The PyTorch backend: eager, with fused optimizers (compiling a step gains nothing on the CPU and costs a minute)."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from gan_core.contract.backend import Backend, NativeNetwork, StepFunction
from gan_core.contract.devices import EXACT, arithmetic, device_there, graphs_are_chosen
from gan_core.contract.eager_unit import EagerUnit
from gan_core.contract.launched import Launched, described
from gan_core.contract.update_rules import DefinedOptimizer
from gan_core.contract.variables import Variables
from gan_core.errors import BackendError, one_line
from gan_core.plans.plans import Plan
from gan_core.specs.optimizers import Optimizer

from .arithmetic import described_card, rounds_factors, settle
from .foreign_modules import MODULE, input_names, read_module
from .joining import engine, join
from .kept_arrays import KeptArrays
from .kernels import Graphs, Unit
from .network import Network
from .ops import Operations
from .optimizers import build_optimizer
from .program import TorchLanguage
from .stored_weights import IGNORED, SUFFIXES, stored_weights
from .weight_files import SUFFIX, file_arrays, read_weights, write_script, write_weights


class TorchBackend:
    """See `gan_core.contract.backend.Backend`."""

    name = "torch"
    limits: tuple[str, ...] = ()
    weights_suffix = SUFFIX
    weights_suffixes = SUFFIXES
    weights_ignored = IGNORED
    module_type: type = MODULE
    language = TorchLanguage()

    def __init__(self, dtype: str, device: str, products: str = EXACT, deterministic: bool = False) -> None:
        self.ops, self.deterministic = Operations(dtype, device, products), deterministic
        self.arrays = KeptArrays(self.ops)
        on_gpu = self.ops.device.type == "cuda"
        self._recorder = Graphs(self.ops.device) if on_gpu and graphs_are_chosen() else None

    def describe(self) -> dict[str, str]:
        return {
            "backend": self.name,
            "torch": torch.__version__,
            "device": str(self.ops.device).replace("cuda", "gpu"),
            "dtype": str(self.ops.numpy_dtype),
            "threads": str(torch.get_num_threads()),
            **({"launches": "graphs" if self._recorder else "kernels"} if self.ops.device.type == "cuda" else {}),
            **described_card(self.ops.device),
            **arithmetic(rounds_factors(), self.ops.products, deterministic=self.deterministic),
            **described(self.ops.workers, engine(self.ops.device)),
        }

    def join(self, launched: Launched) -> None:
        join(launched, self.ops.device)
        self._recorder = None  # exchanges between processes are launched as they come

    def to_numpy(self, array: Tensor) -> np.ndarray:
        return array.detach().cpu().numpy()

    def to_floats(self, arrays: Sequence[Tensor]) -> list[float]:
        with torch.no_grad():
            return torch.stack(list(arrays)).tolist()

    def build_network(self, plan: Plan, weights: Mapping[str, np.ndarray]) -> Network:
        return Network(plan, weights, self.ops, self.arrays)

    def build_optimizer(self, optimizer: Optimizer, networks: Sequence[NativeNetwork]) -> DefinedOptimizer:
        return build_optimizer(optimizer, networks, self.ops, self.arrays)

    def build_variables(self, initial: Mapping[str, np.ndarray]) -> Variables:
        return Variables(initial, self.ops, self.arrays)

    def compile(self, function: StepFunction, plans: Sequence[Plan]) -> EagerUnit | Unit:
        if self.ops.device.type == "cuda":
            return Unit(function, self.ops, self._recorder)
        return EagerUnit(function, self.ops.constants)

    export_weights = staticmethod(write_weights)
    import_weights = staticmethod(read_weights)
    stored_weights = staticmethod(stored_weights)
    file_arrays = staticmethod(file_arrays)
    export_script = staticmethod(write_script)
    input_names = staticmethod(input_names)
    read_module = staticmethod(read_module)


def create(dtype: str, device: str, products: str = EXACT, deterministic: bool = False) -> Backend:
    """The backend, opened. Raises `BackendError` where the device cannot be had."""
    seen = torch.cuda.device_count() if torch.cuda.is_available() else 0
    device = device_there("torch", device, seen, for_gpus=bool(torch.version.cuda or torch.version.hip))
    settle(products == "tf32" and device != "cpu", deterministic)
    backend = TorchBackend(dtype, device, products, deterministic)
    try:
        torch.zeros((), device=backend.ops.device)
    except (RuntimeError, AssertionError) as error:
        raise BackendError(f"torch cannot use '{device}' here ({one_line(error)}); try device=cpu") from None
    return backend
