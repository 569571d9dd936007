"""The text of a plain script in a framework's own words, from a plan and the backend's word for each layer."""

import keyword
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from gan_core.errors import BackendError
from gan_core.plans.plans import Node, Plan
from gan_core.specs.networks import Input
from gan_core.specs.spec import variant_name

TRIED = 16  # samples
RESERVED = {"layers", "nn", "F", "torch", "paddle", "keras", "np", "Path", "weights", "model", "made", "numbers"}
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


def trial(plan: Plan, array: Callable[[str, bool], str], last: bool = False) -> list[str]:
    """Return the lines that call the function when the script is run, and print what came of it.

    NumPy draws what it reads, so that the scripts of all frameworks print the same. array: (an expression of NumPy's,
    whether it holds labels) → the framework's array. last: channels come last.
    """
    given = ", ".join(array(_drawn(one, last), one.kind == "label") for one in plan.inputs.values())
    return [
        "",
        "",
        'if __name__ == "__main__":',
        "    numbers = np.random.default_rng(0)",
        f"    made = np.asarray({variable(plan.name)}({given}))",
        '    print(f"made {made.shape}, from {made.min():.4g} to {made.max():.4g}")',
    ]


def _drawn(given: Input, last: bool) -> str:
    """NumPy's words for `TRIED` samples of an input: classes in turn, or numbers of its distribution."""
    if given.kind == "label":
        return f"np.arange({TRIED}) % {given.classes}"
    if given.distribution == "one_hot":
        return f"np.eye({given.shape[0]})[np.arange({TRIED}) % {given.shape[0]}]"
    shape = (*given.shape[1:], given.shape[0]) if last and len(given.shape) == 3 else given.shape
    if given.kind == "data" or given.distribution == "uniform":
        return f"numbers.uniform(-1, 1, {(TRIED, *shape)})"
    return f"numbers.standard_normal({(TRIED, *shape)})"


def signature(plan: Plan) -> str:
    """Return the head of that function: ``def generator(z):``."""
    return f"def {variable(plan.name)}({', '.join(variable(name) for name in plan.inputs)}):"


def variable(name: str) -> str:
    """Return a name that Python takes."""
    plain = name.replace("-", "_")
    return plain if plain.isidentifier() and not keyword.iskeyword(plain) and plain not in RESERVED else f"x_{plain}"
