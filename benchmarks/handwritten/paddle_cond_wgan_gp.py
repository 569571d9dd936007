"""`mnist-cond-wgan-gp` by hand in PaddlePaddle."""

from collections.abc import Callable

import numpy as np
import paddle
from paddle import Tensor, nn

from .batches import shuffled
from .paddle_dcgan import SMALL, convolution, digit_maker

BATCH, LATENT, CLASSES, CRITIC_UPDATES = 64, 100, 10, 5


class Generator(nn.Layer):
    def __init__(self, width: float) -> None:
        super().__init__()
        self.code = nn.Embedding(CLASSES, 32)
        self.layers = digit_maker(LATENT + 32, *(round(channels * width) for channels in (256, 128, 64)))

    def forward(self, latent: Tensor, label: Tensor) -> Tensor:
        return self.layers(paddle.concat([latent, self.code(label)], 1).reshape([-1, LATENT + 32, 1, 1]))


class Critic(nn.Layer):
    """Reads a label as one-hot numbers: Paddle's embedding, like its flatten, cannot be differentiated twice."""

    def __init__(self, width: float) -> None:
        super().__init__()
        narrow, middle, wide = (round(channels * width) for channels in (64, 128, 256))
        self.code = nn.Linear(CLASSES, 32 * 32, weight_attr=nn.initializer.Normal(), bias_attr=False)
        layers: list[nn.Layer] = []
        for before, channels in ((2, narrow), (narrow, middle), (middle, wide)):
            layers += [convolution(nn.Conv2D, before, channels), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Conv2D(wide, 1, 4, weight_attr=SMALL))

    def forward(self, sample: Tensor, label: Tensor) -> Tensor:
        plane = self.code(nn.functional.one_hot(label, CLASSES)).reshape([-1, 1, 32, 32])
        return self.layers(paddle.concat([sample, plane], 1)).reshape([-1, 1])


def penalty(critic: Critic, real: Tensor, fake: Tensor, label: Tensor) -> Tensor:
    mixed = fake + paddle.rand([BATCH, 1, 1, 1]) * (real - fake)
    mixed.stop_gradient = False
    (slope,) = paddle.grad(critic(mixed, label).sum(), [mixed], create_graph=True)
    norms = paddle.sqrt((slope * slope).sum([1, 2, 3]) + 1e-12)
    return ((norms - 1) ** 2).mean()


def best(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """No graph behind the critic's fakes, one joined batch, only the gradients that are used."""
    generator, critic = Generator(width), Critic(width)
    generator_weights = [weight for weight in generator.parameters() if not weight.stop_gradient]
    critic_weights = critic.parameters()
    generator_adam = paddle.optimizer.Adam(1e-4, 0.0, 0.9, parameters=generator_weights)
    critic_adam = paddle.optimizer.Adam(1e-4, 0.0, 0.9, parameters=critic_weights)
    places, steps = shuffled(len(images), BATCH), 0

    def move(adam: paddle.optimizer.Adam, weights: list[Tensor], loss: Tensor) -> None:
        adam.apply_gradients(list(zip(weights, paddle.grad(loss, weights), strict=True)))

    def step() -> None:
        nonlocal steps
        chosen = next(places)
        real = paddle.to_tensor(images[chosen].astype(np.float32) / 127.5 - 1)
        label = paddle.to_tensor(labels[chosen])
        with paddle.no_grad():
            fake = generator(paddle.randn([BATCH, LATENT]), label)
        logits = critic(paddle.concat([real, fake]), paddle.concat([label, label]))
        loss = logits[BATCH:].mean() - logits[:BATCH].mean() + 10 * penalty(critic, real, fake, label)
        move(critic_adam, critic_weights, loss)
        if steps % CRITIC_UPDATES == 0:
            drawn = paddle.randint(0, CLASSES, [BATCH])
            loss = -critic(generator(paddle.randn([BATCH, LATENT]), drawn), drawn).mean()
            move(generator_adam, generator_weights, loss)
        steps += 1

    return step
