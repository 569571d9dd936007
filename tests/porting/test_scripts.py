"""Scripts: what they are asked for, run, and what is said where they fail."""

from pathlib import Path

import pytest

from gan_core.errors import UsageError
from gan_core.porting.scripts import read_script, run_script

SCRIPT = """\
import argparse
import no_such_module

class Pair:
    made = 0

    def __init__(self, width=1):
        Pair.made += 1
        self.first, self.second, self.width = Pair.made, Pair.made, width

size = 3
opt = argparse.ArgumentParser()
opt.add_argument("--depth", type=int, required=True)
depth = opt.parse_args().depth
broken = 1 / 0
missing = no_such_module.x
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "pair.py"
    path.write_text(SCRIPT)
    return path


def run(path: Path, *expressions: str, arguments: str = ""):
    return run_script(read_script(path, expressions), arguments)


def test_expressions_are_names_calls_and_attributes(script: Path):
    made = run(script, "Pair", "Pair(size).width", "Pair(width=-4).width")

    assert made["Pair"].__name__ == "Pair"
    assert (made["Pair(size).width"], made["Pair(width=-4).width"]) == (3, -4)


def test_a_call_in_two_expressions_is_made_once(script: Path):
    made = run(script, "Pair().first", "Pair().second")

    assert made["Pair().first"] == made["Pair().second"]


def test_a_script_has_its_own_command_line(script: Path):
    assert run(script, "depth", arguments="--depth 7") == {"depth": 7}
    with pytest.raises(UsageError, match=r"ends itself.*required: --depth; its own options are given with arguments"):
        run(script, "depth")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Pear", "has no 'Pear' at its top; did you mean 'Pair'"),
        ("broken", "pair.py, line 15: ZeroDivisionError"),
        ("missing", "pair.py, line 2: ModuleNotFoundError: No module named 'no_such_module'"),
        ("Pair(1 + 1)", "expected a name of the script, or a call of one"),
        ("Pair(", "expected a name of the script, or a call of one"),
        ("Pair(depht)", "has no 'depht' at its top"),
        ("Pair().third", "AttributeError"),
    ],
)
def test_a_fault_is_one_line(script: Path, name: str, said: str):
    with pytest.raises(UsageError) as caught:
        run(script, name)

    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_script_that_is_none_is_said(tmp_path: Path):
    (tmp_path / "x.py").write_text("def (")
    with pytest.raises(UsageError, match="line 1: SyntaxError"):
        read_script(tmp_path / "x.py", ["G"])
    with pytest.raises(UsageError, match="cannot be read"):
        read_script(tmp_path / "y.py", ["G"])


def test_what_will_run_is_said_in_a_sentence(script: Path):
    said = read_script(script, ["Pair"]).sentence

    assert said.endswith("pair.py: the 6 of its 16 lines that Pair need, with all that they may do")
