"""`mnist-dcgan` by hand in PyTorch."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .batches import shuffled

BATCH, LATENT = 64, 100
LAYOUT = torch.channels_last


def networks(width: float) -> tuple[nn.Module, nn.Module]:
    wide, middle, narrow = (round(channels * width) for channels in (512, 256, 128))
    generator = nn.Sequential(
        nn.ConvTranspose2d(LATENT, wide, 4, bias=False),
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
    discriminator = nn.Sequential(
        nn.Conv2d(1, narrow, 4, 2, 1, bias=False),
        nn.LeakyReLU(0.2, True),
        nn.Conv2d(narrow, middle, 4, 2, 1, bias=False),
        nn.BatchNorm2d(middle),
        nn.LeakyReLU(0.2, True),
        nn.Conv2d(middle, wide, 4, 2, 1, bias=False),
        nn.BatchNorm2d(wide),
        nn.LeakyReLU(0.2, True),
        nn.Conv2d(wide, 1, 4, bias=False),
        nn.Flatten(),
    )
    for module in [*generator, *discriminator]:
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
    return generator.to(memory_format=LAYOUT), discriminator.to(memory_format=LAYOUT)


def best(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """Fused Adam, no graph behind the discriminator's fakes, only the gradients that are used, activations in place."""
    generator, discriminator = networks(width)
    generator_weights, discriminator_weights = list(generator.parameters()), list(discriminator.parameters())
    generator_adam = torch.optim.Adam(generator_weights, 2e-4, (0.5, 0.999), fused=True)
    discriminator_adam = torch.optim.Adam(discriminator_weights, 2e-4, (0.5, 0.999), fused=True)
    pixels, places = torch.from_numpy(images), shuffled(len(images), BATCH)
    ones, zeros = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)

    def move(adam: torch.optim.Adam, weights: list[nn.Parameter], loss: torch.Tensor) -> None:
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.grad = gradient
        adam.step()

    def step() -> None:
        real = pixels[torch.from_numpy(next(places))].float().div_(127.5).sub_(1).to(memory_format=LAYOUT)
        with torch.no_grad():
            fake = generator(torch.randn(BATCH, LATENT, 1, 1))
        loss = F.binary_cross_entropy_with_logits(discriminator(real), ones)
        loss = loss + F.binary_cross_entropy_with_logits(discriminator(fake), zeros)
        move(discriminator_adam, discriminator_weights, loss)
        logits = discriminator(generator(torch.randn(BATCH, LATENT, 1, 1)))
        move(generator_adam, generator_weights, F.binary_cross_entropy_with_logits(logits, ones))

    return step
