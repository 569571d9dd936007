"""`mnist-mlp` by hand in PyTorch."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

BATCH, LATENT = 64, 100


def networks() -> tuple[nn.Module, nn.Module]:
    layers: list[nn.Module] = []
    size = LATENT
    for units in (256, 512, 1024):
        layers += [nn.Linear(size, units), nn.LeakyReLU(0.2), nn.BatchNorm1d(units, momentum=0.8)]
        size = units
    generator = nn.Sequential(*layers, nn.Linear(1024, 784), nn.Tanh())
    discriminator = nn.Sequential(
        nn.Linear(784, 512), nn.LeakyReLU(0.2), nn.Linear(512, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1)
    )
    return generator, discriminator


def best(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """Fused Adam, no graph behind the discriminator's fakes, one joined batch, only the gradients that are used."""
    images = images.reshape(len(images), 784)
    generator, discriminator = networks()
    generator_weights, discriminator_weights = list(generator.parameters()), list(discriminator.parameters())
    generator_adam = torch.optim.Adam(generator_weights, 1e-3, fused=True)
    discriminator_adam = torch.optim.Adam(discriminator_weights, 1e-3, fused=True)
    pixels = torch.from_numpy(images)
    order = torch.randperm(len(pixels))
    ones, targets = torch.ones(BATCH, 1), torch.cat([torch.ones(BATCH, 1), torch.zeros(BATCH, 1)])
    position = 0

    def step() -> None:
        nonlocal position, order
        if position + BATCH > len(order):
            order, position = torch.randperm(len(pixels)), 0
        real = pixels[order[position : position + BATCH]].float().div_(127.5).sub_(1)
        position += BATCH
        with torch.no_grad():
            fake = generator(torch.randn(BATCH, LATENT))
        loss = 2 * F.binary_cross_entropy_with_logits(discriminator(torch.cat([real, fake])), targets)
        gradients = torch.autograd.grad(loss, discriminator_weights)
        for weight, gradient in zip(discriminator_weights, gradients, strict=True):
            weight.grad = gradient
        discriminator_adam.step()
        loss = F.binary_cross_entropy_with_logits(discriminator(generator(torch.randn(BATCH, LATENT))), ones)
        gradients = torch.autograd.grad(loss, generator_weights)
        for weight, gradient in zip(generator_weights, gradients, strict=True):
            weight.grad = gradient
        generator_adam.step()

    return step


def tutorial(images: np.ndarray, labels: np.ndarray, width: float) -> Callable[[], None]:
    """As most tutorials have it: a data loader, zero_grad, two backward passes, Adam, loss.item() every step."""
    images = images.reshape(len(images), 784)
    generator, discriminator = networks()
    generator_adam = torch.optim.Adam(generator.parameters(), lr=1e-3)
    discriminator_adam = torch.optim.Adam(discriminator.parameters(), lr=1e-3)
    criterion = nn.BCEWithLogitsLoss()
    data = torch.utils.data.TensorDataset(torch.from_numpy(images).float().div(127.5).sub(1))

    def batches():
        while True:
            yield from torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=True, drop_last=True)

    stream = batches()

    def step() -> None:
        (real,) = next(stream)
        discriminator_adam.zero_grad()
        real_loss = criterion(discriminator(real), torch.ones(BATCH, 1))
        fake = generator(torch.randn(BATCH, LATENT))
        fake_loss = criterion(discriminator(fake.detach()), torch.zeros(BATCH, 1))
        (real_loss + fake_loss).backward()
        discriminator_adam.step()
        generator_adam.zero_grad()
        loss = criterion(discriminator(generator(torch.randn(BATCH, LATENT))), torch.ones(BATCH, 1))
        loss.backward()
        generator_adam.step()
        real_loss.item() + fake_loss.item() + loss.item()

    return step
