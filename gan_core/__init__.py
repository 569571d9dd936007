"""One GAN experiment, three frameworks, the same numbers.

``gan_core.train("mnist-mlp", backend="torch", steps=2000)`` trains and returns a `Run`.
No framework is imported before a backend is loaded.
"""

import typing as _typing

_PUBLIC = {
    "Experiment": "gan_core.experiments.experiment",
    "GanError": "gan_core.errors",
    "Run": "gan_core.sessions.run",
    "compare": "gan_core.lockstep.compare",
    "find_runs": "gan_core.sharing.run_list",
    "load": "gan_core.sessions.opening",
    "load_backend": "gan_core.contract.loading",
    "load_experiment": "gan_core.presets.loading",
    "network_from": "gan_core.porting.networks",
    "port": "gan_core.porting.port",
    "preset": "gan_core.presets",
    "report": "gan_core.reports.report",
    "resume": "gan_core.sessions.resuming",
    "sweep": "gan_core.sweeps.runner",
    "train": "gan_core.sessions.training",
    "unpack": "gan_core.sharing.unpack",
}
__all__ = [
    "Experiment",
    "GanError",
    "Run",
    "compare",
    "find_runs",
    "load",
    "load_backend",
    "load_experiment",
    "network_from",
    "port",
    "preset",
    "report",
    "resume",
    "sweep",
    "train",
    "unpack",
]


def __getattr__(name: str) -> _typing.Any:
    """Import a public name when it is first asked for, so that `gan --help` answers at once."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'gan_core' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    """Return the public names, which are imported as soon as one is used."""
    return __all__
