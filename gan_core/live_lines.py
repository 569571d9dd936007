"""Lines at the foot of a terminal that tell how far something is, and are drawn again in their place.

They fit the terminal's width as it is at that moment: what has no room is left out, the least needed first, and nothing
ever wraps. Between two drawings the cursor stands at the beginning of the first line. A terminal that is made
narrower breaks long lines in two, but moves the cursor along with its letter, so that to erase from there on is to
erase all of them.
"""

import contextlib
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from gan_core.printing import Stream, console

if TYPE_CHECKING:
    from rich.text import Text

EVERY_SECONDS = 0.25
NARROWEST_BAR, WIDEST_BAR = 8, 30  # columns
REMEMBERED = 20.0  # seconds over which speed is measured
FIRST_SECONDS = 1.0  # what is over sooner shows no bar
Lines = Callable[[int], "Sequence[Text]"]


def has_live_terminal() -> bool:
    """Whether standard error is a terminal on which lines can be drawn again."""
    if not Stream(sys.stderr).isatty():  # whatever FORCE_COLOR says of colours
        return False
    screen = console()
    return screen.is_terminal and not screen.is_dumb_terminal


class LiveLines:
    """Lines that are drawn again a few times a second, from a thread; what is printed meanwhile stands above them.

    lines: (columns) → the lines, none of them wider; called from a thread. transient: whether they vanish at the end.
    One stands at a time: where another does already, this one shows nothing.
    """

    shown: "LiveLines | None" = None

    def __init__(self, lines: Lines, transient: bool = False) -> None:
        self.lines, self.transient = lines, transient
        self._live: Any = None
        self._region: Any = None

    def start(self) -> None:
        """Draw from now on, where there is a terminal."""
        if self._live is not None or LiveLines.shown not in (None, self) or not has_live_terminal():
            return
        from rich.errors import LiveError
        from rich.live import Live

        screen = console(highlight=False)
        self._live = Live(
            get_renderable=lambda: self._drawn(screen.width),
            console=screen,
            refresh_per_second=1 / EVERY_SECONDS,
            transient=self.transient,
        )
        self._region = _region(self._live)
        try:
            self._live.start(refresh=True)
        except LiveError:  # bars of another kind stand there, and this Rich shows one at a time
            self._live = None
        else:
            LiveLines.shown = self

    def stop(self) -> None:
        """Draw a last time, and leave the terminal as it was."""
        live, self._live = self._live, None
        if live is not None:
            self._region.final = True
            live.stop()
        if LiveLines.shown is self:
            LiveLines.shown = None

    def _drawn(self, width: int) -> "Text":
        from rich.text import Text

        lines = self.lines(width)
        for line in lines:
            line.no_wrap, line.overflow = True, "crop"
            line.truncate(width)
        return Text("\n", no_wrap=True, overflow="crop").join(lines)


def _region(live: Any) -> Any:
    """Put a drawing of ours into Rich's `Live` that leaves the cursor where it began."""
    from rich.live_render import LiveRender
    from rich.segment import ControlType, Segment

    class Control:
        """Letters that move or erase, and take no room."""

        def __init__(self, codes: str) -> None:
            self.codes = codes

        def __rich_console__(self, screen: Any, options: Any) -> Iterator[Segment]:
            yield Segment(self.codes, None, [(ControlType.CARRIAGE_RETURN,)])

    class Region(LiveRender):
        """Lines whose cursor stays at their beginning, until the last drawing."""

        final = False

        def position_cursor(self) -> Any:
            return Control("\r\x1b[J" if self._shape is not None else "")

        def __rich_console__(self, screen: Any, options: Any) -> Iterator[Any]:
            yield from super().__rich_console__(screen, options)
            if not self.final:
                up = (self._shape or (0, 1))[1] - 1
                yield from Control(f"\x1b[{up}A\r" if up > 0 else "\r").__rich_console__(screen, options)

    live._live_render = Region(live.get_renderable(), vertical_overflow="crop")
    return live._live_render


class Pace:
    """How fast something is, over the last seconds. total: how many there are, or None. done: how many are."""

    def __init__(self, total: int | None, done: int = 0) -> None:
        self.total, self.done = total, done
        self.began = time.monotonic()
        self._seen: deque[tuple[float, int]] = deque([(self.began, done)])

    def rate(self) -> float:
        """How many a second; 0 where none has ended yet."""
        now = time.monotonic()
        self._seen.append((now, self.done))
        while len(self._seen) > 2 and now - self._seen[1][0] > REMEMBERED:
            self._seen.popleft()
        (then, before), seconds = self._seen[0], now - self._seen[0][0]
        return (self.done - before) / seconds if seconds > 0 and then < now else 0.0

    def left(self, rate: float) -> float | None:
        """Return the seconds that are left at a rate, None where nobody knows."""
        return None if self.total is None or rate <= 0 else max(0.0, (self.total - self.done) / rate)


def rate_in_words(rate: float, unit: str) -> str:
    """Return a rate as people say it: ``345 steps/s``, ``1.2 s/step``. unit: in the plural."""
    if rate <= 0:
        return ""
    return f"{rate:,.3g} {unit}/s" if rate >= 1 else f"{1 / rate:.3g} s/{unit.removesuffix('s')}"


def duration(seconds: float) -> str:
    """Return seconds as people say them: ``42 s``, ``7 min``, ``3 h 20 min``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60:,} h {minutes % 60} min"


def bar_line(width: int, title: str, pace: Pace, unit: str) -> "Text":
    """Return a line with title, bar, count, time left and rate; where there is no room the rate goes first, the title
    next, then the time.
    """
    from rich.text import Text

    rate = pace.rate()
    left = pace.left(rate)
    count = f"{pace.done:,}" if pace.total is None else f"{pace.done:,}/{pace.total:,}"
    parts = {
        "count": count,
        "left": "" if left is None else f"{duration(left)} left",
        "rate": rate_in_words(rate, unit),
    }
    parts = {name: text for name, text in parts.items() if text}
    shown = ["title", *parts]
    for dropped in ("", "rate", "title", "left"):
        shown = [name for name in shown if name != dropped]
        room = width - sum(2 + len(parts.get(name, title)) for name in shown)
        if room >= NARROWEST_BAR:
            break
    line = Text(f"{title}  " if "title" in shown else "")
    if pace.total is not None and room >= NARROWEST_BAR:
        line.append_text(_bar(min(room, WIDEST_BAR), pace.done / max(1, pace.total))).append("  ")
    return line.append("  ".join(text for name, text in parts.items() if name in shown))


def _bar(width: int, share: float) -> "Text":
    from rich.text import Text

    full, empty = ("━", "─") if "utf" in console().encoding.lower() else ("#", ".")
    done = round(width * min(1.0, max(0.0, share)))
    return Text(full * done, style="green").append(empty * (width - done), style="dim")


def fitting(width: int, parts: Sequence[str], between: str = "  ") -> str:
    """Return the first of some parts that have room together in so many columns.

    >>> fitting(20, ["one 1", "two 2", "three 3"])
    'one 1  two 2'
    """
    line = ""
    for part in parts:
        longer = f"{line}{between}{part}" if line else part
        if len(longer) > width:
            break
        line = longer
    return line


class Counter:
    """How many of something are done. title: what is done, in a word or two; unit: of what, in the plural."""

    def __init__(self, title: str, total: int | None, unit: str) -> None:
        self.title, self.unit, self.pace = title, unit, Pace(total)

    def show(self, done: int) -> None:
        """Tell how many are done."""
        self.pace.done = done


class Doing(LiveLines):
    """What is being done, in a line that vanishes: a bar of what is counted just now, else words and the time so far.

    words: of what is done where nothing is counted. counters: of what is counted, the innermost last.
    """

    def __init__(self, words: str = "") -> None:
        super().__init__(self._line, transient=True)
        self.words, self.began = words, time.monotonic()
        self.counters: list[Counter] = []
        self._timer = threading.Timer(FIRST_SECONDS, self.start)
        self._timer.daemon = True

    def tell(self, words: str) -> None:
        """Tell what is being done from now on."""
        self.words, self.began = words, time.monotonic()

    def __enter__(self) -> "Doing":
        if LiveLines.shown is None:
            LiveLines.shown = self
            self._timer.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._timer.cancel()
        if self._timer.ident is not None:
            self._timer.join()
        self.stop()

    def _line(self, width: int) -> "list[Text]":
        from rich.text import Text

        if counters := self.counters[-1:]:
            return [bar_line(width, counters[0].title, counters[0].pace, counters[0].unit)]
        return [Text(f"{self.words} … {duration(time.monotonic() - self.began)}" if self.words else "")]


@contextlib.contextmanager
def counted(title: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
    """Give a function to tell how many are done; after a second a bar shows them, where there is a terminal.

    Within `Doing` it is that one's line. Beside a training's bar it shows nothing. Arguments: those of `Counter`.
    """
    counter, shown = Counter(title, total, unit), LiveLines.shown
    if isinstance(shown, Doing):
        shown.counters.append(counter)
        try:
            yield counter.show
        finally:
            shown.counters.remove(counter)
    elif shown is None and has_live_terminal():
        with Doing() as doing:
            doing.counters.append(counter)
            yield counter.show
    else:
        yield counter.show
