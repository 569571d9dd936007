"""Maps of names between a file of weights and a network."""

from pathlib import Path

import pytest

from gan_core.errors import UsageError
from gan_core.files.name_maps import read_name_map


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "map.toml"
    path.write_text(text)
    return path


def test_names_may_have_dots_without_quotes(tmp_path: Path):
    path = written(tmp_path, '"main.0.weight" = "conv_1.weight"\nmain.1.bias = "dense_1.bias"')

    assert read_name_map(path) == {"main.0.weight": "conv_1.weight", "main.1.bias": "dense_1.bias"}


@pytest.mark.parametrize(
    ("text", "said"),
    [("a = 3", "'a' stands for 3"), ("a = 'x'\nb = 'x'", "two names stand for 'x'"), ("a: b", "is no TOML")],
)
def test_another_text_is_refused(tmp_path: Path, text: str, said: str):
    with pytest.raises(UsageError, match=said):
        read_name_map(written(tmp_path, text))
