"""What a run keeps of a user's own modules: copies of their files, and what ``environment.json`` says of each."""

from typing import Any

from gan_core.experiments.experiment import Experiment
from gan_core.experiments.imports import FOLDER, modules_of, trust, write_copies
from gan_core.runs.directory import RunDirectory


def keep_imports(directory: RunDirectory, experiment: Experiment) -> dict[str, Any]:
    """Write the modules of an experiment into a run, and return what ``environment.json`` says of them, {} if none.

    From then on this user's runs with the very same modules open without a question. Raises `WriteError`.
    """
    if not experiment.imports:
        return {}
    modules = modules_of(experiment.imports)
    write_copies(experiment.imports, directory.folder(FOLDER))
    trust(modules)
    return {"imports": [module.record for module in modules]}
