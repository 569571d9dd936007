"""Demodulation: what the output of a modulated convolution is multiplied by, see `specs.style_layers.ModulatedConv`."""

from gan_core.operations.ops import Array, Ops


def demodulation(ops: Ops, energies: Array, style: Array, epsilon: float) -> Array:
    """Return 1 / √(Σ_i s_i² Σ_k w_oik² + ε) for each sample and output channel, [N, O].

    energies: Σ_k w_oik² over the pixels of the kernel, [C, O]. style: [N, C].
    """
    return 1.0 / ops.sqrt(ops.matmul(style * style, energies) + epsilon)
