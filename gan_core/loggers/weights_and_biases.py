"""``wandb/``: scalars, scores, sheets and settings as a run of Weights & Biases, on this machine unless the user says
otherwise.
"""

import os
import re
import shutil
import uuid
from typing import Any

from typing_extensions import override

from gan_core.files.text_files import read_text
from gan_core.loggers.logger import LoggedRun, LoggedStep, Logger
from gan_core.loggers.settings import settings_of

FOLDER, NAME_FILE = "wandb", "wandb/run-id.txt"
MODE = "WANDB_MODE"
OFFLINE = "offline"
LARGEST_NAME_BYTES = 100


class WeightsAndBiases(Logger):
    """A run of Weights & Biases, in the run's ``wandb/``, which keeps one name however often the training goes on.

    Offline, the default, nothing leaves the machine: ``wandb sync RUN/wandb/offline-run-*`` sends it later. A run that
    goes on is then written anew from its files. Where WANDB_MODE says ``online``, the service has the earlier steps
    already, and is told of new ones alone.
    """

    def __init__(self, run: LoggedRun) -> None:
        super().__init__(run)
        self.theirs: Any = None

    @override
    def begin(self) -> None:
        mode = os.environ.get(MODE, OFFLINE)
        if mode == OFFLINE:
            os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # or it tells its makers of faults, offline too
        folder = self.run.directory.folder(FOLDER)
        name = self._name()
        if mode == OFFLINE:
            for older in folder.glob(f"offline-run-*-{name}"):
                shutil.rmtree(older, ignore_errors=True)
        import wandb

        settings = wandb.Settings(console="off", silent=True, symlink=False)  # a run holds no links
        self.theirs = wandb.init(
            project=os.environ.get("WANDB_PROJECT", "gan-core"),
            id=name,
            name=self.run.name,
            dir=str(self.run.path),
            mode=mode,  # type: ignore[arg-type]  # wandb refuses a word that it does not know
            resume=None if mode == OFFLINE else "allow",
            config=settings_of(self.run.experiment, self.run.facts),
            settings=settings,
        )

    @override
    def log(self, step: LoggedStep) -> None:
        if step.step < self.theirs.starting_step:
            return
        import wandb

        told: dict[str, Any] = dict(step.scalars) | {f"evaluation/{name}": one for name, one in step.scores.items()}
        if step.seconds is not None:
            told |= {"seconds": step.seconds, "images": step.images}
        if step.sheet is not None:
            told["samples"] = wandb.Image(str(step.sheet))
        self.theirs.log(told, step=step.step)

    @override
    def end(self) -> None:
        self._finish(0)

    @override
    def close(self) -> None:
        self._finish(1)

    def _finish(self, status: int) -> None:
        theirs, self.theirs = self.theirs, None
        if theirs is not None:
            theirs.finish(exit_code=status)

    def _name(self) -> str:
        """The name by which the run is known there, made at its first beginning."""
        path = self.run.directory.file(NAME_FILE)
        if path.is_file():
            name = read_text(path, LARGEST_NAME_BYTES).strip()
            if re.fullmatch(r"[0-9a-z]{1,64}", name):  # it becomes a part of paths, and may be a stranger's
                return name
        name = uuid.uuid4().hex[:8]
        self.run.directory.write_text(NAME_FILE, f"{name}\n")
        return name
