"""`mnist-cond-wgan-gp` by hand in PyTorch."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from .batches import shuffled

BATCH, LATENT, CLASSES, CRITIC_UPDATES = 64, 100, 10, 5
LAYOUT = torch.channels_last


class Generator(nn.Module):
    def __init__(self, width: float) -> None:
        super().__init__()
        wide, middle, narrow = (round(channels * width) for channels in (256, 128, 64))
        self.code = nn.Embedding(CLASSES, 32)
        self.layers = nn.Sequential(
            nn.ConvTranspose2d(LATENT + 32, wide, 4, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(True),
            nn.ConvTranspose2d(wide, middle, 4, 2, 1, bias=False),
            nn.BatchNorm2d(middle),
            nn.ReLU(True),
            nn.ConvTranspose2d(middle, narrow, 4, 2, 1, bias=False),
            nn.BatchNorm2d(narrow),
            nn.ReLU(True),
            nn.ConvTranspose2d(narrow, 1, 4, 2, 1, bias=False),
            nn.Tanh(),
        )

    def forward(self, latent: Tensor, label: Tensor) -> Tensor:
        return self.layers(torch.cat([latent, self.code(label)], 1)[:, :, None, None])


class Critic(nn.Module):
    def __init__(self, width: float) -> None:
        super().__init__()
        narrow, middle, wide = (round(channels * width) for channels in (64, 128, 256))
        self.code = nn.Embedding(CLASSES, 32 * 32)
        self.layers = nn.Sequential(
            nn.Conv2d(2, narrow, 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2, True),
            nn.Conv2d(narrow, middle, 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2, True),
            nn.Conv2d(middle, wide, 4, 2, 1, bias=False),
            nn.LeakyReLU(0.2, True),
            nn.Conv2d(wide, 1, 4),
            nn.Flatten(),
        )

    def forward(self, sample: Tensor, label: Tensor) -> Tensor:
        return self.layers(torch.cat([sample, self.code(label).view(-1, 1, 32, 32)], 1))


def networks(width: float) -> tuple[Generator, Critic]:
    generator, critic = Generator(width), Critic(width)
    for module in [*generator.layers, *critic.layers]:
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
    return generator.to(memory_format=LAYOUT), critic.to(memory_format=LAYOUT)


def penalty(critic: Critic, real: Tensor, fake: Tensor, label: Tensor) -> Tensor:
    mixed = torch.lerp(fake, real, torch.rand(BATCH, 1, 1, 1)).requires_grad_()
    (slope,) = torch.autograd.grad(critic(mixed, label).sum(), mixed, create_graph=True)
    return ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()


def best(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """Fused Adam, no graph behind the critic's fakes, one joined batch, only the gradients used, all in place."""
    generator, critic = networks(width)
    generator_weights, critic_weights = list(generator.parameters()), list(critic.parameters())
    generator_adam = torch.optim.Adam(generator_weights, 1e-4, (0.0, 0.9), fused=True)
    critic_adam = torch.optim.Adam(critic_weights, 1e-4, (0.0, 0.9), fused=True)
    pixels, classes, places = torch.from_numpy(images), torch.from_numpy(labels), shuffled(len(images), BATCH)
    steps = 0

    def move(adam: torch.optim.Adam, weights: list[nn.Parameter], loss: Tensor) -> None:
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.grad = gradient.contiguous(memory_format=LAYOUT) if gradient.ndim == 4 else gradient
        adam.step()

    def step() -> None:
        nonlocal steps
        chosen = torch.from_numpy(next(places))
        real = pixels[chosen].float().div_(127.5).sub_(1).to(memory_format=LAYOUT)
        label = classes[chosen]
        with torch.no_grad():
            fake = generator(torch.randn(BATCH, LATENT), label)
        real_logits, fake_logits = critic(torch.cat([real, fake]), torch.cat([label, label])).chunk(2)
        loss = fake_logits.mean() - real_logits.mean() + 10 * penalty(critic, real, fake, label)
        move(critic_adam, critic_weights, loss)
        if steps % CRITIC_UPDATES == 0:
            drawn = torch.randint(CLASSES, (BATCH,))
            loss = -critic(generator(torch.randn(BATCH, LATENT), drawn), drawn).mean()
            move(generator_adam, generator_weights, loss)
        steps += 1

    return step
