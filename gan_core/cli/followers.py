"""Commands that several workers of a launcher run at once: the first speaks, and the others of what it cannot know."""

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def first_speaks() -> Iterator[bool]:
    """Give whether this process speaks: alone, or as the first worker. Another's output goes nowhere in the block.

    An error of another worker alone is a line with its number, and ends the process with the error's exit status.
    """
    from gan_core.contract.launches import launched
    from gan_core.errors import FollowedError, GanError, StoppedError

    found = launched()
    if found is None or found.rank == 0:
        yield True
        return
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        yield False
    except GanError as error:
        if not isinstance(error, FollowedError | StoppedError) and not getattr(error, "agreed", False):
            os.write(kept, f"gan: worker {found.rank} of {found.count}: {error}\n".encode())
        sys.exit(error.exit_status)
