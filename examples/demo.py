"""From one neuron to handwritten digits: three networks, every one drawn or trained before your eyes.

Run it from the root of the project: ``python examples/demo.py``. Pictures and curves land in ``out/``.
"""

import math
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TextIO, TypeVar

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # so that the demo also runs from a plain checkout

import autograd  # noqa: E402
import viz  # noqa: E402
from autograd import Tensor, Value, manual_seed, no_grad  # noqa: E402
from nn import functional as F  # noqa: E402
from nn import scalar  # noqa: E402
from nn.data import DataLoader, load, train_test_split, two_moons  # noqa: E402
from nn.metrics import accuracy  # noqa: E402
from nn.models import MLP  # noqa: E402
from optim import Adam  # noqa: E402

OUT = ROOT / "out"
SMOOTHING = 0.1  # how much of each label is spread over all digits: 4,000 are soon learnt by heart
T = TypeVar("T")


# (a) Two inputs, two hidden units, one output


def two_two_one() -> tuple[Value, dict[str, Value]]:
    """Return the loss of the 2-2-1 network, and its nodes by name; the weights make the output 0.3."""
    numbers = {"x1": 0.5, "x2": 0.1, "w11": 0.2, "w12": -0.4, "w21": 0.7, "w22": 0.1, "b1": 0.0, "b2": 0.0}
    numbers |= {"v1": 0.6, "v2": -0.9, "c": -0.626159}
    n = {name: Value(number, label=name) for name, number in numbers.items()}
    n["z1"] = n["w11"] * n["x1"] + n["w12"] * n["x2"] + n["b1"]
    n["z2"] = n["w21"] * n["x1"] + n["w22"] * n["x2"] + n["b2"]
    n["h1"], n["h2"] = n["z1"].sigmoid(), n["z2"].sigmoid()
    n["z"] = n["v1"] * n["h1"] + n["v2"] * n["h2"] + n["c"]
    n["o"] = n["z"].sigmoid()
    y = 1.0
    n["loss"] = -(y * n["o"].log() + (1.0 - y) * (1.0 - n["o"]).log())
    for name in ("z1", "z2", "h1", "h2", "z", "o", "loss"):
        n[name].label = name
    return n["loss"], n


def by_hand(n: dict[str, Value]) -> dict[str, float]:
    """Return the gradients as the textbook finds them: error terms, then products with what came in."""
    slope = {h: n[h].data * (1.0 - n[h].data) for h in ("h1", "h2")}
    delta = n["o"].data - 1.0  # sigmoid and cross-entropy together: output minus label
    delta1, delta2 = n["v1"].data * delta * slope["h1"], n["v2"].data * delta * slope["h2"]
    return {
        "v1": delta * n["h1"].data,
        "v2": delta * n["h2"].data,
        "w11": delta1 * n["x1"].data,
        "w12": delta1 * n["x2"].data,
        "w21": delta2 * n["x1"].data,
        "w22": delta2 * n["x2"].data,
    }


def show_two_two_one() -> list[Path]:
    """Draw the network with every value and gradient, print its backward pass, and make a page to step through it."""
    print("(a) A 2-2-1 sigmoid network with binary cross-entropy, x = (0.5, 0.1), y = 1\n")
    loss, nodes = two_two_one()
    print(autograd.trace(loss))
    loss, nodes = two_two_one()
    loss.backward()
    print(f"\noutput {nodes['o'].data:.4f}, loss {loss.data:.4f}\n")
    print("weight  by hand     engine")
    for name, gradient in by_hand(nodes).items():
        print(f"{name:6}  {gradient:+.6f}   {nodes[name].grad:+.6f}")
    stepper = viz.steps(loss).save(OUT / "two_two_one_steps.html")
    return [drawn(loss, "two_two_one.svg"), drawn(loss, "two_two_one.png"), Path(stepper)]


def drawn(node: Value | Tensor, filename: str) -> Path:
    """Draw the graph of ``node`` and return the file; a PNG becomes an SVG where nothing can paint it."""
    return Path(viz.draw(node).save(OUT / filename))


# (b) Two moons, one number at a time


def hinge_loss(
    model: scalar.MLP, points: Sequence[Sequence[float]], signs: Sequence[int]
) -> tuple[Value, float]:
    """Return the mean of ``max(0, 1 - sign * score)`` with a small L2 penalty, and the accuracy."""
    scores = [model(point) for point in points]
    losses = [(1.0 - sign * score).relu() for sign, score in zip(signs, scores, strict=True)]
    penalty = sum((p * p for p in model.parameters()), Value(0.0)) * 1e-4
    right = sum((score.data > 0) == (sign > 0) for sign, score in zip(signs, scores, strict=True))
    return sum(losses, Value(0.0)) * (1.0 / len(losses)) + penalty, right / len(signs)


def train_two_moons(most_steps: int = 100) -> list[float]:
    """Train micrograd's network until every point is on its side; return the losses."""
    print("\n(b) Two moons: 337 single numbers learn to tell 100 points apart\n")
    random.seed(1337)
    points, labels = two_moons(100, noise=0.1, rng=np.random.default_rng(1337))
    signs = [int(2 * label - 1) for label in labels]
    model = scalar.MLP(2, [16, 16, 1])
    optimizer = Adam(model.parameters(), lr=0.1)
    losses = []
    for step in range(most_steps):
        loss, share = hinge_loss(model, points.tolist(), signs)
        losses.append(loss.data)
        if step % 5 == 0 or share == 1.0:
            print(f"step {step:3}   loss {loss.data:.4f}   accuracy {share:.0%}")
        if share == 1.0:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


# (c) Real digits


def progress(items: Iterable[T], total: int, title: str, stream: TextIO = sys.stdout) -> Iterator[T]:
    """Pass ``items`` on and draw a bar that fills; a file gets the full bar only."""
    width = 30
    for count, item in enumerate(items, start=1):
        yield item
        if stream.isatty() or count == total:
            filled = width * count // total
            start = "\r" if stream.isatty() else ""
            stream.write(f"{start}{title} [{'#' * filled}{'.' * (width - filled)}] {count}/{total}")
            stream.flush()


def digits() -> list[np.ndarray]:
    """Return 4,000 flat, standardised images with labels, and 1,000 held-out ones, all classes alike."""
    images, labels = load("mnist_5k")
    pixels = images.reshape(len(images), -1).astype(np.float32)
    train_x, test_x, train_y, test_y = train_test_split(
        pixels, labels, test_size=1000, stratify=labels, rng=np.random.default_rng(0)
    )
    mean, spread = train_x.mean(), train_x.std()
    return [(train_x - mean) / spread, train_y, (test_x - mean) / spread, test_y]


def train_epoch(model: MLP, loader: DataLoader, optimizer: Adam, title: str) -> list[float]:
    """Go through the training digits once and return the loss of each batch."""
    losses = []
    for x, y in progress(loader, len(loader), title):
        loss = F.cross_entropy(model(x), y, label_smoothing=SMOOTHING)
        optimizer.zero_grad()
        loss.backward(retain_graph=False)
        optimizer.step()
        losses.append(loss.item())
    return losses


def evaluate(model: MLP, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return loss and accuracy without recording a graph."""
    with no_grad():
        scores = model(Tensor(x))
        return F.cross_entropy(scores, y, label_smoothing=SMOOTHING).item(), accuracy(scores, y)


def train_digits(epochs: int = 6) -> tuple[list[Path], float]:
    """Train on 4,000 digits, test on 1,000 others; return the files written and the accuracy."""
    print(f"\n(c) MLP 784-256-128-10 on 4,000 handwritten digits, {epochs} epochs, 1,000 digits held out\n")
    manual_seed(0)
    train_x, train_y, test_x, test_y = digits()
    model = MLP([784, 256, 128, 10])
    loader = DataLoader((train_x, train_y), batch_size=64, shuffle=True)
    optimizer = Adam(model.parameters(), lr=2e-3)
    losses: list[float] = []
    held_out: list[tuple[int, float]] = []
    share = 0.0
    for epoch in range(1, epochs + 1):
        optimizer.param_groups[0]["lr"] = 2e-3 * (1 - (epoch - 1) / epochs)
        losses += train_epoch(model, loader, optimizer, f"epoch {epoch}")
        loss, share = evaluate(model, test_x, test_y)
        held_out.append((len(losses), loss))
        recent = np.mean(losses[-len(loader) :])
        print(f"  loss {recent:.3f}   held out: loss {loss:.3f}, accuracy {share:.1%}")
    curve = OUT / "digits_loss.svg"
    curve.write_text(
        loss_curve(losses, held_out, f"784-256-128-10 on digits: {share:.1%} of held-out digits right")
    )
    return [curve, draw_batch(model, train_x[:4], train_y[:4])], share


def draw_batch(model: MLP, x: np.ndarray, y: np.ndarray) -> Path:
    """Draw the graph of the loss of a few digits, with the gradients of the weights."""
    for name, parameter in model.named_parameters():
        parameter.label = name
        parameter.grad = None
    pixels = Tensor(x)
    pixels.label = f"{len(x)} digits"
    loss = F.cross_entropy(model(pixels), y)
    loss.label = "loss"
    loss.backward()
    return drawn(loss, "digits_graph.svg")


# A loss curve without a plotting library


def loss_curve(losses: Sequence[float], held_out: Sequence[tuple[int, float]], title: str) -> str:
    """Return an SVG: the loss of every batch in grey, their running mean in blue, the held-out loss as dots.

    >>> loss_curve([2.0, 1.0], [(2, 1.5)], "a & b").count("<circle")
    1
    """
    width, height, margin = 720, 400, 56
    top = max([*losses, *(loss for _, loss in held_out)]) * 1.05 or 1.0

    def at(step: float, loss: float) -> tuple[float, float]:
        x = margin + (width - 2 * margin) * step / len(losses)
        return round(x, 1), round(height - margin - (height - 2 * margin) * loss / top, 1)

    def line(values: Iterable[float], style: str) -> str:
        points = " ".join("{},{}".format(*at(step, value)) for step, value in enumerate(values, start=1))
        return f'<polyline points="{points}" fill="none" {style}/>'

    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{width}" height="{height}" fill="white"/>',
            f'<text x="{width / 2}" y="28" text-anchor="middle" font-size="15">{escaped(title)}</text>',
            *axes(at, len(losses), top),
            line(losses, 'stroke="#c4c4c4" stroke-width="1"'),
            line(running_mean(losses), 'stroke="#1f6fb4" stroke-width="2"'),
            *('<circle cx="{}" cy="{}" r="4" fill="#d1495b"/>'.format(*at(*point)) for point in held_out),
            *legend(width - margin - 150, margin + 4),
            "</svg>\n",
        ]
    )


def axes(at: Callable[[float, float], tuple[float, float]], steps: int, top: float) -> list[str]:
    """Return the two axes with their ticks."""
    (left, bottom), (right, upper) = at(0, 0.0), at(steps, top)
    parts = [f'<path d="M{left},{upper}V{bottom}H{right}" fill="none" stroke="#333"/>']
    for part in range(5):
        step, loss = steps * part // 4, top * part / 4
        x, y = at(step, 0.0)[0], at(0, loss)[1]
        parts.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{step}</text>')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end">{loss:.2f}</text>')
    parts.append(f'<text x="{(left + right) / 2}" y="{bottom + 38}" text-anchor="middle">batches seen</text>')
    parts.append(f'<text x="{left}" y="{upper - 8}" text-anchor="middle">loss</text>')
    return parts


def legend(x: float, y: float) -> list[str]:
    """Return what the three colours mean."""
    entries = [("#c4c4c4", "one batch"), ("#1f6fb4", "mean of 20 batches"), ("#d1495b", "held out")]
    return [
        f'<rect x="{x}" y="{y + 18 * row}" width="12" height="12" fill="{colour}"/>'
        f'<text x="{x + 18}" y="{y + 18 * row + 10}">{text}</text>'
        for row, (colour, text) in enumerate(entries)
    ]


def running_mean(values: Sequence[float], span: int = 20) -> list[float]:
    """Return the mean of the last ``span`` values at each place.

    >>> running_mean([1.0, 3.0, 5.0], span=2)
    [1.0, 2.0, 4.0]
    """
    return [math.fsum(values[max(0, i - span) : i]) / min(i, span) for i in range(1, len(values) + 1)]


def escaped(text: str) -> str:
    """Return ``text`` as it must stand in an SVG.

    >>> escaped("a & b")
    'a &amp; b'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def main() -> None:
    """Run the three parts and say where the pictures are."""
    OUT.mkdir(exist_ok=True)
    files = show_two_two_one()
    clock = time.perf_counter()
    losses = train_two_moons()
    print(f"{len(losses)} steps in {time.perf_counter() - clock:.1f} s")
    clock = time.perf_counter()
    written, share = train_digits()
    print(f"{share:.1%} of the held-out digits right after {time.perf_counter() - clock:.1f} s")
    print("\nWritten:")
    for path in [*files, *written]:
        print(f"  {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
