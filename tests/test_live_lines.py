"""Bars that fit a terminal: what is left out where there is no room, and that nothing stands in a pipe."""

import sys
import time

import pytest

from gan_core import live_lines
from gan_core.live_lines import Doing, LiveLines, Pace, bar_line, counted, fitting, rate_in_words


@pytest.fixture
def pace(monkeypatch) -> Pace:
    """1,200 of 2,000, 100 a second."""
    now = [100.0]
    monkeypatch.setattr(live_lines, "time", type("Clock", (), {"monotonic": staticmethod(lambda: now[0])}))
    made = Pace(2000, 200)
    made.done, now[0] = 1200, 110.0
    return made


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (80, "digits-mlp on torch  ━━━━━━━━━━━━━━─────────  1,200/2,000  8 s left  100 steps/s"),
        (60, "digits-mlp on torch  ━━━━━━━━━━──────  1,200/2,000  8 s left"),
        (40, "━━━━━━━━━━───────  1,200/2,000  8 s left"),
        (30, "━━━━━━━━━━───────  1,200/2,000"),
        (11, "1,200/2,000"),
    ],
)
def test_a_line_leaves_out_the_rate_then_the_title_then_the_time(pace, monkeypatch, width, line):
    monkeypatch.setattr(live_lines, "console", lambda: type("Screen", (), {"encoding": "utf-8"}))
    assert bar_line(width, "digits-mlp on torch", pace, "steps").plain == line


@pytest.mark.parametrize("width", range(11, 130))
def test_a_line_is_never_wider_than_the_terminal(pace, width):
    assert len(bar_line(width, "digits-mlp on torch", pace, "steps").plain) <= width


def test_an_encoding_without_the_bar_s_letters_has_others(pace, monkeypatch):
    monkeypatch.setattr(live_lines, "console", lambda: type("Screen", (), {"encoding": "ascii"}))
    assert "##########" in bar_line(40, "digits-mlp", pace, "steps").plain


@pytest.mark.parametrize(("rate", "words"), [(345.2, "345 steps/s"), (1.0, "1 steps/s"), (0.25, "4 s/step"), (0.0, "")])
def test_a_rate_is_said_the_way_round_that_is_above_one(rate, words):
    assert rate_in_words(rate, "steps") == words


def test_what_has_no_room_is_left_out_from_the_end():
    assert fitting(25, ["discriminator 0.41", "generator 2.1", "x"]) == "discriminator 0.41"
    assert fitting(5, ["discriminator 0.41"]) == ""


def test_nothing_is_shown_in_a_pipe(monkeypatch, capsys):
    monkeypatch.setattr(live_lines, "FIRST_SECONDS", 0.0)
    with Doing("samples"), counted("samples", 10, "samples") as show:
        show(3)
        time.sleep(0.05)
    assert capsys.readouterr() == ("", "")
    assert LiveLines.shown is None


def test_what_is_counted_within_something_takes_its_line(monkeypatch):
    monkeypatch.setattr(live_lines, "FIRST_SECONDS", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with Doing("pictures") as doing, counted("features", 10, "samples") as show:
        show(4)
        doing._timer.join()
        line = doing.lines(80)[0].plain
        assert line.startswith("features")
        assert "4/10" in line
        with counted("within", 3, "parts"):
            assert doing.lines(80)[0].plain.startswith("within")
        assert doing.lines(80)[0].plain.startswith("features")
    assert LiveLines.shown is None
