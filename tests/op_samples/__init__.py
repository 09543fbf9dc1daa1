"""One entry for each operation: where to sample it, how to call it, and what it is called elsewhere.

Each module of this package brings the ``SAMPLES`` of a family.
"""

import importlib
import pkgutil

from .sample import Sample

__all__ = ["SAMPLES", "Sample"]


def _families() -> dict[str, list[Sample]]:
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return {name: samples for module in modules for name, samples in getattr(module, "SAMPLES", {}).items()}


SAMPLES = _families()
