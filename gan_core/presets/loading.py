"""An experiment from whatever names one (a preset, a file, a run, an experiment itself), with changes."""

import json
import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gan_core.errors import UsageError
from gan_core.experiments.checks import notes
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.files import read_experiment, with_changes
from gan_core.experiments.imports import load_beside
from gan_core.presets import check_parameters, entry_of, preset
from gan_core.printing import say
from gan_core.specs.interval import read_interval

Changes = Mapping[str, Any] | Sequence[str]


def load_experiment(
    source: str | Path | Experiment, changes: Changes | None = None, *, allow_imports: bool | None = None
) -> Experiment:
    """Return an experiment from a preset's name or the path of a file or run, with changes, checked.

    source: the name, the path, or an experiment itself. changes: dotted key → value, as ``{"training.steps": 500}``; a
    preset's own parameters (``{"width": 0.25}``) are among the keys. A sequence of ``KEY=VALUE`` words, as `gan --set`
    takes them, is read by `read_changes`. A word that is no preset's name but a file's, or has a file's ending or a
    folder before it, is a path. What the checks note (`gan_core.experiments.checks`) goes to standard error, a line
    each; what they refuse raises `SpecError`. allow_imports: as for `read_experiment`; modules that a change names
    (``{"imports": ["my_layers"]}``) lie in this folder or on Python's path, and run first of all.

    >>> load_experiment("digits-mlp", {"training.batch_size": 16}).training.batch_size
    16
    """
    experiment = _opened(source, read_changes(changes), allow_imports)
    tell_notes(notes(experiment))
    return experiment


def read_changes(changes: Changes | None) -> dict[str, Any]:
    """Return changes as dotted key → value, in order; of a key that is there twice, the last.

    The value of a ``KEY=VALUE`` word is read as TOML, else as an object or a list of JSON's, else as a number (``.01``
    is none of TOML's), else as a word.
    Raises `UsageError` for a word of another form.
    """
    if isinstance(changes, Mapping):
        return dict(changes)
    if isinstance(changes, str):
        raise UsageError(f"changes={changes}: expected a table, as {{'training.steps': 500}}, or a list of KEY=VALUE")
    found: dict[str, Any] = {}
    for word in changes or ():
        key, value = _key_and_value(word)
        found.pop(key, None)  # so that it comes after what else was changed meanwhile
        found[key] = value
    return found


def training_changes(
    *, steps: int | None, batch_size: int | None = None, seed: int | None = None, dtype: str | None = None
) -> dict[str, Any]:
    """Return the changes that these settings are in an experiment's ``training``; None changes nothing."""
    settings = {"steps": steps, "batch_size": batch_size, "seed": seed, "dtype": dtype}
    return {f"training.{key}": value for key, value in settings.items() if value is not None}


def evaluation_changes(every: str | int) -> dict[str, int | float]:
    """Return the change that has a training evaluated so often: 500 (steps), ``10epochs``; raises `UsageError`."""
    return {f"evaluation.{key}": value for key, value in read_interval(every, "every").items()}


def logging_changes(log_to: str | Sequence[str] | None) -> dict[str, Any]:
    """Return the change that has a training logged there too: names, or a text with commas; None changes nothing."""
    return {} if log_to is None else {"logging.to": log_to if isinstance(log_to, str) else list(log_to)}


def tell_notes(found: Sequence[str]) -> None:
    """Print what checks found, a line each, to standard error."""
    for note in found:
        say(f"gan: note: {note}")


def _opened(source: str | Path | Experiment, changes: Mapping[str, Any], allow_imports: bool | None) -> Experiment:
    if isinstance(names := changes.get("imports"), list | tuple):
        load_beside([str(name) for name in names], Path())
    if isinstance(source, Experiment):
        return with_changes(source, changes)
    entry = entry_of(source)
    if isinstance(source, Path) or (entry is None and _is_path(source)):
        return with_changes(read_experiment(Path(source), allow_imports=allow_imports), changes)
    parameters = entry.parameters if entry else set()
    experiment = preset(source, **{key: value for key, value in changes.items() if key in parameters})
    others = {key: value for key, value in changes.items() if key not in parameters}
    check_parameters(source, others)
    return with_changes(experiment, others)


def _key_and_value(word: str) -> tuple[str, Any]:
    key, separator, text = word.partition("=")
    if not separator or not key:
        raise UsageError(f"changes={word}: expected KEY=VALUE, as training.steps=500")
    try:
        return key, tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        pass
    try:
        return key, json.loads(text) if text.startswith(("{", "[")) else float(text)
    except ValueError:
        return key, text


def _is_path(word: str) -> bool:
    return (
        word.lower().endswith((".toml", ".json", ".yaml", ".yml"))
        or not {"/", os.sep}.isdisjoint(word)
        or os.path.exists(word)
    )
