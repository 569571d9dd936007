"""Formulas that were recorded and written out as text compute what they computed before."""

import numpy as np
import pytest

from gan_core.errors import SpecError
from gan_core.objectives.losses import LOSSES
from gan_core.operations.log_sums import class_entropy
from gan_core.operations.ops import Array, Ops
from gan_core.recording.expressions import COMMON, Text, Word, Writer, function, shape_text
from gan_core.recording.module_words import detached
from gan_core.recording.recorder import Recorder
from gan_core.recording.simplified import Simplifier
from gan_core.recording.sizes import BATCH_SIZE, Size, text_of
from gan_core.recording.values import Value
from gan_core.testing.numpy_ops import NumpyOps

OPS = NumpyOps()
BATCH = 6


def with_target(name: str) -> Word:
    return lambda writer, value: Text(f"{name}({', '.join(writer.text(part) for part in value.operands)})")


NUMPY_WORDS: dict[str, Word] = {
    **COMMON,
    "exp": function("np.exp"),
    "sqrt": function("np.sqrt"),
    "abs": function("np.abs"),
    "mean": function("np.mean"),
    "sum": function("np.sum", "{1}"),
    "relu": function("relu"),
    "softplus": function("softplus"),
    "reshape": lambda writer, value: Text(f"{writer.text(value.operands[0], 5)}.reshape({shape_text(value)})"),
    "concat": lambda writer, value: Text(
        f"np.concatenate([{', '.join(map(writer.text, value.operands[0]))}], {value.operands[1]})"
    ),
    "log_sum_exp_of_rows": function("rows"),
    **{name: with_target(name) for name in ("cross_entropy", "mean_square", "mean_absolute")},
}
NAMES = {
    "np": np,
    "relu": lambda x: np.maximum(x, 0),
    "softplus": lambda x: np.logaddexp(0, x),
    "rows": lambda x: np.logaddexp.reduce(x, axis=1, keepdims=True),
    "cross_entropy": lambda logits, target: np.mean(np.logaddexp(0, logits) - logits * target),
    "mean_square": lambda one, other: np.mean((one - other) ** 2),
    "mean_absolute": lambda one, other: np.mean(np.abs(one - other)),
}


def recorded(*shapes: tuple[int, ...]) -> tuple[Recorder, list[Value]]:
    recorder, batch = Recorder(), Size(BATCH, BATCH_SIZE)
    values = [recorder.made("draw", ("phase", f"x{place}"), (batch, *shape)) for place, shape in enumerate(shapes)]
    return recorder, values


def text(value: Value, inputs: list[Value]) -> str:
    names = {one: f"x{place}" for place, one in enumerate(inputs)}
    return Writer(words=NUMPY_WORDS, names=names).text(Simplifier()(value))


@pytest.mark.parametrize("side", ["discriminator", "generator"])
@pytest.mark.parametrize("name", list(LOSSES))
def test_every_loss_that_is_written_out_computes_the_same(name: str, side: str) -> None:
    loss = getattr(LOSSES.find(name), side)
    random = np.random.default_rng(0)
    real, fake = random.normal(size=(2, BATCH, 1))
    recorder, inputs = recorded((1,), (1,))

    written = text(loss(recorder, *inputs), inputs)

    computed = eval(written, {**NAMES, "x0": real, "x1": fake, BATCH_SIZE: BATCH})  # noqa: S307  the text is ours
    assert computed == pytest.approx(float(loss(OPS, real, fake)), rel=1e-14)


def test_what_follows_from_the_batch_size_is_written_for_any_batch() -> None:
    recorder, (x,) = recorded((4, 2))
    count = x.shape[0]

    pairs = recorder.reshape(x, (count // 2, 2, -1))
    share = recorder.sum(x, (0, 1, 2)) * (1 / (count * (count - 1)))

    assert text(pairs, [x]) == "x0.reshape(-1, 2, 8)"
    assert text(share, [x]) == "np.sum(x0, (0, 1, 2)) / (batch_size * (batch_size - 1))"
    assert text(x[: count // 3], [x]) == "x0[: batch_size // 3]"


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        ("ops.mean(ops.softplus(-x))", "np.mean(softplus(-x0))"),
        ("ops.mean((x - y) * (x - y))", "mean_square(x0, x1)"),
        ("ops.mean(ops.abs(x - y))", "mean_absolute(x0, x1)"),
        ("(x - y) - (x + y)", "x0 - x1 - (x0 + x1)"),
        ("(x + y) * (x - 1.0) / -y", "(x0 + x1) * (x0 - 1.0) / -x1"),
        ("-(x * y) ** 2.0", "-(x0 * x1) ** 2.0"),
        ("ops.mean(x) * 1.0", "np.mean(x0)"),
        ("ops.mean(x) * (1 / 784)", "np.mean(x0) / 784"),
    ],
)
def test_formulas_are_written_with_the_brackets_they_need(formula: str, written: str) -> None:
    recorder, inputs = recorded((1,), (1,))

    value = eval(formula, {"ops": recorder, "x": inputs[0], "y": inputs[1]})  # noqa: S307  the formula is ours

    assert text(value, inputs) == written


def test_a_known_function_is_kept_whole_with_the_shape_of_its_result() -> None:
    recorder, (logits,) = recorded((10,))
    labels = recorder.made("draw", ("phase", "labels"), (logits.shape[0],), integer=True)

    entropy = class_entropy(recorder, logits, labels)

    assert (entropy.word, entropy.shape) == ("class_entropy", ())
    assert [value.word for value in recorder.values] == ["draw", "draw", "class_entropy"]


def centred(ops: Ops, x: Array) -> Array:
    middle = ops.mean(x)
    return x - middle


def test_values_are_called_what_the_formulas_author_calls_them() -> None:
    recorder, (x,) = recorded((3,))

    spread = centred(recorder, x)
    low, high = spread - 1.0, spread + 1.0

    assert recorder.values[1].hint == "middle"
    assert (spread.hint, low.hint, high.hint) == ("spread", "low", "high")


def test_a_formula_that_branches_on_numbers_is_refused_in_a_line() -> None:
    _, (x,) = recorded((1,))

    with pytest.raises(SpecError, match="can be trained with, but not written out"):
        bool(x)


def test_numbers_of_the_batch_keep_their_value() -> None:
    count = Size(12, BATCH_SIZE)

    assert (count // 4, count % 5, 2 * count, 1 / count) == (3, 2, 24, 1 / 12)
    assert text_of(2 * (count + 1)) == "2 * (batch_size + 1)"


def test_a_constant_that_needs_no_word_keeps_its_brackets() -> None:
    recorder, (x, y) = recorded((1,), (1,))
    kept = recorder.detached(lambda: x - y)

    writer = Writer(words={**NUMPY_WORDS, "detach": detached}, names={x: "x0", y: "x1"})

    assert writer.text(kept * 2.0) == "(x0 - x1) * 2.0"
