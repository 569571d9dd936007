"""Grey photographs coloured, and back to grey: `python examples/colouring.py torch 24000`.

Of frogs, half of them turned grey, no picture in both halves; of a folder of your own: `… torch 24000 photos`. Rows
of the sheet: grey ones, coloured, and grey again; coloured ones, turned grey, and coloured again. A grey frog does
not say whether it was green or brown, so the colours are likely ones, not the true ones. 24,000 steps take 20 minutes
of a core.
"""

import sys
from pathlib import Path

import gan_core
from gan_core.sessions.sampling import write_samples


def small(steps: int) -> list[str]:
    """A quarter of the width, half of the blocks; the learning rate falls in the second half of the steps."""
    players = [f"players.{player}.optimizer.schedule" for player in ("generators", "judges")]
    falling = [f"{player}.{end}={at}" for player in players for end, at in (("start", steps // 2), ("end", steps))]
    return ["width=0.25", "blocks=3", f"sampling.every_steps={steps}", f"checkpoint.every_steps={steps}", *falling]


if __name__ == "__main__":
    backend, steps, *folder = sys.argv[1:] or ("torch", "24000")
    changes = [*(f"folder={path}" for path in folder), *small(int(steps))]
    run = gan_core.train("cyclegan-colour", backend, steps=int(steps), changes=changes)
    write_samples(run.path, Path("both-ways.png"), count=16)
    print(run.path, run.metrics()[-1])
