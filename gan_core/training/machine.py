"""Where an experiment is computed: by which framework, on which device, with data from which folder."""

from dataclasses import dataclass
from pathlib import Path

from gan_core.contract.backend import Backend
from gan_core.contract.devices import EXACT, gpu_number
from gan_core.contract.launched import Launched
from gan_core.contract.launches import launched, launched_for
from gan_core.contract.loading import load_backend
from gan_core.data.dataset import Dataset
from gan_core.data.places import data_folder
from gan_core.data.spec import Data
from gan_core.errors import UsageError


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A framework, a device and a folder of data, which travel together to whatever trains, samples or scores.

    backend: the framework's name. device: ``cpu``, ``gpu`` or ``gpu:N``. data_dir: the folder where data are looked for
    first; None leaves GAN_DATA_DIR and the user's cache. deterministic: whether a GPU is to compute the same bits each
    time, with slower kernels where need be. launched: what this process is among those that train together, or None.
    """

    backend: str
    device: str = "cpu"
    data_dir: Path | None = None
    deterministic: bool = False
    launched: Launched | None = None

    @classmethod
    def of(cls, backend: str, device: str, data_dir: str | Path | None, *, deterministic: bool = False) -> "Machine":
        """Return the machine that a user's words name, for work that one process does; nothing is loaded.

        Raises `BackendError` for a device in other words, `DataError` for a folder that does not exist, and
        `UsageError` where a launcher started several processes, which would all do the same.
        """
        gpu_number(device)
        if (found := launched()) is not None:
            raise UsageError(
                f"this is process {found.rank} of {found.count} of a launcher, and only train and resume share their "
                "work; start this by itself"
            )
        return cls(backend=backend, device=device, data_dir=data_folder(data_dir), deterministic=deterministic)

    @classmethod
    def of_worker(
        cls,
        backend: str,
        device: str,
        data_dir: str | Path | None,
        workers: int | None = None,
        *,
        deterministic: bool = False,
    ) -> "Machine":
        """Return the machine of a training, which this process may share with others of its launcher; as `of`.

        workers: their number, as the user said it, or None. Raises `BackendError` for a launcher that the framework
        cannot join, and `UsageError` for another number.
        """
        gpu_number(device)
        found = launched_for(backend)
        if workers is not None and workers != (found.count if found else 1):
            raise UsageError(f"workers={workers}: a launcher started {found.count if found else 1}; leave workers out")
        own = found.device(device) if found else device
        folder = data_folder(data_dir)
        return cls(backend=backend, device=own, data_dir=folder, deterministic=deterministic, launched=found)

    def load_backend(self, dtype: str, products: str = EXACT) -> Backend:
        """Return the framework, imported and opened on the device. Raises `BackendError`.

        dtype: of its arrays. products: how factors of its products are rounded, as ``training.products`` says.
        """
        return load_backend(self.backend, dtype, self.device, products=products, deterministic=self.deterministic)

    def load_data(self, data: Data) -> Dataset:
        """Return a data set. Raises `DataError`."""
        return data.load(self.data_dir)
