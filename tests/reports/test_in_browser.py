"""The report in a real browser: nothing is asked of the network, nothing fails, and what can be pressed works."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gan_core.reports.report import report
from gan_core.reports.watching import HOST, WatchedRuns, server
from gan_core.reports.words import read_words
from stored_run import SCORES, healthy_rows, lines, sheet, write_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with two runs and the reports of one, and of both."""
    folder = tmp_path_factory.mktemp("reports")
    scored = [
        {"step": step, "epoch": step / 28, "frechet": 500 / step, "floors": {"frechet": 0.5}} for step in (200, 400)
    ]
    one = write_run(folder / "one", evaluation=SCORES, evaluations=scored)
    sheet(99).save(one / "samples" / "real.png")
    rows = [row | {"generator/loss": 10.0 ** (3 - row["step"] / 60)} for row in healthy_rows()]
    other = write_run(folder / "other", changes={"training.seed": 7}, sheets=2, rows=rows)
    report(one, folder / "one.html")
    report([one, other], folder / "both.html")
    return folder


@pytest.fixture
def opened(browser: Any) -> Iterator[Any]:
    """A function that opens a page: its address, width in pixels, and options of the browser's."""
    pages = []

    def open_page(address: str, width: int = 1280, **options: Any) -> Any:
        page = browser.new_page(viewport={"width": width, "height": 900}, **options)
        pages.append(page)
        page.said, page.asked = [], []
        page.on("console", lambda message: page.said.append(message.text))
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(address)
        page.locator("[data-group=curves] .uplot canvas").nth(1).wait_for(state="attached")
        return page

    yield open_page
    for page in pages:
        page.close()


def ticks(page: Any) -> str:
    """What is drawn of the first chart, as a word that changes with it."""
    page.wait_for_timeout(50)
    return str(page.evaluate("document.querySelector('[data-group=curves] canvas').toDataURL()"))


@pytest.mark.parametrize(("width", "scheme", "name"), [(1280, "light", "one"), (400, "dark", "both")])
def test_the_page_asks_the_network_for_nothing_and_has_no_error(opened, folder, width, scheme, name):
    address = (folder / f"{name}.html").as_uri()
    page = opened(address, width, color_scheme=scheme)

    assert page.said == []
    assert [url for url in page.asked if not url.startswith("data:")] == [address]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].every((image) => !image.src || image.naturalWidth > 0)")


def test_arrow_keys_go_through_the_sheets(opened, folder):
    page = opened((folder / "one.html").as_uri())
    image = page.locator("figure.sheet img")
    newest = image.get_attribute("src")
    page.locator("#slider").focus()
    page.keyboard.press("ArrowLeft")

    assert page.locator("#slider-value").inner_text() == "step 300 (3 of 4)"
    assert image.get_attribute("alt") == "Samples of digits-mlp, step 300"
    assert image.get_attribute("src") != newest


def test_smoothing_logarithm_and_axis_change_the_charts(opened, folder):
    page = opened((folder / "both.html").as_uri())
    seen = [ticks(page)]
    page.locator("#smoothing").focus()
    page.keyboard.press("End")
    seen.append(ticks(page))
    assert page.locator("#smoothing-value").inner_text() == "half-life 80 steps"
    page.locator("#logarithmic").check()
    seen.append(ticks(page))
    page.locator("input[name=axis][value=epoch]").check()
    seen.append(ticks(page))

    assert len(set(seen)) == 4
    assert page.said == []


@pytest.mark.slow
def test_keys_enlarge_all_charts_and_zero_shows_all(opened, folder):
    page = opened((folder / "one.html").as_uri())
    whole = ticks(page)
    page.locator("[data-group=curves] .chart").nth(1).focus()
    page.keyboard.press("+")
    enlarged = ticks(page)
    page.keyboard.press("ArrowRight")
    moved = ticks(page)
    page.keyboard.press("0")

    assert len({whole, enlarged, moved}) == 3
    assert ticks(page) == whole


@pytest.mark.slow
def test_dragging_enlarges(opened, folder):
    page = opened((folder / "one.html").as_uri())
    whole = ticks(page)
    over = page.locator("[data-group=curves] .u-over").first
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 50, steps=4)
    page.mouse.up()
    page.mouse.move(5, 5)

    assert ticks(page) != whole


@pytest.mark.slow
def test_a_name_in_a_legend_is_a_switch_for_keys_too(opened, folder):
    page = opened((folder / "one.html").as_uri())
    head = page.locator("[data-group=curves] .u-legend [role=switch]:visible").first
    head.focus()
    page.keyboard.press("Enter")

    assert head.get_attribute("aria-checked") == "false"


@pytest.mark.slow
def test_a_run_can_be_switched_off(opened, folder):
    page = opened((folder / "both.html").as_uri())
    before = ticks(page)
    page.locator("#runs input").nth(1).uncheck()

    assert ticks(page) != before
    assert page.locator("figure.sheet:visible").count() == 1
    assert "other" not in page.locator("[data-group=curves]").inner_text()


@pytest.mark.slow
def test_the_reader_chooses_dark_or_light(opened, folder):
    page = opened((folder / "one.html").as_uri(), color_scheme="light")
    page.locator("#theme").click()

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 17, 23)"


@pytest.mark.slow
def test_what_is_new_comes_by_itself_and_what_was_chosen_stays(opened, tmp_path):
    run = write_run(tmp_path / "run", rows=healthy_rows()[:20], done=False)
    with server(WatchedRuns([run], read_words("en")), 0) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        page = opened(f"http://{HOST}:{serving.server_address[1]}/")
        page.locator("#news:not(:empty)").wait_for(state="attached")
        page.locator("#slider").focus()
        page.keyboard.press("Home")
        page.locator("#smoothing").focus()
        page.keyboard.press("End")
        (run / "metrics.jsonl").write_text(lines(healthy_rows()), encoding="utf-8")
        sheet(50).save(run / "samples" / "step-0000399.png")
        page.locator("#slider[max='4']").wait_for(state="attached")
        serving.shutdown()
        thread.join()

    assert page.locator("#slider-value").inner_text() == "step 100 (1 of 5)"
    assert page.locator("#smoothing").input_value() == "100"
    assert page.said == []
