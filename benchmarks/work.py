"""One side of one benchmark, in a process of its own; prints seconds and the number it computed as JSON."""

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))
sys.setrecursionlimit(100_000)  # micrograd sorts recursively


def moons(side: str) -> Callable[[], float]:
    """Return one training step of a scalar 2-16-16-1 network on 100 points."""
    import numpy as np

    if side == "stepgrad":
        from autograd import Value
        from nn.scalar import MLP
    else:
        from micrograd.engine import Value
        from micrograd.nn import MLP
    rng = np.random.default_rng(1)
    angle = rng.uniform(0, np.pi, 50)
    points = np.r_[np.c_[np.cos(angle), np.sin(angle)], np.c_[1 - np.cos(angle), 0.5 - np.sin(angle)]]
    labels = [-1.0] * 50 + [1.0] * 50
    random.seed(0)
    model = MLP(2, [16, 16, 1])

    def step() -> float:
        scores = [model([Value(float(v)) for v in row]) for row in points]
        losses = [(1 + -y * score).relu() for y, score in zip(labels, scores, strict=True)]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.1 * p.grad
        return float(loss.data)

    return step


def chain(side: str) -> Callable[[], float]:
    """Return a chain of products of one-element tensors, both ways."""
    if side == "stepgrad":
        from autograd import Tensor

        x, factor = Tensor([1.0], requires_grad=True), Tensor([1.0001])
    else:
        import torch

        x, factor = torch.tensor([1.0], requires_grad=True), torch.tensor([1.0001])

    def run() -> float:
        x.grad = None
        y = x
        for _ in range(1000):
            y = y * factor
        y.backward()
        return float(x.grad.item())

    return run


def tanh(side: str) -> Callable[[], float]:
    """Return a hundred layers of a recurrence, both ways."""
    import numpy as np

    rng = np.random.default_rng(0)
    z0 = rng.standard_normal((64, 64)).astype("float32")
    w0 = (rng.standard_normal((64, 64)) / 8).astype("float32")
    if side == "stepgrad":
        from autograd import Tensor

        start, w = Tensor(z0), Tensor(w0, requires_grad=True)
    else:
        import torch

        torch.set_num_threads(2)
        start, w = torch.tensor(z0), torch.tensor(w0, requires_grad=True)

    def run() -> float:
        w.grad = None
        z = start
        for _ in range(100):
            z = (z @ w).tanh()
        loss = z.sum()
        loss.backward()
        return float(loss.item())

    return run


def mlp(side: str) -> Callable[[], float]:
    """Return one SGD step of a network for digits."""
    import numpy as np

    rng = np.random.default_rng(0)
    images = rng.random((64, 784), dtype="float32")
    labels = rng.integers(0, 10, 64)
    sizes = [784, 256, 128, 10]
    weights = [(rng.standard_normal((m, n)) / n**0.5).astype("float32") for n, m in pairwise(sizes)]
    if side == "stepgrad":
        import nn
        import optim
        from autograd import Tensor
        from nn.functional import cross_entropy

        x, y = Tensor(images), Tensor(labels)
        make = Tensor
    else:
        import torch
        from torch import nn, optim
        from torch.nn.functional import cross_entropy

        torch.set_num_threads(2)
        x, y = torch.tensor(images), torch.tensor(labels)
        make = torch.tensor
    layers = [nn.Linear(n, m) for n, m in pairwise(sizes)]
    for layer, w in zip(layers, weights, strict=True):
        layer.weight.data = make(w)
        layer.bias.data = make(np.zeros(len(w), dtype="float32"))
    model = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    optimizer = optim.SGD(model.parameters(), lr=0.01)

    def step() -> float:
        optimizer.zero_grad()
        loss = cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return float(loss.item())

    return step


def imports(side: str) -> Callable[[], float]:
    """Return the start of a fresh interpreter with our packages, or with NumPy alone."""
    code = "import numpy" if side == "numpy" else "import autograd, nn, optim, viz"

    def run() -> float:
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
        return 0.0

    return run


WORK: dict[str, Callable[[str], Callable[[], float]]] = {
    "moons": moons,
    "chain": chain,
    "tanh": tanh,
    "mlp": mlp,
    "import": imports,
}


def main() -> None:
    """Warm up, time, and print the median."""
    work, side = sys.argv[1:]
    run = WORK[work](side)
    result: Any = [run() for _ in range(3)][-1]
    times = []
    start = time.perf_counter()
    while len(times) < 5 or time.perf_counter() - start < 1.0:
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    print(json.dumps({"seconds": statistics.median(times), "result": result}))


if __name__ == "__main__":
    main()
