"""Write the pages of the documentation that come from the code: the table of operations."""

import sys
from pathlib import Path
from types import FunctionType

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))


def op_table() -> str:
    """Return the table of all registered operations as Markdown."""
    from autograd import REGISTRY  # noqa: PLC0415 - found once the path above is set

    rows = [
        "# Operations",
        "",
        "Generated from the registry by `make docs`. *Domain* says where the operation has a value and a derivative,",
        "everywhere when it is empty; *kinks* names the points without a derivative and the subgradient chosen there.",
        "",
        "| operation | formula | local derivative | domain | kinks | on `Value` |",
        "|---|---|---|---|---|---|",
    ]
    for name in sorted(REGISTRY):
        op = REGISTRY[name]
        cells = [f"`{name}`", op.formula, op.derivative, op.domain, op.kinks, "yes" if op.elementwise else ""]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    rows += ["", "## Functions composed of them", "", "They record the operations that they are made of.", ""]
    rows += [f"- `{name}`: {line}" for name, line in sorted(composed().items())]
    return "\n".join(rows) + "\n"


def composed() -> dict[str, str]:
    """Return the public functions that are no operation of their own, with the first line of what they say."""
    import autograd  # noqa: PLC0415 - found once the path above is set

    homes = {"": autograd.ops, **{f"{name}.": getattr(autograd, name, None) for name in ("fft", "linalg", "masked")}}
    found = {}
    for prefix, home in homes.items():
        names = getattr(home, "__all__", None) or ([] if home is None else vars(home))
        for name in names:
            function = getattr(home, name)
            if not name.startswith("_") and isinstance(function, FunctionType):
                found[prefix + name] = (function.__doc__ or "").strip().partition("\n")[0]
    return found


def main() -> None:
    """Write ``docs/ops.md``."""
    page = HERE / "ops.md"
    page.write_text(op_table(), encoding="utf-8")
    print(f"wrote {page.relative_to(HERE.parent)}")


if __name__ == "__main__":
    main()
