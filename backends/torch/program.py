"""PyTorch's language: how it writes a program."""

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

from . import program_images, program_recurrent  # noqa: F401  (their words join those of `program_layers`)
from .program_helpers import HELPERS
from .program_layers import said
from .program_starts import rule_text, starts
from .program_words import TWICE_WORDS, WORDS


class TorchLanguage(ModuleLanguage):
    """See `gan_core.recording.language.Language`."""

    framework: ClassVar[str] = "PyTorch"
    words: ClassVar[Mapping[str, Word]] = WORDS
    twice_words: ClassVar[Mapping[str, Word]] = TWICE_WORDS
    helpers: ClassVar[Mapping[str, str]] = HELPERS
    no_grad: ClassVar[str] = "torch.no_grad()"
    zero: ClassVar[str] = "zero_grad"
    zero_partial: ClassVar[str] = "zero_grad(set_to_none=False)"
    clamped: ClassVar[str] = "{0}.clamp_(-{1}, {1})"

    def imports(self, text: str) -> Sequence[str]:
        return [
            "import torch",
            "import torch.nn.functional as F",
            "from torch import nn",
            *(["from torch.utils.data import DataLoader, TensorDataset"] if "DataLoader(" in text else []),
        ]

    def own_layer(self, node: Node) -> Said | None:
        return said(node.layer, node)

    def defined_layer(self, node: Node) -> Said:
        return composed_class(node, self, lambda shape: f"nn.Parameter(torch.empty({shape}))")

    def first_weights(self, node: Node) -> Mapping[str, str]:
        return starts(node)

    def optimizer(self, player: PlayerPart) -> Sequence[str]:
        rule, name = player.optimizer, player.attribute
        lines = [f"self.{name} = {rule_text(rule, parameters(player))}"]
        if player.schedule:
            factor = factor_text(rule.schedule)
            lines.append(
                f"self.{player.schedule} = torch.optim.lr_scheduler.LambdaLR(self.{name}, lambda updates: {factor})"
            )
        return lines

    def clipped(self, player: PlayerPart) -> Sequence[str]:
        rule, lines = player.optimizer, []
        for network in player.networks:
            if rule.clip_value is not None:
                lines.append(f"nn.utils.clip_grad_value_(self.{network}.parameters(), {rule.clip_value})")
        if rule.clip_norm is not None:
            lines.append(
                f"clip_lengths([{', '.join(f'*self.{one}.parameters()' for one in player.networks)}], {rule.clip_norm})"
            )
        return lines

    def first_value(self, start: object) -> str:
        array = np.asarray(start)
        return f"torch.zeros({tuple(array.shape)})" if not array.any() else f"torch.tensor({array.tolist()})"

    def drawn(self, drawn: Drawn, count: str) -> str:
        shape = ", ".join([count, *map(str, drawn.each)])
        uniform, labels = f"torch.rand({shape})", f"torch.randint({drawn.classes}, ({count},))"
        scaled = f"{drawn.high - drawn.low:g} * {uniform} - {-drawn.low:g}"
        rows = f"F.one_hot({labels}, {drawn.classes}).to(torch.get_default_dtype())"
        texts = {
            "batch": f'batch["{drawn.name}"]',
            "shuffled": f'batch["{drawn.name}"][torch.randperm({count})]',
            "normal": f"torch.randn({shape})",
            "uniform": uniform if (drawn.low, drawn.high) == (0, 1) else scaled,
            "labels": labels,
            "one_hot": rows if len(drawn.each) == 1 else f"{rows}[:, :, None, None].expand({shape})",
            "flips": f"(torch.rand({count}) < {drawn.share}).to(torch.get_default_dtype())",
            "gumbel": f"-torch.log(torch.empty({shape}).exponential_())",
            "pool": f"torch.from_numpy(pool_decisions({count}, {drawn.classes}, number * BATCH_SIZE))",
        }
        return texts[drawn.kind]

    def batches(self, parts: ProgramParts) -> Sequence[str]:
        if parts.by_categories:
            return conditional_batches(parts.by_categories, "torch.from_numpy({0})")
        drop = "" if parts.keeps_last else ", drop_last=True"
        return [
            "def batches_of(arrays, batch_size):",
            '    """Yield batches of arrays by name for ever, in a new order each epoch."""',
            "    names, tensors = list(arrays), [torch.tensor(array) for array in arrays.values()]",
            f"    loader = DataLoader(TensorDataset(*tensors), batch_size, shuffle={parts.shuffled}{drop})",
            "    while True:",
            "        for values in loader:",
            "            batch = dict(zip(names, values))",
            *(f"            {line}" for line in scaled_bytes(parts, "torch.from_numpy({0})")),
            "            yield batch",
        ]

    def running(self, parts: ProgramParts) -> Mapping[str, str]:
        return {
            "seed": "torch.manual_seed(arguments.seed)"
            + ("\n    np.random.seed(arguments.seed)  # of the batches" if parts.by_categories else ""),
            "no_grad": "@torch.no_grad()",
            "suffix": ".pt",
            "evaluate": "{0}.eval()",
            "train": "{0}.train()",
            "sampled": "{0}({1})",
            "in_turn": "torch.stack({0}, dim=1).flatten(0, 1)",
            "numpy": "{0}.numpy()",
            "rows_of_labels": "torch.arange({rows} * {columns}) // {columns} % {classes}",
            "keeping": checkpoint_methods(
                parts,
                save="torch.save({0}, path)",
                load="torch.load(path, weights_only=True)",
                set_state="load_state_dict",
            ),
        }
