"""What a lesson says of an experiment in words: a change of its settings, its preset's own words."""

import json
from collections.abc import Mapping
from typing import Any

from gan_core.experiments.loss_words import short
from gan_core.lessons.words import Words
from gan_core.presets import entry_of

MOST_CHANGES = 1


def change_in_words(changes: Mapping[str, Any], words: Words) -> str:
    """Return changes as ``KEY=VALUE``: the first, and how many more there are."""
    shown = [f"{key}={_plain(value)}" for key, value in changes.items()]
    text = "; ".join(f"`{one}`" for one in shown[:MOST_CHANGES])
    more = len(shown) - MOST_CHANGES
    return f"{text} {words('ports.and_more', count=more)}" if more > 0 else text


def _plain(value: Any) -> str:
    return short(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False).strip('"')


def said_by_preset(source: object) -> list[str]:
    """Return what a preset says of itself, a text a paragraph; nothing for another source."""
    entry = entry_of(source)
    return entry.paragraphs if entry else []
