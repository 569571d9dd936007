"""Layers that make one number of all features of a sample, [N, F] → [N, 1], without weights."""

from gan_core.specs.layer_base import LayerSpec


class LogSumExp(LayerSpec, frozen=True, kw_only=True):
    """log Σ exp(x) over the features.

    Of logits of K real classes it is the logit of "real" against a further class whose own logit is 0 (Salimans et al.
    2016, arXiv:1606.03498, section 5): D = Z / (Z + 1) with Z the sum of their exponentials.
    """


class InnerProduct(LayerSpec, frozen=True, kw_only=True):
    """The sum over the features of the product of two inputs, as of a class and a sample (Miyato, Koyama 2018)."""
