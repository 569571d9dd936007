"""Tables and experiments on narrow terminals: no line is wider, and no name is cut."""

import pytest

from gan_core.cli import answers
from gan_core.cli.answers import print_table
from gan_core.experiments.describe import describe
from gan_core.presets import preset

ROWS = [
    {"preset": "digits-mlp", "group": "unconditional", "batch": 64, "summary": "MLP GAN on scikit-learn's 8×8 digits"},
    {"preset": "mnist-wgan-gp-conv", "group": "unconditional", "batch": 5, "summary": "WGAN-GP on MNIST"},
]


def table(monkeypatch, capsys, width: int | None, **options) -> str:
    monkeypatch.setattr(answers, "terminal_columns", lambda: width)
    print_table(ROWS, optional=["batch", "group"], **options)
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [30, 40, 60, 80, 120])
def test_no_line_of_a_table_is_wider_than_the_terminal(monkeypatch, capsys, width):
    lines = table(monkeypatch, capsys, width).splitlines()
    assert max(map(len, lines)) <= width
    assert any(line.strip().startswith("mnist-wgan-gp-conv") for line in lines)


def test_a_narrow_terminal_has_a_row_in_lines_of_its_own(monkeypatch, capsys):
    assert table(monkeypatch, capsys, 40).splitlines()[:4] == [
        "digits-mlp",
        "  MLP GAN on scikit-learn's 8×8 digits",
        "mnist-wgan-gp-conv",
        "  WGAN-GP on MNIST",
    ]


def test_columns_that_are_left_out_are_named(monkeypatch, capsys):
    assert "a wider terminal, or --wide, shows batch too" in " ".join(
        table(monkeypatch, capsys, 70, wide=False).split()
    )


def test_a_pipe_and_a_wide_table_have_all_columns(monkeypatch, capsys):
    assert table(monkeypatch, capsys, None) == table(monkeypatch, capsys, 40, wide=True)
    assert "batch" in table(monkeypatch, capsys, None)


@pytest.mark.parametrize("name", ["digits-mlp", "pix2pix", "mnist-infogan-script"])
@pytest.mark.parametrize("width", [40, 80])
def test_no_line_of_an_experiment_is_wider_than_the_terminal(name, width):
    assert max(map(len, describe(preset(name), width).splitlines())) <= width


@pytest.mark.parametrize("width", [40, 80])
def test_an_experiment_tells_the_same_at_every_width(width):
    words = " ".join(describe(preset("digits-mlp")).split())
    assert all(part in " ".join(describe(preset("digits-mlp"), width).split()) for part in words.split("; ")[1:2])
    assert describe(preset("digits-mlp"), 1000) == describe(preset("digits-mlp"))
