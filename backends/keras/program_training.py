"""What programs in Keras define themselves for training: losses, update rules, averages of weights, calls."""

TRAINING = {
    "binary_cross_entropy": '''def binary_cross_entropy(targets, logits):
    """Return the mean cross-entropy of logits against targets from 0 to 1."""
    return tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(targets, logits))
''',
    "CorrectedAdam": '''class CorrectedAdam(optimizers.Adam):
    """Adam with epsilon added after the bias correction, as published; Keras's own adds it before."""

    def update_step(self, gradient, variable, learning_rate):
        gradient = tf.convert_to_tensor(gradient)  # an embedding's is of the rows that were read
        place = self._get_variable_index(variable)
        mean, square = self._momentums[place], self._velocities[place]
        mean.assign(self.beta_1 * mean + (1 - self.beta_1) * gradient)
        square.assign(self.beta_2 * square + (1 - self.beta_2) * tf.square(gradient))
        count = tf.cast(self.iterations + 1, gradient.dtype)
        root = tf.sqrt(square / (1 - self.beta_2**count))
        step = mean / (1 - self.beta_1**count) / (root + self.epsilon)
        variable.assign_sub(tf.cast(learning_rate, step.dtype) * step)
''',
    "RootRMSprop": '''class RootRMSprop(optimizers.RMSprop):
    """RMSprop that adds epsilon to the root, as in PyTorch; Keras's own adds it under the root."""

    def update_step(self, gradient, variable, learning_rate):
        gradient = tf.convert_to_tensor(gradient)  # an embedding's is of the rows that were read
        square = self._velocities[self._get_variable_index(variable)]
        square.assign(self.rho * square + (1 - self.rho) * tf.square(gradient))
        step = gradient / (tf.sqrt(square) + self.epsilon)
        variable.assign_sub(tf.cast(learning_rate, step.dtype) * step)
''',
    "VelocitySGD": '''class VelocitySGD(optimizers.SGD):
    """SGD whose momentum sums gradients; Keras's own sums steps, each with the rate of its time."""

    def update_step(self, gradient, variable, learning_rate):
        velocity = self.momentums[self._get_variable_index(variable)]
        velocity.assign(self.momentum * velocity + gradient)
        variable.assign_sub(tf.cast(learning_rate, gradient.dtype) * velocity)
''',
    "LinearDecay": '''class LinearDecay(optimizers.schedules.LearningRateSchedule):
    """A learning rate that falls to 0 between two numbers of updates."""

    def __init__(self, first, start, end):
        self.first, self.start, self.end = first, start, end

    def __call__(self, updates):
        left = (self.end - tf.cast(updates, keras.config.floatx())) / (self.end - self.start)
        return self.first * tf.clip_by_value(left, 0, 1)
''',
    "follow": '''def follow(average, network, decay):
    """Move an average of weights towards a network's; running statistics are copied."""
    for kept, weight in zip(average.trainable_weights, network.trainable_weights):
        kept.assign(decay * kept + (1 - decay) * weight)
    for kept, statistic in zip(average.non_trainable_weights, network.non_trainable_weights):
        kept.assign(statistic)
''',
    "call_with_weights": '''def call_with_weights(network, weights, inputs):
    """Call a network with other weights than its own, in their order."""
    others = network.non_trainable_variables
    outputs, moved = network.stateless_call(weights, others, inputs, training=True)
    for kept, value in zip(others, moved):
        kept.assign(value)
    return outputs
''',
    "constant_weights": '''def constant_weights(network):
    """Return a network's weights as constants, to which no gradients pass."""
    return [tf.stop_gradient(weight) for weight in network.trainable_variables]
''',
    "simulated_updates": '''def simulated_updates(network, optimizer, loss_of, count):
    """Return a network's weights after updates by Adam that are only simulated, from the state that it has now.

    They are functions of all that the loss reads, so that it can be differentiated through them.
    """
    weights = [tf.convert_to_tensor(weight) for weight in network.trainable_variables]
    first, second = list(optimizer._momentums), list(optimizer._velocities)
    beta1, beta2 = optimizer.beta_1, optimizer.beta_2
    for ahead in range(1, count + 1):
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss = loss_of(weights)
        gradients = tape.gradient(loss, weights)
        number = tf.cast(optimizer.iterations + ahead, loss.dtype)
        first = [beta1 * old + (1 - beta1) * new for old, new in zip(first, gradients)]
        second = [beta2 * old + (1 - beta2) * tf.square(new) for old, new in zip(second, gradients)]
        rate = tf.cast(optimizer.learning_rate, loss.dtype) / (1 - beta1**number)
        root = tf.sqrt(1 - beta2**number)
        steps = [  # 1e-36 keeps the root's derivative finite where a gradient is 0
            rate * mean / (tf.sqrt(square + 1e-36) / root + optimizer.epsilon)
            for mean, square in zip(first, second)
        ]
        weights = [weight - step for weight, step in zip(weights, steps)]
    return weights
''',
    "through_pool": '''def through_pool(pool, samples, decisions):
    """Show samples, or older ones in their place; return what is shown, and the pool afterwards.

    decisions[i, 0] has a 1 at the place whose old sample is shown, decisions[i, 1] where the new
    one is kept.
    """
    shown = []
    for index in range(samples.shape[0]):
        sample = tf.reshape(samples[index], (1, -1))
        take, store = decisions[index, 0][None], decisions[index, 1][:, None]
        shown.append(take @ pool + sample * (1 - tf.reduce_sum(take)))
        pool = pool * (1 - store) + store * sample
    return tf.reshape(tf.concat(shown, axis=0), tf.shape(samples)), pool
''',
    "quarter_turns": '''def quarter_turns(x):
    """Turn pictures to the left: the first quarter of a batch not, the second by 90 degrees, then by 180 and by 270."""
    turned = [tf.image.rot90(x[quarter_numbers(x) == quarter], quarter) for quarter in range(4)]
    return tf.concat(turned, axis=0)
''',
    "quarter_numbers": '''def quarter_numbers(x):
    """By how many quarters each picture of a batch is turned."""
    return tf.range(len(x)) * 4 // len(x)
''',
    "without_diagonal": '''def without_diagonal(x):
    """Put zeros on the diagonal of a matrix."""
    return x * (1 - tf.eye(len(x), dtype=x.dtype))
''',
}
