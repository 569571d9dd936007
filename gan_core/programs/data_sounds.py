"""The text that reads folders of sounds and makes the library's own: its functions, as they stand there."""

import inspect

from gan_core.data.sound_files import read_sound
from gan_core.data.sound_folder import SoundFolder
from gan_core.data.tones import Tones, drawn_tones
from gan_core.programs.data_reading import (
    LABEL,
    REAL,
    Array,
    Reading,
    Wants,
    random_statements,
    reading,
    statements,
    written,
)

SOUND_FILES = '''
    def sound_files(folder: Path) -> list[str]:
        """Return the names of all WAV files in a folder and below it."""
        found = [path.relative_to(folder) for path in folder.rglob("*")]
        names = [path.as_posix() for path in found if path.suffix.lower() in (".wav", ".wave")]
        names = [name for name in names if not any(part.startswith(".") for part in Path(name).parts)]
        if not names:
            raise SystemExit(f"{folder} holds no WAV files")
        return sorted(names)
'''
SOUNDS_OF_FILES = '''
    def sounds_of(path: Path) -> list[np.ndarray]:
        """Return the sounds of $length values in a file."""
        try:
            sound, _ = read_sound(path, $rate)
        except (OSError, ValueError) as error:
            raise SystemExit(f"{path} cannot be read: {error}") from None
        $short
        $cut
'''
PADDED = "sound = np.pad(sound, (0, max(0, {length} - len(sound))))"
LEFT_OUT = "if len(sound) < {length}:\n    return []"
ALL = "parts = len(sound) // {length}\nreturn list(sound[: parts * {length}].reshape(parts, {length}))"
READ = """
    names = sound_files(folder)
    parts = [sounds_of(folder / name) for name in names]
    sounds = np.stack([sound for part in parts for sound in part])
    sounds = sounds[:, None, None].astype(np.$dtype)
"""
NUMBERED = """
    classes = sorted({Path(name).parts[0] for name in names}, key=natural_order)
    numbers = [classes.index(Path(name).parts[0]) for name in names]
    labels = np.repeat(np.array(numbers, np.int64), [len(part) for part in parts])
"""
NATURAL_ORDER = '''
    def natural_order(name: str) -> tuple[list[str | int], str]:
        """Return the sort key of a name by which 2 comes before 10."""
        parts = re.split(r"(\\d+)", name)
        return [int(part) if part.isdecimal() else part for part in parts], name
'''
FLOATS = Array(expression="sounds", kind="floats")
LABELS = Array(expression="labels", kind="labels")


@reading.register
def _tones(spec: Tones, wants: Wants) -> Reading:
    """Write the making of the sounds, which are the library's: both use NumPy's Philox with one key."""
    labels = "labels" if wants.labels else "_"
    return Reading(
        imports=(),
        default="",
        blocks=(inspect.getsource(drawn_tones).strip(),),
        statements=(
            *random_statements(spec.seed, "tones", "sounds"),
            f"sounds, {labels} = drawn_tones(random, {spec.sounds}, {spec.length}, {spec.rate})",
            *((f"sounds = sounds.astype(np.{wants.dtype})",) if wants.dtype != "float32" else ()),
        ),
        arrays={REAL: FLOATS, LABEL: LABELS},
        what=f"plucked strings, sweeps and drums, {wants.dtype} [{spec.sounds}, 1, 1, {spec.length}]; no file is read",
        channels=0,
    )


@reading.register
def _sound_folder(spec: SoundFolder, wants: Wants) -> Reading:
    labelled = wants.labels and spec.labels == "subfolders"
    short = (PADDED if spec.short == "padded" else LEFT_OUT).format(length=spec.length)
    cut = f"return [sound[:{spec.length}]]" if spec.cut == "first" else ALL.format(length=spec.length)
    one_file = written(
        SOUNDS_OF_FILES,
        length=spec.length,
        rate=spec.rate,
        short=short.replace("\n", "\n    "),
        cut=cut.replace("\n", "\n    "),
    )
    return Reading(
        imports=("import warnings", *(("import re",) if labelled else ())),
        default=spec.path,
        blocks=(
            written(SOUND_FILES),
            inspect.getsource(read_sound).strip(),
            one_file,
            *((written(NATURAL_ORDER),) if labelled else ()),
        ),
        statements=(*statements(READ, dtype=wants.dtype), *(statements(NUMBERED) if labelled else ())),
        arrays={REAL: FLOATS, **({LABEL: LABELS} if spec.labels == "subfolders" else {})},
        what=f"all sounds in the folder, {wants.dtype} [N, 1, 1, {spec.length}] at {spec.rate} Hz",
        channels=0,
    )
