"""A run, opened: what was trained, where it stands, and the data it learned from."""

from functools import cached_property
from pathlib import Path
from typing import Any

from gan_core.data.dataset import Dataset
from gan_core.data.places import data_folder
from gan_core.errors import DamagedError, UsageError
from gan_core.experiments.class_heads import class_heads
from gan_core.experiments.data_fit import check_data
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import read_run_experiment
from gan_core.experiments.translations import sampling_from, sheet_networks
from gan_core.printing import say
from gan_core.runs import checkpoints
from gan_core.runs.chosen_checkpoint import numbered_checkpoint
from gan_core.runs.directory import RunDirectory
from gan_core.runs.known_data import check_same_data, class_number, kept_identity
from gan_core.specs.networks import condition_of
from gan_core.training.machine import Machine
from gan_core.training.sampler import Sampler
from gan_core.training.state import State
from gan_core.training.timetable import Timetable
from gan_core.training.trainer import Trainer


class OpenedRun:
    """One run's directory, read: its experiment, its states, its data, and what goes on from a checkpoint."""

    def __init__(self, directory: str | Path, *, allow_imports: bool = False) -> None:
        """Open a run's directory; allow_imports: whether the modules that it has kept may run, whoever wrote them."""
        self.directory = RunDirectory.open(Path(directory))
        self.path = self.directory.path
        self.experiment = read_run_experiment(self.path / "experiment.toml", allow_imports)
        self._datasets: dict[Path | None, Dataset] = {}  # by the folder where they were looked for

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self.path}')"

    @property
    def backend(self) -> str:
        """The backend it last ran on."""
        return str(self.directory.environment()["backend"])

    def metrics(self) -> list[dict[str, Any]]:
        """Return the logged lines: step, images, seconds and every phase's scalars."""
        return self.directory.metrics()

    def machine(self, backend: str | None = None, device: str = "cpu", data_dir: str | Path | None = None) -> Machine:
        """Return where the run is to be computed.

        backend: by default the one it last ran on. device: ``cpu``, ``gpu`` or ``gpu:N``. data_dir: the folder where
        data are looked for first.
        """
        return Machine.of(backend or self.backend, device, data_dir)

    @cached_property
    def timetable(self) -> Timetable:
        """The epochs of the run's steps; the run's files say how many samples its data have."""
        samples = self.directory.environment().get("samples")
        return Timetable(self.experiment, samples or len(self._loaded(data_folder(None))))

    def state(self, checkpoint: str | int = "last") -> State:
        """Return the state of a checkpoint.

        checkpoint: ``last``, the newest that is whole: a damaged one is passed over with a line on standard error;
        ``best``, of a run that was evaluated during training; a step, as 6400; or ``epoch-15``, the end of an epoch.
        Raises `UsageError` for one that there is not, with those that there are, and `DamagedError`.
        """
        if checkpoint == "last":
            state = self.directory.newest_state(self.experiment, _passed_over)
        elif checkpoint == "best":
            if not self.directory.best.paths():
                raise UsageError(
                    f"{self.path} has no best checkpoint; train with evaluation.every_steps=500 to keep one"
                )
            state = self.directory.best.newest(self.experiment, _passed_over)
        else:
            return checkpoints.read(numbered_checkpoint(self.directory, self.timetable, checkpoint), self.experiment)
        if state is None:
            raise UsageError(f"{self.path} has no checkpoint yet")
        return state

    def trainer_on(self, machine: Machine) -> Trainer:
        """Return a trainer that stands at the newest checkpoint. Raises `UsageError` where the data are others.

        machine: the framework, the device and the folder of data, as `machine` returns them.
        """
        dataset, state = self.dataset(machine.data_dir), self.state()
        backend = machine.load_backend(self.experiment.training.dtype, self.experiment.training.products)
        trainer = Trainer(self.experiment, backend, dataset, initial=state.networks)
        trainer.load(state)
        return trainer

    def sampler_on(
        self,
        machine: Machine,
        state: State | None = None,
        network: str | tuple[str, ...] | None = None,
        *,
        with_class_heads: bool = False,
        held_out: bool = False,
    ) -> Sampler:
        """Return the sampler of the run's sampling networks, which needs no optimizer and no batches.

        machine: as in `trainer_on`. state: one of the run's states, by default the newest. network: the networks to
        sample in place of those of the experiment's sheets. with_class_heads: whether it has the networks too that
        choose classes for samples. Networks that read no data make the same samples beside any data; for others, raises
        `UsageError` where the data are others. held_out: whether the networks read the part of the data that the run
        never saw; raises `UsageError` where there is none, or they read no data. Raises `SpecError` for a network that
        there is not.
        """
        experiment = sampling_from(self.experiment, network)
        specs = [spec for name in experiment.sampled for spec in experiment.plans[name].inputs.values()]
        reads_data = any(spec.kind == "data" for spec in specs)
        dataset = self.dataset(machine.data_dir) if reads_data else self._loaded(machine.data_dir)
        if held_out:
            dataset = self._held_out(dataset, machine.data_dir, reads_data)
        check_data(experiment, dataset)
        values = (state or self.state()).networks
        native = machine.load_backend(experiment.training.dtype, experiment.training.products)
        judging = [head.network for head in class_heads(experiment)] if with_class_heads else []
        needed = dict.fromkeys([*sheet_networks(experiment), *judging])
        networks = {name: native.build_network(experiment.plans[name], values[name]) for name in needed}
        return Sampler(experiment, native, dataset, networks)

    def dataset(self, data_dir: str | Path | None = None) -> Dataset:
        """Return the data that the run learned from. Raises `UsageError` where there are others in their place.

        data_dir: the folder where they are looked for first.
        """
        dataset = self._loaded(data_folder(data_dir))
        check_same_data(self.directory.environment(), dataset, self.path)
        return dataset

    def _held_out(self, dataset: Dataset, data_dir: Path | None, reads_data: bool) -> Dataset:
        """The part of the data that the run never saw. Raises `UsageError` where nothing could come of it."""
        if not reads_data:
            raise UsageError(
                f"data=held-out: the sampling network of {self.path} starts from latents and reads no data"
            )
        part = self.experiment.data.held_out()
        if part is None:
            raise UsageError(
                f"data=held-out: '{dataset.name}' is in one piece, of which nothing was held out; train on a part, "
                "as pairs with data.count do, or translate pictures of your own"
            )
        return part.data.load(data_dir)

    def _loaded(self, data_dir: Path | None) -> Dataset:
        if data_dir not in self._datasets:
            self._datasets[data_dir] = self.experiment.data.load(data_dir)
        return self._datasets[data_dir]

    def checked_label(self, label: int | str, network: str | tuple[str, ...] | None = None) -> int:
        """Return the number of a class, by its number or name. Raises `UsageError` if the network reads none such.

        label: the number or the name. network: as in `sampler_on`.
        """
        experiment = sampling_from(self.experiment, network)
        if (classes := sampled_classes(experiment)) is None:
            name = experiment.sampler_network
            raise UsageError(f"label={label}: the network '{name}' of {self.path} reads no labels")
        return class_number(label, self.class_names, classes)

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes that the run learned from, () where they have none."""
        identity = kept_identity(self.directory.environment())
        return tuple(identity.class_names) if identity else ()


def sampled_classes(experiment: Experiment) -> int | None:
    """Return how many classes the sampling networks can be asked for, or None where they read none."""
    inputs = experiment.plans[experiment.sampler_network].inputs
    condition = condition_of(inputs)
    return inputs[condition].categories if condition else None


def _passed_over(_: Path, damage: DamagedError) -> None:
    say(f"gan: {damage}; the checkpoint before it is used")
