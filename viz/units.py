"""Numbers short enough to stand in a table: bytes, counts and times in the unit that fits."""

from collections.abc import Sequence

__all__ = ["short_bytes", "short_count", "short_seconds"]


def _scaled(number: float, units: Sequence[str], step: float = 1000.0) -> str:
    unit = 0
    while abs(number) >= 0.9995 * step and unit < len(units) - 1:
        number /= step
        unit += 1
    shown = f"{number:.3g}" if unit else f"{number:.0f}"
    return f"{shown} {units[unit]}".rstrip()


def short_bytes(number: float) -> str:
    """Return a number of bytes in the unit that fits.

    >>> short_bytes(999), short_bytes(1_048_576)
    ('999 B', '1.05 MB')
    """
    return _scaled(number, ("B", "kB", "MB", "GB", "TB"))


def short_count(number: float) -> str:
    """Return a large count in thousands, millions, ...

    >>> short_count(12), short_count(2_500_000)
    ('12', '2.5 M')
    """
    return _scaled(number, ("", "k", "M", "G", "T"))


def short_seconds(number: float | None) -> str:
    """Return a time in the unit that fits; a dash where it was not measured.

    >>> short_seconds(0.00025), short_seconds(None)
    ('250 µs', '—')
    """
    return "—" if number is None else _scaled(number * 1e9, ("ns", "µs", "ms", "s"))
