"""The text of a plain script in a framework's own words, from a plan and the backend's word for each layer."""

import keyword
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from gan_core.errors import BackendError
from gan_core.networks import Input
from gan_core.shapes import Node, Plan
from gan_core.spec import variant_name

TRIED = 16  # samples
RESERVED = {"layers", "nn", "F", "torch", "paddle", "keras", "np", "Path", "weights", "model", "made"}
# (node, its inputs' expressions) → the expression that makes its module (None where it has none), and the one of its
# output; a module is at hand as ``layers["NAME"]``
Words = Callable[[Node, Sequence[str]], tuple[str | None, str]]


T = TypeVar("T")


def words_of(node: Node, table: Mapping[type, T], framework: str) -> T:
    """Return the table's entry for a layer. Raises `BackendError` where the framework has no standard one."""
    kind = variant_name(type(node.layer).__name__)
    if getattr(node.layer, "spectral_norm", False):
        kind += " with spectral norm"
    elif type(node.layer) in table:
        return table[type(node.layer)]
    raise BackendError(f"layer '{node.name}': {framework} has no standard layer for a {kind}, so it cannot be exported")


def body(plan: Plan, table: Mapping[type, Words], framework: str) -> tuple[list[str], list[str]]:
    """Return the lines of a table of modules, and those of a function from the plan's inputs to its output."""
    values = {name: variable(name) for name in plan.inputs}
    modules, lines = [], []
    for node in plan.nodes:
        module, output = words_of(node, table, framework)(node, [values[name] for name in node.inputs])
        if module is not None:
            modules.append(f'    "{node.name}": {module},')
        values[node.name] = output
        if not output.isidentifier():  # else a layer that lets its input through
            values[node.name] = variable(node.name)
            lines.append(f"    {values[node.name]} = {output}")
    return modules, [*lines, f"    return {values[plan.nodes[-1].name]}"]


def beside_script(weights: Path) -> str:
    """Return the expression of a path that is relative to the script's own folder; an absolute one stays."""
    return f"Path(__file__).parent / {weights.as_posix()!r}"


def trial(plan: Plan, made: Callable[[str, Input], str], numbers: Callable[[str], str]) -> list[str]:
    """Return the lines that run the function on `TRIED` samples and say what came out, if the script itself is run.

    made: the expression of an input of so many samples. numbers: of a result as a NumPy array.
    """
    given = [f"        {made(name, kind)}," for name, kind in plan.inputs.items()]
    return [
        "",
        "",
        'if __name__ == "__main__":',
        f"    made = {variable(plan.name)}(",
        *given,
        "    )",
        f"    made = {numbers('made')}",
        '    print(f"made {made.shape}, from {made.min():.4g} to {made.max():.4g}")',
    ]


def signature(plan: Plan) -> str:
    """Return the head of that function: ``def generator(z):``."""
    return f"def {variable(plan.name)}({', '.join(variable(name) for name in plan.inputs)}):"


def variable(name: str) -> str:
    """Return a name that Python takes."""
    plain = name.replace("-", "_")
    return plain if plain.isidentifier() and not keyword.iskeyword(plain) and plain not in RESERVED else f"x_{plain}"
