"""A training told elsewhere: `python examples/log_elsewhere.py torch 200`.

`Losses` is a logger with a name, which any experiment can use; `say_scores` is a function of events, for one training.
"""

import sys

import gan_core
from gan_core.loggers.logger import LoggedStep, Logger
from gan_core.loggers.table import LOGGERS
from gan_core.training.events import Evaluated, Event


@LOGGERS.register("losses")
class Losses(Logger):
    """`losses.txt` in the run: a line a logged step. Of a run that goes on, the lines so far are written anew."""

    def begin(self) -> None:
        """Open the file."""
        self.file = (self.run.path / "losses.txt").open("w", encoding="utf-8", newline="\n")

    def log(self, step: LoggedStep) -> None:
        """Write a line."""
        losses = [f"{name} {value:.4f}" for name, value in step.scalars.items() if name.endswith("/loss")]
        if losses:
            print(step.step, *losses, file=self.file, flush=True)

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def say_scores(event: Event) -> None:
    """Print the scores of each evaluation."""
    if isinstance(event, Evaluated):
        print(event.step, dict(event.scores), "(the best so far)" if event.best else "")


if __name__ == "__main__":
    backend, steps = sys.argv[1:] or ("torch", "200")
    run = gan_core.train(
        "digits-mlp",
        backend,
        steps=int(steps),
        log_to=["losses", "csv"],
        callbacks=[say_scores],
        changes={"evaluation.every_steps": max(1, int(steps) // 2), "evaluation.samples": 200},
    )
    print((run.path / "losses.txt").read_text(encoding="utf-8"), run.path, run.metrics()[-1])
