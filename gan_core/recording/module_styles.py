"""How layers of styles, and equalised ones, are said in frameworks of modules; their words join `module_layers`."""

from gan_core.plans.plans import Node
from gan_core.recording.language import Said
from gan_core.recording.module_layers import arguments, common_layer
from gan_core.specs import layers as L
from gan_core.specs.initializers import Initializer, Normal, Ones, Zeros
from gan_core.specs.style_layers import AddNoise, Bias, LearnedConstant, ModulatedConv, StyleMixing


def equalised(words: Said, node: Node) -> Said:
    """Return how a layer with an equalised learning rate is said, or the words as they are for any other."""
    layer = node.layer
    if not isinstance(layer, L.Dense | L.Conv | L.ConvTranspose) or layer.equalised is None:
        return words
    bias = 1.0 if layer.bias and layer.bias_init == Ones() else 0.0
    given = {"rate": layer.equalised, "bias": bias}
    return words._replace(made=f"Equalised({words.made}{arguments(given, {'rate': 1.0, 'bias': 0.0})})")


def started_by_itself(node: Node, weight: str, rule: Initializer) -> bool:
    """Return whether an array's first values are those that its class in a program gives it, without a line."""
    layer = node.layer
    rate = getattr(layer, "equalised", None)
    if isinstance(layer, ModulatedConv) or rate is not None:
        return rule == Normal(standard_deviation=1 / (rate or 1.0)) if weight == "weight" else rule in (Zeros(), Ones())
    if isinstance(layer, LearnedConstant):
        return rule == Normal(standard_deviation=1.0)
    return isinstance(layer, Bias | AddNoise) and rule == Zeros()


def modulated_arguments(layer: ModulatedConv) -> str:
    """Return the arguments of a modulated convolution behind its channels and its kernel, each behind a comma."""
    given = {"up": layer.scale == "up", "demodulate": layer.demodulate, "rate": layer.equalised}
    defaults = {"up": False, "demodulate": True, "rate": 1.0, "epsilon": 1e-8}
    return arguments(given | {"epsilon": layer.epsilon}, defaults)


@common_layer.register
def _modulated_conv(layer: ModulatedConv, node: Node) -> Said:
    sizes = f"{node.input_shapes[0][0]}, {layer.channels}, {layer.kernel}"
    return Said(f"ModulatedConv({sizes}{modulated_arguments(layer)})", "{module}({0}, {1})")


@common_layer.register
def _bias(layer: Bias, node: Node) -> Said:
    return Said(f"Bias({node.input_shapes[0][0]})", "{module}({0})")


@common_layer.register
def _learned_constant(layer: LearnedConstant, node: Node) -> Said:
    return Said(f"LearnedConstant({', '.join(map(str, layer.shape))})", "{module}({0})")


@common_layer.register
def _add_noise(layer: AddNoise, node: Node) -> Said:
    return Said("AddNoise()", "{module}({0}, {1})")


@common_layer.register
def _style_mixing(layer: StyleMixing, node: Node) -> Said:
    return Said(f"StyleMixing({layer.layers}, {layer.chance})", "{module}({0})")
