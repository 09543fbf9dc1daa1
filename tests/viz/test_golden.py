"""Pictures as they were when somebody last looked at them.

After a change that is meant, ``STEPGRAD_UPDATE=1 python -m pytest tests/viz/test_golden.py`` writes them anew;
``git diff`` then shows what changed.
"""

from pathlib import Path

import numpy as np
import pytest

from autograd import Tensor
from tests.viz.graphs import chain, expression, moons, tangle, unrolled
from viz import GraphView, assert_graph

GOLDEN = Path(__file__).parent / "golden"


def tensors() -> Tensor:
    x = Tensor(np.arange(6.0).reshape(2, 3))
    w = Tensor(np.ones((3, 2)), requires_grad=True)
    x.label, w.label = "x", "w"
    y = ((x @ w).relu().sum(axis=1) / 0.0).mean()
    y.backward()
    return y


VIEWS = {
    "expression": lambda: GraphView.of(expression(), show=("local", "contribution")),
    "tensors": lambda: GraphView.of(tensors(), show=("contribution",)),
    "moons": lambda: GraphView.of(moons(20, (4, 3, 1)), max_nodes=40),
    "recurrence": lambda: GraphView.of(unrolled(80)),
    "chain": lambda: GraphView.of(chain(500)),
    "tangle": lambda: GraphView.of(tangle(60), max_nodes=20),
}


FILES = [f"{name}{ending}" for name in VIEWS for ending in (".dot", ".mmd", ".txt")] + [
    "expression.json",
    "tensors.json",
]


@pytest.mark.parametrize("file", FILES)
def test_picture(file: str) -> None:
    assert_graph(VIEWS[file.partition(".")[0]](), GOLDEN / file)
