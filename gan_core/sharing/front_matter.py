"""Front matter: the table in YAML that a page of Markdown begins with, written from plain data."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

PLAIN_KEY = re.compile(r"[a-z][a-z_-]*")


def front_matter(table: Mapping[str, Any]) -> str:
    """Return a table as YAML between two lines of three hyphens; texts are quoted, so that each is read as a text.

    table: of texts, finite numbers, lists and tables. What is empty, None, NaN or infinite is left out.

    >>> print(front_matter({"license": "mit", "tags": ["gan"], "step": 3, "none": []}), end="")
    ---
    license: "mit"
    tags:
      - "gan"
    step: 3
    ---
    """
    return "\n".join(["---", *_table(table), "---"]) + "\n"


def _table(table: Mapping[str, Any]) -> Iterator[str]:
    for key, value in table.items():
        if _is_said(value):
            yield from _entry(f"{key if PLAIN_KEY.fullmatch(key) else _scalar(key)}:", value)


def _entry(head: str, value: Any) -> Iterator[str]:
    """The lines of a value behind a head, a key or the hyphen of a list."""
    if isinstance(value, Mapping):
        lines = _table(value)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        lines = (line for part in value if _is_said(part) for line in _item(part))
    else:
        yield f"{head} {_scalar(value)}"
        return
    yield head
    yield from (f"  {line}" for line in lines)


def _item(value: Any) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield from _entry("-", value)
        return
    for number, line in enumerate(_table(value)):
        yield f"- {line}" if number == 0 else f"  {line}"


def _is_said(value: Any) -> bool:
    """Whether there is something to say: a number that is one, or a text, list or table that is not empty."""
    if isinstance(value, float):
        return math.isfinite(value)
    return value is not None and (isinstance(value, int) or len(value) > 0)


def _scalar(value: Any) -> str:
    if isinstance(value, bool | int):
        return json.dumps(value)
    if isinstance(value, float):
        text = repr(value)
        return text if "e" not in text or "." in text else text.replace("e", ".0e")  # 1e-05 would be read as a text
    return json.dumps("".join(letter if letter.isprintable() else " " for letter in value), ensure_ascii=False)
