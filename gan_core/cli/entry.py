"""The command line `gan`: parse, call, print. Heavy modules are imported inside the commands.

Exit statuses: 0, all went well; 1, a run failed, `compare` found that backends differ, `diff` that experiments do,
`doctor` found a problem, or the output that was asked for could not be written; 2, wrong use, and nothing was started;
128 + N, stopped by signal N (130: Ctrl-C). Output that cannot be written never ends a command that trains or scores,
and a reader that closes its pipe (``gan list | head``) is no failure.
"""

import sys
from typing import NoReturn

from gan_core.cli import (  # noqa: F401  (each adds its commands)
    comparing,
    differing,
    listing,
    logs,
    pictures,
    porting,
    reporting,
    running,
    sharing,
    sweeping,
    teaching,
    weights,
    writing,
)
from gan_core.cli.application import app
from gan_core.printing import protected_output, say


def main() -> NoReturn:
    """Run the command line; every error a user can cause becomes one line and an exit status."""
    with protected_output() as output:
        status = _run()
        sys.stdout.flush()
        status = output.status(status)
    sys.exit(status)


def _run() -> int:
    try:
        status = int(app(prog_name="gan", standalone_mode=False) or 0)
    except Exception as error:
        from gan_core.cli.command_errors import report

        told_status = report(error, app)
        if told_status is None:
            raise
        return told_status
    if status == 128 + 2:
        say("gan: interrupted")
    return status
