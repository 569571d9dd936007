"""``python -m gan_core.cli`` is the command `gan`."""

from gan_core.cli.entry import main

if __name__ == "__main__":
    main()
