"""Settings of the layers that are composed on every backend, as small networks by telling names."""

from gan_core.specs import layers as L
from gan_core.specs.blocks import ConditionalNorm, Projection, Residual, SelfAttention
from gan_core.specs.networks import Input, Network
from gan_core.specs.reducing_layers import InnerProduct, LogSumExp
from gan_core.specs.table_layers import TableOutput
from gan_core.testing.subjects import of_layers

IMAGE = (4, 2, 3)
FEATURES = (4,)


def more_networks() -> dict[str, Network]:
    """Return the networks by their names; all but those of `KINKED` are smooth."""
    return {**_norms(), **_values(), **_conditions(), **_geometry(), **_blocks(), **_augmentations(), **_series()}


KINKED = ("prelu-2d", "prelu-4d")  # their inputs must keep away from 0


def _norms() -> dict[str, Network]:
    return {
        "group_norm-2-4d": of_layers(L.GroupNorm(groups=2), shape=IMAGE),
        "group_norm-4-plain": of_layers(L.GroupNorm(groups=4, affine=False, epsilon=1e-3), shape=IMAGE),
        "group_norm-2-2d": of_layers(L.GroupNorm(groups=2), shape=FEATURES),
        "pixel_norm-2d": of_layers(L.PixelNorm(), shape=FEATURES),
        "pixel_norm-4d": of_layers(L.PixelNorm(epsilon=1e-3), shape=IMAGE),
        "minibatch_deviation-whole-batch": of_layers(L.MinibatchDeviation(group_size=64), shape=IMAGE),
        "minibatch_deviation-pairs": of_layers(L.MinibatchDeviation(group_size=2), shape=IMAGE),
    }


def _values() -> dict[str, Network]:
    x = {"x": Input(kind="data", shape=FEATURES)}
    pair = (L.Dense(units=4, name="a", inputs=("x",)), L.Multiply(inputs=("x", "a")))
    return {
        "prelu-2d": of_layers(L.PReLU(), shape=FEATURES),
        "prelu-4d": of_layers(L.PReLU(), shape=IMAGE),
        "silu-2d": of_layers(L.SiLU(), shape=FEATURES),
        "silu-4d": of_layers(L.SiLU(), shape=IMAGE),
        "gelu-exact-2d": of_layers(L.GELU(), shape=FEATURES),
        "gelu-exact-4d": of_layers(L.GELU(), shape=IMAGE),
        "gelu-tanh-4d": of_layers(L.GELU(form="tanh"), shape=IMAGE),
        "softmax-2d": of_layers(L.Softmax(), shape=FEATURES),
        "softmax-4d": of_layers(L.Softmax(), shape=IMAGE),
        "gain-2d": of_layers(L.Gain(), shape=FEATURES),
        "gain-4d": of_layers(L.Gain(), shape=IMAGE),
        "log_sum_exp-4": of_layers(LogSumExp(), shape=FEATURES),
        "log_sum_exp-1": of_layers(L.Dense(units=1), LogSumExp(), shape=FEATURES),
        "log_sum_exp-7": of_layers(L.Dense(units=7), LogSumExp(), shape=FEATURES),
        "inner_product": Network(inputs=x, layers=(pair[0], InnerProduct(inputs=("x", "a")))),
        "table_output": _table_output(TableOutput(blocks=(1, 4, 2), temperature=0.5, inputs=("logits", "noise"))),
        "table_output-noiseless": of_layers(L.Dense(units=4), TableOutput(blocks=(3, 1)), shape=FEATURES),
        "multiply": Network(inputs=x, layers=pair),
        "multiply-itself": of_layers(L.Multiply(inputs=("x", "x")), shape=IMAGE),
    }


def _table_output(layer: TableOutput) -> Network:
    noise = Input(kind="latent", shape=(6,), distribution="gumbel")
    logits = L.Dense(units=7, name="logits", inputs=("x",))
    return Network(inputs={"x": Input(kind="data", shape=FEATURES), "noise": noise}, layers=(logits, layer))


def _conditions() -> dict[str, Network]:
    image = {"x": Input(kind="data", shape=IMAGE)}
    label = {"label": Input(kind="label", classes=3)}
    codes = tuple(L.Embedding(classes=3, units=4, name=name, inputs=("label",)) for name in ("scale", "shift"))
    maps = tuple(L.Conv(channels=4, kernel=1, name=name, inputs=("x",)) for name in ("scale", "shift"))
    three = (
        L.Conv(channels=2, kernel=1, name="query", inputs=("x",)),
        L.Conv(channels=2, kernel=1, name="key", inputs=("x",)),
        L.Conv(channels=3, kernel=1, name="value", inputs=("x",)),
    )
    reads = ("query", "key", "value")
    pooled = (
        three[0],
        L.AveragePool(name="small", inputs=("x",)),
        *(L.Conv(channels=layer.channels, kernel=1, name=layer.name, inputs=("small",)) for layer in three[1:]),
    )
    maps_of_label = (L.OneHot(classes=3, inputs=("label",)), L.Reshape(shape=(3, 1, 1)), L.Upsample(factor=3))
    return {
        "one_hot-maps": Network(
            inputs=label, layers=(*maps_of_label, L.Conv(channels=2, kernel=2), L.Tanh(), L.Flatten())
        ),
        "modulate-by-class": Network(
            inputs=image | label,
            layers=(
                *codes,
                L.BatchNorm(affine=False, name="norm", inputs=("x",)),
                L.Modulate(inputs=("norm", "scale", "shift")),
            ),
        ),
        "modulate-by-maps": Network(inputs=image, layers=(*maps, L.Modulate(inputs=("x", "scale", "shift")))),
        "one_hot-joined": Network(
            inputs={"x": Input(kind="data", shape=FEATURES)} | label,
            layers=(L.OneHot(classes=3, inputs=("label",)), L.Concat(inputs=("x", "one_hot_1")), L.Dense(units=2)),
        ),
        "attention": Network(inputs=image, layers=(*three, L.Attention(inputs=reads))),
        "attention-scaled-to-pooled": Network(inputs=image, layers=(*pooled, L.Attention(inputs=reads, scaled=True))),
    }


def _geometry() -> dict[str, Network]:
    return {
        "within_edges": of_layers(L.WithinEdges(), shape=IMAGE),
        "global_pool-mean": of_layers(L.GlobalPool(), shape=IMAGE),
        "global_pool-sum-dense": of_layers(L.GlobalPool(kind="sum"), L.Dense(units=1), shape=IMAGE),
        "pixel_shuffle-2": of_layers(L.PixelShuffle(), shape=(8, 2, 3)),
        "pixel_shuffle-1": of_layers(L.PixelShuffle(factor=1), shape=IMAGE),
        "pad-reflect": of_layers(L.Pad(pixels=1), L.Conv(channels=2, kernel=3), shape=(2, 3, 4)),
        "pad-reflect-2": of_layers(L.Pad(pixels=2), shape=(2, 3, 4)),
        "pad-replicate-3": of_layers(L.Pad(pixels=3, mode="replicate"), shape=(2, 2, 3)),
        "pad-zeros-1-0": of_layers(L.Pad(pixels=1, pixels_end=0, mode="zeros"), L.BatchNorm(), shape=(2, 2, 3)),
        "pad-zeros-2-3": of_layers(L.Pad(pixels=2, pixels_end=3, mode="zeros"), shape=(2, 2, 3)),
        "pad-reflect-0-1": of_layers(L.Pad(pixels=0, pixels_end=1), shape=(2, 2, 3)),
        "resize-2": of_layers(L.Resize(scale=2), shape=(2, 3, 4)),
        "resize-3": of_layers(L.Resize(scale=3), shape=(2, 1, 2)),
        "resize-1.5": of_layers(L.Resize(scale=1.5), shape=(2, 2, 4)),
        "resize-half": of_layers(L.Resize(scale=0.5), shape=(2, 4, 6)),
        "resize-two-thirds": of_layers(L.Resize(scale=2 / 3), shape=(2, 3, 6)),
        "blur": of_layers(L.Blur(), shape=(2, 3, 4)),
        "blur-reflect": of_layers(L.Blur(weights=(1, 4, 6, 4, 1), padding_mode="reflect"), shape=(2, 3, 4)),
        "blur-even-stride": of_layers(L.Blur(weights=(1, 3, 3, 1), stride=2), shape=(2, 5, 4)),
        "blur-replicate": of_layers(L.Blur(weights=(0.5, 2), padding_mode="replicate"), shape=(2, 1, 4)),
        "crop": of_layers(L.Crop(before=1), shape=(2, 4, 5)),
        "crop-uneven": of_layers(L.Crop(before=0, after=2), shape=(2, 4, 5)),
        "slice-2d": of_layers(L.Slice(start=1, count=2), shape=FEATURES),
        "slice-4d": of_layers(L.Slice(count=3), L.Conv(channels=2, kernel=2), shape=IMAGE),
    }


def _blocks() -> dict[str, Network]:
    image, label = {"x": Input(kind="data", shape=IMAGE)}, {"label": Input(kind="label", classes=3)}
    flat = {"x": Input(kind="data", shape=FEATURES)}
    plain = Residual(channels=4, hidden=3, slope=0.2)
    told = Residual(channels=3, scale="up", norm="batch", condition="label", bias=False)
    by_features = ConditionalNorm(condition="code", norm="instance", inputs=("x",))
    return {
        "residual-plain": of_layers(plain, shape=IMAGE),
        "residual-normed": of_layers(Residual(channels=4, norm="instance"), shape=IMAGE),
        "residual-first-down": of_layers(
            Residual(channels=3, scale="down", first=True, spectral_norm=True), shape=(2, 4, 6)
        ),
        "residual-up-by-class": Network(inputs=image | label, layers=(told,)),
        "conditional_norm-by-class": Network(inputs=image | label, layers=(ConditionalNorm(condition="label"),)),
        "conditional_norm-by-features": Network(
            inputs=image, layers=(L.GlobalPool(), L.Dense(name="code", units=2), by_features)
        ),
        "self_attention-pooled": of_layers(SelfAttention(reduction=2), shape=(4, 2, 4)),
        "self_attention-of-the-paper": of_layers(SelfAttention(pooled=False), shape=IMAGE),
        "projection": Network(inputs=flat | label, layers=(Projection(condition="label"),)),
        "projection-by-features": Network(
            inputs=flat, layers=(L.Tanh(name="code"), Projection(condition="code", inputs=("x",), spectral_norm=True))
        ),
    }


def _augmentations() -> dict[str, Network]:
    image, square = (3, 6, 5), (2, 4, 4)
    return {
        "random_colour": of_layers(L.RandomColour(), shape=image),
        "random_colour-grey": of_layers(L.RandomColour(brightness=0.3, contrast=0.8), shape=(1, 3, 4)),
        "random_translation": of_layers(L.RandomTranslation(share=0.3), shape=image),
        "random_translation-adaptive": of_layers(L.RandomTranslation(adaptive=True), shape=image),
        "random_cutout": of_layers(L.RandomCutout(), shape=image),
        "random_cutout-odd-half-the-time": of_layers(L.RandomCutout(share=0.2, chance=0.5), shape=image),
        "random_flip": of_layers(L.RandomFlip(), shape=image),
        "random_quarter_turn": of_layers(L.RandomQuarterTurn(), shape=square),
        "random_rotation": of_layers(L.RandomRotation(), shape=(2, 5, 5)),
        "random_rotation-little-half-the-time": of_layers(L.RandomRotation(degrees=10.0, chance=0.5), shape=square),
        "random_zoom": of_layers(L.RandomZoom(), shape=(2, 5, 4)),
        "random_zoom-stretch": of_layers(L.RandomZoom(deviation=0.25, stretch=True, chance=0.5), shape=(1, 4, 6)),
        "phase_shuffle": of_layers(L.PhaseShuffle(), shape=(2, 1, 7)),
        "phase_shuffle-far-half-the-time": of_layers(L.PhaseShuffle(shift=3, chance=0.5), shape=(1, 2, 4)),
        "random-in-a-row": of_layers(
            L.RandomFlip(chance=0.7),
            L.RandomTranslation(),
            L.RandomColour(),
            L.Flatten(),
            L.Dense(units=2),
            shape=image,
        ),
    }


def _series() -> dict[str, Network]:
    series = (3, 2)
    return {
        "gru": of_layers(L.GRU(units=2), shape=series),
        "gru-one-step-no-bias": of_layers(L.GRU(units=2, bias=False), shape=(1, 3)),
        "gru-dropout-dense": of_layers(L.GRU(units=3), L.Dropout(rate=0.3), L.Dense(units=2), L.Tanh(), shape=series),
        "lstm": of_layers(L.LSTM(units=2), shape=series),
        "lstm-no-bias": of_layers(L.LSTM(units=3, bias=False), shape=(2, 1)),
    }
