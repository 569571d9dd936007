"""What only PyTorch needs: each docstring names the fault that is gone round, and its line of docs/frameworks.md."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from gan_core.plans.plans import Node, Plan
from gan_core.specs import layers as L


def instance_norm(layer: L.InstanceNorm, node: Node) -> nn.GroupNorm:
    """Group norm with a group a channel: `nn.InstanceNorm2d` takes twice the time ("instance norm, torch")."""
    channels = node.input_shapes[0][0]
    return nn.GroupNorm(channels, channels, layer.epsilon, layer.affine)


def memory_format(plan: Plan) -> torch.memory_format:
    """Channels last in memory where there are convolutions: oneDNN would turn images at every call.

    They are indexed as ever ("convolution, torch").
    """
    convolves = any(isinstance(node.layer, L.Conv | L.ConvTranspose) for node in plan.nodes)
    return torch.channels_last if convolves else torch.contiguous_format


def in_order_of(weights: Sequence[Tensor], gradients: Sequence[Tensor]) -> list[Tensor]:
    """Gradients with the strides of their weights: the fused kernel reads memory in the weight's order ("Adam, torch").

    Whatever the gradient's strides say; those of a convolution's second derivative differ.
    """
    return [
        gradient if gradient.stride() == weight.stride() else torch.empty_like(weight).copy_(gradient)
        for weight, gradient in zip(weights, gradients, strict=True)
    ]
