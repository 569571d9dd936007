"""What is done with the events of a training: files. Attached from outside; the loop knows none."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gan_core.data.dataset import Dataset
from gan_core.data.identity import identity_of
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import to_toml
from gan_core.experiments.translations import output_domain
from gan_core.files.disk_errors import write_error
from gan_core.runs.checkpoint_writer import CheckpointWriter
from gan_core.runs.comparison import is_compared, write_comparison
from gan_core.runs.directory import RunDirectory
from gan_core.runs.history import continued, ended, entry, environment
from gan_core.runs.kept_imports import keep_imports
from gan_core.runs.loss_curve import LossCurve
from gan_core.runs.montage import write_own_montage
from gan_core.sheets.sheets import write_whole_sheet
from gan_core.training.events import (
    CheckpointDue,
    Event,
    RunEnded,
    RunStarted,
    RunStopped,
    SamplesDrawn,
    ScalarsLogged,
)
from gan_core.training.timetable import Timetable

Callback = Callable[[Event], None]


class RunFiles:
    """Writes a run's directory. Raises `WriteError` where the disk will not have it.

    command: the command line, for ``environment.json``. origin: what a new run's ``environment.json`` says of the run
    that it began from. A run that goes on (`RunStarted.first_step` above 0, or a history that is there) keeps its
    files; its experiment is written anew, since it may have more steps.
    """

    def __init__(
        self,
        directory: RunDirectory,
        experiment: Experiment,
        dataset: Dataset,
        command: str,
        origin: Mapping[str, Any] | None = None,
    ) -> None:
        self.directory, self.experiment, self.dataset, self.command = directory, experiment, dataset, command
        self.beginning = {"from": dict(origin)} if origin else {}
        self.writer = CheckpointWriter(directory, experiment.checkpoint.keep)
        self.timetable = Timetable(experiment, len(dataset))
        self.curve = LossCurve(directory, self.timetable)

    def __call__(self, event: Event) -> None:
        """Write what an event brings."""
        self.writer.check()
        try:
            self._write(event)
        except OSError as error:
            raise write_error(error.filename or self.directory.path, error) from None

    def close(self) -> None:
        """Wait for what is still being written; a run that was interrupted has its figure drawn."""
        self.writer.close()
        self.curve.close()

    def _write(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._start(event)
            case ScalarsLogged():
                line = {"step": event.step, "images": event.images, "seconds": round(event.seconds, 4)}
                earlier = {"of_step": dict(event.of_step)} if event.of_step else {}
                self.directory.append_metrics([line | dict(event.scalars) | earlier])
                self.curve.add(event)
            case SamplesDrawn():
                columns, title = self.experiment.sampling.columns, f"{self.experiment.name}, step {event.step}"
                shown = output_domain(self.experiment, self.dataset, self.experiment.sampler_network)
                write_whole_sheet(self.directory.sample_path(event.step), event.samples, columns, shown, title)
                if is_compared(self.experiment, self.dataset):
                    write_comparison(self.directory, self.timetable, self.dataset, event.step, event.samples)
                self.curve.drawing.if_cheap()
            case CheckpointDue():
                self.writer.write(event.read())
                self.curve.drawing.if_cheap()
            case RunStopped():
                self.curve.drawing.now()
                self._end_history(event.step)
            case RunEnded():
                self._end_history(event.step)
                self._end(event)

    def _start(self, event: RunStarted) -> None:
        # first the history, which names the experiment's sum, then the experiment, by which a folder counts as a run
        if self.directory.has("experiment.toml"):
            before = self.directory.environment()
        else:
            before = self.beginning | keep_imports(self.directory, self.experiment)
        new = entry(event.first_step, {**event.environment, **environment(self.command)}, self.experiment)
        data = {"data": identity_of(self.dataset).plain()}
        self.directory.write_json("environment.json", data | continued(before, new, self.dataset))
        self.directory.write_text("experiment.toml", to_toml(self.experiment))
        if self.directory.has("samples/real.png"):
            return
        sampling = self.experiment.sampling
        count = sampling.rows * sampling.columns
        real = self.dataset.take(self.dataset.shown(count), np.dtype("float64"))
        path = self.directory.file("samples/real.png")
        write_whole_sheet(path, real, sampling.columns, self.dataset, f"{self.dataset.name}, real")

    def _end_history(self, step: int) -> None:
        self.writer.wait()
        self.directory.write_json("environment.json", ended(self.directory.environment(), step))

    def _end(self, event: RunEnded) -> None:
        self.curve.drawing.now()
        write_own_montage(self.directory, self.timetable)
        measured = {key: None if math.isnan(value) else value for key, value in dataclasses.asdict(event).items()}
        self.directory.write_json("done.json", measured)
