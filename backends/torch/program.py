"""PyTorch's language: how it writes a program."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from gan_core.errors import BackendError
from gan_core.plans.plans import Node
from gan_core.recording.expressions import Word
from gan_core.recording.language import Said
from gan_core.recording.module_language import ModuleLanguage, factor_text
from gan_core.recording.program_parts import Drawn, PlayerPart, ProgramParts
from gan_core.specs import initializers as I
from gan_core.specs import layers as L
from gan_core.specs.optimizers import Adam, Constant, RmsProp, Sgd
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
        if not isinstance(rule.schedule, Constant):
            factor = factor_text(rule.schedule)
            schedule = name.replace("optimizer", "schedule")
            lines.append(f"self.{schedule} = torch.optim.lr_scheduler.LambdaLR(self.{name}, lambda updates: {factor})")
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
        if drawn.kind == "batch":
            return f'batch["{drawn.name}"]'
        if drawn.kind == "shuffled":
            return f'batch["{drawn.name}"][torch.randperm({count})]'
        if drawn.kind == "normal":
            return f"torch.randn({shape})"
        if drawn.kind == "uniform":
            text = f"torch.rand({shape})"
            return (
                text if (drawn.low, drawn.high) == (0, 1) else f"{drawn.high - drawn.low:g} * {text} - {-drawn.low:g}"
            )
        if drawn.kind == "labels":
            return f"torch.randint({drawn.classes}, ({count},))"
        if drawn.kind == "one_hot":
            rows = (
                f"F.one_hot(torch.randint({drawn.classes}, ({count},)), {drawn.classes}).to(torch.get_default_dtype())"
            )
            return rows if len(drawn.each) == 1 else f"{rows}[:, :, None, None].expand({shape})"
        if drawn.kind == "flips":
            return f"(torch.rand({count}) < {drawn.share}).to(torch.get_default_dtype())"
        raise BackendError(f"PyTorch's programs have no words for a draw '{drawn.kind}'")

    def batches(self, parts: ProgramParts) -> Sequence[str]:
        drop = "" if parts.keeps_last else ", drop_last=True"
        return [
            "def batches_of(arrays, batch_size):",
            '    """Yield batches of arrays by name for ever, in a new order each epoch."""',
            "    names, tensors = list(arrays), [torch.from_numpy(array) for array in arrays.values()]",
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
    names = [one.name for one in parts.networks] + list(parts.averages)
    for player in parts.players:
        names.append(player.attribute)
        if not isinstance(player.optimizer.schedule, Constant):
            names.append(player.attribute.replace("optimizer", "schedule"))
    kept = [one.attribute for one in parts.kept.values()]
    lines = [
        "def save(self, path, done):",
        '    """Keep all that changes, and the number of steps done."""',
        f"    parts = {{name: getattr(self, name).state_dict() for name in {names!r}}}".replace("'", '"'),
        f'    torch.save(parts | {{"done": done{"".join(f", {chr(34)}{name}{chr(34)}: self.{name}" for name in kept)}}}, path)',
        "",
        "def load(self, path):",
        '    """Go on from a checkpoint; return the number of steps done."""',
        "    parts = torch.load(path, weights_only=True)",
        f"    for name in {names!r}:".replace("'", '"'),
        "        getattr(self, name).load_state_dict(parts[name])",
        *(f'    self.{name} = parts["{name}"]' for name in kept),
        '    return parts["done"]',
    ]
    return "\n".join(lines)


def _rule(rule: object, weights: str) -> str:
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
    own = {"weight": I.Ones(), "bias": I.Zeros()} if isinstance(layer, _NORMS) else {}
    own |= {"weight": I.Normal(standard_deviation=1.0)} if isinstance(layer, L.Embedding) else {}
    own |= {"weight": I.Normal(mean=0.25, standard_deviation=0.0)} if isinstance(layer, L.PReLU) else {}
    own |= {"weight": I.Zeros()} if isinstance(layer, L.Gain) else {}
    return "" if own.get(weight) == rule else _initializer(rule)


_NORMS = (L.BatchNorm, L.LayerNorm, L.InstanceNorm, L.GroupNorm)


def _initializer(rule: I.Initializer) -> str:
    texts = {
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
