"""Everything that determines a run, as frozen data; its files, its checks, its cost, its first weights."""

from gan_core.experiments import checks  # noqa: F401  (the table of checks is full wherever an experiment is made)
