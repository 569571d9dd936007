"""`mnist-dcgan` by hand in PaddlePaddle."""

from collections.abc import Callable

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn

from .batches import shuffled

BATCH, LATENT = 64, 100
SMALL = nn.initializer.Normal(0.0, 0.02)


def convolution(kind: type[nn.Layer], size: int, channels: int, stride: int = 2, padding: int = 1) -> nn.Layer:
    return kind(size, channels, 4, stride, padding, weight_attr=SMALL, bias_attr=False)


def norm(channels: int) -> nn.Layer:
    return nn.BatchNorm2D(channels, weight_attr=nn.initializer.Normal(1.0, 0.02))


def digit_maker(size: int, wide: int, middle: int, narrow: int) -> nn.Layer:
    layers: list[nn.Layer] = [convolution(nn.Conv2DTranspose, size, wide, 1, 0), norm(wide), nn.ReLU()]
    for before, channels in ((wide, middle), (middle, narrow)):
        layers += [convolution(nn.Conv2DTranspose, before, channels), norm(channels), nn.ReLU()]
    return nn.Sequential(*layers, convolution(nn.Conv2DTranspose, narrow, 1), nn.Tanh())


def networks(width: float) -> tuple[nn.Layer, nn.Layer]:
    wide, middle, narrow = (round(channels * width) for channels in (512, 256, 128))
    layers: list[nn.Layer] = [convolution(nn.Conv2D, 1, narrow), nn.LeakyReLU(0.2)]
    for before, channels in ((narrow, middle), (middle, wide)):
        layers += [convolution(nn.Conv2D, before, channels), norm(channels), nn.LeakyReLU(0.2)]
    discriminator = nn.Sequential(*layers, convolution(nn.Conv2D, wide, 1, 1, 0), nn.Flatten())
    return digit_maker(LATENT, wide, middle, narrow), discriminator


def best(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """No graph behind the discriminator's fakes, only the gradients that are used."""
    generator, discriminator = networks(width)
    generator_weights = [weight for weight in generator.parameters() if not weight.stop_gradient]
    discriminator_weights = [weight for weight in discriminator.parameters() if not weight.stop_gradient]
    generator_adam = paddle.optimizer.Adam(2e-4, 0.5, parameters=generator_weights)
    discriminator_adam = paddle.optimizer.Adam(2e-4, 0.5, parameters=discriminator_weights)
    ones, zeros, places = paddle.ones([BATCH, 1]), paddle.zeros([BATCH, 1]), shuffled(len(images), BATCH)

    def move(adam: paddle.optimizer.Adam, weights: list[paddle.Tensor], loss: paddle.Tensor) -> None:
        adam.apply_gradients(list(zip(weights, paddle.grad(loss, weights), strict=True)))

    def step() -> None:
        real = paddle.to_tensor(images[next(places)].astype(np.float32) / 127.5 - 1)
        with paddle.no_grad():
            fake = generator(paddle.randn([BATCH, LATENT, 1, 1]))
        loss = F.binary_cross_entropy_with_logits(discriminator(real), ones)
        loss = loss + F.binary_cross_entropy_with_logits(discriminator(fake), zeros)
        move(discriminator_adam, discriminator_weights, loss)
        logits = discriminator(generator(paddle.randn([BATCH, LATENT, 1, 1])))
        move(generator_adam, generator_weights, F.binary_cross_entropy_with_logits(logits, ones))

    return step
