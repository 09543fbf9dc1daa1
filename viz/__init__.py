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

from .dot import to_dot
from .drawing import Drawing, draw
from .graph_view import EdgeView, GraphView, NodeView, Quantity
from .layout import Layout, Route, layout
from .stepper import Stepper, steps
from .svg import to_svg
from .trace import State, Step, Trace, recording, trace

__all__ = [
    "Drawing",
    "EdgeView",
    "GraphView",
    "Layout",
    "NodeView",
    "Quantity",
    "Route",
    "State",
    "Step",
    "Stepper",
    "Trace",
    "draw",
    "layout",
    "recording",
    "steps",
    "to_dot",
    "to_svg",
    "trace",
]
