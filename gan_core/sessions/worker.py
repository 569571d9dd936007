"""One worker of a training that `gan_core.sessions.together` starts: ``python -m gan_core.sessions.worker REQUEST``.

REQUEST is the path of a JSON file. The first worker's standard error is the terminal that the request names, or a file
that is read as it grows; the others say nothing.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

from gan_core.contract.launches import launched_for
from gan_core.errors import GanError, UsageError, one_line
from gan_core.experiments.files import read_experiment
from gan_core.printing import Tell, say, silent
from gan_core.runs.progress_lines import PrintInterval
from gan_core.sessions.beginnings import origin_of
from gan_core.sessions.resuming import resume
from gan_core.sessions.run import Run
from gan_core.sessions.training import train_made
from gan_core.sessions.worker_words import OUTCOME, SAID, TOLD, Came
from gan_core.training.events import Event
from gan_core.training.machine import Machine


class Began:
    """Whether the training runs: from then on a launcher's SIGTERM, which comes when another worker died, can wait.

    The training hears it itself while it walks; what follows is the writing of what the worker came to.
    """

    def __init__(self) -> None:
        self.began = False
        if hasattr(signal, "SIGTERM"):
            signal.signal(signal.SIGTERM, self._heard)

    def __call__(self, event: Event) -> None:
        """Note the first event."""
        self.began = True

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if not self.began:
            os._exit(128 + number)


def main() -> int:
    """Do a worker's part and leave what it came to; return the exit status."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_file():
        say("gan: this is a part of  gan train, which starts it: give it workers=N")
        return 2
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    folder = Path(request["folder"])
    found = launched_for(request["backend"])
    rank = found.rank if found else 0
    _redirect(folder, rank, request["terminal"])
    os.chdir(request["cwd"])
    allowed, began = request["allow_imports"], Began()
    threading.Thread(target=_ended_with, args=(request["parent"],), daemon=True).start()
    try:
        run = _done(request, _teller(folder, rank), began)
        came = Came(run=str(run.path) if run else "", allow_imports=allowed)
    except GanError as error:
        path = str(error.run.path) if error.run else ""
        text = Exception.__str__(error)
        came = Came(error=text, kind=type(error).__name__, status=error.exit_status, run=path, allow_imports=allowed)
    except Exception as error:  # the last stop of a process
        if os.environ.get("GAN_DEBUG"):
            raise
        came = Came(error=f"{type(error).__name__}: {one_line(error)}", kind="GanError", status=1)
    came.write(folder / OUTCOME.format(rank))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(came.status)  # frameworks' engines may wait for others that are gone


def _done(request: dict[str, Any], tell: Tell, began: Began) -> Run:
    shown = {"progress": request["progress"], "tell": tell, "callbacks": (began,)}
    where = (request["backend"], request["device"], request["data_dir"])
    if request["call"] == "resume":
        backend, device, data_dir = where
        return resume(
            request["run"],
            backend,
            steps=request["steps"],
            checkpoint=request["checkpoint"],
            log_to=request["log_to"],
            device=device,
            deterministic=request["deterministic"],
            data_dir=data_dir,
            print_every=request["print_every"],
            allow_imports=request["allow_imports"],
            **shown,
        )
    made = read_experiment(Path(request["folder"]) / "experiment.toml", tell=silent)  # its parent has said what runs
    origin = origin_of(Path(request["from_run"]), tell, request["allow_imports"]) if request["from_run"] else None
    printing = PrintInterval.of(request["print_every"])
    machine = Machine.of_worker(*where, deterministic=bool(request["deterministic"]))
    if machine.launched is None:
        raise UsageError("a worker was started without a launcher's variables")
    return train_made(
        made, machine.load_data(made.data), machine, out=request["out"], origin=origin, printing=printing, **shown
    )


def _ended_with(parent: int) -> None:
    """Stop with a checkpoint where the process that started the workers is gone, as by ``kill -9``."""
    while _lives(parent):
        time.sleep(1.0)
    os.kill(os.getpid(), signal.SIGTERM)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _redirect(folder: Path, rank: int, terminal: str | None) -> None:
    """Have the first worker's standard error be the terminal, or a file that is relayed; the others' nowhere."""
    if rank:
        path, how = os.devnull, os.O_WRONLY
    elif terminal:
        path, how = terminal, os.O_WRONLY | os.O_NOCTTY
    else:
        path, how = str(folder / SAID), os.O_WRONLY | os.O_CREAT | os.O_APPEND
    if os.environ.get("GAN_DEBUG") and rank:
        return
    opened = os.open(path, how, 0o600)
    os.dup2(opened, 2)
    os.close(opened)


def _teller(folder: Path, rank: int) -> Tell:
    """Return what writes a line for the process that started this one to tell."""

    def tell(text: str) -> None:
        with (folder / TOLD).open("a", encoding="utf-8") as file:
            file.write(json.dumps(text) + "\n")

    return silent if rank else tell


if __name__ == "__main__":
    sys.exit(main())
