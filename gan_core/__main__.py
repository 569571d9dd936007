"""``python -m gan_core`` is the command `gan`."""

from gan_core.cli import main

main()
