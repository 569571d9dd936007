"""Every command's help has an example, and its options in groups; every argument is completed."""

from collections.abc import Iterator

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from gan_core.cli.entry import app
from gan_core.cli.grouped_help import COMMANDS, FEW, GROUPS


def commands(command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
    for name, one in (inner or {}).items():
        yield from commands(one, (*path, name))


ALL = [*commands(get_command(app))]
NAMES = [" ".join(path) for path, _ in ALL]


@pytest.mark.parametrize(("path", "command"), ALL, ids=NAMES)
def test_a_help_has_an_example(path, command):
    assert f"gan {' '.join(path)}" in command.epilog


@pytest.mark.parametrize(("path", "command"), ALL, ids=NAMES)
def test_no_option_stands_in_no_group(path, command):
    options = [parameter.name for parameter in command.params if parameter.param_type_name == "option"]
    grouped = {name for names in GROUPS.values() for name in names}
    assert len(options) <= FEW or set(options) <= grouped


@pytest.mark.parametrize(("path", "command"), ALL, ids=NAMES)
def test_every_argument_is_completed(path, command):
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    assert all(parameter._custom_shell_complete for parameter in arguments)


def test_every_command_stands_in_a_group():
    assert {path[0] for path, _ in ALL} == {name for names in COMMANDS.values() for name in names}


def test_the_options_of_a_training_come_in_the_order_of_the_groups():
    said = CliRunner().invoke(app, ["train", "--help"]).stdout
    titles = [
        line.removesuffix(":") for line in said.splitlines() if line and not line.startswith(" ") and line.endswith(":")
    ]
    assert titles == ["Arguments", *GROUPS, "Options"]
