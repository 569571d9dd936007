"""`load`: a run that lies on the disk, from Python."""

from pathlib import Path

from gan_core.sessions.run import Run


def load(directory: str | Path, *, allow_imports: bool = False) -> Run:
    """Return the run in a directory, trained here or elsewhere: ``gan_core.load("runs/mnist-mlp-0001").sample(16)``.

    directory: the run's folder, as `find_runs` lists them. allow_imports: whether the modules that the run has kept may
    run, whoever wrote them. Raises `UsageError` for a folder that holds no run, and where modules would have to run.
    """
    return Run(directory, allow_imports=allow_imports)
