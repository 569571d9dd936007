"""The page of a lesson: one file that needs nothing else, in any language, for any reader."""

import html
import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from gan_core.lessons.page import page
from gan_core.lessons.words import languages, read_words
from gan_core.pages.templates import SHARED
from stored_lesson import stored_lesson, stored_measurements, stored_programs

LARGEST_PAGE = 5_000_000  # bytes


class Outline(HTMLParser):
    """What stands in a page: elements with their attributes, and the levels of its headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    @property
    def headings(self) -> list[int]:
        return [int(tag[1]) for tag, _ in self.elements if re.fullmatch("h[1-6]", tag)]

    def all_of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module", params=languages())
def text(request: pytest.FixtureRequest) -> str:
    return page(stored_lesson(), read_words(request.param))


def data_of(text: str) -> dict:
    return json.loads(text.partition('<script type="application/json" id="data">')[2].partition("</script>")[0])


def test_the_page_reads_nothing_from_elsewhere(text):
    outline = Outline(text)
    addresses = [one.get(key) or "" for _, one in outline.elements for key in ("src", "href", "data", "action")]
    elsewhere = [one for one in addresses if one and not one.startswith(("#", "data:", "train_"))]

    assert elsewhere == []
    assert not re.search(r"@import|url\((?!#)", text)
    assert not outline.all_of("link")[1:]
    assert [one for one in outline.all_of("script") if one.get("src")] == []
    assert len(text.encode()) < LARGEST_PAGE


def test_the_page_states_its_language():
    for language in languages():
        assert Outline(page(stored_lesson(), read_words(language))).all_of("html") == [{"lang": language}]


def test_headings_go_down_a_level_at_a_time(text):
    levels = Outline(text).headings

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert [(one, other) for one, other in pairwise(levels) if other > one + 1] == []


def test_identifiers_are_unique(text):
    known = [one["id"] for _, one in Outline(text).elements if "id" in one]

    assert len(known) == len(set(known))


def test_links_within_the_page_lead_somewhere(text):
    outline = Outline(text)
    known = {one.get("id") for _, one in outline.elements}

    assert [one["href"] for one in outline.all_of("a") if one["href"][0] == "#" and one["href"][1:] not in known] == []


def test_every_picture_has_a_description_and_is_there(text):
    pictures = data_of(text)["pictures"]
    shown = [one for one in Outline(text).all_of("img") if "data-picture" in one]

    assert len(shown) > 10
    assert [one for one in shown if "alt" not in one or one["data-picture"] not in pictures] == []


def test_tabs_and_slider_tell_what_they_are(text):
    outline = Outline(text)
    tabs = [one for one in outline.all_of("button") if one.get("role") == "tab"]
    (slider,) = [one for one in outline.all_of("input") if one.get("type") == "range"]

    assert [one["aria-selected"] for one in tabs] == ["true", "false", "false"]
    assert [one["aria-controls"] for one in tabs] == ["pane-torch", "pane-paddle", "pane-keras"]
    assert slider["id"] in {one.get("for") for one in outline.all_of("label")}
    assert slider["aria-valuetext"]


def test_the_columns_are_the_whole_programs(text):
    for name, program in stored_programs().items():
        pane = text.partition(f'id="pane-{name}"')[2].partition('class="pane')[0].partition('class="notes"')[0]
        cells = re.findall(r"<code>(.*?)</code></div>", pane, re.DOTALL)
        shown = [html.unescape(re.sub("<[^>]*>", "", cell)) for cell in cells]
        lines = [line for section in program.sections for line in section.lines]

        assert shown == [line.text for line in lines]


def test_the_words_of_the_other_language_do_not_show():
    text = page(stored_lesson(), read_words("zh"))
    english = read_words("en").table

    assert "<h2>练习</h2>" in text
    assert [word for word in english["exercises"].values() if f">{word}<" in text] == []


def test_a_framework_without_a_program_is_a_line():
    programs = {name: one for name, one in stored_programs().items() if name != "keras"}
    text = page(stored_lesson(programs=programs, missing={"keras": "not installed <here>"}), read_words("en"))

    assert '<p class="missing">Keras has no column here: not installed &lt;here&gt;</p>' in text
    assert 'id="pane-keras"' not in text


def test_a_quick_page_has_code_and_drawings_and_no_charts():
    text = page(stored_lesson(measured=False), read_words("en"))

    assert 'id="pane-paddle"' in text
    assert text.count("<svg") == 3
    assert "uPlot" not in text.replace("new uPlot", "")
    assert 'id="samples"' not in text
    assert "Nothing was run for this page." in text


def test_text_of_the_experiment_cannot_break_out_of_the_page():
    evil = "</script><script>alert(1)</script>"
    text = page(stored_lesson(docstring=[evil], missing={"x": evil}), read_words("en"))

    assert "<script>alert" not in text


def test_what_the_charts_show_was_measured(text):
    measured, shown = stored_measurements(), data_of(text)["measured"]

    assert shown["floor"] == measured["floor"]
    assert [one["losses"] for one in shown["ports"]] == [one["losses"] for one in measured["ports"].values()]
    assert [one["losses"] for one in shown["against"]] == [
        measured["backends"][name]["losses"] for name in ("paddle", "keras")
    ]


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of #rrggbb."""
    values = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in values]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(theme):
    style = SHARED.text("page_files/colours.css")
    block = style.partition(':root[data-theme="dark"] {' if theme == "dark" else ":root {")[2].partition("}")[0]
    colours = dict(re.findall(r"--([\w-]+): (#\w{6})", block))
    code = ("ink", "keyword", "string", "numeral", "comment", "name", "other")
    pairs = [(front, back) for back in ("paper", "mark", "chosen") for front in code]
    pairs += [(front, back) for back in ("paper", "panel") for front in ("ink", "muted", "accent", "right", "wrong")]
    pairs.append(("mark-ink", "mark"))

    assert {
        pair: contrast(colours[pair[0]], colours[pair[1]])
        for pair in pairs
        if contrast(colours[pair[0]], colours[pair[1]]) < 4.5
    } == {}


def test_both_ways_to_dark_have_the_same_colours():
    blocks = re.findall(r"\{\n((?:\s+--[^\n]*\n)+)", SHARED.text("page_files/colours.css"))
    found = [re.findall(r"--[\w-]+: #\w{6}", block) for block in blocks]

    assert len(found) == 3
    assert found[1] == found[2]


def test_a_page_of_one_framework_shows_all_that_was_measured():
    text = page(stored_lesson(programs={"keras": stored_programs()["keras"]}), read_words("en"))

    assert "PaddlePaddle against PyTorch" in text
    assert 'id="pane-keras"' in text
