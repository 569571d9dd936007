"""Helps in named groups: the options of a command, and the commands of `gan`."""

from collections.abc import Sequence
from typing import Any

from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

GROUPS = {  # title → parameters by their names in Python, in the order of helps
    "What is trained": (
        *("steps", "epochs", "batch_size", "seed", "seeds", "dtype", "changes", "first_changes", "from_run", "new"),
        *("protocol", "models", "mode_counts", "loss", "learning_rate", "keep_sigmoid"),
    ),
    "Where it runs": (
        *("backend", "backends", "device", "devices", "deterministic", "workers", "jobs", "engine", "address"),
        *("cpus", "gpus"),
    ),
    "What is read": (
        *("checkpoint", "network", "data_dir", "data", "pictures", "inputs", "weights", "key", "match", "name_map"),
        *("arguments", "search", "recipes", "reference", "allow_imports"),
    ),
    "Samples and scores": (
        *("count", "label", "given", "walk", "interpolate", "truncation", "latent_truncation", "mode", "metrics"),
        *("features", "samples", "truncations", "latent_truncations", "intervals", "tsne_of", "figures", "tolerance"),
        *("within", "chaos_floor", "best", "every"),
    ),
    "What comes out": (
        *("out", "to", "log", "print_every", "json", "wide", "file_format", "diagram", "columns", "script", "style"),
        *("language", "notebook", "quick", "watch", "port", "onnx", "check", "license", "overwrite"),
        *("newest", "optimizers", "prune", "yes", "as_json"),
    ),
}
FEW = 3  # options that need no groups
COMMANDS = {
    "Look": ("list", "explain", "show", "diff"),
    "Train": ("train", "resume", "sample", "montage", "report", "log", "weights"),
    "Judge": ("compare", "evaluate", "scores", "classes", "modes", "sweep"),
    "Keep and share": ("runs", "pack", "unpack", "export", "card"),
    "Teach and carry over": ("code", "lesson", "port"),
    "Mend": ("doctor",),
}


class GroupedCommand(TyperCommand):
    """A command whose options stand in groups."""

    @override
    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, then the options of each group, then those of none."""
        told = [(parameter, parameter.get_help_record(ctx)) for parameter in self.get_params(ctx)]
        records = [(parameter, record) for parameter, record in told if record is not None]
        arguments = [record for parameter, record in records if parameter.param_type_name == "argument"]
        options = {str(parameter.name): record for parameter, record in records if record not in arguments}
        sections = {"Arguments": arguments}
        if len(options) > FEW + 1:  # one is the help
            for title, names in GROUPS.items():
                sections[title] = [options.pop(name) for name in names if name in options]
        sections["Options"] = list(options.values())
        for title, rows in sections.items():
            _section(formatter, title, rows)


class GroupedCommands(TyperGroup):
    """The commands of `gan` in groups, in the order in which a newcomer needs them, whichever module brings them."""

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names for a shell and for helps; one that no group has comes last."""
        order = [name for names in COMMANDS.values() for name in names]
        return sorted(self.commands, key=lambda name: order.index(name) if name in order else len(order))

    @override
    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write each group with its commands, and a line on each command."""
        known = {name: command for name in self.list_commands(ctx) if not (command := self.commands[name]).hidden}
        room = max(20, formatter.width - 6 - max(map(len, known)))
        lines = {name: command.get_short_help_str(2 * room) for name, command in known.items()}
        for title, names in COMMANDS.items():
            _section(formatter, title, [(name, lines.pop(name)) for name in names if name in lines])
        _section(formatter, "More", list(lines.items()))


def _section(formatter: Any, title: str, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)
