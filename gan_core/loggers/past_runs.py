"""A run's files told to loggers after its training: `log_run(...)`."""

from collections.abc import Sequence
from pathlib import Path

from gan_core.errors import GanError, UsageError, one_line
from gan_core.experiments.files import with_changes
from gan_core.loggers.logger import LoggedRun, Logger
from gan_core.loggers.table import checked_loggers
from gan_core.presets.loading import logging_changes
from gan_core.runs.lock import locked
from gan_core.runs.opened import OpenedRun


def log_run(run: str | Path, log_to: str | Sequence[str], *, allow_imports: bool = False) -> None:
    """Tell what a run's files hold to loggers, as ``["tensorboard", "csv"]``, which show it as if it had been theirs.

    Of the run's own files nothing changes. Raises `UsageError` for a run that trains now, for an unknown logger, and
    for one that is no `Logger`: a plain callback is told of events, which are over.
    """
    opened = OpenedRun(run, allow_imports=allow_imports)
    experiment = with_changes(opened.experiment, logging_changes(log_to))
    makes = checked_loggers(experiment.logging.to)
    if not makes:
        raise UsageError("logging.to: expected the name of a logger, as tensorboard or csv")
    with locked(opened.path):
        for word, make in makes.items():
            logger = make(LoggedRun(directory=opened.directory, experiment=opened.experiment))
            if not isinstance(logger, Logger):
                raise UsageError(f"logging.to: '{word}' is told of events alone, which a run keeps none of")
            try:
                logger.catch_up(experiment.training.steps)
                if opened.directory.finished:
                    logger.end()
            except GanError:
                raise
            except Exception as error:
                raise GanError(f"the logger '{word}' failed: {type(error).__name__}: {one_line(error)}") from error
            finally:
                logger.close()
