"""The words of lessons: the same in every language, and what there is of a difference."""

import re
from string import Formatter

import pytest

from gan_core.errors import UsageError
from gan_core.lessons.differences import all_rows, title_of, titled
from gan_core.lessons.package_data import text_of
from gan_core.lessons.words import languages, read_words
from test_documents import ROOT


def flat(table: dict, before: str = "") -> dict[str, str]:
    found = {}
    for key, value in table.items():
        found |= flat(value, f"{before}{key}.") if isinstance(value, dict) else {f"{before}{key}": value}
    return found


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_there_are_english_and_chinese():
    assert languages() == ["en", "zh"]


@pytest.mark.parametrize("language", languages())
def test_every_language_says_all_with_the_same_places_to_fill(language: str):
    english, other = flat(read_words("en").table), flat(read_words(language).table)

    assert other.keys() == english.keys()
    assert {key for key, text in english.items() if places(text) != places(other[key])} == set()


def test_every_word_is_used():
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "gan_core" / "lessons").rglob("*.py")]
    sources += [text_of(f"page_files/{name}.html.jinja") for name in ("lesson", "parts", "overview")]
    text = "\n".join(sources)
    unused = [key for key in flat(read_words("en").table) if key.rpartition(".")[2].partition("_")[0] not in text]

    assert unused == []


def test_an_unknown_language_is_one_line_with_the_known_ones():
    with pytest.raises(UsageError) as raised:
        read_words("xx")

    assert str(raised.value) == "language=xx: no such language; expected one of: en, zh"


def test_every_row_is_told_in_every_language_for_every_framework():
    parts = {"title", "ignored", *titled()}

    assert {row.name: {language: {*texts} for language, texts in row.texts.items()} for row in all_rows()} == {
        row.name: dict.fromkeys(languages(), parts) for row in all_rows()
    }


def test_chinese_is_chinese():
    said = flat(read_words("zh").table) | {row.name: row.text("zh", "ignored") for row in all_rows()}
    few = {"exercise.same_score.hint", "exercise.layer.solution", "overview.group"}

    assert {key for key, text in said.items() if not re.search("[\u4e00-\u9fff]", text)} <= few | {
        key for key in said if places(said[key]) and len(said[key]) < 40
    }


def test_the_page_of_frameworks_has_the_same_table():
    page = (ROOT / "docs" / "frameworks.md").read_text(encoding="utf-8")
    rows = [[row.text("en", part) for part in ("title", *titled(), "ignored")] for row in all_rows()]
    table = [["where", *map(title_of, titled()), "if it is ignored"], *rows]

    assert [f"| {' | '.join(row)} |" for row in table if f"| {' | '.join(row)} |" not in page.splitlines()] == []
