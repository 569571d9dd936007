"""The words of reports: the same in every language, and none that no page says."""

import re
from string import Formatter

import pytest

from gan_core.reports.words import FILES, languages, read_words
from test_documents import ROOT


def flat(table: dict, before: str = "") -> dict[str, str]:
    found = {}
    for key, value in table.items():
        found |= flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return found


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", languages())
def test_every_language_says_all_with_the_same_places_to_fill(language):
    english, other = flat(read_words("en").table), flat(read_words(language).table)

    assert other.keys() == english.keys()
    assert {key for key, text in english.items() if places(text) != places(other[key])} == set()


def test_chinese_is_chinese():
    said = flat(read_words("zh").table)

    assert {key for key, text in said.items() if not re.search("[\u4e00-\u9fff]", text)} == {
        "overview.of", "overview.gflops",
    }  # fmt: skip


def test_every_word_is_said():
    files = [path.read_text(encoding="utf-8") for path in (ROOT / "gan_core" / "reports").rglob("*.py")]
    files += [FILES.text(f"page_files/{name}") for name in ("report.html.jinja", "parts.html.jinja")]
    files += [FILES.text(f"page_files/{name}") for name in ("charts.js", "report.js")]
    text = "\n".join(files)

    assert [key for key in flat(read_words("en").table) if key.rpartition(".")[2] not in text] == []
