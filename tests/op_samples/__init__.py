"""One entry for each operation: where to sample it, how to call it, and what it is called elsewhere."""

from . import core, special
from .sample import Sample

__all__ = ["SAMPLES", "Sample"]

SAMPLES: dict[str, list[Sample]] = {**core.SAMPLES, **special.SAMPLES}
