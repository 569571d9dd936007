"""Recurrent layers: they read a series step by step, and remember."""

from typing import ClassVar

from gan_core.specs.initializers import GlorotUniform, Initializer, Zeros
from gan_core.specs.layer_base import LayerSpec
from gan_core.specs.spec import PositiveInt


class RecurrentLayer(LayerSpec, frozen=True, kw_only=True):
    """Base of the layers that make of a series [N, T, F] the states [N, T, units] after each of its T steps.

    The first state is 0. The weights are PyTorch's, gate under gate: `input_weight` [gates · units, F],
    `hidden_weight` [gates · units, units], and with `bias` one for each, `input_bias` and `hidden_bias`.
    """

    is_base: ClassVar[bool] = True
    gates: ClassVar[int]

    units: PositiveInt
    bias: bool = True
    weight_init: Initializer = GlorotUniform()
    bias_init: Initializer = Zeros()


class GRU(RecurrentLayer, frozen=True, kw_only=True):
    """Gated recurrent units (Cho et al. 2014, arXiv:1406.1078), with the gates r, z, n in this order.

    With a = x W_xᵀ + b_x and c = h W_hᵀ + b_h of each gate: r = σ(a_r + c_r), z = σ(a_z + c_z),
    n = tanh(a_n + r c_n), h' = (1 − z) n + z h. The reset gate acts behind the product, as in PyTorch and cuDNN.
    """

    gates = 3


class LSTM(RecurrentLayer, frozen=True, kw_only=True):
    """Long short-term memory (Hochreiter, Schmidhuber 1997), with the gates i, f, g, o in this order.

    With s = x W_xᵀ + b_x + h W_hᵀ + b_h of each gate: c' = σ(s_f) c + σ(s_i) tanh(s_g), h' = σ(s_o) tanh(c').
    """

    gates = 4
