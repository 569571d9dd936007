"""PaddlePaddle's language: how it writes a program."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from gan_core.contract.module_layers import composed_class
from gan_core.plans.plans import Node
from gan_core.recording.conditional_batches import conditional_batches
from gan_core.recording.expressions import Word
from gan_core.recording.language import Said
from gan_core.recording.module_language import ModuleLanguage, factor_text, parameters
from gan_core.recording.module_running import checkpoint_methods, scaled_bytes
from gan_core.recording.program_parts import Drawn, PlayerPart, ProgramParts
from gan_core.recording.steps import Clip

from . import program_images, program_recurrent  # noqa: F401  (their words join those of `program_layers`)
from .program_helpers import HELPERS
from .program_layers import said
from .program_starts import rule_text, starts
from .program_words import TWICE_WORDS, WORDS


class PaddleLanguage(ModuleLanguage):
    """See `gan_core.recording.language.Language`."""

    framework: ClassVar[str] = "PaddlePaddle"
    words: ClassVar[Mapping[str, Word]] = WORDS
    twice_words: ClassVar[Mapping[str, Word]] = TWICE_WORDS
    helpers: ClassVar[Mapping[str, str]] = HELPERS
    module: ClassVar[str] = "nn.Layer"
    no_grad: ClassVar[str] = "paddle.no_grad()"
    zero: ClassVar[str] = "clear_grad"
    zero_partial: ClassVar[str] = "clear_grad(set_to_zero=True)"
    leaf: ClassVar[str] = "{0}.stop_gradient = False"
    clamped: ClassVar[str] = "{0}.clip_(-{1}, {1})"

    def imports(self, text: str) -> Sequence[str]:
        return [
            "import paddle",
            "import paddle.nn.functional as F",
            "from paddle import nn",
            *(["from paddle.io import DataLoader, TensorDataset"] if "DataLoader(" in text else []),
        ]

    def own_layer(self, node: Node) -> Said | None:
        return said(node.layer, node)

    def defined_layer(self, node: Node) -> Said:
        return composed_class(node, self, lambda shape: f"self.create_parameter({list(shape)})")

    def first_weights(self, node: Node) -> Mapping[str, str]:
        return starts(node)

    def optimizer(self, player: PlayerPart) -> Sequence[str]:
        rule, lines = player.optimizer, []
        rate = str(rule.learning_rate)
        if player.schedule:
            factor = factor_text(rule.schedule)
            lines.append(f"self.{player.schedule} = paddle.optimizer.lr.LambdaDecay({rate}, lambda updates: {factor})")
            rate = f"self.{player.schedule}"
        return [*lines, f"self.{player.attribute} = {rule_text(rule, rate, parameters(player))}"]

    def clipped(self, player: PlayerPart) -> Sequence[str]:
        return ()  # the optimizers do it

    def clipped_weights(self, clip: Clip, parts: ProgramParts) -> list[str]:
        first, *rest = super().clipped_weights(clip, parts)
        if not parts.network(clip.network).plan.buffers:
            return [first, *rest]
        return [
            first,
            "    if not weight.stop_gradient:  # batch norm's statistics count as parameters",
            *(f"    {line}" for line in rest),
        ]

    def first_value(self, start: object) -> str:
        array = np.asarray(start)
        return f"paddle.zeros({list(array.shape)})" if not array.any() else f"paddle.to_tensor({array.tolist()})"

    def drawn(self, drawn: Drawn, count: str) -> str:
        shape = ", ".join([count, *map(str, drawn.each)])
        uniform, labels = f"paddle.rand([{shape}])", f"paddle.randint(0, {drawn.classes}, [{count}])"
        scaled = f"{drawn.high - drawn.low:g} * {uniform} - {-drawn.low:g}"
        rows = f"F.one_hot({labels}, {drawn.classes})"
        planes = f"{rows}.reshape([-1, {drawn.classes}, 1, 1]).expand([{shape}])"
        texts = {
            "batch": f'batch["{drawn.name}"]',
            "shuffled": f'batch["{drawn.name}"][paddle.randperm({count})]',
            "normal": f"paddle.randn([{shape}])",
            "uniform": uniform if (drawn.low, drawn.high) == (0, 1) else scaled,
            "labels": labels,
            "one_hot": rows if len(drawn.each) == 1 else planes,
            "flips": f'(paddle.rand([{count}]) < {drawn.share}).astype("float32")',
            "gumbel": f"-paddle.log(-paddle.log({uniform}))",
            "pool": f"paddle.to_tensor(pool_decisions({count}, {drawn.classes}, number * BATCH_SIZE))",
        }
        return texts[drawn.kind]

    def batches(self, parts: ProgramParts) -> Sequence[str]:
        if parts.by_categories:
            return conditional_batches(parts.by_categories, "paddle.to_tensor({0})")
        drop = "" if parts.keeps_last else ", drop_last=True"
        return [
            "def batches_of(arrays, batch_size):",
            '    """Yield batches of arrays by name for ever, in a new order each epoch."""',
            "    names, tensors = list(arrays), [paddle.to_tensor(array) for array in arrays.values()]",
            "    data = TensorDataset(tensors)",
            f"    loader = DataLoader(data, batch_size=batch_size, shuffle={parts.shuffled}{drop})",
            "    while True:",
            "        for values in loader:",
            "            batch = dict(zip(names, values))",
            *(f"            {line}" for line in scaled_bytes(parts, "paddle.to_tensor({0})")),
            "            yield batch",
        ]

    def running(self, parts: ProgramParts) -> Mapping[str, str]:
        return {
            "seed": "paddle.seed(arguments.seed)\n    np.random.seed(arguments.seed)  # of the order of batches",
            "no_grad": "@paddle.no_grad()",
            "suffix": ".pdparams",
            "evaluate": "{0}.eval()",
            "train": "{0}.train()",
            "sampled": "{0}({1})",
            "in_turn": "paddle.stack({0}, axis=1).flatten(0, 1)",
            "numpy": "{0}.numpy()",
            "rows_of_labels": "paddle.arange({rows} * {columns}) // {columns} % {classes}",
            "keeping": checkpoint_methods(
                parts, save="paddle.save({0}, str(path))", load="paddle.load(str(path))", set_state="set_state_dict"
            ),
        }
