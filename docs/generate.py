"""Write the pages of the documentation that come from the code: the table of operations."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))


def op_table() -> str:
    """Return the table of all registered operations as Markdown."""
    from autograd import REGISTRY  # noqa: PLC0415 - found once the path above is set

    rows = [
        "# Operations",
        "",
        "Generated from the registry by `make docs`. *Kinks* names the points without a derivative and the",
        "subgradient chosen there.",
        "",
        "| operation | formula | local derivative | kinks | on `Value` |",
        "|---|---|---|---|---|",
    ]
    for name in sorted(REGISTRY):
        op = REGISTRY[name]
        cells = [f"`{name}`", op.formula, op.derivative, op.kinks, "yes" if op.elementwise else ""]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Write ``docs/ops.md``."""
    page = HERE / "ops.md"
    page.write_text(op_table(), encoding="utf-8")
    print(f"wrote {page.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
