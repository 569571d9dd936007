"""What programs in PaddlePaddle define themselves, since its own call means something else or there is none."""

from .program_augmentations import AUGMENTATIONS
from .program_styles import STYLES
from .program_training import TRAINING

_UNBIASED = '''class Unbiased{kind}(nn.{kind}):
    """Batch norm that keeps the variance divided by n - 1; PaddlePaddle's own is divided by n."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        mean, variance = paddle.zeros_like(self._mean), paddle.zeros_like(self._variance)
        # with a momentum of 0 it leaves the statistics of this batch there
        y = F.batch_norm(x, mean, variance, self.weight, self.bias, True, 0.0, self._epsilon)
        count, share = x.size // x.shape[1], 1 - self._momentum
        unbiased = variance * (count / (count - 1))
        paddle.assign(self._momentum * self._mean + share * mean, output=self._mean)
        paddle.assign(self._momentum * self._variance + share * unbiased, output=self._variance)
        return y
'''

_DROPOUT = '''class {kind}Twice(nn.{kind}):
    """Dropout as a product; PaddlePaddle's own has no second derivative."""

    def forward(self, x):
        return x * super().forward(paddle.ones_like(x))
'''

HELPERS = (
    TRAINING
    | AUGMENTATIONS
    | STYLES
    | {
        "start_uniform": '''def start_uniform(layer):
    """Start weights and biases between ±1 / √(inputs of an output), as PyTorch does by itself."""
    weight = layer.weight
    inputs = weight.shape[0] if weight.ndim == 2 else weight[0].size
    start = nn.initializer.Uniform(-(inputs**-0.5), inputs**-0.5)
    for each in layer.parameters():
        start(each)
''',
        "UnbiasedBatchNorm1D": _UNBIASED.format(kind="BatchNorm1D"),
        "UnbiasedBatchNorm2D": _UNBIASED.format(kind="BatchNorm2D"),
        "SpectralNorm": '''class SpectralNorm(nn.Layer):
    """A layer whose weight is divided by its largest singular value (Miyato et al. 2018).

    One step of power iteration at every call; PaddlePaddle's own takes none in evaluation.
    """

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.register_buffer("singular_vector", paddle.zeros([len(self.matrix())]))

    @paddle.no_grad()
    def begin(self):
        """Start with the singular vector of the weight as it is."""
        left, _, _ = paddle.linalg.svd(self.matrix(), full_matrices=False)
        paddle.assign(left[:, 0], output=self.singular_vector)

    def matrix(self):
        weight = self.layer.weight
        if not isinstance(self.layer, nn.Conv2D):  # [inputs, outputs, ...]
            weight = weight.transpose([1, 0, *range(2, weight.ndim)])
        return weight.reshape([weight.shape[0], -1])

    def forward(self, x):
        matrix = self.matrix()
        with paddle.no_grad():
            right = F.normalize(self.singular_vector @ matrix, axis=0, epsilon=1e-18)
            left = F.normalize(matrix @ right, axis=0, epsilon=1e-18)
            if self.training:
                paddle.assign(left, output=self.singular_vector)
        weights = self.layer._parameters  # an attribute takes no weight that was computed
        weight = weights["weight"]
        weights["weight"] = weight / (left * (matrix @ right)).sum()
        y = self.layer(x)
        weights["weight"] = weight
        return y
''',
        "MinibatchDiscrimination": '''class MinibatchDiscrimination(nn.Layer):
    """How near samples of a batch are to each other (Salimans et al. 2016): [N, kernels]."""

    def __init__(self, features, kernels, dimensions):
        super().__init__()
        shape, normal = [features, kernels, dimensions], nn.initializer.Normal()
        self.weight = self.create_parameter(shape, default_initializer=normal)

    def forward(self, x):
        features, kernels, dimensions = self.weight.shape
        seen = (x @ self.weight.reshape([features, -1])).reshape([-1, kernels, dimensions])
        distances = (seen.unsqueeze(1) - seen.unsqueeze(0)).abs().sum(3)  # [N, N, kernels]
        others = 1 - paddle.eye(len(x)).unsqueeze(2)
        return (paddle.exp(-distances) * others).sum(1)
''',
        "minibatch_deviation": '''def minibatch_deviation(x, group_size, epsilon):
    """Join a channel to pictures: the mean standard deviation of values over a group of a batch."""
    count, _, height, width = x.shape
    size = min(group_size, count)
    size = count if count % size else size
    deviations = (x.reshape([size, -1]).var(0, unbiased=False) + epsilon).sqrt()
    means = deviations.reshape([count // size, -1]).mean(1)
    planes = means.tile([size]).reshape([-1, 1, 1, 1]).expand([-1, 1, height, width])
    return paddle.concat([x, planes], axis=1)
''',
        "pixel_norm": '''def pixel_norm(x, epsilon):
    """Divide by the root of the mean of the squares over the channels of each pixel."""
    return x / paddle.sqrt((x**2).mean(1, keepdim=True) + epsilon)
''',
        "blur": '''def blur(x, weights, padding, stride=1, mode="zeros"):
    """Smooth each channel by weights, which are divided by their sum, along rows and columns."""
    row = paddle.to_tensor(weights, dtype=x.dtype)
    row = row / row.sum()
    x = F.pad(x, [*padding, *padding], mode="constant" if mode == "zeros" else mode)
    channels = x.reshape([-1, 1, *x.shape[2:]])
    smooth = F.conv2d(channels, paddle.outer(row, row).reshape([1, 1, len(row), -1]), stride=stride)
    return smooth.reshape([*x.shape[:2], *smooth.shape[2:]])
''',
        "attention": '''def attention(queries, keys, values, scaled=False, softmax=F.softmax):
    """Give each pixel the mean of all values, weighted by how well its query fits their keys."""
    shape = [*values.shape[:2], *queries.shape[2:]]
    queries, keys, values = (x.reshape([*x.shape[:2], -1]) for x in (queries, keys, values))
    products = queries.transpose([0, 2, 1]) @ keys
    if scaled:
        products = products * queries.shape[1] ** -0.5
    return (values @ softmax(products).transpose([0, 2, 1])).reshape(shape)
''',
        "DropoutTwice": _DROPOUT.format(kind="Dropout"),
        "Dropout2DTwice": _DROPOUT.format(kind="Dropout2D"),
        "EmbeddingTwice": '''class EmbeddingTwice(nn.Embedding):
    """An embedding by one-hot rows; PaddlePaddle's own has no second derivative."""

    def forward(self, x):
        return F.one_hot(x, self.weight.shape[0]) @ self.weight
''',
        "GroupNormByInstances": '''class GroupNormByInstances(nn.GroupNorm):
    """Group norm by instance norm.

    PaddlePaddle's own has no second derivative, and a wrong first one where it has no weights.
    """

    def forward(self, x):
        y = F.instance_norm(x.reshape([len(x), self._num_groups, -1, 1]), eps=self._epsilon)
        if self.weight is not None:
            scale, shift = self.weight.reshape([-1, 1]), self.bias.reshape([-1, 1])
            y = y.reshape([*x.shape[:2], -1]) * scale + shift
        return y.reshape(x.shape)
''',
        "PReLUTwice": '''class PReLUTwice(nn.PReLU):
    """PReLU made of two ReLUs; PaddlePaddle's own has no second derivative."""

    def forward(self, x):
        return F.relu(x) - F.relu(-x) * self._weight.reshape([-1, *[1] * (x.ndim - 2)])
''',
        "softmax_twice": '''def softmax_twice(x, axis=-1):
    """Softmax by its definition; PaddlePaddle's own has no second derivative."""
    powers = paddle.exp(x - x.detach().max(axis, keepdim=True))
    return powers / powers.sum(axis, keepdim=True)
''',
        "concat_twice": '''def concat_twice(parts, axis):
    """Join arrays; PaddlePaddle's own has no second derivative beside a constant."""
    parts = [part.detach() if part.stop_gradient else part for part in parts]
    for part in parts:
        part.stop_gradient = False
    return paddle.concat(parts, axis=axis)
''',
        "largest_twice": '''def largest_twice(x):
    """The largest along axis 2, made of ReLUs; PaddlePaddle's `max` has no second derivative."""
    largest = x[:, :, 0]
    for place in range(1, x.shape[2]):
        largest = largest + F.relu(x[:, :, place] - largest)
    return largest
''',
        "max_pool_twice": '''def max_pool_twice(x, size, step):
    """Pick the largest pixels; PaddlePaddle's max pooling has no second derivative."""
    with paddle.no_grad():
        pooled, places = F.max_pool2d(x, size, step, return_mask=True)
    rows = [*x.shape[:2], -1]
    return paddle.take_along_axis(x.reshape(rows), places.reshape(rows), 2).reshape(pooled.shape)
''',
    }
)
