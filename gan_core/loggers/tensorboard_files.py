"""``tensorboard/``: scalars, scores, sheets and settings, in an event file that TensorBoard reads.

The records are TensorBoard's own; no framework is needed to write them.
"""

import contextlib
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typing_extensions import override

from gan_core.experiments.files import to_toml
from gan_core.files.regular_files import open_to_write
from gan_core.files.whole_files import written_whole
from gan_core.loggers.logger import Clock, LoggedRun, LoggedStep, Logger
from gan_core.loggers.settings import settings_of

FOLDER = "tensorboard"
SHEET = "samples"


class TensorboardFiles(Logger):
    """Scalars, scores, sheets and settings in an event file that TensorBoard reads, in the run's ``tensorboard/``.

    A run that goes on has its file written anew, up to where it stands, and then added to. The file takes its name when
    all that the run's files hold is in it; only then do older ones go. It begins with the mark of a beginning at step
    0, at which a TensorBoard that is open forgets what it read before. The file before it is left empty: a reader that
    stands in it moves on from there, and would wait for ever for one that is gone.
    """

    def __init__(self, run: LoggedRun) -> None:
        super().__init__(run)
        self.clock = Clock(0.0)
        self.file: Any = None
        self._raw: list[bytes] = []  # records that are not in a file yet
        self._shown: dict[str, int] = {}  # scalar → the step of its last value

    @override
    def begin(self) -> None:
        self.close()
        rows = self.run.directory.metrics()
        self.clock = Clock(float(rows[-1].get("seconds", 0.0)) if rows else 0.0)
        self._raw, self._shown = [], {}
        self._write(beginning_records())
        self._write([experiment_record(self.run), settings_record(self.run)])

    @override
    def log(self, step: LoggedStep) -> None:
        values = {name: one for name, one in step.new_scalars.items() if one[0] > self._shown.get(name, 0)}
        self._shown |= {name: number for name, (number, _) in values.items()}
        self._write(step_records(step, values, self.clock.of(step)))

    @override
    def caught_up(self) -> None:
        folder = self.run.directory.folder(FOLDER)
        older = sorted(folder.glob("events.out.tfevents.*"))
        path = self.run.directory.file(f"{FOLDER}/{_free_name(folder)}")
        with written_whole(path) as temporary:
            temporary.write_bytes(b"".join(self._raw))
        self._raw = []
        self.file = path.open("ab")
        for file in older[:-1]:
            file.unlink(missing_ok=True)
        for file in older[-1:]:
            _empty(file)

    @override
    def end(self) -> None:
        self._write([end_record()])

    @override
    def close(self) -> None:
        file, self.file = self.file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()

    def _write(self, records: list[Any]) -> None:
        """Write records, those of a step at once, so that a process that is killed leaves whole ones."""
        raw = b"".join(framed(record) for record in records)
        if self.file is None:
            self._raw.append(raw)
        else:
            self.file.write(raw)
            self.file.flush()


def _empty(path: Path) -> None:
    """Leave nothing in a file; a run may come from a stranger, and a link in it lead to a file of the user's."""
    handle = open_to_write(path, os.O_WRONLY)
    try:
        os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def _free_name(folder: Path) -> str:
    """A name of an event file, as TensorBoard looks for, that sorts after those that are there."""
    number = int(time.time())
    while list(folder.glob(f"events.out.tfevents.{number:010d}.*")):
        number += 1
    return f"events.out.tfevents.{number:010d}.{socket.gethostname()}.{os.getpid()}"


def framed(record: Any) -> bytes:
    """Return an event with its length and checksums around it, as it stands in a file."""
    from tensorboard.summary.writer.record_writer import RecordWriter

    written = _Memory()
    RecordWriter(written).write(record.SerializeToString())
    return bytes(written.raw)


class _Memory:
    def __init__(self) -> None:
        self.raw = bytearray()

    def write(self, raw: bytes) -> None:
        self.raw += raw


def beginning_records() -> list[Any]:
    """Return the two events with which a file begins: its format, and that a session starts at step 0."""
    from tensorboard.compat.proto.event_pb2 import Event, SessionLog

    start = SessionLog(status=SessionLog.START)
    return [
        Event(wall_time=time.time(), file_version="brain.Event:2"),
        Event(wall_time=time.time(), step=0, session_log=start),
    ]


def experiment_record(run: LoggedRun) -> Any:
    """Return an event with the experiment's file, for the tab of texts."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.compat.proto.tensor_pb2 import TensorProto
    from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
    from tensorboard.compat.proto.types_pb2 import DT_STRING
    from tensorboard.plugins.text.metadata import create_summary_metadata

    indented = "".join(f"    {line}\n" for line in to_toml(run.experiment).splitlines())
    text = TensorProto(dtype=DT_STRING, string_val=[indented.encode()], tensor_shape=TensorShapeProto())
    metadata = create_summary_metadata("experiment", "The experiment's file.")
    value = Summary.Value(tag="experiment/text_summary", metadata=metadata, tensor=text)
    return Event(wall_time=time.time(), summary=Summary(value=[value]))


def settings_record(run: LoggedRun) -> Any:
    """Return an event with the settings, for the tab that holds runs against each other by them."""
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionStartInfo

    start = SessionStartInfo(start_time_secs=time.time())
    for name, value in settings_of(run.experiment, run.facts).items():
        if isinstance(value, bool):
            start.hparams[name].bool_value = value
        elif isinstance(value, str):
            start.hparams[name].string_value = value
        else:
            start.hparams[name].number_value = value
    return _settings_event("_hparams_/session_start_info", HParamsPluginData(session_start_info=start))


def end_record() -> Any:
    """Return an event that tells that the run has reached its last step."""
    from tensorboard.plugins.hparams.api_pb2 import Status
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo

    end = SessionEndInfo(status=Status.Value("STATUS_SUCCESS"), end_time_secs=time.time())
    return _settings_event("_hparams_/session_end_info", HParamsPluginData(session_end_info=end))


def _settings_event(tag: str, data: Any) -> Any:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams.metadata import NULL_TENSOR, create_summary_metadata

    value = Summary.Value(tag=tag, metadata=create_summary_metadata(data), tensor=NULL_TENSOR)
    return Event(wall_time=time.time(), summary=Summary(value=[value]))


def step_records(step: LoggedStep, values: Mapping[str, tuple[int, float]], moment: float) -> list[Any]:
    """Return the events of a step: scalars, each at the step that it is of, its scores, and its sheet.

    values: scalar → the step that it is of, and its value. moment: seconds since 1970.
    """
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    of_steps: dict[int, list[Any]] = {}
    for name, (number, value) in values.items():
        of_steps.setdefault(number, []).append(Summary.Value(tag=name, simple_value=value))
    scores = [Summary.Value(tag=f"evaluation/{name}", simple_value=value) for name, value in step.scores.items()]
    sheet = [Summary.Value(tag=SHEET, image=_image(step.sheet))] if step.sheet is not None else []
    if scores or sheet:
        of_steps.setdefault(step.step, []).extend([*scores, *sheet])
    return [
        Event(wall_time=moment, step=number, summary=Summary(value=values))
        for number, values in sorted(of_steps.items())
    ]


def _image(sheet: Path) -> Any:
    from PIL import Image
    from tensorboard.compat.proto.summary_pb2 import Summary

    with Image.open(sheet) as picture:
        width, height = picture.size
    return Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=sheet.read_bytes())
