"""One WAV file, as numbers: 8, 16, 24 or 32 bits, or floats; and sounds as one."""

import warnings
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

LARGEST_FILE = 2**31  # bytes
PAUSE = 0.15  # seconds between two sounds in a file


def read_sound(path: Path, rate: int) -> tuple[np.ndarray, int]:
    """Return a WAV file as float32 [values] in −1 … 1 at `rate` hertz, and the rate that it has.

    Channels are averaged; another rate is changed by a polyphase filter. Raises `ValueError` and
    `OSError` for a file that cannot be read.
    """
    from scipy.io import wavfile
    from scipy.signal import resample_poly

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of chunks that are not understood, as titles
        own_rate, values = wavfile.read(path)
    if not 100 <= own_rate <= 768_000:
        raise ValueError(f"{own_rate} values a second")
    if values.dtype == np.uint8:
        sound = (values.astype(np.float64) - 128) / 128
    elif values.dtype.kind == "i":  # 24 bits come in the upper ones of 32
        sound = values / 2.0 ** (8 * values.dtype.itemsize - 1)
    else:
        sound = values.astype(np.float64)
    if not np.isfinite(sound).all():
        raise ValueError("holds NaN or infinity")
    if sound.ndim == 2:
        sound = sound.mean(axis=1)
    if own_rate != rate and len(sound):
        divisor = np.gcd(own_rate, rate)
        sound = resample_poly(sound, rate // divisor, own_rate // divisor)
    return np.clip(sound, -1, 1).astype(np.float32), own_rate


def reason_of_sound(path: Path, error: Exception) -> str:
    """Return in a few words why a file cannot be read as a sound."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        head = b""
    if not head:
        return "empty"
    if head[:4] not in (b"RIFF", b"RIFX", b"RF64") or head[8:12] != b"WAVE":
        return "not a WAV file"
    text = (str(error).splitlines() or [""])[0].strip().rstrip(".")[:80]
    return f"damaged or cut off ({text or type(error).__name__})"


def write_sounds(path: Path, sounds: Sequence[np.ndarray], rate: int, pause: float = PAUSE) -> None:
    """Write sounds [C, T] in −1 … 1 one after the other into a WAV file of 16 bits, with a pause between them.

    pause: seconds. Values beyond −1 … 1 are cut there, and NaN is silence.
    """
    channels = sounds[0].shape[0]
    silence = np.zeros((channels, round(pause * rate)))
    parts = [part for sound in sounds for part in (silence, sound)][1:]
    whole = np.clip(np.nan_to_num(np.concatenate(parts, axis=1), nan=0.0), -1, 1)
    with path.open("wb") as file, wave.open(file, "wb") as writer:
        writer.setnchannels(channels)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        writer.writeframes(np.round(whole.T * 32767).astype("<i2").tobytes())
