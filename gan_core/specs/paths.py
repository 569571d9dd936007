"""The paths of all fields of an experiment, as --set takes them, and the one that an unknown key is likely to mean."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

from gan_core.errors import nearest
from gan_core.specs.walk import children, fields_of, spec_type_of

# What other libraries call a field, in the letters that are compared: no capitals, no underscores.
OTHER_WORDS = {
    "lr": "learning_rate",
    "batch": "batch_size",
    "bs": "batch_size",
    "critics": "repeats",
    "ncritic": "repeats",
    "epochs": "steps",
    "eps": "epsilon",
    "filters": "channels",
    "iterations": "steps",
    "iters": "steps",
    "maxsteps": "steps",
    "negativeslope": "slope",
    "numsteps": "steps",
    "outchannels": "channels",
    "outfeatures": "units",
    "precision": "dtype",
    "kernelsize": "kernel",
    "std": "standard_deviation",
    "strides": "stride",
}
OPTIONS = {
    "backend": "backend=NAME",
    "datadir": "data_dir=DIR",
    "device": "device=NAME",
    "epochs": "epochs=N",
    "out": "out=DIR",
}
MOST_SHOWN = 4


def suggestion(key: str, place: str, beside: Iterable[str], spec_type: type | None, plain: Any) -> str:
    """Return "; did you mean 'PATH'?" for an unknown key at a place, or the list of the fields there are beside it.

    beside: the fields that may stand there. spec_type, plain: of the whole, None where there is only this place.
    """
    prefix = f"{place}.".replace("[", ".").replace("]", "") if place else ""
    near = _named(key, {name: f"{prefix}{name}" for name in beside if name != "type"})
    if not near and spec_type is not None:
        near = nearest_paths(f"{prefix}{key}", spec_type, plain)
    option = OPTIONS.get(_letters(key))
    if near:
        words = " or ".join(f"'{path}'" for path in near[:MOST_SHOWN])
        return f"; did you mean {words}" + (f", or the argument {option}?" if option else "?")
    return f"; did you mean the argument {option}?" if option else nearest(key, beside)


def nearest_paths(key: str, spec_type: type, plain: Any) -> list[str]:
    """Return the paths of fields of a whole spec that end as `key` does, or nearly, the likeliest first."""
    known = list(all_paths(spec_type, plain))
    last = key.rpartition(".")[2]
    ends = {path.rpartition(".")[2] for path in known}
    found = _named(last, {end: end for end in ends})
    paths = [path for path in known if path.rpartition(".")[2] in found]
    return sorted(paths, key=lambda path: -difflib.SequenceMatcher(None, key, path).ratio())


def path_hint(key: str, word: str, beside: Iterable[str], spec_type: type, plain: Any) -> str:
    """Return the hint for a path whose part `word` is none of those beside it: one of them, or a path, or all of them.

    key: the whole path.
    """
    near = _named(word, {name: name for name in beside}) or nearest_paths(key, spec_type, plain)[:MOST_SHOWN]
    return f"; did you mean {' or '.join(repr(path) for path in near)}?" if near else nearest(word, beside)


def all_paths(annotation: Any, plain: Any, place: str = "") -> Iterator[str]:
    """Yield the path of every field that plain data have or could have, as ``players.generator.optimizer.beta1``."""
    spec_type = spec_type_of(plain, annotation)
    if spec_type is not None:
        yield from (f"{place}{name}" for name in fields_of(spec_type))
    names = list(item_names(plain)) if isinstance(plain, list) else []
    for key, value, wanted in children(plain, annotation):
        word = names[int(key[1:-1])] if key.startswith("[") else key.removeprefix(".")
        if isinstance(value, dict | list):
            yield from all_paths(wanted, value, f"{place}{word}.")


def item_names(items: list[Any]) -> list[str]:
    """Names of a list's tables, given or, for layers, by kind and number (``dense_2``); of others the position."""
    names: list[str] = []
    counts: dict[str, int] = {}
    for index, item in enumerate(items):
        kind = item.get("type", "") if isinstance(item, dict) else ""
        counts[kind] = counts.get(kind, 0) + 1
        named = isinstance(item, dict) and (item.get("name") or (kind and f"{kind}_{counts[kind]}"))
        names.append(str(named or index))
    return names


def _named(key: str, names: dict[str, str]) -> list[str]:
    """What `names` maps those to that are `key` in other letters, in another library's word, or nearly."""
    letters = _letters(key)
    wanted = {letters, _letters(OTHER_WORDS.get(letters, key))}
    if same := [value for name, value in names.items() if _letters(name) in wanted]:
        return same
    if len(letters) > 2 and (longer := [name for name in names if _letters(name).startswith(letters)]):
        return [names[name] for name in longer]
    close = difflib.get_close_matches(letters, [_letters(name) for name in names], n=1, cutoff=0.7)
    return [value for name, value in names.items() if _letters(name) in close]


def _letters(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")
