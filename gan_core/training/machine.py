"""Where an experiment is computed: by which framework, on which device, with data from which folder."""

from dataclasses import dataclass
from pathlib import Path

from gan_core.contract.backend import Backend
from gan_core.contract.devices import EXACT, gpu_number
from gan_core.contract.loading import load_backend
from gan_core.data.dataset import Dataset
from gan_core.data.places import data_folder
from gan_core.data.spec import Data


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A framework, a device and a folder of data, which travel together to whatever trains, samples or scores.

    backend: the framework's name. device: ``cpu``, ``gpu`` or ``gpu:N``. data_dir: the folder where data are looked for
    first; None leaves GAN_DATA_DIR and the user's cache. deterministic: whether a GPU is to compute the same bits each
    time, with slower kernels where need be.
    """

    backend: str
    device: str = "cpu"
    data_dir: Path | None = None
    deterministic: bool = False

    @classmethod
    def of(cls, backend: str, device: str, data_dir: str | Path | None, *, deterministic: bool = False) -> "Machine":
        """Return the machine that a user's words name; nothing is loaded.

        Raises `BackendError` for a device in other words, and `DataError` for a folder that does not exist.
        """
        gpu_number(device)
        return cls(backend=backend, device=device, data_dir=data_folder(data_dir), deterministic=deterministic)

    def load_backend(self, dtype: str, products: str = EXACT) -> Backend:
        """Return the framework, imported and opened on the device. Raises `BackendError`.

        dtype: of its arrays. products: how factors of its products are rounded, as ``training.products`` says.
        """
        return load_backend(self.backend, dtype, self.device, products=products, deterministic=self.deterministic)

    def load_data(self, data: Data) -> Dataset:
        """Return a data set. Raises `DataError`."""
        return data.load(self.data_dir)
