"""What programs in PyTorch define themselves for training: update rules, averages of weights, calls."""

TRAINING = {
    "follow": '''@torch.no_grad()
def follow(average, network, decay):
    """Move an average of weights towards a network's; running statistics are copied."""
    for kept, weight in zip(average.parameters(), network.parameters()):
        kept.mul_(decay).add_(weight, alpha=1 - decay)
    for kept, buffer in zip(average.buffers(), network.buffers()):
        kept.copy_(buffer)
''',
    "clip_lengths": '''def clip_lengths(weights, longest):
    """Scale the gradient of all weights together down to a length; PyTorch's own adds 1e-6 to the length first."""
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    length = torch.sqrt(sum((gradient**2).sum() for gradient in gradients) + 1e-24)
    for gradient in gradients:
        gradient.mul_(torch.clamp(longest / length, max=1.0))
''',
    "through_pool": '''def through_pool(pool, samples, decisions):
    """Show samples, or older ones in their place; return what is shown, and the pool afterwards.

    decisions[i, 0] has a 1 at the place whose old sample is shown, decisions[i, 1] where the new one is kept.
    """
    pool, shown = pool.clone(), []
    for sample, (take, store) in zip(samples.flatten(1), decisions):
        shown.append(pool[take.argmax()].clone() if take.any() else sample)
        if store.any():
            pool[store.argmax()] = sample
    return torch.stack(shown).reshape(samples.shape), pool
''',
    "quarter_turns": '''def quarter_turns(x):
    """Turn pictures to the left: the first quarter of a batch not, the second by 90 degrees, then by 180 and by 270."""
    turned = [x[quarter_numbers(x) == quarter].rot90(quarter, (2, 3)) for quarter in range(4)]
    return torch.cat(turned)
''',
    "quarter_numbers": '''def quarter_numbers(x):
    """By how many quarters each picture of a batch is turned."""
    return torch.arange(len(x)) * 4 // len(x)
''',
    "without_diagonal": '''def without_diagonal(x):
    """Put zeros on the diagonal of a matrix."""
    return x * (1 - torch.eye(len(x)))
''',
}
