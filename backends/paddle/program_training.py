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
}
