"""What programs in PyTorch define for augmentations: layers that change pictures in training, and their chance."""

AUGMENTATIONS = {
    "Augmentation": '''class Augmentation(nn.Module):
    """Changes a share of the pictures in training, each by random numbers of its own."""

    def __init__(self, chance=1.0, adaptive=False):
        super().__init__()
        self.adaptive = adaptive
        self.register_buffer("chance", torch.tensor(float(chance), dtype=torch.get_default_dtype()))

    def random(self, purpose, x):
        return torch.rand(len(x), dtype=x.dtype)

    def forward(self, x):
        if not self.training:
            return x
        chosen = self.random("chosen", x) < self.chance
        return torch.where(chosen[:, None, None, None], self.changed(x), x)
''',
    "PhaseShuffle": '''class PhaseShuffle(Augmentation):
    """Moved along the width by up to `shift` pixels, reflected at the edges (Donahue et al. 2019)."""

    def __init__(self, shift=2, **settings):
        super().__init__(**settings)
        self.shift = shift

    def changed(self, x):
        most, last = self.shift, x.shape[3] - 1
        by = (self.random("shift", x) * (2 * most + 1)).long().clamp(max=2 * most) - most
        read = last - (last - (torch.arange(last + 1) - by[:, None]).abs()).abs()
        return x.gather(3, read[:, None, None].expand_as(x))
''',
    "RandomColour": '''class RandomColour(Augmentation):
    """Another brightness, then saturation, then contrast (Zhao et al. 2020)."""

    def __init__(self, brightness=0.5, saturation=1.0, contrast=0.5, **settings):
        super().__init__(**settings)
        self.brightness, self.saturation, self.contrast = brightness, saturation, contrast

    def between(self, purpose, x, middle, reach):
        return (middle + reach * (2 * self.random(purpose, x) - 1))[:, None, None, None]

    def changed(self, x):
        x = x + self.between("brightness", x, 0.0, self.brightness)
        grey = x.mean(1, keepdim=True)
        x = (x - grey) * self.between("saturation", x, 1.0, self.saturation) + grey
        mean = x.mean((1, 2, 3), keepdim=True)
        return (x - mean) * self.between("contrast", x, 1.0, self.contrast) + mean
''',
    "RandomTranslation": '''class RandomTranslation(Augmentation):
    """Moved by whole pixels, with zeros from beyond the edge (Zhao et al. 2020)."""

    def __init__(self, share=0.125, **settings):
        super().__init__(**settings)
        self.share = share

    def shifts(self, numbers, side):
        """Return for each picture the matrix that moves an axis."""
        most, places = int(side * self.share + 0.5), torch.arange(side)
        by = (numbers * (2 * most + 1)).long().clamp(max=2 * most) - most
        return (places[:, None] - by[:, None, None] == places).to(numbers.dtype)

    def changed(self, x):
        rows = self.shifts(self.random("down", x), x.shape[2])
        columns = self.shifts(self.random("right", x), x.shape[3])
        return torch.einsum("nij,ncjk,nlk->ncil", rows, x, columns)
''',
    "RandomCutout": '''class RandomCutout(Augmentation):
    """A rectangle of zeros, cut at the edges (Zhao et al. 2020)."""

    def __init__(self, share=0.5, **settings):
        super().__init__(**settings)
        self.share = share

    def window(self, numbers, side):
        """Return ones where the rectangle is along an axis."""
        size, places = int(side * self.share + 0.5), torch.arange(side)
        middles = side + 1 - size % 2
        start = (numbers * middles).long().clamp(max=middles - 1)[:, None] - size // 2
        return ((places >= start) & (places < start + size)).to(numbers.dtype)

    def changed(self, x):
        rows = self.window(self.random("down", x), x.shape[2])
        columns = self.window(self.random("right", x), x.shape[3])
        return x * (1 - rows[:, None, :, None] * columns[:, None, None, :])
''',
    "RandomFlip": '''class RandomFlip(Augmentation):
    """Mirrored, left for right, half the time."""

    def changed(self, x):
        return torch.where((self.random("flip", x) >= 0.5)[:, None, None, None], x.flip(3), x)
''',
    "RandomQuarterTurn": '''class RandomQuarterTurn(Augmentation):
    """Turned by 0, 90, 180 or 270 degrees."""

    def changed(self, x):
        turns = (4 * self.random("turn", x)).long()[:, None, None, None]
        return sum(torch.where(turns == count, torch.rot90(x, count, (2, 3)), 0.0) for count in range(4))
''',
    "read_between": '''def read_between(places, side):
    """Return the matrices that read an axis at places between its values, reflected at its ends."""
    last, values = side - 1, torch.arange(side)
    inside = last - (last - places.abs()).abs()
    return (1 - (inside[..., None] - values).abs()).clamp(min=0)
''',
    "RandomRotation": '''class RandomRotation(Augmentation):
    """Turned about its middle, by three shears (Karras et al. 2020; Paeth 1986)."""

    def __init__(self, degrees=45.0, **settings):
        super().__init__(**settings)
        self.degrees = degrees

    def sheared(self, x, slopes):
        """Read each row further on by so many pixels for each row below the middle."""
        places = torch.arange(x.shape[2], dtype=x.dtype)
        further = slopes[:, None] * (places - (len(places) - 1) / 2)
        return torch.einsum("nhij,nchj->nchi", read_between(further[..., None] + places, len(places)), x)

    def changed(self, x):
        angles = (np.pi / 180 * self.degrees) * (2 * self.random("angle", x) - 1)
        sine, slopes = torch.sin(angles), -torch.tan(angles / 2)
        x = self.sheared(x, slopes)
        x = self.sheared(x.transpose(2, 3), sine).transpose(2, 3)
        return self.sheared(x, slopes)
''',
    "RandomZoom": '''class RandomZoom(Augmentation):
    """Made larger or smaller about its middle, or one side larger and the other smaller (Karras et al. 2020)."""

    def __init__(self, deviation=0.2, stretch=False, **settings):
        super().__init__(**settings)
        self.deviation, self.stretch = deviation, stretch

    def matrices(self, steps, side):
        """Return for each picture the matrix that reads an axis about its middle."""
        middle = (side - 1) / 2
        return read_between(steps[:, None] * (torch.arange(side) - middle) + middle, side)

    def changed(self, x):
        size, way = self.random("size", x), self.random("way", x)
        normal = torch.sqrt(-2 * torch.log(1 - size)) * torch.cos(2 * np.pi * way)
        steps = 2.0 ** (-self.deviation * normal)
        rows = self.matrices(1 / steps if self.stretch else steps, x.shape[2])
        columns = self.matrices(steps, x.shape[3])
        return torch.einsum("nij,ncjk,nlk->ncil", rows, x, columns)
''',
    "chance_of": '''def chance_of(network):
    """Return the chance of a network's adaptive augmentations."""
    return next(layer.chance.clone() for layer in network.modules() if getattr(layer, "adaptive", False))
''',
    "set_chance": '''@torch.no_grad()
def set_chance(network, chance):
    """Set the chance of all of a network's adaptive augmentations."""
    for layer in network.modules():
        if getattr(layer, "adaptive", False):
            layer.chance.copy_(chance)
''',
    "moved_chance": '''@torch.no_grad()
def moved_chance(chance, real, signs, updates, target, every, share):
    """Return the mean sign of real samples' logits, the new chance, the sum of such signs and the count of updates."""
    real_sign = 2 * (real >= 0).to(real.dtype).mean() - 1
    signs, updates = signs + real_sign, updates + 1
    if updates >= every:
        step = len(real) * share * (1 if signs / every >= target else -1)
        chance, signs, updates = (chance + step).clamp(0, 1), torch.zeros_like(signs), torch.zeros_like(updates)
    return real_sign, chance, signs, updates
''',
}
