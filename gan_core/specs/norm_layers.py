"""Layers that normalise their inputs, over the batch, a sample, a group of channels or a pixel."""

from typing import Literal

from gan_core.specs.initializers import Initializer, Ones
from gan_core.specs.layer_base import LayerSpec
from gan_core.specs.spec import PositiveFloat, PositiveInt, Share


class BatchNorm(LayerSpec, frozen=True, kw_only=True):
    """Ioffe, Szegedy 2015 (arXiv:1502.03167), over all axes but the channels.

    running ← (1 − running_update_rate) running + running_update_rate · batch, at each call in training mode.
    `running_variance` says whether the variance kept for evaluation is the unbiased one (n − 1, PyTorch's)
    or the biased one (n, that of Keras and Paddle); training always divides by the biased one.
    """

    running_update_rate: Share = 0.1
    epsilon: PositiveFloat = 1e-5
    running_variance: Literal["unbiased", "biased"] = "unbiased"
    affine: bool = True
    scale_init: Initializer = Ones()


class LayerNorm(LayerSpec, frozen=True, kw_only=True):
    """Ba, Kiros, Hinton 2016 (arXiv:1607.06450): mean 0 and (biased) variance 1 over all values of each sample.

    Scale and bias are one a channel, as in the code of WGAN-GP.
    """

    epsilon: PositiveFloat = 1e-5
    affine: bool = True
    scale_init: Initializer = Ones()


class InstanceNorm(LayerSpec, frozen=True, kw_only=True):
    """Ulyanov, Vedaldi, Lempitsky 2016 (arXiv:1607.08022): mean 0 and (biased) variance 1 over each channel's pixels.

    Of one sample on [N, C, H, W]; the same in training and in evaluation mode.
    """

    epsilon: PositiveFloat = 1e-5
    affine: bool = False
    scale_init: Initializer = Ones()


class GroupNorm(LayerSpec, frozen=True, kw_only=True):
    """Wu, He 2018 (arXiv:1803.08494): mean 0 and (biased) variance 1 over `groups` groups of neighbouring channels.

    Of one sample; scale and bias are one a channel.
    """

    groups: PositiveInt = 32
    epsilon: PositiveFloat = 1e-5
    affine: bool = True
    scale_init: Initializer = Ones()


class PixelNorm(LayerSpec, frozen=True, kw_only=True):
    """Karras et al. 2018 (arXiv:1710.10196, section 4.2): x over the root of the mean of x² over the channels."""

    epsilon: PositiveFloat = 1e-8


class MinibatchDeviation(LayerSpec, frozen=True, kw_only=True):
    """Karras et al. 2018 (arXiv:1710.10196, section 3): how much samples of a batch differ, as one more channel.

    [N, C, H, W] → [N, C + 1, H, W]: the standard deviation of each value over a group of samples, averaged over all
    values. Sample n is in group n modulo N / group_size, as in the authors' code; where the group size does not divide
    N, the batch is one group.
    """

    group_size: PositiveInt = 4
    epsilon: PositiveFloat = 1e-8
