"""What programs in PaddlePaddle define for styles: scaled weights, modulated convolutions, noise and mixing."""

STYLES = {
    "Equalised": '''class Equalised(nn.Layer):
    """A layer whose weight starts as N(0, 1 / rate^2) and is scaled where it is used (Karras et al. 2018)."""

    def __init__(self, layer, rate=1.0, bias=0.0):
        super().__init__()
        self.layer, self.rate = layer, rate
        weight = layer.weight
        inputs = weight.size // weight.shape[0 if isinstance(layer, nn.Conv2D) else 1]
        if isinstance(layer, nn.Conv2DTranspose):
            inputs //= layer._groups
        self.factor = rate / inputs**0.5
        nn.initializer.Normal(0.0, 1 / rate)(weight)
        if layer.bias is not None:
            nn.initializer.Constant(bias)(layer.bias)

    def forward(self, x):
        kept = dict(self.layer._parameters)  # parameters are no arrays that could be set
        self.layer._parameters["weight"] = kept["weight"] * self.factor
        if self.layer.bias is not None:
            self.layer._parameters["bias"] = kept["bias"] * self.rate
        try:
            return self.layer(x)
        finally:
            self.layer._parameters.update(kept)
''',
    "ModulatedConv": '''class ModulatedConv(nn.Layer):
    """A convolution with other weights for each sample, by its style (Karras et al. 2020, eq. 1 to 3).

    Not the weights are multiplied by a sample's style, but what they are multiplied with: that is the same.
    """

    def __init__(self, inputs, outputs, kernel, up=False, demodulate=True, rate=1.0, epsilon=1e-8):
        super().__init__()
        ends = (inputs, outputs) if up else (outputs, inputs)
        start = nn.initializer.Normal(0.0, 1 / (rate or 1.0))
        self.weight = self.create_parameter([*ends, kernel, kernel], default_initializer=start)
        self.factor = 1.0 if rate is None else rate / (inputs * kernel**2) ** 0.5
        self.up, self.demodulate, self.epsilon = up, demodulate, epsilon

    def spread(self, x):
        """Put zeros between pixels: PaddlePaddle's own transposed convolution has no second derivative."""
        count, channels, height, width = x.shape
        rows, columns = (1 - paddle.arange(2 * side) % 2 for side in (height, width))
        pixels = (rows.reshape([-1, 1]) * columns).astype(x.dtype)
        doubled = x.repeat_interleave(2, axis=2).repeat_interleave(2, axis=3) * pixels
        return doubled[:, :, : 2 * height - 1, : 2 * width - 1]

    def forward(self, x, style):
        weight = self.weight * self.factor
        x = x * style[:, :, None, None]
        if self.up:
            last = weight.shape[2] - 1
            x = F.conv2d(self.spread(x), weight.flip([2, 3]).transpose([1, 0, 2, 3]), padding=last)
        else:
            x = F.conv2d(x, weight, padding=weight.shape[2] // 2)
        if not self.demodulate:
            return x
        squares = (weight**2).sum([2, 3])
        lengths = style**2 @ (squares if self.up else squares.T) + self.epsilon
        return x / lengths.sqrt()[:, :, None, None]
''',
    "Bias": '''class Bias(nn.Layer):
    """One learned number a channel, added where no weights are."""

    def __init__(self, channels):
        super().__init__()
        self.bias = self.create_parameter([channels], is_bias=True)

    def forward(self, x):
        return x + self.bias.reshape([-1, *[1] * (x.ndim - 2)])
''',
    "LearnedConstant": '''class LearnedConstant(nn.Layer):
    """A learned picture, whatever is read."""

    def __init__(self, *shape):
        super().__init__()
        start = nn.initializer.Normal(0.0, 1.0)
        self.weight = self.create_parameter(list(shape), default_initializer=start)

    def forward(self, x):
        return paddle.ones([len(x), *[1] * self.weight.ndim], x.dtype) * self.weight
''',
    "AddNoise": '''class AddNoise(nn.Layer):
    """Noise by one learned strength, 0 at first."""

    def __init__(self):
        super().__init__()
        self.weight = self.create_parameter([1], default_initializer=nn.initializer.Constant(0.0))

    def forward(self, x, noise):
        return x + self.weight * noise
''',
    "StyleMixing": '''class StyleMixing(nn.Layer):
    """The styles of all layers; in training some samples have a second one from some layer on (Karras et al. 2019)."""

    def __init__(self, layers, chance):
        super().__init__()
        self.layers, self.chance = layers, chance

    def random(self, purpose, x):
        return paddle.rand([len(x)], dtype=x.dtype)

    def forward(self, x):
        first, second = (x[:, :, 0, place].unsqueeze(1) for place in (0, 1))
        share = paddle.zeros([1, self.layers, 1], x.dtype)
        if self.training and self.chance:
            mixed = self.random("chosen", x) < self.chance
            starts = paddle.arange(self.layers, dtype=x.dtype) / (self.layers - 1)
            behind = self.random("place", x).unsqueeze(1) < starts
            share = (mixed.unsqueeze(1) & behind).astype(x.dtype).unsqueeze(2)
        return (first * (1 - share) + second * share).reshape([len(x), -1])
''',
}
