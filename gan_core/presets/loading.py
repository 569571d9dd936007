"""An experiment from whatever names one: a preset, a file, a run, or an experiment itself."""

import os
from collections.abc import Sequence
from pathlib import Path

from gan_core.errors import SpecError
from gan_core.experiments.checks import notes
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import change_value, read_experiment, with_changes
from gan_core.experiments.imports import load_beside
from gan_core.presets import PRESETS, parameters_hint, preset
from gan_core.printing import say


def load_experiment(
    source: str | Path | Experiment, changes: Sequence[str] = (), *, allow_imports: bool | None = None
) -> Experiment:
    """Return an experiment from a preset's name or the path of a file or run, with ``KEY=VALUE`` changes, checked.

    A preset's own parameters (``width=0.25``) are among the keys. A word that is no preset's name but a file's, or has
    a file's ending or a folder before it, is a path. What the checks note (`gan_core.experiments.checks`) goes to
    standard error, a line each; what they refuse raises `SpecError`. allow_imports: as for `read_experiment`; modules
    that a change names (``imports=["my_layers"]``) lie in this folder or on Python's path, and run first of all.
    """
    made = _opened(source, changes, allow_imports)
    tell_notes(notes(made))
    return made


def tell_notes(found: Sequence[str]) -> None:
    """Print what checks found, a line each, to standard error."""
    for note in found:
        say(f"gan: note: {note}")


def _opened(source: str | Path | Experiment, changes: Sequence[str], allow_imports: bool | None) -> Experiment:
    for change in changes:
        if change.partition("=")[0] == "imports" and isinstance(named := change_value(change), list):
            load_beside([str(name) for name in named], Path())
    if isinstance(source, Experiment):
        return with_changes(source, changes)
    if isinstance(source, Path) or (source not in PRESETS and _is_path(source)):
        return with_changes(read_experiment(Path(source), allow_imports=allow_imports), changes)
    parameters = PRESETS[source].parameters if source in PRESETS else set()
    own = {key: change for change in changes if (key := change.partition("=")[0]) in parameters}
    made = preset(source, **{key: change_value(change) for key, change in own.items()})
    others = [change for change in changes if change not in own.values()]
    try:
        return with_changes(made, others)
    except SpecError as error:
        raise SpecError(f"{error}{parameters_hint(str(source), others)}") from None


def _is_path(word: str) -> bool:
    return (
        word.lower().endswith((".toml", ".json", ".yaml", ".yml"))
        or not {"/", os.sep}.isdisjoint(word)
        or os.path.exists(word)
    )
