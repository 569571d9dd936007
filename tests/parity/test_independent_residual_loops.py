"""BigGAN, ReACGAN, SSGAN and InfoMax-GAN against loops of their own in plain torch: the same losses over five steps.

Power iterations start at the library's vectors: an orthogonal weight has no largest singular value to start from.
"""

import numpy as np
import pytest

from independent_loop import Beside, adam, move, on_torch  # noqa: F401  (the fixture is used by its name)
from test_independent_class_loops import Attending, Bounded, Down, Maker

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional

pytestmark = pytest.mark.slow  # a minute each, most of it convolutions
SMALL = ("width=0.0625", "training.batch_size=6")


def start(beside: Beside, network: str, module):
    """Give a module the first weights of a network, and the vectors of its power iterations."""
    beside.start(network, module)
    buffers = beside.trainer.state().networks[network]
    vectors = [buffers[name] for name in beside.trainer.experiment.plans[network].buffers if name.endswith("vector")]
    bounded = [part for part in module.modules() if isinstance(part, Bounded)]
    for part, vector in zip(bounded, vectors, strict=True):
        part.vector = torch.from_numpy(np.array(vector))
    return module


def hinge(real, fake):
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


# --- BigGAN's networks


class Told(nn.Module):
    """Batch norm whose scale and shift are linear in what a block is told."""

    def __init__(self, told: int, channels: int, epsilon: float) -> None:
        super().__init__()
        self.scale, self.shift = (Bounded(nn.Linear(told, channels, bias=False)) for _ in range(2))
        self.norm = nn.BatchNorm2d(channels, affine=False, eps=epsilon)

    def forward(self, x, told):
        return self.norm(x) * (1 + self.scale(told)[:, :, None, None]) + self.shift(told)[:, :, None, None]


class UpTold(nn.Module):
    def __init__(self, told: int, channels: int, epsilon: float) -> None:
        super().__init__()
        self.norm_1 = Told(told, channels, epsilon)
        self.conv_1 = Bounded(nn.Conv2d(channels, channels, 3, padding=1, bias=False))
        self.norm_2 = Told(told, channels, epsilon)
        self.conv_2 = Bounded(nn.Conv2d(channels, channels, 3, padding=1, bias=False))
        self.shortcut = Bounded(nn.Conv2d(channels, channels, 1, bias=False))

    def forward(self, x, told):
        h = self.conv_1(F.interpolate(F.relu(self.norm_1(x, told)), scale_factor=2))
        return self.conv_2(F.relu(self.norm_2(h, told))) + self.shortcut(F.interpolate(x, scale_factor=2))


class BigMaker(nn.Module):
    def __init__(self, channels: int, attends: bool, epsilon: float) -> None:
        super().__init__()
        self.classes = nn.Embedding(10, 128)
        self.entrance = Bounded(nn.Linear(20, 16 * channels))
        blocks = [UpTold(148, channels, epsilon) for _ in range(3)]
        self.blocks = nn.ModuleList([*blocks[:2], *([Attending(channels)] if attends else []), blocks[2]])
        self.norm = nn.BatchNorm2d(channels, eps=epsilon)
        self.last = Bounded(nn.Conv2d(channels, 3, 3, padding=1))

    def forward(self, z, label):
        first, *pieces = z.split(20, 1)
        told = iter([torch.cat([self.classes(label), piece], 1) for piece in pieces])
        x = self.entrance(first).reshape(len(z), -1, 4, 4)
        for block in self.blocks:
            x = block(x, next(told)) if isinstance(block, UpTold) else block(x)
        return torch.tanh(self.last(F.relu(self.norm(x))))


def features(channels: int, attends: bool = False):
    others = [Down(channels, channels, halves) for halves in (True, False, False)]
    return nn.Sequential(Down(3, channels, True, first=True), *([Attending(channels)] if attends else []), *others)


class BigJudge(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.blocks, self.rows = features(channels), Bounded(nn.Linear(10, channels, bias=False))
        self.last = Bounded(nn.Linear(channels, 1))

    def forward(self, sample, label):
        pooled = F.relu(self.blocks(sample)).sum((2, 3))
        told = self.rows(F.one_hot(label, 10).to(pooled.dtype))
        return self.last(pooled) + (told * pooled).sum(1, keepdim=True)


def regularised(model, strength: float) -> float:
    """Add the gradient of eq. 3, as the authors' code does before a step, to those that there are; return the loss.

    Their code adds half of it.
    """
    total = 0.0
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.dim() < 2 or name.startswith("classes"):
                continue
            w = parameter.flatten(1)
            products = w @ w.T * (1 - torch.eye(len(w), dtype=w.dtype))
            parameter.grad += 2 * strength * (2 * products @ w).reshape(parameter.shape)
            total += strength * float((products**2).sum())
    return total


def test_biggan(backend64):
    beside = Beside(backend64, "biggan-small", *SMALL)
    made, judge = start(beside, "generator", BigMaker(16, False, 1e-5)), start(beside, "discriminator", BigJudge(16))
    moves_g, moves_d = (adam([module], betas=(0.0, 0.999), epsilon=1e-6) for module in (made, judge))

    def step(updates):
        losses = {}
        for phase, draws in updates:
            label = draws["generator.label"]
            fake = made(draws["generator.z"], label)
            if phase == "discriminator":
                both = torch.cat([draws["real"], fake.detach()])
                real, judged = judge(both, torch.cat([draws["real_label"], label])).chunk(2)
                losses[phase] = move(moves_d, hinge(real, judged))
                continue
            moves_g.zero_grad()
            loss = -judge(fake, label).mean()
            loss.backward()
            losses[phase] = float(loss.detach()) + regularised(made, 1e-4)
            moves_g.step()
        return losses

    beside.check(step)


# --- what a discriminator learns beside


class Heads(nn.Module):
    """A trunk whose pooled features several linear layers read."""

    def __init__(self, channels: int, attends: bool = False, **heads: int) -> None:
        super().__init__()
        self.blocks = features(channels, attends)
        self.heads = nn.ModuleDict({name: Bounded(nn.Linear(channels, units)) for name, units in heads.items()})

    def forward(self, sample):
        pooled = F.relu(self.blocks(sample)).sum((2, 3))
        return {name: head(pooled) for name, head in self.heads.items()}


class Proxies(Heads):
    def __init__(self, channels: int) -> None:
        super().__init__(channels, True, validity=1, features=32)
        self.proxies = nn.Linear(32, 10, bias=False)

    def contrast(self, features, label):
        """Eq. 7 of ReACGAN, sample by sample."""
        points, proxies = F.normalize(features, dim=1), F.normalize(self.proxies.weight, dim=1)
        losses = []
        for point, own in zip(points, label, strict=True):
            near = torch.clamp(proxies[own] @ point - 0.98, max=0) / 0.5
            far = torch.clamp(points[label != own] @ point - 0.02, min=0) / 0.5
            losses.append(torch.log(near.exp() + far.exp().sum()) - near)
        return torch.stack(losses).mean()


def test_reacgan(backend64):
    beside = Beside(backend64, "reacgan", *SMALL)
    made, judge = start(beside, "generator", BigMaker(24, True, 1e-4)), start(beside, "discriminator", Proxies(12))
    moves_g, moves_d = (adam([module], rate=2.8284271e-4, epsilon=1e-6) for module in (made, judge))

    def step(updates):
        losses = {}
        for phase, draws in updates:
            label = draws["generator.label"]
            fake = made(draws["generator.z"], label)
            if phase == "discriminator":
                seen = judge(torch.cat([draws["real"], fake.detach()]))
                real, judged = seen["validity"].chunk(2)
                contrast = judge.contrast(seen["features"].chunk(2)[0], draws["real_label"])
                losses[phase] = move(moves_d, hinge(real, judged) + 0.5 * contrast)
            else:
                seen = judge(fake)
                contrast = judge.contrast(seen["features"], label)
                losses[phase] = move(moves_g, -seen["validity"].mean() + 0.5 * contrast)
        return losses

    beside.check(step)


class Moves:
    """Adam whose rate falls down a line to 0."""

    def __init__(self, module, end: int) -> None:
        self.optimizer, self.end, self.count = adam([module], betas=(0.0, 0.9)), end, 0

    def by(self, loss):
        self.optimizer.param_groups[0]["lr"] = 2e-4 * (1 - self.count / self.end)
        self.count += 1
        return move(self.optimizer, loss)


def rotation_loss(judge, images):
    """Mimicry's `compute_ss_loss`: image by image, turned as its place in the batch says."""
    numbers = [place * 4 // len(images) for place in range(len(images))]
    turned = torch.stack([torch.rot90(image, number, (1, 2)) for image, number in zip(images, numbers, strict=True)])
    return F.cross_entropy(judge(turned)["rotations"], torch.tensor(numbers))


def test_ssgan(backend64):
    beside = Beside(backend64, "ssgan", *SMALL)
    made = start(beside, "generator", Maker(16, 0, False))
    judge = start(beside, "discriminator", Heads(8, validity=1, rotations=4))
    moves = {"generator": Moves(made, 100_000), "discriminator": Moves(judge, 500_000)}

    def step(updates):
        losses = {}
        for phase, draws in updates:
            fake = made(draws["generator.z"], None)
            if phase == "discriminator":
                real, judged = judge(torch.cat([draws["real"], fake.detach()]))["validity"].chunk(2)
                loss = hinge(real, judged) + rotation_loss(judge, draws["real"])
            else:
                loss = -judge(fake)["validity"].mean() + 0.2 * rotation_loss(judge, fake)
            losses[phase] = moves[phase].by(loss)
        return losses

    beside.check(step)


class Projected(nn.Module):
    def __init__(self, layer, channels: int, features: int, bias: bool) -> None:
        super().__init__()
        self.hidden = Bounded(layer(channels, channels, True))
        self.features, self.shortcut = (Bounded(layer(channels, features, bias)) for _ in range(2))

    def forward(self, x):
        return self.features(F.relu(self.hidden(x))) + self.shortcut(x)


class PlacesJudge(nn.Module):
    def __init__(self, channels: int, features_: int) -> None:
        super().__init__()
        self.blocks, self.validity = features(channels), Bounded(nn.Linear(channels, 1))
        self.places = Projected(lambda a, b, bias: nn.Conv2d(a, b, 1, bias=bias), channels, features_, False)
        self.whole = Projected(lambda a, b, bias: nn.Linear(a, b, bias=bias), channels, features_, True)

    def forward(self, sample):
        local = self.blocks[:3](sample)
        pooled = F.relu(self.blocks[3](local)).sum((2, 3))
        return self.validity(pooled), self.places(local), self.whole(pooled)


def contrast(places, wholes):
    """Eq. 5 of InfoMax-GAN, image by image."""
    losses = []
    for number, whole in enumerate(wholes):
        scores = torch.einsum("nfhw,f->nhw", places, whole).flatten(1)
        far = torch.cat([scores[:number], scores[number + 1 :]]).flatten()
        losses += [torch.logsumexp(torch.cat([near[None], far]), 0) - near for near in scores[number]]
    return torch.stack(losses).mean()


def test_infomax_gan(backend64):
    beside = Beside(backend64, "infomax-gan", *SMALL)
    made = start(beside, "generator", Maker(16, 0, False))
    judge = start(beside, "discriminator", PlacesJudge(8, 64))
    moves = {"generator": Moves(made, 100_000), "discriminator": Moves(judge, 500_000)}

    def step(updates):
        losses = {}
        for phase, draws in updates:
            fake = made(draws["generator.z"], None)
            if phase == "discriminator":
                validity, places, wholes = judge(torch.cat([draws["real"], fake.detach()]))
                half = len(fake)
                loss = hinge(*validity.chunk(2)) + 0.2 * contrast(places[:half], wholes[:half])
            else:
                validity, places, wholes = judge(fake)
                loss = -validity.mean() + 0.2 * contrast(places, wholes)
            losses[phase] = moves[phase].by(loss)
        return losses

    beside.check(step)
