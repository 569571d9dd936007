"""The main of a process that `gan` starts for a part of its work: a request in JSON in, a line and a status out."""

import json
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from gan_core.errors import GanError, UsageError
from gan_core.printing import protected_output, say


def answer_request(module: str, work: Callable[[dict[str, Any]], object], instead: str) -> NoReturn:
    """Do what the request in the only argument asks, and end the process; an error is one line on standard error.

    instead: the command that a person who started `module` was looking for.
    """
    with protected_output():
        status = 0
        try:
            work(_request(module, instead))
        except GanError as error:
            say(str(error))
            status = error.exit_status
    sys.exit(status)


def _request(module: str, instead: str) -> dict[str, Any]:
    try:
        (text,) = sys.argv[1:]
        request = json.loads(text)
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise UsageError(f"gan: python -m {module} is a part of  {instead}, which starts it: use that")
    return request
