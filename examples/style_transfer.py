"""Pictures of one style in another, and back, without pairs: `python examples/style_transfer.py torch 4000`.

Photographs of buildings become label maps, and label maps photographs. Of folders `painted/trainA` and
`painted/trainB` it makes photographs into paintings: `… torch 40000 painted`. Rows of the sheet: photographs,
translated, and back again; the same from the other side. 4,000 steps take a quarter of an hour of a core and get
places right, in rough colours; published are 80,000 steps of four times the width. `gan sample RUN --network a_to_b
--input FILE --out FILE` translates any picture.
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
    backend, steps, *folder = sys.argv[1:] or ("torch", "4000")
    changes = [*(f"folder={path}" for path in folder), *small(int(steps))]
    run = gan_core.train("cyclegan", backend, steps=int(steps), changes=changes)
    write_samples(run.path, Path("both-ways.png"), count=16)
    print(run.path, run.metrics()[-1])
