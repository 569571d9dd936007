"""PyTorch: `create` is the entry point."""

from gan_core.contract.loading import require_framework

MODULES = ("torch",)  # a program that imports one of these is this framework's; read as text, unimported
DISTRIBUTIONS = {"torch": ()}  # what else may be installed under its name; read as text too
require_framework("torch", "torch")

from .backend import create  # noqa: E402  (the check above must come first)

__all__ = ["create"]
