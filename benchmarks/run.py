"""Side by side with the peers: the ratio of our time to theirs on the same work, in alternating processes.

`make bench` runs it. Peers are installed into an environment of their own (`.venv-bench`). Each side runs in a
process of its own, since two pools of threads in one process slow each other down; the sides alternate, and the
ratio of the medians is printed with both numbers that they computed, which must agree.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
PEERS = ["micrograd==0.1.0", "torch==2.13.0", "numpy>=2"]

ROWS = {
    "two moons step, 65,000 Values": ("moons", "stepgrad", "micrograd"),
    "chain of 1,000 products, one element": ("chain", "stepgrad", "torch"),
    "100 times tanh(z @ w), 64x64": ("tanh", "stepgrad", "torch"),
    "MLP 784-256-128-10, batch 64, SGD step": ("mlp", "stepgrad", "torch"),
    "import autograd, nn, optim, viz": ("import", "stepgrad", "numpy"),
}


def environment() -> Path:
    """Return the interpreter of the environment that holds the peers; make it when it is missing."""
    folder = ROOT / ".venv-bench"
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return python


def measure(python: Path, work: str, side: str) -> tuple[float, float]:
    """Run one side in a fresh process; return its median seconds and the number it computed."""
    command = [str(python), str(HERE / "work.py"), work, side]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = json.loads(out.splitlines()[-1])
    return found["seconds"], found["result"]


def compare(python: Path, work: str, ours: str, theirs: str, rounds: int) -> dict[str, float]:
    """Measure both sides in turn and return the figures."""
    a, b = [], []
    for _ in range(rounds):
        a.append(measure(python, work, ours))
        b.append(measure(python, work, theirs))
    mine, other = a[0][1], b[0][1]
    if abs(mine - other) > 1e-3 * max(1.0, abs(other)):
        raise SystemExit(f"expected the same number from both sides of {work}, got {mine} and {other}")
    ratios = [x[0] / y[0] for x, y in zip(a, b, strict=True)]
    seconds = statistics.median(x[0] for x in a), statistics.median(y[0] for y in b)
    return {
        "ratio": statistics.median(ratios),
        "lowest": min(ratios),
        "highest": max(ratios),
        "ours": seconds[0],
        "theirs": seconds[1],
    }


def main() -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="processes for each side and row")
    parser.add_argument("--only", default="", help="part of a row's name")
    parser.add_argument("--python", default="", help="an interpreter that has the peers already")
    options = parser.parse_args()
    python = Path(options.python) if options.python else environment()
    figures = {}
    print(f"{'work':42} {'peer':10} {'ratio':>7}   spread          ours / theirs")
    for name, (work, ours, theirs) in ROWS.items():
        if options.only not in name:
            continue
        row = figures[name] = compare(python, work, ours, theirs, options.rounds)
        print(
            f"{name:42} {theirs:10} {row['ratio']:7.2f}   {row['lowest']:.2f} to {row['highest']:.2f}    "
            f"{row['ours'] * 1e3:.2f} / {row['theirs'] * 1e3:.2f} ms",
            flush=True,
        )
    out = ROOT / "out"
    out.mkdir(exist_ok=True)
    (out / "benchmarks.json").write_text(json.dumps(figures, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
