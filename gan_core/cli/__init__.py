"""The command line `gan`."""

from gan_core.cli.entry import main

__all__ = ["main"]
