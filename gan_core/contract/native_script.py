"""Plain scripts — the text of a program in a framework's own words, from a plan and the words for each layer."""

import keyword
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path

from gan_core.errors import BackendError
from gan_core.plans.plans import Node, Plan
from gan_core.specs import layers as L
from gan_core.specs.networks import Input
from gan_core.specs.spec import variant_name

TRIED = 16  # samples
RESERVED = {"layers", "nn", "F", "torch", "paddle", "keras", "np", "Path", "weights", "model", "made", "numbers"}
# the expression that makes a layer's module (None where it has none), and the one of its output; a module is at hand
# as ``layers["NAME"]``
LayerWords = tuple[str | None, str]
Words = Callable[[L.Layer, Node, Sequence[str]], LayerWords]  # (layer, node, its inputs' expressions) → words


@dataclass(frozen=True, kw_only=True)
class ScriptDialect:
    """How a framework of modules writes a program.

    framework: its name in messages. imports: lines beyond NumPy's and `Path`.
    container: the class of a table of modules.
    load: the lines that fill ``layers`` from the file WEIGHTS and set ``dtype``. decorator: of the function.
    array: (an expression of NumPy's, whether it holds labels) → the framework's array.
    """

    framework: str
    imports: tuple[str, ...]
    container: str
    load: tuple[str, ...]
    decorator: str
    array: Callable[[str, bool], str]


def require_standard(plan: Plan, known: Collection[type], framework: str) -> None:
    """Raise `BackendError` unless the framework has a standard layer for every layer of a plan.

    known: the types of layers that it has one for; a subclass may mean something else.
    """
    for node in plan.nodes:
        kind, spectral = variant_name(type(node.layer).__name__), getattr(node.layer, "spectral_norm", False)
        if spectral or node.plan.factors or type(node.layer) not in known:
            more = (
                " with spectral norm" if spectral else " with an equalised learning rate" if node.plan.factors else ""
            )
            raise BackendError(
                f"layer '{node.name}': {framework} has no standard layer for a {kind}{more}, so it cannot be exported"
            )


def write_module_script(plan: Plan, weights: Path, path: Path, dialect: ScriptDialect, words: Words) -> None:
    """Write the script of a framework of modules: a table of them, and the network's function."""
    modules, lines = _body(plan, words)
    text = [
        "from pathlib import Path",
        "",
        "import numpy as np",
        *dialect.imports,
        "",
        f"layers = {dialect.container}({{",
        *modules,
        "})",
        *(line.replace("WEIGHTS", beside_script(weights)) for line in dialect.load),
        "layers.eval()  # batch norm by its running statistics",
        "",
        "",
        dialect.decorator,
        signature(plan),
        *lines,
        *trial(plan, dialect.array),
        "",
    ]
    path.write_text("\n".join(text), encoding="utf-8")


def _body(plan: Plan, words: Words) -> tuple[list[str], list[str]]:
    """The lines of a table of modules, and those of a function from the plan's inputs to its outputs."""
    values = {name: variable(name) for name in plan.inputs}
    modules, lines = [], []
    for node in plan.nodes:
        module, output = words(node.layer, node, [values[name] for name in node.inputs])
        if module is not None:
            modules.append(f'    "{node.name}": {module},')
        values[node.name] = output
        if not output.isidentifier():  # else a layer that lets its input through
            values[node.name] = variable(node.name)
            lines.append(f"    {values[node.name]} = {output}")
    return modules, [*lines, f"    return {_returned(plan, values)}"]


def _returned(plan: Plan, values: Mapping[str, str]) -> str:
    """The expression of what the function returns: its output, or a dictionary of several by name."""
    if not plan.heads[1:]:
        return values[plan.output]
    return f"{{{', '.join(f'{name!r}: {values[name]}' for name in plan.heads)}}}".replace("'", '"')


def in_table(node: Node, module: str, argument: str) -> LayerWords:
    """The words of a layer that is a module of the table."""
    return module, f'layers["{node.name}"]({argument})'


def sizes(node: Node, layer: L.Conv | L.ConvTranspose) -> str:
    """The arguments of a convolution up to its padding."""
    rows, columns = node.plan.edges.symmetric
    padding = rows if rows == columns else (rows, columns)
    ends = f"{node.input_shapes[0][0]}, {layer.channels}, {layer.kernel}"
    dilation = f", dilation={layer.dilation}" if layer.dilation != 1 else ""
    groups = f", groups={layer.groups}" if layer.groups != 1 else ""
    return f"{ends}, stride={layer.stride}, padding={padding}{dilation}{groups}"


def padded(node: Node, x: str) -> str:
    """The input of a convolution with the padding that its layer does not add: left, right, top, bottom."""
    edges = node.plan.edges
    if not edges.are_left:
        return x
    mode = "" if edges.mode == "zeros" else f', mode="{edges.mode}"'
    return f"F.pad({x}, {[*edges.rest[1], *edges.rest[0]]}{mode})"


def cropped(node: Node, call: str) -> str:
    """A transposed convolution's output without the rows and columns that its layer does not cut off."""
    (top, _), (left, _) = node.plan.edges.rest
    _, height, width = node.plan.output_shape
    cut = f"[:, :, {top}:{top + height}, {left}:{left + width}]"
    return f"{call}{cut}" if node.plan.edges.are_left else call


@singledispatch
def common_words(layer: L.Layer, node: Node, inputs: Sequence[str]) -> LayerWords:
    """The words that all frameworks with the modules ``nn`` and ``F`` share."""
    raise NotImplementedError


@common_words.register
def _dropout(layer: L.Dropout, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, inputs[0]


@common_words.register
def _relu(layer: L.ReLU, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"F.relu({inputs[0]})"


@common_words.register
def _leaky_relu(layer: L.LeakyReLU, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"F.leaky_relu({inputs[0]}, {layer.slope})"


@common_words.register
def _elu(layer: L.ELU, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"F.elu({inputs[0]})"


@common_words.register
def _average_pool(layer: L.AveragePool, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"F.avg_pool2d({inputs[0]}, {layer.size}, {node.plan.pool_step})"


@common_words.register
def _max_pool(layer: L.MaxPool, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"F.max_pool2d({inputs[0]}, {layer.size}, {node.plan.pool_step})"


@common_words.register
def _upsample(layer: L.Upsample, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f'F.interpolate({inputs[0]}, scale_factor={layer.factor}, mode="nearest")'


@common_words.register
def _embedding(layer: L.Embedding, node: Node, inputs: Sequence[str]) -> LayerWords:
    return in_table(node, f"nn.Embedding({layer.classes}, {layer.units})", inputs[0])


@common_words.register
def _add(layer: L.Add, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, " + ".join(inputs)


@common_words.register
def _scale(layer: L.Scale, node: Node, inputs: Sequence[str]) -> LayerWords:
    return None, f"{inputs[0]} * {layer.factor}"


def beside_script(weights: Path) -> str:
    """The expression of a path that is relative to the script's own folder; an absolute one stays."""
    return f"Path(__file__).parent / {weights.as_posix()!r}"


def trial(plan: Plan, array: Callable[[str, bool], str], last: bool = False) -> list[str]:
    """The lines that call the function when the script is run, and print what came of it.

    NumPy draws what it reads, so that the scripts of all frameworks print the same. array: (an expression of NumPy's,
    whether it holds labels) → the framework's array. last: channels come last.
    """
    given = ", ".join(array(_drawn(one, last), one.kind == "label") for one in plan.inputs.values())
    first = f'["{plan.output}"]' if plan.heads[1:] else ""
    return [
        "",
        "",
        'if __name__ == "__main__":',
        "    numbers = np.random.default_rng(0)",
        f"    made = np.asarray({variable(plan.name)}({given}){first})",
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
    if given.distribution == "gumbel":
        return f"numbers.gumbel(size={(TRIED, *shape)})"
    return f"numbers.standard_normal({(TRIED, *shape)})"


def signature(plan: Plan) -> str:
    """The head of that function: ``def generator(z):``."""
    return f"def {variable(plan.name)}({', '.join(variable(name) for name in plan.inputs)}):"


def variable(name: str) -> str:
    """A name that Python takes, as near to another as can be."""
    plain = name.replace("-", "_")
    return plain if plain.isidentifier() and not keyword.iskeyword(plain) and plain not in RESERVED else f"x_{plain}"
