"""Pictures of computation graphs.

``draw`` turns the graph behind a value into a picture that a notebook shows and a file keeps:

>>> from autograd import Value
>>> from viz import draw
>>> a = Value(2.0, label="a")
>>> draw(a * a)
<Drawing: 2 nodes, 2 edges>

Everything is drawn from one :class:`GraphView`, a plain description of the graph. Graphviz and IPython
are imported when they are needed, never when this package is.
"""

from . import museum, plots
from .amount import ArraySnapshot
from .compare import GraphDiff, assert_graph, graph_diff
from .dot import to_dot
from .drawing import Drawing, draw
from .engines import EngineError
from .explain import Explanation, WhatIf, explain, what_if
from .expression import Expression, derivative, expression
from .graph_view import EdgeView, GraphView, NodeView, Quantity
from .layout import Layout, Route, layout
from .ledger import Ledger, ledger
from .mermaid import to_mermaid
from .stepper import Stepper, steps
from .summary import Summary, summary
from .svg import to_svg
from .text import to_text
from .trace import State, Step, Trace, recording, trace
from .view_json import GraphViewFormatError, from_json, to_json

__all__ = [
    "ArraySnapshot",
    "Drawing",
    "EdgeView",
    "EngineError",
    "Explanation",
    "Expression",
    "GraphDiff",
    "GraphView",
    "GraphViewFormatError",
    "Layout",
    "Ledger",
    "NodeView",
    "Quantity",
    "Route",
    "State",
    "Step",
    "Stepper",
    "Summary",
    "Trace",
    "WhatIf",
    "assert_graph",
    "derivative",
    "draw",
    "explain",
    "expression",
    "from_json",
    "graph_diff",
    "layout",
    "ledger",
    "museum",
    "plots",
    "recording",
    "steps",
    "summary",
    "to_dot",
    "to_json",
    "to_mermaid",
    "to_svg",
    "to_text",
    "trace",
    "what_if",
]
