"""The body of a network's function: one statement for a layer with weights and the activations behind it."""

import keyword
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from gan_core.plans.plans import Node, Plan
from gan_core.recording.language import Said


@dataclass(kw_only=True)
class Called:
    """One statement. name: of its result. text: the expression. key: the first layer that stands in it."""

    name: str
    text: str
    key: str


def statements(plan: Plan, say: Callable[[Node], Said], module: Callable[[str], str]) -> tuple[list[Called], list[str]]:
    """Return the statements from a plan's inputs to its outputs, and the expressions of the outputs.

    say: how a layer is said. module: the name of a layer → the expression of its module.
    """
    uses = _uses(plan)
    texts: dict[str, str] = {name: safe(name) for name in plan.inputs}
    lines: list[Called] = []
    made: dict[str, Called] = {}  # node → the statement that it ends
    for node in plan.nodes:
        said = say(node)
        source = made.get(node.inputs[0]) if len(node.inputs) == 1 else None
        folds = source is not None and source is lines[-1] and not said.made and uses[node.inputs[0]] == 1
        inputs = [texts[name] for name in node.inputs]
        if folds and source is not None and said.call.count("{0}") == 1 and len(source.text) < 70:
            source.text = filled(said.call, [source.text], module(node.name))
            made[node.name] = source
            texts[node.name] = source.name
            continue
        text = filled(said.call, inputs, module(node.name))
        if text in inputs:  # a layer that lets its input through
            texts[node.name] = text
            continue
        line = Called(name=safe(node.name), text=text, key=f"{plan.name}.{node.name}")
        lines.append(line)
        made[node.name] = line
        texts[node.name] = line.name
    _name_chains(plan, lines, made, uses, texts)
    return lines, [texts[name] for name in plan.outputs]


def filled(call: str, inputs: list[str], module: str) -> str:
    """Return the expression of a layer's output. Operands of an operator get brackets where they need them."""

    def operand(match: re.Match[str]) -> str:
        text = inputs[int(match[1])]
        around = call[match.start() - 1 : match.start()] + call[match.end() : match.end() + 1]
        return f"({text})" if needs_brackets(text) and around not in {"()", "(,", " )", " ,"} else text

    return re.sub(r"\{(\d)\}", operand, call.replace("{module}", module))


def needs_brackets(text: str) -> bool:
    """Whether an expression is more than a name, a call or a slice."""
    depth, bare = 0, ""
    for letter in text:
        depth += letter in "([{"
        bare += letter if depth == 0 else ""
        depth -= letter in ")]}"
    return " " in bare or bare.startswith("-")


def safe(name: str) -> str:
    """Return the name of a variable for a layer or an input."""
    plain = re.sub(r"\W", "_", name)
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def _uses(plan: Plan) -> dict[str, int]:
    uses = dict.fromkeys([*plan.inputs, *(node.name for node in plan.nodes)], 0)
    for node in plan.nodes:
        for name in node.inputs:
            uses[name] += 1
    for name in plan.outputs:
        uses[name] += 1
    return uses


def _name_chains(
    plan: Plan, lines: list[Called], made: Mapping[str, Called], uses: Mapping[str, int], texts: dict[str, str]
) -> None:
    """Call `x` what the next statement reads and nobody else."""
    ends = {id(line): node for node, line in made.items()}
    for line, after in pairwise(lines):
        end, old = ends[id(line)], line.name
        pattern = rf"(?<![\w.]){re.escape(old)}(?!\w)"
        read_next = len(re.findall(pattern, after.text))
        elsewhere = any(re.search(pattern, other.text) for other in lines if other is not after)
        if uses[end] >= 1 and read_next and not elsewhere and end not in plan.outputs:
            line.name = "x"
            after.text = re.sub(pattern, "x", after.text)
    last = lines[-1]
    if len(plan.outputs) == 1 and last.name == texts[ends[id(last)]]:
        last.name = "x"
    for node, line in made.items():
        texts[node] = line.name
