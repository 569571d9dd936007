"""How programs write a network's own weight where a formula reads it: in the order of axes of the formula."""

from gan_core.errors import SpecError
from gan_core.recording.expressions import Text, Word, Writer
from gan_core.recording.forward import safe
from gan_core.recording.values import Value
from gan_core.specs.weighted_layers import Conv, ConvTranspose, Dense


def own_weight(layer: str, weight: str, dense: str, convolution: str) -> Word:
    """Return the writer of the weight of a dense layer [out, in], or of a convolution [out, in, …].

    layer: the expression of a layer, {0} its network and {1} its name. weight: the attribute of it that is the weight.
    dense, convolution: what brings {0}, such a weight, into that order.
    """

    def write(writer: Writer, value: Value) -> Text:
        network, name, array, spec = value.operands
        place, _, word = name.rpartition(".")
        if array.word != "weight" or word != "weight" or not isinstance(spec, Dense | Conv | ConvTranspose):
            raise SpecError(f"network '{network}': a formula reads '{name}'; programs write weights of products alone")
        wrapped = ".layer" if spec.spectral_norm or spec.equalised is not None else ""
        text = f"{layer.format(f'self.{network}', safe(place))}{wrapped}.{weight}"
        return Text((dense if isinstance(spec, Dense) else convolution).format(text))

    return write
