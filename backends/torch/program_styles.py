"""What programs in PyTorch define for styles: scaled weights, modulated convolutions, noise and mixing."""

STYLES = {
    "Equalised": '''class Equalised(nn.Module):
    """A layer whose weight starts as N(0, 1 / rate^2) and is scaled where it is used (Karras et al. 2018)."""

    def __init__(self, layer, rate=1.0, bias=0.0):
        super().__init__()
        self.layer, self.rate = layer, rate
        weight = layer.weight
        turned = isinstance(layer, nn.ConvTranspose2d)
        inputs = weight.numel() // weight.shape[turned] // (layer.groups if turned else 1)
        self.factor = rate / inputs**0.5
        nn.init.normal_(weight, 0.0, 1 / rate)
        if layer.bias is not None:
            nn.init.constant_(layer.bias, bias)

    def forward(self, x):
        scaled = {"weight": self.layer.weight * self.factor}
        if self.layer.bias is not None:
            scaled["bias"] = self.layer.bias * self.rate
        return torch.func.functional_call(self.layer, scaled, (x,))
''',
    "ModulatedConv": '''class ModulatedConv(nn.Module):
    """A convolution with other weights for each sample, by its style (Karras et al. 2020, eq. 1 to 3).

    Not the weights are multiplied by a sample's style, but what they are multiplied with: that is the same.
    """

    def __init__(self, inputs, outputs, kernel, up=False, demodulate=True, rate=1.0, epsilon=1e-8):
        super().__init__()
        ends = (inputs, outputs) if up else (outputs, inputs)
        self.weight = nn.Parameter(torch.randn(*ends, kernel, kernel) / (rate or 1.0))
        self.factor = 1.0 if rate is None else rate / (inputs * kernel**2) ** 0.5
        self.up, self.demodulate, self.epsilon = up, demodulate, epsilon

    def forward(self, x, style):
        weight = self.weight * self.factor
        x = x * style[:, :, None, None]
        if self.up:
            x = F.conv_transpose2d(x, weight, stride=2)
        else:
            x = F.conv2d(x, weight, padding=weight.shape[2] // 2)
        if not self.demodulate:
            return x
        squares = (weight**2).sum((2, 3))
        lengths = style**2 @ (squares if self.up else squares.T) + self.epsilon
        return x / lengths.sqrt()[:, :, None, None]
''',
    "Bias": '''class Bias(nn.Module):
    """One learned number a channel, added where no weights are."""

    def __init__(self, channels):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        return x + self.bias.reshape(-1, *[1] * (x.ndim - 2))
''',
    "LearnedConstant": '''class LearnedConstant(nn.Module):
    """A learned picture, whatever is read."""

    def __init__(self, *shape):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(*shape))

    def forward(self, x):
        return self.weight.expand(len(x), *self.weight.shape)
''',
    "AddNoise": '''class AddNoise(nn.Module):
    """Noise by one learned strength, 0 at first."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, x, noise):
        return x + self.weight * noise
''',
    "StyleMixing": '''class StyleMixing(nn.Module):
    """The styles of all layers; in training some samples have a second one from some layer on (Karras et al. 2019)."""

    def __init__(self, layers, chance):
        super().__init__()
        self.layers, self.chance = layers, chance

    def random(self, purpose, x):
        return torch.rand(len(x), dtype=x.dtype)

    def forward(self, x):
        first, second = (x[:, None, :, 0, place].expand(-1, self.layers, -1) for place in (0, 1))
        if not self.training or not self.chance:
            return first.flatten(1)
        mixed = self.random("chosen", x) < self.chance
        behind = self.random("place", x)[:, None] < torch.arange(self.layers) / (self.layers - 1)
        return torch.where((mixed[:, None] & behind)[:, :, None], second, first).flatten(1)
''',
}
