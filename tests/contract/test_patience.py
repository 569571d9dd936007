"""What takes long is told while it does, once; what is quick is not told at all."""

import threading

import pytest

from gan_core.contract import patience
from gan_core.contract.patience import told_if_slow
from gan_core.printing import say


def test_what_takes_long_is_told_in_a_line(monkeypatch, capsys):
    told = threading.Event()
    monkeypatch.setattr(patience, "PATIENCE", 0.0)
    monkeypatch.setattr(patience, "say", lambda text: (say(text), told.set()))

    with told_if_slow("compiling phase 'd'"):
        assert told.wait(30)

    assert capsys.readouterr().err == "gan: compiling phase 'd'\n"


def test_what_is_quick_is_not_told(monkeypatch, capsys):
    monkeypatch.setattr(patience, "PATIENCE", 1000.0)
    before = threading.active_count()

    with told_if_slow("compiling"):
        pass

    assert capsys.readouterr().err == ""
    assert threading.active_count() <= before + 1


def test_an_error_passes_and_ends_the_waiting(monkeypatch, capsys):
    monkeypatch.setattr(patience, "PATIENCE", 1000.0)
    with pytest.raises(KeyError), told_if_slow("compiling"):
        raise KeyError
    assert capsys.readouterr().err == ""
