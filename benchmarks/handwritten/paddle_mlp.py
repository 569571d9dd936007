"""`mnist-mlp` by hand in PaddlePaddle."""

from collections.abc import Callable

import numpy as np
import paddle
import paddle.nn.functional as F
from paddle import nn

BATCH, LATENT = 64, 100


def networks() -> tuple[nn.Layer, nn.Layer]:
    layers: list[nn.Layer] = []
    size = LATENT
    for units in (256, 512, 1024):
        layers += [nn.Linear(size, units), nn.LeakyReLU(0.2), nn.BatchNorm1D(units, momentum=0.2)]
        size = units
    generator = nn.Sequential(*layers, nn.Linear(1024, 784), nn.Tanh())
    discriminator = nn.Sequential(
        nn.Linear(784, 512), nn.LeakyReLU(0.2), nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1)
    )
    return generator, discriminator


def best(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """No graph behind the discriminator's fakes, one joined batch, only the gradients that are used."""
    images = images.reshape(len(images), 784)
    generator, discriminator = networks()
    generator_weights = [weight for weight in generator.parameters() if not weight.stop_gradient]
    discriminator_weights = discriminator.parameters()
    generator_adam = paddle.optimizer.Adam(1e-3, parameters=generator_weights)
    discriminator_adam = paddle.optimizer.Adam(1e-3, parameters=discriminator_weights)
    ones = paddle.ones([BATCH, 1])
    targets = paddle.concat([paddle.ones([BATCH, 1]), paddle.zeros([BATCH, 1])])
    random = np.random.default_rng()
    order, position = random.permutation(len(images)), 0

    def step() -> None:
        nonlocal position, order
        if position + BATCH > len(order):
            order, position = random.permutation(len(images)), 0
        real = paddle.to_tensor(images[order[position : position + BATCH]].astype(np.float32) / 127.5 - 1)
        position += BATCH
        with paddle.no_grad():
            fake = generator(paddle.randn([BATCH, LATENT]))
        loss = 2 * F.binary_cross_entropy_with_logits(discriminator(paddle.concat([real, fake])), targets)
        gradients = paddle.grad(loss, discriminator_weights)
        discriminator_adam.apply_gradients(list(zip(discriminator_weights, gradients, strict=True)))
        loss = F.binary_cross_entropy_with_logits(discriminator(generator(paddle.randn([BATCH, LATENT]))), ones)
        gradients = paddle.grad(loss, generator_weights)
        generator_adam.apply_gradients(list(zip(generator_weights, gradients, strict=True)))

    return step


def tutorial(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """As most tutorials have it: a data loader, two backward passes, step, clear_grad, the losses every step."""
    images = images.reshape(len(images), 784)
    generator, discriminator = networks()
    generator_adam = paddle.optimizer.Adam(1e-3, parameters=generator.parameters())
    discriminator_adam = paddle.optimizer.Adam(1e-3, parameters=discriminator.parameters())
    criterion = nn.BCEWithLogitsLoss()

    class Images(paddle.io.Dataset):
        def __getitem__(self, index):
            return images[index].astype(np.float32) / 127.5 - 1

        def __len__(self):
            return len(images)

    def batches():
        while True:
            yield from paddle.io.DataLoader(Images(), batch_size=BATCH, shuffle=True, drop_last=True)

    stream = batches()

    def step() -> None:
        real = next(stream)
        real = real[0] if isinstance(real, list) else real
        real_loss = criterion(discriminator(real), paddle.ones([BATCH, 1]))
        fake = generator(paddle.randn([BATCH, LATENT]))
        fake_loss = criterion(discriminator(fake.detach()), paddle.zeros([BATCH, 1]))
        (real_loss + fake_loss).backward()
        discriminator_adam.step()
        discriminator_adam.clear_grad()
        loss = criterion(discriminator(generator(paddle.randn([BATCH, LATENT]))), paddle.ones([BATCH, 1]))
        loss.backward()
        generator_adam.step()
        generator_adam.clear_grad()
        discriminator_adam.clear_grad()
        float(real_loss) + float(fake_loss) + float(loss)

    return step
