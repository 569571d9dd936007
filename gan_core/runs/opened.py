"""A run, opened: what was trained, where it stands, and the data it learned from."""

from pathlib import Path
from typing import Any

from gan_core.contract.loading import load_backend
from gan_core.data.dataset import Dataset
from gan_core.data.spec import data_folder
from gan_core.errors import UsageError
from gan_core.experiments.files import read_run_experiment
from gan_core.printing import say
from gan_core.runs.directory import RunDirectory
from gan_core.runs.known_data import check_same_data, class_number, kept_identity
from gan_core.specs.networks import condition_of
from gan_core.training.state import State
from gan_core.training.trainer import Trainer


class OpenedRun:
    """One run's directory, read: its experiment, its states, its data, and trainers that stand at a checkpoint."""

    def __init__(self, directory: str | Path, *, allow_imports: bool = False) -> None:
        """Open a run's directory; allow_imports: whether the modules that it has kept may run, whoever wrote them."""
        self.directory = RunDirectory.open(Path(directory))
        self.path = self.directory.path
        self.experiment = read_run_experiment(self.path / "experiment.toml", allow_imports)
        self._datasets: dict[str, Dataset] = {}  # by the folder they were looked for in

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self.path}')"

    @property
    def backend(self) -> str:
        """The backend it last ran on."""
        return str(self.directory.environment()["backend"])

    def metrics(self) -> list[dict[str, Any]]:
        """Return the logged lines: step, images, seconds and every phase's scalars."""
        return self.directory.metrics()

    def state(self) -> State:
        """Return the newest state that is whole; a damaged one is passed over with a line on standard error."""
        return self.state_in(self.directory)

    def state_in(self, directory: RunDirectory) -> State:
        """Return the newest state of the run's own directory, or of that within it which has the best."""
        state = directory.newest_state(
            self.experiment, lambda _, error: say(f"gan: {error}; the checkpoint before it is used")
        )
        if state is None:
            raise UsageError(f"{directory.path} has no checkpoint yet")
        return state

    def trainer(self, backend: str | None = None, device: str = "cpu", data_dir: str | Path | None = None) -> Trainer:
        """Return a trainer that stands at the newest checkpoint. Raises `UsageError` where the data are others."""
        return self._trainer(backend, device, self.dataset(data_dir))

    def sampler(self, backend: str | None = None, device: str = "cpu", data_dir: str | Path | None = None) -> Trainer:
        """Return a trainer for new samples alone; networks that read no data make the same ones beside any data."""
        inputs = [given for name in self.experiment.sampled for given in self.experiment.plans[name].inputs.values()]
        if any(given.kind == "data" for given in inputs):
            return self.trainer(backend, device, data_dir)
        return self._trainer(backend, device, self._loaded(data_dir))

    def dataset(self, data_dir: str | Path | None = None) -> Dataset:
        """Return the data that the run learned from. Raises `UsageError` if what is found is not that."""
        dataset = self._loaded(data_dir)
        check_same_data(self.directory.environment(), dataset, self.path)
        return dataset

    def _loaded(self, data_dir: str | Path | None) -> Dataset:
        key = str(data_dir or "")
        if key not in self._datasets:
            self._datasets[key] = self.experiment.data.load(data_folder(data_dir))
        return self._datasets[key]

    def _trainer(self, backend: str | None, device: str, dataset: Dataset) -> Trainer:
        state = self.state()
        native = load_backend(backend or self.backend, self.experiment.training.dtype, device)
        trainer = Trainer(self.experiment, native, dataset, initial=state.networks)
        trainer.load(state)
        return trainer

    def checked_label(self, label: int | str) -> int:
        """Return the number of a class, by its number or name. Raises `UsageError` if the network reads none such."""
        plan = self.experiment.plans[self.experiment.sampled[0]]
        condition = condition_of(plan.inputs)
        classes = plan.inputs[condition].categories if condition else None
        if classes is None:
            raise UsageError(f"label={label}: the network '{plan.name}' of {self.path} reads no labels")
        identity = kept_identity(self.directory.environment())
        return class_number(label, identity.class_names if identity else (), classes)
