"""Small modules of each framework's own, a kind of layer each, and what has no counterpart."""

from collections.abc import Callable
from typing import Any

Case = tuple[Callable[[], Any], dict[str, str]]  # makes the module; its inputs


def torch_cases() -> dict[str, Case]:
    import torch
    import torch.nn.functional as F
    from torch import nn

    class Skips(nn.Module):
        """Two branches of functions: a U-Net in small."""

        def __init__(self) -> None:
            super().__init__()
            self.down, self.up = nn.Conv2d(2, 4, 4, 2, 1), nn.ConvTranspose2d(4, 2, 4, 2, 1)

        def forward(self, x):
            if x.is_cuda:
                x = x.cpu()
            y = F.relu(self.up(torch.tanh(self.down(x))))
            return torch.sigmoid(torch.cat([y, x], dim=1)) * 2 + torch.cat((x, y), 1) / 4

    class Conditional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table, self.dense = nn.Embedding(5, 6), nn.Linear(6 + 5, 12)

        def forward(self, z, labels):
            x = torch.mul(self.table(labels), z)
            x = torch.cat((x, F.one_hot(labels, 5).to(x.dtype)), -1)
            return self.dense(x).view(x.size(0), 3, 2, 2), x[:, 2:5]

    class Moved(nn.Module):
        """Features in another order than channels first."""

        def __init__(self) -> None:
            super().__init__()
            self.dense, self.norm = nn.Linear(4, 24), nn.BatchNorm1d(24)

        def forward(self, z):
            return torch.relu(self.norm(self.dense(z))).reshape(-1, 2, 4, 3).permute(0, 3, 1, 2)

    image, small = {"0": "data:2,8,8"}, {"0": "6"}
    return {
        "dense": (lambda: nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3, bias=False)), small),
        "conv": (lambda: nn.Conv2d(2, 4, (3, 5), stride=(1, 2), padding=(1, 0), dilation=(2, 1), groups=2), image),
        "conv-same": (lambda: nn.Conv2d(2, 3, 4, padding="same", bias=False), image),
        "conv-reflect": (lambda: nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect"), image),
        "transposed": (lambda: nn.ConvTranspose2d(2, 4, 3, 2, 1, output_padding=1, groups=2), image),
        "latent-image": (lambda: nn.Sequential(nn.ConvTranspose2d(6, 3, 4, 1, 0), nn.Tanh()), small),
        "batch-norm": (lambda: nn.Sequential(nn.BatchNorm2d(2, 0.8, 0.2), nn.Flatten(), nn.BatchNorm1d(128)), image),
        "norms": (
            lambda: nn.Sequential(
                nn.InstanceNorm2d(2, affine=True), nn.GroupNorm(2, 2), nn.GroupNorm(1, 2), nn.LayerNorm([2, 8, 8],
                elementwise_affine=False), nn.Flatten(), nn.LayerNorm(128),
            ),
            image,
        ),
        "activations": (
            lambda: nn.Sequential(
                nn.LeakyReLU(0.3, inplace=True), nn.ELU(), nn.SiLU(), nn.GELU(), nn.GELU("tanh"), nn.PReLU(2),
                nn.Softmax(dim=1), nn.Sigmoid(),
            ),
            image,
        ),
        "pools": (
            lambda: nn.Sequential(nn.AvgPool2d(2), nn.MaxPool2d(3, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()),
            image,
        ),
        "sizes": (
            lambda: nn.Sequential(
                nn.Upsample(scale_factor=2), nn.Upsample(scale_factor=0.5, mode="bilinear"), nn.ReflectionPad2d(2),
                nn.Conv2d(2, 4, 3), nn.PixelShuffle(2),
            ),
            image,
        ),
        "zeros-norm": (lambda: nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.ELU(), nn.BatchNorm2d(2)), image),
        "zeros": (lambda: nn.Sequential(nn.ZeroPad2d((1, 0, 2, 1)), nn.ReLU(), nn.Conv2d(2, 3, 4, 2, 1)), image),
        "slopes": (lambda: nn.Sequential(nn.PReLU(), nn.Flatten(), nn.PReLU(), nn.Linear(128, 2)), image),
        "dropout": (lambda: nn.Sequential(nn.Dropout2d(0.25), nn.Dropout(0.4), nn.Conv2d(2, 3, 3)), image),
        "skips": (Skips, {"x": "data:2,8,8"}),
        "conditional": (Conditional, {"z": "6", "labels": "label:5"}),
        "moved": (Moved, {"z": "4"}),
    }  # fmt: skip


def paddle_cases() -> dict[str, Case]:
    import paddle
    import paddle.nn.functional as F
    from paddle import nn

    class Skips(nn.Layer):
        """Two branches of functions: a U-Net in small."""

        def __init__(self) -> None:
            super().__init__()
            self.down, self.up = nn.Conv2D(2, 4, 4, 2, 1), nn.Conv2DTranspose(4, 2, 4, 2, 1)

        def forward(self, x):
            y = F.relu(self.up(paddle.tanh(self.down(x))))
            return F.sigmoid(paddle.concat([y, x], axis=1)) * 2 + paddle.concat([x, y], 1) / 4

    class Conditional(nn.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.table, self.dense = nn.Embedding(5, 6), nn.Linear(6 + 5, 12)

        def forward(self, z, labels):
            x = paddle.multiply(self.table(labels), z)
            x = paddle.concat([x, F.one_hot(labels, 5).astype(x.dtype)], axis=-1)
            return paddle.reshape(self.dense(x), [-1, 3, 2, 2]), x[:, 2:5]

    class Moved(nn.Layer):
        """Features in another order than channels first."""

        def __init__(self) -> None:
            super().__init__()
            self.dense, self.norm = nn.Linear(4, 24), nn.BatchNorm1D(24)

        def forward(self, z):
            x = F.relu(self.norm(self.dense(z)))
            return paddle.transpose(paddle.reshape(x, [-1, 2, 4, 3]), [0, 3, 1, 2])

    image, small = {"0": "data:2,8,8"}, {"0": "6"}
    return {
        "dense": (lambda: nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3, bias_attr=False)), small),
        "conv": (lambda: nn.Conv2D(2, 4, (3, 5), stride=(1, 2), padding=(1, 0), dilation=(2, 1), groups=2), image),
        "conv-same": (lambda: nn.Conv2D(2, 3, 4, 2, padding="SAME", bias_attr=False), image),
        "conv-reflect": (lambda: nn.Conv2D(2, 3, 3, padding=1, padding_mode="reflect"), image),
        "transposed": (lambda: nn.Conv2DTranspose(2, 4, 3, 2, 1, output_padding=1, groups=2), image),
        "latent-image": (lambda: nn.Sequential(nn.Conv2DTranspose(6, 3, 4, 1, 0), nn.Tanh()), small),
        "batch-norm": (
            lambda: nn.Sequential(nn.BatchNorm2D(2, 0.8, 0.25), nn.Flatten(), nn.BatchNorm1D(128)),
            image,
        ),
        "norms": (
            lambda: nn.Sequential(
                nn.InstanceNorm2D(2), nn.GroupNorm(2, 2), nn.GroupNorm(1, 2), nn.Flatten(), nn.LayerNorm(128)
            ),
            image,
        ),
        "activations": (
            lambda: nn.Sequential(
                nn.LeakyReLU(0.3), nn.ELU(), nn.Silu(), nn.GELU(), nn.GELU(True), nn.PReLU(2), nn.Softmax(axis=1),
                nn.Sigmoid(),
            ),
            image,
        ),
        "pools": (
            lambda: nn.Sequential(nn.AvgPool2D(2), nn.MaxPool2D(3, 1), nn.AdaptiveAvgPool2D(1), nn.Flatten()),
            image,
        ),
        "sizes": (
            lambda: nn.Sequential(
                nn.Upsample(scale_factor=2), nn.Upsample(scale_factor=0.5, mode="bilinear"),
                nn.Pad2D(2, mode="reflect"), nn.Conv2D(2, 4, 3), nn.PixelShuffle(2),
            ),
            image,
        ),
        "zeros-norm": (lambda: nn.Sequential(nn.Pad2D([0, 1, 0, 1]), nn.ELU(), nn.BatchNorm2D(2)), image),
        "zeros": (lambda: nn.Sequential(nn.Pad2D([1, 0, 2, 1]), nn.ReLU(), nn.Conv2D(2, 3, 4, 2, 1)), image),
        "slopes": (lambda: nn.Sequential(nn.PReLU(), nn.Flatten(), nn.Linear(128, 2), nn.PReLU(2)), image),
        "dropout": (lambda: nn.Sequential(nn.Dropout2D(0.25), nn.Dropout(0.4), nn.Conv2D(2, 3, 3)), image),
        "skips": (Skips, {"x": "data:2,8,8"}),
        "conditional": (Conditional, {"z": "6", "labels": "label:5"}),
        "moved": (Moved, {"z": "4"}),
    }  # fmt: skip


def keras_cases() -> dict[str, Case]:
    import keras
    from keras import layers as K

    # Keras keeps slopes of leaky ReLU and a factor of GELU in float32, and resizes in float32: what is here is exact
    def model(*layers: Any, shape: tuple[int, ...] = (8, 8, 2)) -> Any:
        return keras.Sequential([keras.Input(shape), *layers])

    def skips() -> Any:
        x = keras.Input((8, 8, 2))
        y = K.Conv2DTranspose(2, 4, 2, "same", activation="relu")(K.Conv2D(4, 4, 2, "same", activation="tanh")(x))
        return keras.Model(x, K.Add()([K.Concatenate()([y, x]), K.Rescaling(0.25)(K.Concatenate()([x, y]))]))

    def conditional() -> Any:
        """A model within a model, and a joined image whose features come in the order [H, W, C]."""
        z, labels = keras.Input((6,)), keras.Input((1,), dtype="int32")
        table = K.Flatten()(K.Embedding(5, 6)(labels))
        image = model(K.Dense(12), K.Reshape((2, 2, 3)), shape=(6,))(K.multiply([z, table]))
        told = K.multiply([K.Flatten()(image), K.Flatten()(K.Embedding(5, 12)(labels))])
        return keras.Model([z, labels], [image, K.Dense(4)(K.Concatenate()([told, z]))])

    class Subclassed(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.norm, self.last = K.Dense(24), K.BatchNormalization(), K.Conv2D(3, 2)

        def call(self, z):
            x = keras.ops.relu(self.norm(self.first(z)))
            return keras.ops.tanh(self.last(keras.ops.reshape(x, (-1, 4, 3, 2))))

    return {
        "dense": (lambda: model(K.Dense(4, "tanh"), K.Dense(3, use_bias=False), shape=(6,)), {}),
        "conv": (lambda: model(K.Conv2D(4, (3, 5), (1, 1), dilation_rate=(2, 1), groups=2)), {}),
        "conv-same": (lambda: model(K.Conv2D(3, 4, 2, "same", use_bias=False), K.Conv2D(3, 3, padding="same")), {}),
        "transposed": (
            lambda: model(K.Conv2DTranspose(4, 3, 2, "same"), K.Conv2DTranspose(2, 2, 3), K.Conv2DTranspose(2, 5, 2,
            "same")),
            {},
        ),
        "latent-image": (lambda: model(K.Reshape((1, 1, 6)), K.Conv2DTranspose(3, 4), shape=(6,)), {}),
        "batch-norm": (
            lambda: model(
                K.BatchNormalization(momentum=0.8, epsilon=0.1), K.Flatten(), K.BatchNormalization(), K.Dense(3)
            ),
            {},
        ),
        "norms": (
            lambda: model(
                K.GroupNormalization(-1), K.GroupNormalization(2), K.GroupNormalization(1), K.Flatten(),
                K.LayerNormalization(), K.Dense(2),
            ),
            {},
        ),
        "activations": (
            lambda: model(
                K.LeakyReLU(0.25), K.ELU(), K.Activation("silu"), K.ReLU(negative_slope=0.125),
                K.Softmax(), K.Activation("sigmoid"), K.Flatten(), K.PReLU(), K.Dense(2),
            ),
            {},
        ),
        "pools": (
            lambda: model(K.AveragePooling2D(2), K.MaxPooling2D(2, 1), K.GlobalMaxPooling2D(), K.Dense(2)),
            {},
        ),
        "global-mean": (lambda: model(K.GlobalAveragePooling2D(keepdims=True), K.Conv2D(3, 1)), {}),
        "sizes": (
            lambda: model(K.UpSampling2D(2), K.Cropping2D(2), K.Conv2D(2, 3)),
            {},
        ),
        "zeros-norm": (lambda: model(K.ZeroPadding2D(((0, 1), (0, 1))), K.ELU(), K.BatchNormalization()), {}),
        "zeros": (lambda: model(K.ZeroPadding2D(((2, 1), (1, 0))), K.LeakyReLU(0.5), K.Conv2D(3, 4, 2, "same")), {}),
        "slopes": (lambda: model(K.PReLU(shared_axes=[1, 2]), K.Flatten(), K.PReLU(), K.Dense(2)), {}),
        "dropout": (lambda: model(K.SpatialDropout2D(0.25), K.Dropout(0.4), K.Conv2D(3, 3)), {}),
        "skips": (skips, {}),
        "conditional": (conditional, {}),
        "unbuilt": (lambda: keras.Sequential([K.Dense(8), K.Reshape((2, 2, 2)), K.Conv2D(3, 2)]), {"0": "6"}),
        "moved": (Subclassed, {"z": "4"}),
    }  # fmt: skip


def torch_refusals() -> dict[str, tuple[Callable[[], Any], dict[str, str], str]]:
    import torch
    from torch import nn

    class Noisy(nn.Module):
        def forward(self, x):
            return torch.relu(x) + torch.randn_like(x)

    image = {"0": "data:2,8,8"}
    return {
        "a function": (lambda: nn.Sequential(nn.Conv2d(2, 3, 3), nn.Softplus()), image, "1 (Softplus)"),
        "a layer": (lambda: nn.Sequential(nn.Flatten(), nn.RNN(128, 3)), image, "1 (RNN)"),
        "noise": (Noisy, {"x": "data:2,8,8"}, "randn_like"),
        "a computed weight": (
            lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Conv2d(2, 3, 3))), image, "worked out"
        ),
        "no statistics": (lambda: nn.BatchNorm2d(2, track_running_stats=False), image, "running statistics"),
        "uneven zeros": (lambda: nn.Sequential(nn.ZeroPad2d((1, 0, 2, 0)), nn.BatchNorm2d(2)), image, "zeros around"),
        "a wrong shape": (lambda: nn.Linear(5, 2), {"0": "6"}, "it fails on arrays of shape"),
    }  # fmt: skip


def paddle_refusals() -> dict[str, tuple[Callable[[], Any], dict[str, str], str]]:
    import paddle
    from paddle import nn

    class Noisy(nn.Layer):
        def forward(self, x):
            return paddle.tanh(x) + paddle.randn(x.shape)

    image = {"0": "data:2,8,8"}
    return {
        "a function": (lambda: nn.Sequential(nn.Conv2D(2, 3, 3), nn.Softplus()), image, "1 (Softplus)"),
        "noise": (Noisy, {"x": "data:2,8,8"}, "neither input nor layer"),
        "uneven zeros": (lambda: nn.Sequential(nn.Pad2D([1, 0, 2, 0]), nn.BatchNorm2D(2)), image, "zeros around"),
        "a wrong shape": (lambda: nn.Linear(5, 2), {"0": "6"}, "it fails on arrays of shape"),
    }


def keras_refusals() -> dict[str, tuple[Callable[[], Any], dict[str, str], str]]:
    import keras
    from keras import layers as K

    def model(*layers: Any) -> Any:
        return keras.Sequential([keras.Input((8, 8, 2)), *layers])

    class Untraced(keras.Model):
        def call(self, x):
            return x.numpy()

    return {
        "a function": (lambda: model(K.Conv2D(3, 3, activation="softplus")), {}, "the activation softplus"),
        "a layer": (lambda: model(K.SeparableConv2D(3, 3)), {}, "SeparableConv2D"),
        "noise": (lambda: model(K.GaussianNoise(0.1)), {}, "GaussianNoise"),
        "uneven zeros": (lambda: model(K.ZeroPadding2D(((1, 0), (2, 0))), K.BatchNormalization()), {}, "zeros around"),
        "a scale alone": (lambda: model(K.BatchNormalization(center=False)), {}, "a scale or a bias alone"),
        "what cannot be followed": (Untraced, {"x": "data:8,8,2"}, "symbolic inputs"),
    }


CASES = {"torch": torch_cases, "paddle": paddle_cases, "keras": keras_cases}
REFUSALS = {"torch": torch_refusals, "paddle": paddle_refusals, "keras": keras_refusals}
