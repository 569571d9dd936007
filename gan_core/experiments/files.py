"""Experiments as TOML or JSON files and back, and changes to single fields by dotted keys."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from gan_core.errors import SpecError, UsageError, nearest
from gan_core.experiments.experiment import Experiment
from gan_core.experiments.imports import load_beside, load_of_run, write_copies
from gan_core.files.format_version import check_format
from gan_core.files.text_files import read_text
from gan_core.printing import Tell, say
from gan_core.specs.interval import EITHER
from gan_core.specs.paths import path_hint
from gan_core.specs.spec import Spec, from_builtins, to_builtins

LARGEST_FILE_BYTES = 2**20
DEEPEST_KEY = 200


def to_toml(experiment: Experiment) -> str:
    """Return the experiment as TOML, defaults included."""
    import tomli_w

    return tomli_w.dumps(to_builtins(experiment))


def to_json(experiment: Experiment) -> str:
    """Return the experiment as indented JSON, defaults included."""
    return msgspec.json.format(msgspec.json.encode(to_builtins(experiment)), indent=2).decode() + "\n"


def write_with_modules(experiment: Experiment, folder: Path) -> None:
    """Write an experiment to ``experiment.toml`` in a folder, and beside it the user's modules that it imports."""
    (folder / "experiment.toml").write_text(to_toml(experiment), encoding="utf-8")
    write_copies(experiment.imports, folder)


def from_text(text: str, suffix: str) -> Experiment:
    """Return the experiment a text describes; suffix: ".toml" or ".json". Raises `SpecError`.

    >>> from gan_core.presets import preset
    >>> experiment = preset("digits-mlp")
    >>> from_text(to_toml(experiment), ".toml") == experiment == from_text(to_json(experiment), ".json")
    True
    """
    return from_builtins(_table(text, suffix), Experiment)


def _table(text: str, suffix: str) -> Any:
    """Return what a text holds, of a format that this version knows."""
    try:
        plain = _read_toml(text) if suffix == ".toml" else msgspec.json.decode(text)
    except (ValueError, msgspec.DecodeError, RecursionError) as error:  # ValueError: also a number of 5,000 digits
        raise SpecError(f"not a valid {suffix[1:].upper()} text: {str(error).splitlines()[0][:200]}") from None
    check_format("the experiment", plain)
    return plain


def _read_toml(text: str) -> dict[str, Any]:
    """Return a TOML text's content; a key of many dots is refused first, since the parser takes minutes over it."""
    if any(part.count(".") > DEEPEST_KEY for part in re.split(r"[,=\[\]{}\n]", text)):
        raise ValueError(f"a key (or a sentence) with more than {DEEPEST_KEY} dots")
    return tomllib.loads(text)


def read_experiment(path: Path, *, allow_imports: bool | None = None, tell: Tell = say) -> Experiment:
    """Return the experiment in a file, or of a run's directory.

    A name's ending, in any case, says whether it is TOML or JSON; under another name, or none, the content does. The
    file may have a byte-order mark, or be in UTF-16. Raises `UsageError` naming the file and the place of the fault.
    allow_imports: whether the modules that it imports may run; None: those of a file, which the user has named, may,
    and those of a run may not. tell: is told in a line which do.
    """
    if os.path.isdir(path):
        path, allow_imports = _file_of_run(path), bool(allow_imports)
    if not os.path.exists(path):  # unlike the path's own, it takes a name that is too long for an answer
        raise UsageError(f"no experiment file {str(path)[:200]}{_nearest_file(path)}")
    if not path.is_file():
        raise UsageError(f"{path} is no file; expected an experiment in TOML or JSON")
    text = read_text(path, LARGEST_FILE_BYTES)
    if not text.strip():
        raise UsageError(f"{path} is empty; expected an experiment in TOML or JSON")
    try:
        plain = _table(text, _format_of(path, text))
        _load_imports(plain, path, allow_imports, tell)
        return from_builtins(plain, Experiment)
    except UsageError as error:
        if _is_yaml(path, text):
            raise UsageError(
                f"{path} is YAML; expected TOML or JSON, in a file that ends in .toml or .json: "
                "`gan show mnist-mlp --format toml` prints an example"
            ) from None
        raise type(error)(f"{path}: {error}") from error.__cause__


def plain_experiment(path: Path) -> dict[str, Any]:
    """Return the table that a file of an experiment in TOML holds, as it stands there; nothing of it runs.

    Raises `UsageError` for a file that is none, or of a newer version.
    """
    try:
        table: dict[str, Any] = _table(read_text(path, LARGEST_FILE_BYTES), ".toml")
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from None
    return table


def read_run_experiment(path: Path, allow_imports: bool = False) -> Experiment:
    """Return the experiment in a run's own file, with the meaning that its data had when it was written.

    A run's file holds all fields, so one that is missing had not been thought of: see `Data.as_written`.
    allow_imports: whether the modules that the run has kept may run, whoever wrote them.
    """
    made = read_experiment(path, allow_imports=allow_imports)
    data = made.data.as_written(tomllib.loads(read_text(path, LARGEST_FILE_BYTES)).get("data", {}))
    return made if data is made.data else msgspec.structs.replace(made, data=data)


def _load_imports(plain: Any, path: Path, allow: bool | None, tell: Tell) -> None:
    """Run the modules that an experiment's file names, so that their words are known when it is read."""
    named = plain.get("imports", []) if isinstance(plain, dict) else []
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise SpecError(f'experiment.imports: expected a list of modules, as ["my_layers"]; got {str(named)[:100]}')
    if not named:
        return
    folder = path.parent
    if path.name == "experiment.toml" and (folder / "environment.json").exists():
        load_of_run(named, folder, bool(allow), tell)
    else:
        load_beside(named, folder, allow is not False, tell)


def _format_of(path: Path, text: str) -> str:
    """Return ".toml" or ".json": by the file's name, else by its text."""
    ending = path.suffix.lower()
    if ending in (".toml", ".json"):
        return ending
    return ".json" if text.lstrip().startswith("{") else ".toml"


def _is_yaml(path: Path, text: str) -> bool:
    """Whether a text that could not be read looks like YAML: by its name, or a first line such as ``name: mine``."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]
    named = path.suffix.lower() in (".yaml", ".yml")
    return named or bool(lines and re.match(r"---$|%YAML|[\w-]+:(\s|$)", lines[0]))


def _file_of_run(folder: Path) -> Path:
    if (folder / "experiment.toml").is_file():
        return folder / "experiment.toml"
    raise UsageError(f"{folder} is a folder, and no run (it has no experiment.toml); expected an experiment file")


def _nearest_file(path: Path) -> str:
    """Return "; did you mean …?" with a file whose name differs in its ending or its capitals alone."""
    try:
        close = [file for file in path.parent.iterdir() if file.stem.lower() == path.stem.lower() and file.is_file()]
    except OSError:
        return ""
    return f"; did you mean '{min(close)}'?" if close else ""


def with_changes(experiment: Experiment, changes: Mapping[str, Any]) -> Experiment:
    """Return the experiment with other values in some fields, checked as a whole.

    changes: dotted key → value, as ``{"training.steps": 500}``, made in order. A key walks tables by name, and lists by
    position or by their items' ``name``; a value is plain data or a spec. Raises `UsageError` for a key that does not
    exist, and `SpecError` for a value that its field refuses.

    >>> from gan_core.presets import preset
    >>> with_changes(preset("digits-mlp"), {"training.steps": 500}).training.steps
    500
    """
    plain = to_builtins(experiment)
    for key, value in changes.items():
        _change(plain, key, _plain(value))
    return from_builtins(plain, Experiment)


def _plain(value: Any) -> Any:
    """A value as an experiment file would hold it."""
    if isinstance(value, Spec):
        return to_builtins(value)
    return str(value) if isinstance(value, Path) else value


def _change(plain: dict[str, Any], key: str, value: Any) -> None:
    *path, last = key.split(".")
    place: Any = plain
    for word in path:
        place = _step(place, word, key, plain)
    if isinstance(place, dict):
        if last in EITHER:  # the other of the two gives way
            for other in EITHER:
                place.pop(other, None)
        place[last] = value  # unknown fields are refused, with their place, when the spec is made again
    elif isinstance(place, list):
        place[_position(place, last, key)] = value
    else:
        raise UsageError(f"changes={key}: '{path[-1]}' has no fields")


def _step(place: Any, word: str, key: str, whole: dict[str, Any]) -> Any:
    if isinstance(place, dict):
        if word not in place:
            raise UsageError(f"changes={key}: no '{word}' here{path_hint(key, word, place, Experiment, whole)}")
        return place[word]
    if isinstance(place, list):
        return place[_position(place, word, key)]
    raise UsageError(f"changes={key}: '{word}' stands below a plain value")


def _names(items: list[Any]) -> dict[str, int]:
    """Name → position of a list's tables: the name they have, else kind and number, as `plans.layer_names` counts."""
    names: dict[str, int] = {}
    counts: dict[str, int] = {}
    for index, item in enumerate(items):
        if isinstance(item, dict):
            kind = item.get("type", "")
            counts[kind] = counts.get(kind, 0) + 1
            names[item.get("name") or f"{kind}_{counts[kind]}"] = index
    return names


def _position(items: list[Any], word: str, key: str) -> int:
    if word.isdigit() and int(word) < len(items):
        return int(word)
    names = _names(items)
    if word not in names:
        raise UsageError(
            f"changes={key}: no item '{word}' in a list of {len(items)}" + (nearest(word, names) if names else "")
        )
    return names[word]
