"""Pictures of computation graphs.

``draw`` turns the graph behind a value into a picture that a notebook shows and a file keeps:

>>> from autograd import Value
>>> from viz import draw
>>> a = Value(2.0, label="a")
>>> draw(a * a)
<Drawing: 2 nodes, 2 edges>

Everything is drawn from one :class:`GraphView`, a plain description of the graph. A part of this package is imported
when it is first asked for, so that ``import viz`` costs next to nothing; Graphviz, IPython and matplotlib likewise.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import museum as museum
    from . import plots as plots
    from .amount import ArraySnapshot as ArraySnapshot
    from .compare import (
        GraphDiff as GraphDiff,
    )
    from .compare import (
        assert_graph as assert_graph,
    )
    from .compare import (
        graph_diff as graph_diff,
    )
    from .costs import Ledger as Ledger
    from .costs import ledger as ledger
    from .dot import to_dot as to_dot
    from .drawing import Drawing as Drawing
    from .drawing import draw as draw
    from .engines import EngineError as EngineError
    from .explanation import (
        Explanation as Explanation,
    )
    from .explanation import (
        WhatIf as WhatIf,
    )
    from .explanation import (
        explain as explain,
    )
    from .explanation import (
        what_if as what_if,
    )
    from .formula import (
        Expression as Expression,
    )
    from .formula import (
        derivative as derivative,
    )
    from .formula import (
        expression as expression,
    )
    from .graph_view import (
        EdgeView as EdgeView,
    )
    from .graph_view import (
        GraphView as GraphView,
    )
    from .graph_view import (
        NodeView as NodeView,
    )
    from .graph_view import (
        Quantity as Quantity,
    )
    from .mermaid import to_mermaid as to_mermaid
    from .overview import Summary as Summary
    from .overview import summary as summary
    from .placement import (
        Layout as Layout,
    )
    from .placement import (
        Route as Route,
    )
    from .placement import (
        layout as layout,
    )
    from .stepper import Stepper as Stepper
    from .stepper import steps as steps
    from .svg import to_svg as to_svg
    from .text import to_text as to_text
    from .tracing import (
        State as State,
    )
    from .tracing import (
        Step as Step,
    )
    from .tracing import (
        Trace as Trace,
    )
    from .tracing import (
        recording as recording,
    )
    from .tracing import (
        trace as trace,
    )
    from .view_json import (
        GraphViewFormatError as GraphViewFormatError,
    )
    from .view_json import (
        from_json as from_json,
    )
    from .view_json import (
        to_json as to_json,
    )

_HOME = {
    "ArraySnapshot": "amount",
    "Drawing": "drawing",
    "EdgeView": "graph_view",
    "EngineError": "engines",
    "Explanation": "explanation",
    "Expression": "formula",
    "GraphDiff": "compare",
    "GraphView": "graph_view",
    "GraphViewFormatError": "view_json",
    "Layout": "placement",
    "Ledger": "costs",
    "NodeView": "graph_view",
    "Quantity": "graph_view",
    "Route": "placement",
    "State": "tracing",
    "Step": "tracing",
    "Stepper": "stepper",
    "Summary": "overview",
    "Trace": "tracing",
    "WhatIf": "explanation",
    "assert_graph": "compare",
    "derivative": "formula",
    "draw": "drawing",
    "explain": "explanation",
    "expression": "formula",
    "from_json": "view_json",
    "graph_diff": "compare",
    "layout": "placement",
    "ledger": "costs",
    "recording": "tracing",
    "steps": "stepper",
    "summary": "overview",
    "to_dot": "dot",
    "to_json": "view_json",
    "to_mermaid": "mermaid",
    "to_svg": "svg",
    "to_text": "text",
    "trace": "tracing",
    "what_if": "explanation",
}
"""The module that each public name stands in; none of them is called like a name, which would hide it."""

_MODULES = ("museum", "plots")

__all__ = [*_HOME, *_MODULES]  # noqa: PLE0604 - strings, all of them


def __getattr__(name: str) -> Any:
    """Import the module of a public name when the name is first used."""
    from importlib import import_module

    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f".{_HOME[name]}", __name__), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
