"""What programs in PaddlePaddle define themselves for training: update rules, averages of weights, calls."""

TRAINING = {
    "RMSProp": '''class RMSProp:
    """RMSprop with epsilon added to the root; PaddlePaddle's own adds it under the root."""

    def __init__(self, learning_rate, parameters, rho=0.99, epsilon=1e-8, grad_clip=None):
        self.rate, self.rho, self.epsilon, self.clip = learning_rate, rho, epsilon, grad_clip
        self.weights = [weight for weight in parameters if not weight.stop_gradient]
        self.squares = [paddle.zeros_like(weight) for weight in self.weights]

    def clear_grad(self):
        for weight in self.weights:
            weight.clear_gradient()

    @paddle.no_grad()
    def step(self):
        rate = self.rate() if callable(self.rate) else self.rate
        found = [(weight, weight.grad) for weight in self.weights]
        for (weight, slope), square in zip(self.clip(found) if self.clip else found, self.squares):
            paddle.assign(self.rho * square + (1 - self.rho) * slope**2, output=square)
            paddle.assign(weight - rate * slope / (square.sqrt() + self.epsilon), output=weight)

    def state_dict(self):
        return {str(place): square for place, square in enumerate(self.squares)}

    def set_state_dict(self, state):
        for place, square in enumerate(self.squares):
            paddle.assign(state[str(place)], output=square)
''',
    "as_constant": '''def as_constant(network, *inputs):
    """Call a network whose weights are constants: gradients pass to what it reads alone."""
    weights = [weight for weight in network.parameters() if not weight.stop_gradient]
    for weight in weights:
        weight.stop_gradient = True
    outputs = network(*inputs)
    for weight in weights:
        weight.stop_gradient = False
    return outputs
''',
    "follow": '''@paddle.no_grad()
def follow(average, network, decay):
    """Move an average of weights towards a network's; running statistics are copied."""
    for kept, weight in zip(average.parameters(), network.parameters()):
        share = 0.0 if weight.stop_gradient else decay  # batch norm's statistics count as parameters
        paddle.assign(share * kept + (1 - share) * weight, output=kept)
    for kept, buffer in zip(average.buffers(), network.buffers()):
        paddle.assign(buffer, output=kept)
''',
    "mean_twice": '''def mean_twice(x):
    """Return a mean that can be differentiated twice; PaddlePaddle's own cannot."""
    return x.sum() / x.size
''',
    "cross_entropy_twice": '''def cross_entropy_twice(logits, targets):
    """Return the mean cross-entropy of logits; PaddlePaddle's own has no second derivative."""
    each = F.relu(logits) - logits * targets + paddle.log(1 + paddle.exp(-logits.abs()))
    return each.sum() / logits.size
''',
    "with_weights": '''def with_weights(network, weights, *inputs):
    """Call a network with other weights, by their names; it has its own again afterwards."""
    layers, kept = dict(network.named_sublayers(include_self=True)), {}
    for name, weight in weights.items():
        place, _, own = name.rpartition(".")
        kept[name] = layers[place]._parameters[own]
        layers[place]._parameters[own] = weight
    outputs = network(*inputs)
    for name, weight in kept.items():
        place, _, own = name.rpartition(".")
        layers[place]._parameters[own] = weight
    return outputs
''',
    "simulated_updates": '''def simulated_updates(network, optimizer, loss_of, count):
    """Return a network's weights after updates by Adam that are only simulated, from the state that it has now.

    They are functions of all that the loss reads, so that it can be differentiated through them.
    """
    own = {name: one for name, one in network.named_parameters() if not one.stop_gradient}
    state, weights = optimizer.state_dict(), own
    zeros = [paddle.zeros_like(one) for one in own.values()]
    first = [state.get(f"{one.name}_moment1_0", zero) for one, zero in zip(own.values(), zeros)]
    second = [state.get(f"{one.name}_moment2_0", zero) for one, zero in zip(own.values(), zeros)]
    beta1, beta2, epsilon = optimizer._beta1, optimizer._beta2, optimizer._epsilon
    name = next(iter(own.values())).name
    power1 = state.get(f"{name}_beta1_pow_acc_0", beta1)  # of the next update
    power2 = state.get(f"{name}_beta2_pow_acc_0", beta2)
    for ahead in range(count):
        gradients = paddle.grad(loss_of(weights), list(weights.values()), create_graph=True)
        first = [beta1 * old + (1 - beta1) * new for old, new in zip(first, gradients)]
        second = [beta2 * old + (1 - beta2) * new * new for old, new in zip(second, gradients)]
        rate = optimizer.get_lr() / (1 - power1 * beta1**ahead)
        root = (1 - power2 * beta2**ahead) ** 0.5
        steps = [  # 1e-36 keeps the root's derivative finite where a gradient is 0
            rate * mean / (paddle.sqrt(square + 1e-36) / root + epsilon)
            for mean, square in zip(first, second)
        ]
        weights = {name: weight - step for (name, weight), step in zip(weights.items(), steps)}
    return weights
''',
    "through_pool": '''def through_pool(pool, samples, decisions):
    """Show samples, or older ones in their place; return what is shown, and the pool afterwards.

    decisions[i, 0] has a 1 at the place whose old sample is shown, decisions[i, 1] where the new
    one is kept.
    """
    pool, shown = list(pool), []
    for sample, (take, store) in zip(samples.reshape([len(samples), -1]), decisions):
        shown.append(pool[int(take.argmax())] if take.any() else sample)
        if store.any():
            pool[int(store.argmax())] = sample
    return paddle.stack(shown).reshape(samples.shape), paddle.stack(pool)
''',
    "quarter_turns": '''def quarter_turns(x):
    """Turn pictures to the left: the first quarter of a batch not, the second by 90 degrees, then by 180 and by 270."""
    numbers = quarter_numbers(x).tolist()
    parts = paddle.split(x, [numbers.count(quarter) for quarter in range(4)])
    return paddle.concat([paddle.rot90(part, quarter, [2, 3]) for quarter, part in enumerate(parts)])
''',
    "quarter_numbers": '''def quarter_numbers(x):
    """By how many quarters each picture of a batch is turned."""
    return paddle.arange(len(x)) * 4 // len(x)
''',
    "without_diagonal": '''def without_diagonal(x):
    """Put zeros on the diagonal of a matrix."""
    return x * (1 - paddle.eye(len(x)))
''',
}
