"""Layers that are timed against the best that a framework offers by hand: for each its spec and what it reads."""

from gan_core.specs import layers as L

COUNT = 16
IMAGE = (64, 32, 32)
FEATURES = (512,)


def conv(**settings) -> L.Conv:
    return L.Conv(**{"channels": 64, "kernel": 3, "padding": 1} | settings)


# name → the layer, the shapes of its inputs without the batch
CASES: dict[str, tuple[L.Layer, tuple[tuple[int, ...], ...]]] = {
    "conv": (conv(), (IMAGE,)),
    "conv kernel 1×7": (conv(kernel=(1, 7), padding=(0, 3)), (IMAGE,)),
    "conv dilation 2": (conv(dilation=2, padding=2), (IMAGE,)),
    "conv groups 4": (conv(groups=4), (IMAGE,)),
    "conv depthwise": (conv(groups=64), (IMAGE,)),
    "conv reflect": (conv(padding_mode="reflect"), (IMAGE,)),
    "conv replicate": (conv(padding_mode="replicate"), (IMAGE,)),
    "conv_transpose": (L.ConvTranspose(channels=64, kernel=4, stride=2, padding=1), ((64, 16, 16),)),
    "conv_transpose groups 4": (L.ConvTranspose(channels=64, kernel=4, stride=2, padding=1, groups=4), ((64, 16, 16),)),
    "gelu exact": (L.GELU(), (IMAGE,)),
    "gelu tanh": (L.GELU(form="tanh"), (IMAGE,)),
    "silu": (L.SiLU(), (IMAGE,)),
    "prelu": (L.PReLU(), (IMAGE,)),
    "softmax": (L.Softmax(), (IMAGE,)),
    "maxout": (L.Maxout(), (IMAGE,)),
    "group_norm 8": (L.GroupNorm(groups=8), (IMAGE,)),
    "instance_norm": (L.InstanceNorm(affine=True), (IMAGE,)),
    "pixel_norm": (L.PixelNorm(), (IMAGE,)),
    "minibatch_deviation": (L.MinibatchDeviation(), (IMAGE,)),
    "modulate": (L.Modulate(inputs=("x0", "x1", "x2")), (IMAGE, IMAGE[:1], IMAGE[:1])),
    "attention": (L.Attention(inputs=("x0", "x1", "x2")), ((8, 32, 32), (8, 32, 32), (64, 32, 32))),
    "attention to pooled": (L.Attention(inputs=("x0", "x1", "x2")), ((8, 32, 32), (8, 16, 16), (32, 16, 16))),
    "pixel_shuffle": (L.PixelShuffle(), (IMAGE,)),
    "pad reflect": (L.Pad(pixels=3), (IMAGE,)),
    "pad replicate": (L.Pad(pixels=3, mode="replicate"), (IMAGE,)),
    "resize 2": (L.Resize(scale=2), ((64, 16, 16),)),
    "resize 1.5": (L.Resize(scale=1.5), ((64, 16, 16),)),
    "blur": (L.Blur(), (IMAGE,)),
    "global_pool": (L.GlobalPool(), (IMAGE,)),
    "gain": (L.Gain(), (IMAGE,)),
}
