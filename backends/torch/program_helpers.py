"""What programs in PyTorch define themselves, since its own call means something else or there is none."""

from .program_augmentations import AUGMENTATIONS
from .program_styles import STYLES
from .program_training import TRAINING

_BIASED = '''class Biased{kind}(nn.{kind}):
    """Batch norm that keeps the variance divided by n; PyTorch's own keeps the one divided by n - 1."""

    def forward(self, x):
        if not self.training:
            return super().forward(x)
        with torch.no_grad():
            variance, mean = torch.var_mean(x, [0, *range(2, x.ndim)], correction=0)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance, self.momentum)
        return F.batch_norm(x, None, None, self.weight, self.bias, True, 0.0, self.eps)
'''

HELPERS = (
    TRAINING
    | AUGMENTATIONS
    | STYLES
    | {
        "BiasedBatchNorm1d": _BIASED.format(kind="BatchNorm1d"),
        "BiasedBatchNorm2d": _BIASED.format(kind="BatchNorm2d"),
        "SpectralNorm": '''class SpectralNorm(nn.Module):
    """A layer whose weight is divided by its largest singular value (Miyato et al. 2018).

    One step of power iteration at every call, in evaluation too; PyTorch's own takes none there.
    """

    def __init__(self, layer):
        super().__init__()
        self.layer = layer
        self.register_buffer("singular_vector", torch.zeros(len(self.matrix())))

    @torch.no_grad()
    def begin(self):
        """Start with the singular vector of the weight as it is."""
        left, _, _ = torch.linalg.svd(self.matrix(), full_matrices=False)
        self.singular_vector.copy_(left[:, 0])

    def matrix(self):
        weight = self.layer.weight
        return (weight.transpose(0, 1) if isinstance(self.layer, nn.ConvTranspose2d) else weight).flatten(1)

    def forward(self, x):
        matrix = self.matrix()
        with torch.no_grad():
            right = F.normalize(self.singular_vector @ matrix, dim=0, eps=1e-18)
            left = F.normalize(matrix @ right, dim=0, eps=1e-18)
            if self.training:
                self.singular_vector.copy_(left)
        weight = self.layer.weight / (left @ (matrix @ right))
        return torch.func.functional_call(self.layer, {"weight": weight}, (x,))
''',
        "MinibatchDiscrimination": '''class MinibatchDiscrimination(nn.Module):
    """How near a sample is to the others of its batch (Salimans et al. 2016): [N, features] to [N, kernels]."""

    def __init__(self, features, kernels, dimensions):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(features, kernels, dimensions))

    def forward(self, x):
        seen = torch.einsum("nf,fkd->nkd", x, self.weight)
        distances = (seen[:, None] - seen[None]).abs().sum(3)  # [N, N, kernels]
        others = 1 - torch.eye(len(x), dtype=x.dtype)[:, :, None]
        return (torch.exp(-distances) * others).sum(1)
''',
        "minibatch_deviation": '''def minibatch_deviation(x, group_size, epsilon):
    """Join a channel to pictures: the mean standard deviation of their values over a group of the batch."""
    count, _, height, width = x.shape
    size = min(group_size, count)
    size = count if count % size else size
    deviations = (x.reshape(size, -1).var(0, correction=0) + epsilon).sqrt()
    means = deviations.reshape(count // size, -1).mean(1)
    return torch.cat([x, means.repeat(size)[:, None, None, None].expand(-1, 1, height, width)], dim=1)
''',
        "pixel_norm": '''def pixel_norm(x, epsilon):
    """Divide by the root of the mean of the squares over the channels of each pixel."""
    return x / torch.sqrt((x**2).mean(1, keepdim=True) + epsilon)
''',
        "blur": '''def blur(x, weights, padding, stride=1, mode="zeros"):
    """Smooth each channel by weights, which are divided by their sum, along rows and columns."""
    row = torch.tensor(weights, dtype=x.dtype)
    row = row / row.sum()
    kernel = torch.outer(row, row).expand(x.shape[1], 1, -1, -1)
    x = F.pad(x, [*padding, *padding], mode="constant" if mode == "zeros" else mode)
    return F.conv2d(x, kernel, stride=stride, groups=x.shape[1])
''',
        "attention": '''def attention(queries, keys, values, scaled=False):
    """Give each pixel the mean of all values, weighted by how well its query fits their keys."""
    shape = (*values.shape[:2], *queries.shape[2:])
    queries, keys, values = queries.flatten(2), keys.flatten(2), values.flatten(2)
    products = queries.transpose(1, 2) @ keys
    if scaled:
        products = products * queries.shape[1] ** -0.5
    return (values @ torch.softmax(products, dim=-1).transpose(1, 2)).reshape(shape)
''',
        "simulated_updates": '''def simulated_updates(network, optimizer, loss_of, count):
    """Return a network's weights after updates by Adam that are only simulated, from the state that it has now.

    They are functions of all that the loss reads, so that it can be differentiated through them.
    """
    group, weights = optimizer.param_groups[0], dict(network.named_parameters())
    (beta1, beta2), states = group["betas"], [optimizer.state.get(one, {}) for one in weights.values()]
    zeros = [torch.zeros_like(weight) for weight in weights.values()]
    first = [state.get("exp_avg", zero) for state, zero in zip(states, zeros)]
    second = [state.get("exp_avg_sq", zero) for state, zero in zip(states, zeros)]
    done = int(states[0].get("step", 0))
    for number in range(done + 1, done + count + 1):
        gradients = torch.autograd.grad(loss_of(weights), list(weights.values()), create_graph=True)
        first = [beta1 * old + (1 - beta1) * new for old, new in zip(first, gradients)]
        second = [beta2 * old + (1 - beta2) * new**2 for old, new in zip(second, gradients)]
        rate, root = group["lr"] / (1 - beta1**number), (1 - beta2**number) ** 0.5
        steps = [  # 1e-36 keeps the root's derivative finite where a gradient is 0
            rate * mean / (torch.sqrt(square + 1e-36) / root + group["eps"])
            for mean, square in zip(first, second)
        ]
        weights = {name: weight - step for (name, weight), step in zip(weights.items(), steps)}
    return weights
''',
    }
)
