"""`gan explain WORD` and `gan list KIND`: the words of experiments and options as pages and rows."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from gan_core.cli.field_types import fields_of
from gan_core.cli.words import KINDS, Word, all_words, family_words, field_words
from gan_core.errors import UsageError, nearest
from gan_core.evaluation.score_names import metric_name

PLACES = {  # kind → how its words are written in a command or a file
    "presets": "gan train {name} --backend NAME",
    "recipes": "gan train {name} --backend NAME",
    "layers": '{{type = "{name}", …}} among networks.NAME.layers',
    "objectives": "--set phases.NAME.objective.type={name}",
    "penalties": '{{type = "{name}", …}} among phases.NAME.objective.penalties',
    "terms": '{{type = "{name}", …}} among phases.NAME.objective.terms',
    "losses": "--set phases.NAME.objective.loss={name}, in each phase of the game",
    "optimizers": "--set players.NAME.optimizer.type={name}",
    "schedules": "--set 'players.NAME.optimizer.schedule={{type=\"{name}\", …}}'",
    "initializers": "--set 'networks.NAME.layers.LAYER.weight_init={{type=\"{name}\", …}}'",
    "data": "--set data.type={name}",
    "metrics": "gan evaluate RUN --metrics {name}",
    "features": "gan evaluate RUN --features {name}",
    "fields": "--set {name}=VALUE",
    "loggers": "gan train mnist-mlp --backend NAME --log {name}",
    "models": "gan modes --models {name} --backend NAME",
    "backends": "gan train mnist-mlp --backend {name}",
}


def explain(word: str) -> str:
    """Return a page on a word: what it is, its fields with types, ranges and defaults, and how it is written.

    word: a name of any kind, a field by its path or its last part. Raises `UsageError` with the nearest word.
    """
    spellings = {_spelling(word), _spelling(metric_name(word))} - {""}
    entries = [entry for entry in all_words() if {_spelling(entry.name), _behind_a_file(entry.name)} & spellings]
    pages = [_page(entry) for entry in entries or _fields_meant(word)] or _fields_of_families(word)
    if not pages:
        known = {entry.name for entry in all_words()}
        raise UsageError(
            f"nothing is called '{word[:100]}'{nearest(word[:100], known)}; `gan list --search` looks in texts"
        )
    return "\n\n".join(pages)


def rows(kind: str | None, search: str | None) -> list[dict[str, Any]]:
    """Return the words of a kind, or of all kinds, as rows of a table; search: a text that they must hold, or None.

    Raises `UsageError` for an unknown kind.
    """
    if kind is not None and kind not in KINDS:
        raise UsageError(f"unknown kind '{kind[:100]}'{nearest(kind[:100], KINDS)}")
    words = KINDS[kind]() if kind else all_words()
    if not search:
        return [_row(word, kind) for word in words]
    return [_row(word, kind) for word in words if holds(word, search)]


def holds(word: Word, search: str) -> bool:
    """Return whether a text stands in a word's name, text or facts, or, of a preset, in what it is made of."""
    sought = search.lower()
    if sought in f"{word.name} {word.text} {list(word.facts.values())}".lower():
        return True
    if word.kind not in ("presets", "recipes"):
        return False
    from gan_core.presets import preset
    from gan_core.presets.contents import contents

    return any(sought in text.lower() for text in contents(preset(word.name)))


def _row(word: Word, kind: str | None) -> dict[str, Any]:
    row = {"name": word.name} if kind else {"name": word.name, "kind": word.kind}
    if word.kind == "fields":
        return (
            row | {"type": word.facts["type"], "default": word.facts.get("default", "")}
            if kind
            else row | {"what": word.facts["type"]}
        )
    return row | {"what": word.summary}


def _behind_a_file(name: str) -> str:
    """The word behind the name of a file, as FILE.onnx#dinov2, or ""."""
    return _spelling(name.partition("#")[2])


def _spelling(word: str) -> str:
    return word.strip().lower().replace("-", "_")


def _fields_meant(word: str) -> list[Word]:
    """Return the fields of an experiment that a path means, with any names in it, or whose last part is the word."""
    return [
        entry
        for entry in field_words()
        if re.fullmatch(re.escape(entry.name).replace("NAME", r"[^.]+"), word) or entry.name.split(".")[-1] == word
    ]


def _fields_of_families(word: str) -> list[str]:
    """Return a page on each kind of spec that has a field of that name, by the last part of a path."""
    last = word.rsplit(".", maxsplit=1)[-1]
    pages = []
    for kind in ("optimizers", "layers", "objectives", "penalties", "terms", "data", "schedules", "initializers"):
        fields = {
            entry.name: field for entry in family_words(kind) for field in fields_of(_spec(entry)) if field.name == last
        }
        if fields:
            lines = [
                f"  {name}: {field.type}" + (f", default {field.default}" if field.default else "")
                for name, field in fields.items()
            ]
            pages.append("\n".join([f"{last} (a field of {kind})", *lines]))
    return pages


def _spec(word: Word) -> type:
    assert word.spec is not None  # every member of a family is one
    return word.spec


def _page(word: Word) -> str:
    lines = [f"{word.name} ({word.kind})", *_indented(word.text.splitlines())]
    facts = [f"  {key}: {value}" for key, value in word.facts.items()]
    if facts:
        lines += ["", *facts]
    if word.spec is not None and (fields := fields_of(word.spec)):
        widths = [max(len(field.name) for field in fields), max(len(field.type) for field in fields)]
        lines += ["", "  fields"]
        lines += [
            f"    {field.name:<{widths[0]}}  {field.type:<{widths[1]}}  {field.default or '(must be given)'}"
            for field in fields
        ]
    if word.kind in PLACES:
        lines += ["", f"  given as:  {PLACES[word.kind].format(name=word.name)}"]
    return "\n".join(lines)


def _indented(lines: Sequence[str]) -> Iterable[str]:
    return (f"  {line}".rstrip() for line in lines)
