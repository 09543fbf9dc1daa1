"""Write the page anew, for the rows that the installed PyTorch has: ``python -m tests.parity``."""

from . import page
from .oracle import judge
from .rows import rows

if __name__ == "__main__":
    verdicts = [judge(row) for row in rows()]
    before = page.recorded()
    if lost := sorted(v.row for v in verdicts if before.get(v.row) == "right" and v.status != "right"):
        raise SystemExit(f"no longer right, so the page stays as it is: {', '.join(lost)}")
    page.write(verdicts)
    print(page.summary(verdicts))
