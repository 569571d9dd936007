"""How a program draws batches of a mixed table by their categories, with NumPy, whatever the framework."""

from collections.abc import Sequence

BATCHES = '''
def batches_of(arrays, batch_size):
    """Yield batches for ever: rows by their categories, drawn by the logarithm of how often they are."""
    rows, sizes = arrays["real"], $sizes  # categories of the columns with which rows end
    firsts = np.cumsum([0, *sizes[:-1]])
    start = rows.shape[1] - sum(sizes)
    told = [rows[:, start + one : start + one + size].argmax(axis=1) for one, size in zip(firsts, sizes)]
    counts = [np.bincount(one, minlength=size) for one, size in zip(told, sizes)]
    shares = [np.log(one + 1) / np.log(one + 1).sum() for one in counts]
    places = [[np.flatnonzero(one == category) for category in range(size)] for one, size in zip(told, sizes)]

    def hot(columns, categories):
        return np.eye(sum(sizes), dtype=rows.dtype)[firsts[columns] + categories]

    def drawn():
        columns = np.random.randint(len(sizes), size=batch_size)
        return columns, np.array([np.random.choice(sizes[one], p=shares[one]) for one in columns])

    while True:
        columns, categories = drawn()
        chosen = [np.random.choice(places[one][category]) for one, category in zip(columns, categories)]
        conditions, order = hot(columns, categories), np.random.permutation(batch_size)
        shown = np.random.randint(len(sizes), size=batch_size), np.random.randint(len(rows), size=batch_size)
        batch = {
            "real": np.concatenate([rows[chosen], conditions], axis=1)[order],
            "table_discriminator_conditions": conditions,
            "table_generator_conditions": hot(*drawn()),
            "condition": hot(shown[0], np.array(told)[shown]),  # as often as in the data, for sheets
        }
        yield {name: $array for name, array in batch.items()}
'''


def conditional_batches(sizes: Sequence[int], array: str) -> list[str]:
    """Return the function that yields batches. sizes: categories of each column. array: from NumPy, {0} the array."""
    text = BATCHES.strip().replace("$sizes", str(list(sizes))).replace("$array", array.format("array"))
    return text.split("\n")
