"""PyTorch's words for operations in programs."""

import numpy as np

from gan_core.recording.expressions import ATOM, Text, Word, Writer, function, method
from gan_core.recording.module_words import MODULE_WORDS, cross_entropy, leaf, mean_error, network_call, shaped
from gan_core.recording.sizes import text_of
from gan_core.recording.values import Value
from gan_core.recording.weight_words import own_weight


def like(array: str, number: str) -> str:
    """As many of a number as an array has values."""
    known = {"1.0": "torch.ones_like({0})", "0.0": "torch.zeros_like({0})"}
    return known.get(number, "torch.full_like({0}, {1})").format(array, number)


def constant(writer: Writer, value: Value) -> Text:
    """An array of numbers, in one of the ways in which such arrays come."""
    (array,) = value.operands
    shape = ", ".join(text_of(size) for size in value.shape)
    if value.shape and bool(np.all(array == array.flat[0])):
        return Text(f"torch.full(({shape},), {array.flat[0]!r})")
    dtype = "" if value.integer else ", dtype=torch.get_default_dtype()"
    return Text(f"torch.tensor({array.tolist()!r}{dtype})")


def gradients(writer: Writer, value: Value) -> Text:
    """Gradients at inputs, themselves to be differentiated where that was asked."""
    output, inputs, again = value.operands
    at = ", ".join(writer.text(part) for part in inputs)
    graph = ", create_graph=True" if again else ""
    return Text(f"torch.autograd.grad({writer.text(output)}, {at if len(inputs) == 1 else f'[{at}]'}{graph})")


def concat(writer: Writer, value: Value) -> Text:
    parts, axis = value.operands
    along = f", dim={axis}" if axis else ""
    return Text(f"torch.cat([{', '.join(writer.text(part) for part in parts)}]{along})")


def unit_entropy(writer: Writer, value: Value) -> Text:
    logits, unit = value.operands
    return Text(f"-F.log_softmax({writer.text(logits)}, dim=1)[:, {unit}].mean()", ATOM - 2)


WORDS: dict[str, Word] = {
    **MODULE_WORDS,
    "exp": function("torch.exp"),
    "log": function("torch.log"),
    "sqrt": function("torch.sqrt"),
    "tanh": function("torch.tanh"),
    "sigmoid": function("torch.sigmoid"),
    "softplus": function("F.softplus", "threshold=40"),
    "softmax": function("torch.softmax", "dim=-1"),
    "clip": method("clamp({1}, {2})"),
    "leaf": leaf(".requires_grad_()"),
    "reshape": shaped("reshape({0})"),
    "transpose": lambda writer, value: Text(
        f"{writer.text(value.operands[0], ATOM)}.permute({', '.join(map(str, value.operands[1]))})"
    ),
    "concat": concat,
    "matmul": lambda writer, value: Text(
        f"{writer.text(value.operands[0], ATOM - 3)} @ {writer.text(value.operands[1], ATOM - 2)}", ATOM - 3
    ),
    "constant": constant,
    "gradients": gradients,
    "cross_entropy": cross_entropy(like, "F.binary_cross_entropy_with_logits"),
    "mean_square": mean_error(like, "F.mse_loss", "(({0}) ** 2).mean()"),
    "mean_absolute": mean_error(like, "F.l1_loss", "({0}).abs().mean()"),
    "class_entropy": lambda writer, value: Text(f"F.cross_entropy({', '.join(map(writer.text, value.operands))})"),
    "hot_entropy": lambda writer, value: Text(f"F.cross_entropy({', '.join(map(writer.text, value.operands))})"),
    "unit_entropy": unit_entropy,
    "log_sum_exp_of_rows": function("torch.logsumexp", "dim=1", "keepdim=True"),
    "one_hot_rows": function("F.one_hot", "{1}"),
    "canonical": own_weight("{0}.{1}", "weight", "{0}", "{0}"),
    "quarter_turns": function("quarter_turns"),
    "quarter_numbers": function("quarter_numbers"),
    "without_diagonal": function("without_diagonal"),
    "through_pool": function("through_pool", "{1}", "{2}"),
    "moved_chance": function("moved_chance", *(f"{{{place}}}" for place in range(1, 7))),
    "chance": lambda writer, value: Text(f"chance_of(self.{value.operands[0]})"),
    "call": network_call(
        "torch.func.functional_call({0}, {{name: weight.detach() for name, weight in {0}.named_parameters()}}, ({1},))",
        "torch.func.functional_call({0}, {2}, ({1},))",
    ),
}

TWICE_WORDS: dict[str, Word] = {}  # PyTorch differentiates all of them twice
