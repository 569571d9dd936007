"""Keras's language, on TensorFlow: how it writes a program."""

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from gan_core.contract.tape_classes import composed_layer
from gan_core.plans.plans import Node
from gan_core.recording import forward
from gan_core.recording.conditional_batches import conditional_batches
from gan_core.recording.expressions import Word
from gan_core.recording.language import Said
from gan_core.recording.module_layers import arguments
from gan_core.recording.program_parts import Drawn, PlayerPart, ProgramParts
from gan_core.recording.steps import Clip
from gan_core.recording.tape_language import TapeLanguage, weights_text
from gan_core.specs.networks import Input
from gan_core.specs.style_layers import ModulatedConv

from . import program_images, program_recurrent  # noqa: F401  (their words join those of `program_layers`)
from .program_helpers import HELPERS
from .program_layers import said
from .program_starts import rule_text, starts
from .program_words import TWICE_WORDS, WORDS


class KerasLanguage(TapeLanguage):
    """See `gan_core.recording.language.Language`."""

    framework: ClassVar[str] = "Keras"
    words: ClassVar[Mapping[str, Word]] = WORDS | TWICE_WORDS
    helpers: ClassVar[Mapping[str, str]] = HELPERS
    channels_last: ClassVar[bool] = True
    transpose: ClassVar[str] = "tf.transpose({0}, {1})"
    tape: ClassVar[str] = "tf.GradientTape()"
    at_all: ClassVar[str] = "[weight.value for weight in weights], unconnected_gradients=tf.UnconnectedGradients.ZERO"
    decorator: ClassVar[str] = "@tf.function"

    def imports(self, text: str) -> Sequence[str]:
        names = [
            name
            for name in ("initializers", "layers", "ops", "optimizers")
            if re.search(rf"(?<!keras\.)\b{name}\.", text)
        ]
        return ["import keras", "import tensorflow as tf", f"from keras import {', '.join(names)}"]

    # --- networks

    def layer(self, node: Node) -> Said:
        words = said(node.layer, node)
        words = composed_layer(node, self) if words is None else words
        twice = None if words.twice is None else _complete(words.twice, node)
        return _complete(words, node)._replace(twice=twice)

    def input(self, given: Input) -> str:
        last = (*given.shape[1:], given.shape[0]) if len(given.shape) == 3 else given.shape
        kind = ', dtype="int32"' if given.kind == "label" else ""
        return f"keras.Input({last}{kind})"

    def model(self, inputs: str, outputs: str, name: str) -> str:
        return f'keras.Model({inputs}, {outputs}, name="{name}")'

    def optimizer(self, player: PlayerPart) -> Sequence[str]:
        return [
            f"self.{player.attribute} = {rule_text(player.optimizer)}",
            f"self.{player.attribute}.build({weights_text(player.networks)})",
        ]

    def first_value(self, start: object) -> str:
        array = np.asarray(start)
        zeros = f"tf.zeros({tuple(array.shape)}, keras.config.floatx())"
        numbers = f"{array.tolist()}, dtype=keras.config.floatx()"
        return f"tf.Variable({numbers if array.any() or not array.shape else zeros}, trainable=False)"

    def clipped(self, clip: Clip) -> Sequence[str]:
        return [
            f"for weight in self.{clip.network}.trainable_variables:",
            f"    weight.assign(tf.clip_by_value(weight, {-clip.limit}, {clip.limit}))",
        ]

    def watched(self, tape: str, inputs: str) -> str:
        return f"{tape}.watch({inputs})"

    # --- running

    def drawn(self, drawn: Drawn, count: str) -> str:
        each = (*drawn.each[1:], drawn.each[0]) if len(drawn.each) == 3 else drawn.each
        shape = f"({', '.join([count, *map(str, each)])}{'' if each else ','})"
        limits = "" if (drawn.low, drawn.high) == (0, 1) else f", {drawn.low:g}, {drawn.high:g}"
        labels = f"tf.random.uniform(({count},), maxval={drawn.classes}, dtype=tf.int64)"
        rows = f"tf.one_hot({labels}, {drawn.classes})"
        texts = {
            "batch": f'batch["{drawn.name}"]',
            "shuffled": f'tf.random.shuffle(batch["{drawn.name}"])',
            "normal": f"tf.random.normal({shape})",
            "uniform": f"tf.random.uniform({shape}{limits})",
            "labels": labels,
            "one_hot": rows if len(drawn.each) == 1 else f"{rows}[:, None, None]",
            "flips": f"tf.cast(tf.random.uniform(({count},)) < {drawn.share}, tf.float32)",
            "gumbel": f"-tf.math.log(tf.random.gamma({shape}, 1.0))",
            "pool": f"pool_decisions({count}, {drawn.classes}, number * BATCH_SIZE)",
        }
        return texts[drawn.kind]

    def batches(self, parts: ProgramParts) -> Sequence[str]:
        if parts.by_categories:
            return conditional_batches(parts.by_categories, "tf.convert_to_tensor({0})")
        shuffle = ".shuffle(count)" if parts.shuffled else ""
        drop = "" if parts.keeps_last else ", drop_remainder=True"
        several = len(parts.domains) > 1  # of which each has batches of its own
        scaled = [
            line
            for name in parts.bytes
            for line in (
                [f'        if "{name}" in batch:', f'            batch["{name}"] = scaled(batch["{name}"])']
                if several
                else [f'        batch["{name}"] = scaled(batch["{name}"])']
            )
        ]
        pictures = len(parts.sheet["shape"]) == 3
        turned = "np.moveaxis(array, 1, 3) if array.ndim == 4 else array"
        axes = ", pictures as [N, H, W, C]" if pictures else ""
        order = "in a new order each epoch" if parts.shuffled else "in their order"
        return [
            "def batches_of(arrays, batch_size):",
            f'    """Yield batches by name for ever, {order}{axes}."""',
            *([f"    arrays = {{name: {turned} for name, array in arrays.items()}}"] if pictures else []),
            "    count = len(next(iter(arrays.values())))",
            f"    places = tf.data.Dataset.range(count){shuffle}.batch(batch_size{drop})",
            "    for chosen in places.repeat().as_numpy_iterator():",
            "        batch = {name: array[chosen] for name, array in arrays.items()}",
            *scaled,
            "        yield {name: tf.convert_to_tensor(array) for name, array in batch.items()}",
        ]

    def changing(self, parts: ProgramParts) -> Sequence[str]:
        schedules = {one.schedule for one in parts.players}  # which count by their optimizer's updates
        return [name for name in [*parts.changing, *parts.kept_attributes] if name not in schedules]

    def running(self, parts: ProgramParts) -> Mapping[str, str]:
        return {
            "seed": "keras.utils.set_random_seed(arguments.seed)",
            "no_grad": "",
            "suffix": "",
            "evaluate": "",
            "train": "",
            "several": "[{0}]",
            "sampled": f"{{0}}({{1}}, training={parts.sheet['training']})",
            "in_turn": "tf.reshape(tf.stack({0}, axis=1), (-1, *{0}[0].shape[1:]))",
            "numpy": "{0}.numpy()",
            "rows_of_labels": "tf.range({rows} * {columns}) // {columns} % {classes}",
            "keeping": _KEEPING,
        }


_KEEPING = '''def save(self, path, done):
    """Keep all that changes, and the number of steps done."""
    parts = {name: getattr(self, name) for name in CHANGING}
    tf.train.Checkpoint(**parts, done=tf.Variable(done)).write(str(path))

def load(self, path):
    """Go on from a checkpoint; return the number of steps done."""
    parts, done = {name: getattr(self, name) for name in CHANGING}, tf.Variable(0)
    tf.train.Checkpoint(**parts, done=done).read(str(path.with_suffix(""))).assert_consumed()
    return int(done)'''


def _complete(words: Said, node: Node) -> Said:
    """How a layer is said, with its first weights and its name."""
    first, name = starts(node), f'name="{forward.safe(node.name)}"'
    if getattr(node.layer, "spectral_norm", False):
        return words._replace(made=f"SpectralNorm({_with(words.made, first)}, {name})")
    if (rate := getattr(node.layer, "equalised", None)) is not None and not isinstance(node.layer, ModulatedConv):
        more = arguments({"rate": rate}, {"rate": 1.0})
        return words._replace(made=f"Equalised({_with(words.made, first)}{more}, {name})")
    return words._replace(made=_with(words.made, [*first, name]))


def _with(made: str, more: Sequence[str]) -> str:
    """A layer's expression with what is said at its end."""
    before, mark, after = made.partition("{more}")
    return (
        f"{before}{'' if before.endswith('(') else ', '}{', '.join(more)}{after}" if mark and more else before + after
    )
