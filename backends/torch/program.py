"""PyTorch's language: how it writes a program."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from gan_core.errors import BackendError
from gan_core.plans.plans import Node
from gan_core.recording.expressions import Word
from gan_core.recording.language import Said
from gan_core.recording.module_language import ModuleLanguage, factor_text
from gan_core.recording.program_parts import Drawn, PlayerPart, ProgramParts
from gan_core.specs import initializers as I
from gan_core.specs import layers as L
from gan_core.specs.optimizers import Adam, Optimizer, RmsProp, Sgd
from gan_core.specs.spec import variant_name

from .program_helpers import HELPERS
from .program_layers import said
from .program_words import WORDS


class TorchLanguage(ModuleLanguage):
    """See `gan_core.recording.language.Language`."""

    framework: ClassVar[str] = "PyTorch"
    words: ClassVar[Mapping[str, Word]] = WORDS
    helpers: ClassVar[Mapping[str, str]] = HELPERS
    no_grad: ClassVar[str] = "torch.no_grad()"
    zero: ClassVar[str] = "zero_grad"

    def imports(self, parts: ProgramParts) -> Sequence[str]:
        return [
            "import torch",
            "import torch.nn.functional as F",
            "from torch import nn",
            "from torch.utils.data import DataLoader, TensorDataset",
        ]

    def layer(self, node: Node) -> Said:
        words = said(node.layer, node)
        if words is None:
            kind = variant_name(type(node.layer).__name__)
            raise BackendError(f"layer '{node.name}': PyTorch's programs have no words for a {kind}")
        if getattr(node.layer, "spectral_norm", False):
            return Said(f"SpectralNorm({words.made})", words.call, words.note, "SpectralNorm")
        return words

    def first_weights(self, node: Node) -> Mapping[str, str]:
        return {
            name: text
            for name, weight in node.plan.weights.items()
            if (text := _start(node, name, weight.initializer, weight.fan_in))
        }

    def optimizer(self, player: PlayerPart) -> Sequence[str]:
        rule, name = player.optimizer, player.attribute
        networks = [f"self.{network}.parameters()" for network in player.networks]
        weights = networks[0] if len(networks) == 1 else f"[{', '.join(f'*{one}' for one in networks)}]"
        lines = [f"self.{name} = {_rule(rule, weights)}"]
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
            "pool": f"torch.from_numpy(pool_decisions({count}, {drawn.classes}, number * BATCH_SIZE))",
        }
        return texts[drawn.kind]

    def batches(self, parts: ProgramParts) -> Sequence[str]:
        drop = "" if parts.keeps_last else ", drop_last=True"
        return [
            "def batches_of(arrays, batch_size):",
            '    """Yield batches of arrays by name for ever, in a new order each epoch."""',
            "    names, tensors = list(arrays), [torch.tensor(array) for array in arrays.values()]",
            f"    loader = DataLoader(TensorDataset(*tensors), batch_size, shuffle={parts.shuffled}{drop})",
            "    while True:",
            "        for values in loader:",
            "            batch = dict(zip(names, values))",
            *(
                f'            batch["{name}"] = torch.from_numpy(scaled(batch["{name}"].numpy()))'
                for name in parts.bytes
            ),
            "            yield batch",
        ]

    def running(self, parts: ProgramParts) -> Mapping[str, str]:
        return {
            "seed": "torch.manual_seed(arguments.seed)",
            "no_grad": "@torch.no_grad()",
            "suffix": ".pt",
            "evaluate": "{0}.eval()",
            "train": "{0}.train()",
            "sampled": "{0}({1})",
            "in_turn": "torch.stack({0}, dim=1).flatten(0, 1)",
            "numpy": "{0}.numpy()",
            "rows_of_labels": "torch.arange({rows} * {columns}) // {columns} % {classes}",
            "keeping": _keeping(parts),
        }


def _keeping(parts: ProgramParts) -> str:
    """The methods that save and load checkpoints."""
    more = "".join(f', "{name}": self.{name}' for name in parts.kept_attributes)
    return "\n".join(
        [
            "def save(self, path, done):",
            '    """Keep all that changes, and the number of steps done."""',
            "    states = {name: getattr(self, name).state_dict() for name in CHANGING}",
            f'    torch.save(states | {{"done": done{more}}}, path)',
            "",
            "def load(self, path):",
            '    """Go on from a checkpoint; return the number of steps done."""',
            "    states = torch.load(path, weights_only=True)",
            "    for name in CHANGING:",
            "        getattr(self, name).load_state_dict(states[name])",
            *(f'    self.{name} = states["{name}"]' for name in parts.kept_attributes),
            '    return states["done"]',
        ]
    )


def _rule(rule: Optimizer, weights: str) -> str:
    if type(rule) is Adam:
        more = "" if (rule.beta1, rule.beta2) == (0.9, 0.999) else f", betas=({rule.beta1}, {rule.beta2})"
        more += "" if rule.epsilon == 1e-8 else f", eps={rule.epsilon}"
        return f"torch.optim.Adam({weights}, lr={rule.learning_rate}{more})"
    if type(rule) is RmsProp:
        more = "" if rule.decay == 0.99 else f", alpha={rule.decay}"
        more += "" if rule.epsilon == 1e-8 else f", eps={rule.epsilon}"
        return f"torch.optim.RMSprop({weights}, lr={rule.learning_rate}{more})"
    if type(rule) is Sgd:
        more = f", momentum={rule.momentum}" if rule.momentum else ""
        return f"torch.optim.SGD({weights}, lr={rule.learning_rate}{more})"
    kind = variant_name(type(rule).__name__)
    raise BackendError(f"optimizer '{kind}': PyTorch's programs have no words for it")


def _start(node: Node, weight: str, rule: I.Initializer, fan_in: int) -> str:
    """The statement that sets a weight first, {0}; "" where the framework's own default does."""
    layer = node.layer
    if isinstance(rule, I.FanInUniform):
        if isinstance(layer, L.Dense | L.Conv):
            return ""
        limit = fan_in**-0.5
        return f"nn.init.uniform_({{0}}, {-limit:.6g}, {limit:.6g})"
    return "" if _OWN_STARTS.get((type(layer), weight)) == rule else _initializer(rule)


_NORMS = (L.BatchNorm, L.LayerNorm, L.InstanceNorm, L.GroupNorm)
_OWN_STARTS: dict[tuple[type, str], I.Initializer] = {
    **{(norm, "weight"): I.Ones() for norm in _NORMS},
    **{(norm, "bias"): I.Zeros() for norm in _NORMS},
    (L.Embedding, "weight"): I.Normal(standard_deviation=1.0),
    (L.MinibatchDiscrimination, "weight"): I.Normal(standard_deviation=1.0),
    (L.PReLU, "weight"): I.Normal(mean=0.25, standard_deviation=0.0),
    (L.Gain, "weight"): I.Zeros(),
}


def _initializer(rule: I.Initializer) -> str:
    texts: dict[type[I.Initializer], Callable[[Any], str]] = {
        I.Zeros: lambda r: "nn.init.zeros_({0})",
        I.Ones: lambda r: "nn.init.ones_({0})",
        I.Normal: lambda r: f"nn.init.normal_({{0}}, {r.mean}, {r.standard_deviation})",
        I.Uniform: lambda r: f"nn.init.uniform_({{0}}, {-r.limit}, {r.limit})",
        I.GlorotUniform: lambda r: "nn.init.xavier_uniform_({0})",
        I.GlorotNormal: lambda r: "nn.init.xavier_normal_({0})",
        I.KaimingUniform: lambda r: f"nn.init.kaiming_uniform_({{0}}, a={r.slope})",
        I.KaimingNormal: lambda r: f"nn.init.kaiming_normal_({{0}}, a={r.slope})",
        I.Orthogonal: lambda r: f"nn.init.orthogonal_({{0}}, {r.gain})",
    }
    if type(rule) not in texts:
        raise BackendError(
            f"initializer '{variant_name(type(rule).__name__)}': PyTorch's programs have no words for it"
        )
    return texts[type(rule)](rule)
