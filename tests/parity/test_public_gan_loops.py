"""Files of public GANs against the scripts that they stand for, written anew in plain torch: the same losses."""

from pathlib import Path

import pytest

from independent_loop import Beside, adam, move, on_torch  # noqa: F401  (the fixture is used by its name)

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

FILES = Path(__file__).parent.parent.parent / "benchmarks" / "public"
SMALL = "training.batch_size=8"
SLOPE = 0.2


def beside(backend, file, *changes):
    return Beside(backend, str(FILES / file), SMALL, *changes)


def bce(logits, target):
    return F.binary_cross_entropy(torch.sigmoid(logits), torch.full_like(logits, target))


def test_keras_gans_discriminator_moves_twice(backend64):
    """Keras-GAN's gan.py: one update by real samples, one by generated ones, then the generator."""

    def block(before, after):
        return [nn.Linear(before, after), nn.LeakyReLU(SLOPE), nn.BatchNorm1d(after, 1e-3)]

    layers = [*block(100, 256), *block(256, 512), *block(512, 1024), nn.Linear(1024, 784), nn.Tanh()]
    loop = beside(backend64, "keras_gan_gan.toml")
    made = loop.start("generator", nn.Sequential(*layers, nn.Unflatten(1, (1, 28, 28))))
    hidden = [nn.Flatten(), nn.Linear(784, 512), nn.LeakyReLU(SLOPE), nn.Linear(512, 256), nn.LeakyReLU(SLOPE)]
    judge = loop.start("discriminator", nn.Sequential(*hidden, nn.Linear(256, 1)))
    moves_g, moves_d = adam([made], epsilon=1e-7), adam([judge], epsilon=1e-7)

    def step(updates):
        (_, by_real), (_, by_fake), (_, last) = updates
        assert torch.equal(by_real["real"], by_fake["real"])
        with torch.no_grad():  # of what the update leaves alone, which the library's loss counts too
            unmoved = bce(judge(made(by_real["generator.z"])), 0.0)
        first = move(moves_d, bce(judge(by_real["real"]), 1.0)) + unmoved
        with torch.no_grad():
            unmoved = bce(judge(by_fake["real"]), 1.0)
        second = move(moves_d, bce(judge(made(by_fake["generator.z"]).detach()), 0.0)) + unmoved
        g = move(moves_g, bce(judge(made(last["generator.z"])), 1.0))
        return {"discriminator_by_real": first, "discriminator_by_fake": second, "generator": g}

    loop.check(step)


class Maker(nn.Sequential):
    """The small convolutional generator of PyTorch-GAN's ebgan.py."""

    def __init__(self, latent):
        def block(before, after):
            convolution = nn.Conv2d(before, after, 3, padding=1)
            return [nn.Upsample(scale_factor=2), convolution, nn.BatchNorm2d(after, 0.8), nn.LeakyReLU(SLOPE)]

        last = nn.Conv2d(64, 1, 3, padding=1)
        super().__init__(
            nn.Linear(latent, 128 * 64),
            nn.Unflatten(1, (128, 8, 8)),
            *block(128, 128),
            *block(128, 64),
            last,
            nn.Tanh(),
        )


def test_ebgan(backend64):
    """ebgan.py: the target of a reconstruction is a constant for the generator, the margin that of the batch.

    The pulling-away term has the paper's squares, which the script leaves out, and 1e-12 under its root.
    """
    loop = beside(backend64, "pytorch_gan_ebgan.toml")
    made = loop.start("generator", Maker(62), without=("3.bias", "7.bias"))
    hidden = [nn.Conv2d(1, 64, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(64 * 256, 32)]
    encoder = loop.start("encoder", nn.Sequential(*hidden), without=("3.bias",))
    dense = [nn.BatchNorm1d(32, 0.8), nn.ReLU(), nn.Linear(32, 64 * 256), nn.BatchNorm1d(64 * 256), nn.ReLU()]
    picture = [nn.Unflatten(1, (64, 16, 16)), nn.Upsample(scale_factor=2), nn.Conv2d(64, 1, 3, padding=1)]
    decoder = loop.start("decoder", nn.Sequential(*dense, *picture), without=("2.bias",))
    moves_g, moves_d = adam([made]), adam([encoder, decoder])

    def pulling_away(codes):
        unit = codes / torch.sqrt((codes**2).sum(-1, keepdim=True) + 1e-12)
        likeness, count = (unit @ unit.T) ** 2, len(codes)
        return (likeness.sum() - likeness.diagonal().sum()) / (count * (count - 1))

    def step(updates):
        (_, first), (_, second) = updates
        fake = made(first["generator.z"])
        codes = encoder(fake)
        g = move(moves_g, F.mse_loss(decoder(codes), fake.detach()) + 0.1 * pulling_away(codes))
        real, fake = second["real"], fake.detach()
        far = F.mse_loss(decoder(encoder(fake)), fake)
        d = F.mse_loss(decoder(encoder(real)), real) + torch.clamp(1.0 - far, min=0)
        return {"generator": g, "discriminator": move(moves_d, d)}

    loop.check(step, steps=3)


class Reader(nn.Module):
    """ClusterGAN's encoder: 30 numbers, and a logit for each of 10 clusters."""

    def __init__(self):
        super().__init__()
        self.body, self.numbers, self.clusters = trunk(), nn.Linear(1024, 30), nn.Linear(1024, 10)

    def forward(self, images):
        features = self.body(images)
        return self.numbers(features), self.clusters(features)


def trunk():
    convolutions = [nn.Conv2d(1, 64, 4, 2), nn.LeakyReLU(SLOPE), nn.Conv2d(64, 128, 4, 2), nn.LeakyReLU(SLOPE)]
    return nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(3200, 1024), nn.LeakyReLU(SLOPE))


def test_cluster_gan(backend64):
    """clustergan.py: generator and encoder move together at every fifth batch, the discriminator at each."""
    loop = beside(backend64, "pytorch_gan_cluster_gan.toml")
    dense = [nn.Linear(40, 1024), nn.BatchNorm1d(1024), nn.LeakyReLU(SLOPE), nn.Linear(1024, 6272)]
    image = [nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.BatchNorm2d(64), nn.LeakyReLU(SLOPE)]
    layers = [*dense, nn.BatchNorm1d(6272), nn.LeakyReLU(SLOPE), nn.Unflatten(1, (128, 7, 7)), *image]
    made = loop.start(
        "generator",
        nn.Sequential(*layers, nn.ConvTranspose2d(64, 1, 4, 2, 1), nn.Sigmoid()),
        without=("0.bias", "3.bias", "7.bias"),
    )
    encoder = loop.start("encoder", Reader())
    judge = loop.start("discriminator", nn.Sequential(trunk(), nn.Linear(1024, 1)))
    moves_g, moves_d = (adam(modules, 1e-4, (0.5, 0.9)) for modules in ([made, encoder], [judge]))

    def pictures(draws):
        numbers, clusters = 0.75 * draws["generator.z"], draws["generator.code"]
        return made(torch.cat([numbers, clusters], 1)), numbers, clusters

    def step(updates):
        losses = {}
        if len(updates) == 2:
            fake, numbers, clusters = pictures(updates[0][1])
            read, logits = encoder(fake)
            named = F.cross_entropy(logits, clusters.argmax(1))
            loss = bce(judge(fake), 1.0) + 10 * F.mse_loss(read, numbers) + 10 * named
            losses["generator"] = move(moves_g, loss)
        draws = updates[-1][1]
        d = (bce(judge(draws["real"]), 1.0) + bce(judge(pictures(draws)[0].detach()), 0.0)) / 2
        return losses | {"discriminator": move(moves_d, d)}

    loop.check(step, steps=6)


class Conditional(nn.Module):
    """PyTorch-GAN's cgan.py: an embedding beside the latent, or beside the picture."""

    def __init__(self, embedded_first, layers):
        super().__init__()
        self.first, self.classes, self.body = embedded_first, nn.Embedding(10, 10), nn.Sequential(*layers)

    def forward(self, values, labels):
        parts = [self.classes(labels), values.flatten(1)]
        return self.body(torch.cat(parts if self.first else parts[::-1], 1))


def test_conditional_gan(backend64):
    """cgan.py: labels drawn evenly, the generator first, the discriminator on what it made; dropout at 0."""

    def block(before, after):
        return [nn.Linear(before, after), nn.BatchNorm1d(after, 0.8), nn.LeakyReLU(SLOPE)]

    no_dropout = (f"networks.discriminator.layers.{index}.rate=0.0" for index in (6, 9))
    few = (f"networks.{network}.inputs.label.classes=3" for network in ("generator", "discriminator"))
    loop = beside(backend64, "pytorch_gan_cgan.toml", *no_dropout, *few)
    layers = [nn.Linear(110, 128), nn.LeakyReLU(SLOPE), *block(128, 256), *block(256, 512), *block(512, 1024)]
    picture = [nn.Linear(1024, 1024), nn.Tanh(), nn.Unflatten(1, (1, 32, 32))]
    without = ("body.2.bias", "body.5.bias", "body.8.bias")
    made = loop.start("generator", Conditional(True, [*layers, *picture]), without=without)
    hidden = [layer for _ in range(2) for layer in (nn.Linear(512, 512), nn.LeakyReLU(SLOPE))]
    judge = loop.start(
        "discriminator", Conditional(False, [nn.Linear(1034, 512), nn.LeakyReLU(SLOPE), *hidden, nn.Linear(512, 1)])
    )
    moves_g, moves_d = adam([made]), adam([judge])

    def step(updates):
        (_, first), (_, second) = updates
        labels = first["generator.label"].long()
        fake = made(first["generator.z"], labels)
        g = move(moves_g, torch.mean((judge(fake, labels) - 1) ** 2))
        real = torch.mean((judge(second["real"], second["real_label"].long()) - 1) ** 2)
        d = (real + torch.mean(judge(fake.detach(), labels) ** 2)) / 2
        return {"generator": g, "discriminator": move(moves_d, d)}

    loop.check(step)
