"""The page in a real browser: nothing is asked of the network, nothing fails, and what can be pressed works."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gan_core.lessons.lesson import write_lesson
from gan_core.lessons.words import read_words
from stored_lesson import stored_lesson


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lesson")
    write_lesson(stored_lesson(), read_words("en"), folder)
    return folder / "lesson.html"


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[Any]:
    """A function that opens the page: width in pixels, and options of the browser's."""
    pages = []

    def open_page(width: int = 1280, **options: Any) -> Any:
        page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        pages.append(page)
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(file.as_uri())
        page.wait_for_function("document.querySelectorAll('.uplot canvas').length === 3")
        return page

    yield open_page
    for page in pages:
        page.close()


@pytest.mark.parametrize("width", [1280, 400])
def test_the_page_asks_the_network_for_nothing_and_has_no_error(opened, file, width):
    page = opened(width)

    assert page.said == []
    assert [url for url in page.asked if not url.startswith("data:")] == [file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")


def test_a_line_lights_up_in_every_column_and_tells_what_differs(opened):
    page = opened()
    page.locator("#pane-paddle .line[data-notes*='batch-norm-momentum'] .number").first.click()

    columns = page.evaluate(
        "[...new Set([...document.querySelectorAll('.line.current, .line.linked')]"
        ".map((line) => line.closest('.pane').dataset.framework))]"
    )
    assert sorted(columns) == ["keras", "paddle", "torch"]
    assert "share of the old value" in page.locator("#notes").inner_text()


def test_columns_scroll_together(opened):
    page = opened()
    page.evaluate("document.querySelector('#pane-keras .scroll').scrollTop = 300")
    page.wait_for_function("document.querySelector('#pane-torch .scroll').scrollTop === 300")
    page.evaluate("document.querySelector('#pane-torch .scroll').scrollLeft = 40")
    page.wait_for_function("document.querySelector('#pane-paddle .scroll').scrollLeft === 40")


def test_rows_of_all_columns_are_level(opened):
    tops = opened().evaluate(
        "[...document.querySelectorAll('.pane')].map((pane) => [...pane.querySelectorAll('.line, .topic')]"
        ".map((line) => Math.round(line.getBoundingClientRect().top)))"
    )

    assert len(tops) == 3
    assert tops[0] == tops[1] == tops[2]


def test_tabs_are_moved_through_by_arrow_keys_on_a_narrow_screen(opened):
    page = opened(400)
    assert page.locator(".pane:visible").count() == 1
    page.locator("#tab-torch").focus()
    for key, chosen in (("ArrowRight", "paddle"), ("End", "keras"), ("ArrowRight", "torch"), ("ArrowLeft", "keras")):
        page.keyboard.press(key)

        assert page.locator("[role=tab][aria-selected=true]").get_attribute("id") == f"tab-{chosen}"
        assert page.locator(".pane:visible").get_attribute("id") == f"pane-{chosen}"
        assert page.evaluate("document.activeElement.id") == f"tab-{chosen}"


def test_arrow_keys_move_through_a_column(opened):
    page = opened()
    page.locator("#pane-torch .scroll").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")

    assert page.locator("#pane-torch .line.current").get_attribute("data-number") == "3"


def test_the_slider_changes_pictures_and_what_they_are_called(opened):
    page = opened()
    slider, image = page.locator("#slider"), page.locator("#sheets img").first
    before = image.get_attribute("src")
    slider.focus()
    page.keyboard.press("Home")

    assert image.get_attribute("src") != before
    assert image.get_attribute("alt") == "PyTorch, step 0"
    assert slider.get_attribute("aria-valuetext") == "step 0"


def test_dark_is_what_the_reader_prefers_until_the_button_is_pressed(opened):
    page = opened(color_scheme="dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(colour)
    page.locator("#theme").click()
    light = page.evaluate(colour)

    assert (dark, light) == ("rgb(13, 17, 23)", "rgb(255, 255, 255)")
    drawing = "getComputedStyle(document.querySelector('.gan-diagram .paper')).fill"
    assert page.evaluate(drawing) == "rgb(255, 255, 255)"


def answer(page: Any, kind: str, right: bool) -> None:
    exercises = page.evaluate("JSON.parse(document.getElementById('data').textContent).exercises")
    number, exercise = next((place, one) for place, one in enumerate(exercises, 1) if one["kind"] == kind)
    form, value = page.locator(f"#exercise-{number}"), exercise["answer"]
    if kind == "line":
        other = "torch" if value["framework"] != "torch" else "paddle"
        column = f"#pane-{value['framework'] if right else other}"
        page.locator(f"{column} .line[data-key='{value['keys'][0]}'] .number").first.click()
    elif kind == "choice":
        place = value["value"] if right else 1 - min(1, value["value"])
        form.locator("input[type=radio]").nth(place).check()
    elif kind == "step" and value["value"] is None and right:
        form.locator(".never").click()
    else:
        form.locator("input[name=answer]").fill(str(value["value"] if right else 123456))
    form.locator("button[type=submit]").click()
    assert form.locator(".verdict").inner_text() == ("Right." if right else "Not yet.")


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("kind", ["number", "step", "choice", "line"])
def test_exercises_are_checked(opened, kind, right):
    page = opened()
    answer(page, kind, right)

    assert page.said == []


def test_an_empty_answer_is_asked_for(opened):
    page = opened()
    page.locator("#exercise-1 button[type=submit]").click()

    assert page.locator("#exercise-1 .verdict").inner_text() == "Put in an answer first."


def test_solutions_are_folded_until_they_are_wanted(opened):
    page = opened()
    solution = page.locator("#exercise-1 details").last
    assert not solution.locator("p").is_visible()
    solution.locator("summary").press("Enter")

    assert solution.locator("p").is_visible()


def test_the_charts_switch_between_losses_and_samples(opened):
    page = opened()
    page.locator("input[name=ports][value=samples]").check()

    assert page.locator("#chart-ports .uplot").count() == 1
    assert page.said == []


def test_on_paper_everything_shows(opened):
    page = opened(width=1000)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")

    assert page.locator(".pane:visible").count() == 3
    assert page.locator(".exercise details:not([open])").count() == 0
    assert page.evaluate(
        "[...document.querySelectorAll('.scroll')].every((box) => box.scrollHeight <= box.clientHeight + 1)"
    )
    assert len(page.pdf()) > 50_000
