"""Shangmen: visits and care for low-income families, from need to paid visit."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("shangmen")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+checkout"
