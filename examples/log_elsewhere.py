"""A training told elsewhere: `python examples/log_elsewhere.py torch 200`."""

import sys

import gan_core
from gan_core.loggers.logger import LoggedStep, Logger
from gan_core.loggers.table import LOGGERS
from gan_core.training.events import Evaluated, Event


@LOGGERS.register("losses")
class Losses(Logger):
    """`losses.txt` in the run: a line a logged step. Any experiment can name it in `logging.to`."""

    def begin(self) -> None:
        """Open the file; of a run that goes on, its earlier steps are told again."""
        self.file = (self.run.path / "losses.txt").open("w", encoding="utf-8", newline="\n")

    def log(self, step: LoggedStep) -> None:
        """Write a line."""
        print(step.step, {name: f"{value:.4f}" for name, value in step.scalars.items()}, file=self.file, flush=True)

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def say_scores(event: Event) -> None:
    """Print the scores of each evaluation: a function of events, for one training."""
    if isinstance(event, Evaluated):
        print(event.step, dict(event.scores), "(the best so far)" if event.best else "")


if __name__ == "__main__":
    backend, steps = sys.argv[1:] or ("torch", "200")
    every = {"evaluation.every_steps": max(1, int(steps) // 2), "evaluation.samples": 200}
    logged = {"log_to": ["losses", "csv"], "callbacks": [say_scores]}
    run = gan_core.train("digits-mlp", backend, steps=int(steps), changes=every, **logged)
    print((run.path / "losses.txt").read_text(encoding="utf-8"), run.path)
