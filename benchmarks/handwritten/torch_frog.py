"""`frog-dcgan` by hand in PyTorch."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .batches import in_order

BATCH, LATENT = 20, 32
LAYOUT = torch.channels_last


def networks(width: float) -> tuple[nn.Module, nn.Module]:
    narrow, wide = round(128 * width), round(256 * width)
    generator = nn.Sequential(
        nn.Linear(LATENT, narrow * 16 * 16),
        nn.LeakyReLU(0.1, True),
        nn.Unflatten(1, (narrow, 16, 16)),
        nn.Conv2d(narrow, wide, 5, padding=2),
        nn.LeakyReLU(0.1, True),
        nn.ConvTranspose2d(wide, wide, 4, 2, 1),
        nn.LeakyReLU(0.1, True),
        nn.Conv2d(wide, wide, 5, padding=2),
        nn.LeakyReLU(0.1, True),
        nn.Conv2d(wide, wide, 5, padding=2),
        nn.LeakyReLU(0.1, True),
        nn.Conv2d(wide, 3, 7, padding=3),
        nn.Tanh(),
    )
    layers: list[nn.Module] = [nn.Conv2d(3, narrow, 3), nn.LeakyReLU(0.1, True)]
    for _ in range(3):
        layers += [nn.Conv2d(narrow, narrow, 4, 2), nn.LeakyReLU(0.1, True)]
    discriminator = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(0.4), nn.Linear(narrow * 2 * 2, 1))
    for module in [*generator, *discriminator]:
        if hasattr(module, "weight"):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)
    return generator.to(memory_format=LAYOUT), discriminator.to(memory_format=LAYOUT)


def best(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """Foreach RMSprop, no graph behind the discriminator's fakes, only the gradients used, activations in place."""
    generator, discriminator = networks(width)
    generator_weights, discriminator_weights = list(generator.parameters()), list(discriminator.parameters())
    generator_rule = torch.optim.RMSprop(generator_weights, 4e-4, 0.9, 1e-7, foreach=True)
    discriminator_rule = torch.optim.RMSprop(discriminator_weights, 3e-4, 0.9, 1e-7, foreach=True)
    pixels, places = torch.from_numpy(images), in_order(len(images), BATCH)
    targets, zeros = torch.cat([torch.ones(BATCH, 1), torch.zeros(BATCH, 1)]), torch.zeros(BATCH, 1)

    def move(rule: torch.optim.RMSprop, weights: list[nn.Parameter], loss: torch.Tensor) -> None:
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.grad = gradient.clamp_(-1.0, 1.0)
        rule.step()

    def step() -> None:
        real = pixels[torch.from_numpy(next(places))].float().div_(255).to(memory_format=LAYOUT)
        with torch.no_grad():
            fake = generator(torch.randn(BATCH, LATENT))
        noisy = targets + 0.05 * torch.rand(2 * BATCH, 1)
        move(
            discriminator_rule,
            discriminator_weights,
            F.binary_cross_entropy_with_logits(discriminator(torch.cat([fake, real])), noisy),
        )
        logits = discriminator(generator(torch.randn(BATCH, LATENT)))
        move(generator_rule, generator_weights, F.binary_cross_entropy_with_logits(logits, zeros))

    return step
