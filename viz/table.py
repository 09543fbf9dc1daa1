"""Tables of text and of HTML, and numbers short enough to stand in them."""

from collections.abc import Collection, Sequence

__all__ = ["html_table", "short_bytes", "short_count", "short_seconds", "text_table"]

Row = Sequence[str]


def text_table(header: Row, rows: Sequence[Row], left: Collection[int] = (0,)) -> str:
    """Return rows as text in aligned columns.

    Args:
        header: The titles of the columns.
        rows: The cells; one that is empty is a rule across.
        left: The columns that are aligned to the left; the others are to the right.

    >>> print(text_table(["name", "bytes"], [["w", "8"], [], ["total", "8"]]))
    name   bytes
    ------------
    w          8
    ------------
    total      8
    """
    body = [row for row in (header, *rows) if row]
    widths = [max(len(row[column]) for row in body) for column in range(len(header))]
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))

    def line(row: Row) -> str:
        cells = [
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([line(header), rule, *(line(row) if row else rule for row in rows)])


def html_table(header: Row, rows: Sequence[Row], left: Collection[int] = (0,)) -> str:
    """Return the same table as HTML; what stands in the cells is text, whatever it holds.

    >>> html_table(["<name>"], [["a & b"]])[:48]
    '<table><thead><tr><th style="text-align:left">&l'
    """
    import html

    def cells(row: Row, tag: str) -> str:
        return "".join(
            f'<{tag} style="text-align:{"left" if column in left else "right"}">'
            f"{html.escape(cell) if column else _indented(cell)}</{tag}>"
            for column, cell in enumerate(row)
        )

    lines = "\n".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows if row)
    return f"<table><thead><tr>{cells(header, 'th')}</tr></thead><tbody>\n{lines}\n</tbody></table>"


def _indented(cell: str) -> str:
    """Escape a cell and keep the spaces that it begins with."""
    import html

    text = cell.lstrip(" ")
    return "&nbsp;" * (len(cell) - len(text)) + html.escape(text.rstrip())


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
