"""`frog-dcgan` by hand in PaddlePaddle."""

from collections.abc import Callable

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn

from .batches import in_order

BATCH, LATENT = 20, 32


def networks(width: float) -> tuple[nn.Layer, nn.Layer]:
    narrow, wide = round(128 * width), round(256 * width)
    generator = nn.Sequential(
        nn.Linear(LATENT, narrow * 16 * 16),
        nn.LeakyReLU(0.1),
        nn.Unflatten(1, [narrow, 16, 16]),
        nn.Conv2D(narrow, wide, 5, padding=2),
        nn.LeakyReLU(0.1),
        nn.Conv2DTranspose(wide, wide, 4, 2, 1),
        nn.LeakyReLU(0.1),
        nn.Conv2D(wide, wide, 5, padding=2),
        nn.LeakyReLU(0.1),
        nn.Conv2D(wide, wide, 5, padding=2),
        nn.LeakyReLU(0.1),
        nn.Conv2D(wide, 3, 7, padding=3),
        nn.Tanh(),
    )
    layers: list[nn.Layer] = [nn.Conv2D(3, narrow, 3), nn.LeakyReLU(0.1)]
    for _ in range(3):
        layers += [nn.Conv2D(narrow, narrow, 4, 2), nn.LeakyReLU(0.1)]
    return generator, nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.4), nn.Linear(narrow * 2 * 2, 1))


def best(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """No graph behind the discriminator's fakes, one joined batch, only the gradients that are used."""
    generator, discriminator = networks(width)
    generator_weights, discriminator_weights = generator.parameters(), discriminator.parameters()
    generator_rule = paddle.optimizer.RMSProp(4e-4, 0.9, 1e-7, parameters=generator_weights)
    discriminator_rule = paddle.optimizer.RMSProp(3e-4, 0.9, 1e-7, parameters=discriminator_weights)
    targets, zeros = paddle.concat([paddle.ones([BATCH, 1]), paddle.zeros([BATCH, 1])]), paddle.zeros([BATCH, 1])
    places = in_order(len(images), BATCH)

    def move(rule: paddle.optimizer.RMSProp, weights: list[paddle.Tensor], loss: paddle.Tensor) -> None:
        clipped = [paddle.clip(gradient, -1.0, 1.0) for gradient in paddle.grad(loss, weights)]
        rule.apply_gradients(list(zip(weights, clipped, strict=True)))

    def step() -> None:
        real = paddle.to_tensor(images[next(places)].astype(np.float32) / 255)
        with paddle.no_grad():
            fake = generator(paddle.randn([BATCH, LATENT]))
        noisy = targets + 0.05 * paddle.rand([2 * BATCH, 1])
        logits = discriminator(paddle.concat([fake, real]))
        move(discriminator_rule, discriminator_weights, F.binary_cross_entropy_with_logits(logits, noisy))
        logits = discriminator(generator(paddle.randn([BATCH, LATENT])))
        move(generator_rule, generator_weights, F.binary_cross_entropy_with_logits(logits, zeros))

    return step
