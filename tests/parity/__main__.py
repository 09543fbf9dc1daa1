"""Write the page anew, for the rows that the installed PyTorch has: ``python -m tests.parity``."""

from . import page
from .oracle import judge
from .rows import rows

if __name__ == "__main__":
    verdicts = [judge(row) for row in rows()]
    on_complex = [judge(row, "complex128") for row in rows("complex128")]
    before = page.recorded()
    lost = [v.row for v in verdicts if before.get(v.row) == "right" and v.status != "right"]
    held = page.recorded_on_complex()
    lost += [f"{v.row} on complex128" for v in on_complex if v.row in held and v.status != "right"]
    if lost:
        raise SystemExit(f"no longer right, so the page stays as it is: {', '.join(sorted(lost))}")
    page.write(verdicts)
    page.write_on_complex(on_complex)
    print(page.summary(verdicts))
