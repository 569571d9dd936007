"""Which packages are installed, found rather than listed; everything else stands in pyproject.toml.

A package called `backends` exists elsewhere, so the folder is installed under a name of our own.
"""

from setuptools import find_packages, setup

core = find_packages(include=["gan_core", "gan_core.*"])
backends = [f"gan_{package}" for package in find_packages(include=["backends", "backends.*"])]
setup(packages=[*core, *backends], package_dir={"gan_core": "gan_core", "gan_backends": "backends"})
