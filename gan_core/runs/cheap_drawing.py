"""A figure that is drawn again when there is something new, and takes no more than a small share of the time."""

import time
from collections.abc import Callable

LARGEST_SHARE = 0.05  # of the time, for drawing


class CheapDrawing:
    """Calls what draws a figure, where something is new; `if_cheap` not before drawing is cheap again.

    write: draws the figure. seconds: that the last drawing took.
    """

    def __init__(self, write: Callable[[], object]) -> None:
        self.write, self.seconds = write, 0.0
        self._drawn_at = -float("inf")
        self._news = False

    def note(self) -> None:
        """Take note that there is something new."""
        self._news = True

    def if_cheap(self) -> None:
        """Draw what is new, unless drawing would take more than a small share of the time since it was drawn last."""
        if time.monotonic() - self._drawn_at >= self.seconds / LARGEST_SHARE:
            self.now()

    def now(self) -> None:
        """Draw what is new."""
        if not self._news:
            return
        start = time.monotonic()
        self.write()
        self._news, self._drawn_at = False, time.monotonic()
        self.seconds = self._drawn_at - start
