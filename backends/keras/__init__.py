"""Keras on TensorFlow: `create` is the entry point."""

import importlib
import os
import sys

from gan_core.contract.loading import require_framework
from gan_core.errors import BackendError
from gan_core.printing import nothing_said_below_python

MODULES = ("keras", "tensorflow")  # a program that imports one of these is this framework's; read as text, unimported
DISTRIBUTIONS = {  # that bring the same modules; read as text, unimported
    "tensorflow": ("tensorflow-cpu", "tensorflow-gpu", "tensorflow-intel", "tensorflow-macos", "tf-nightly"),
    "keras": ("keras-nightly",),
}
require_framework("tensorflow", "keras")
require_framework("keras", "keras")
if "keras" in sys.modules and sys.modules["keras"].config.backend() != "tensorflow":
    raise BackendError(
        f"keras was imported with the engine '{sys.modules['keras'].config.backend()}' in this process, which cannot "
        "be changed; start another one, with KERAS_BACKEND=tensorflow if it imports keras itself"
    )
os.environ["KERAS_BACKEND"] = "tensorflow"  # read once, when keras is imported


def _import_quietly() -> None:
    """Import TensorFlow without its page about drivers and instruction sets, part of which no variable turns off."""
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ:  # the user has a say
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with nothing_said_below_python():
        importlib.import_module("tensorflow")


_import_quietly()

from .backend import create  # noqa: E402  (all of the above must come first)

__all__ = ["create"]
