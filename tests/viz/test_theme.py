"""Colours: readable in light and dark, told apart by everybody, and they mean what the legend says."""

import itertools

import pytest

from autograd import Value
from tests.viz.graphs import expression
from viz import GraphView, to_dot
from viz.theme import DARK, LIGHT, Theme, fills, legend, theme_named


def channels(colour: str) -> list[float]:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour: str) -> float:
    red, green, blue = channels(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_text_is_readable_on_everything_it_stands_on(theme: Theme) -> None:
    grounds = (theme.paper, theme.leaf, theme.result, theme.constant, theme.operation, theme.group, theme.frame)
    for ground in (*grounds, *theme.shades, *theme.families.values(), theme.accent_fill, theme.alarm_fill):
        assert contrast(theme.ink, ground) >= 4.5, ground
    for ground in grounds:
        assert contrast(theme.faint, ground) >= 4.5, ground
    assert contrast(theme.alarm, theme.alarm_fill) >= 4.5
    for line in (theme.line, theme.operation_line, theme.group_line, theme.accent):
        assert contrast(line, theme.paper) >= 3.0, line


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_shades_differ_in_lightness_alone(theme: Theme) -> None:
    steps = [contrast(a, b) for a, b in itertools.pairwise(theme.shades)]
    assert min(steps) > 1.1
    assert sorted(theme.shades, key=luminance) in (list(theme.shades), list(theme.shades[::-1]))


def test_gradients_are_coloured_on_a_logarithmic_scale() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(4):
        y = y * 0.1
    y.backward()
    view = GraphView.of(y)
    found = fills(view, "grad", LIGHT)
    results = [node.id for node in view.nodes if node.kind != "constant"]
    shades = [LIGHT.shades.index(found[node]) for node in results]
    assert shades == sorted(shades)
    assert (shades[0], shades[-1]) == (1, 4)
    assert legend(view, "grad", LIGHT) == ((LIGHT.shades[1], "|grad| from 0.0001"), (LIGHT.shades[-1], "to 1"))
    zero = y * 0.0
    zero.backward()
    assert set(fills(GraphView.of(zero), "grad", LIGHT).values()) == {LIGHT.shades[i] for i in (0, 1, 4)}


def test_nothing_is_coloured_before_there_is_a_gradient() -> None:
    view = GraphView.of(Value(1.0) * 2.0)
    assert fills(view, "grad", LIGHT) == {}
    assert legend(view, "grad", LIGHT) == ()
    assert fills(view, None, LIGHT) == {}
    assert legend(view, None, LIGHT) == ()


def test_costs_colour_nodes() -> None:
    x = Value(1.0)
    y = x * 2.0
    view = GraphView.of(y, costs={x: {"bytes": 1.0}, y: {"bytes": 100.0, "flops": float("inf")}})
    assert fills(view, "bytes", LIGHT) == {"n0": LIGHT.shades[0], "n2": LIGHT.shades[-1]}
    assert fills(view, "flops", LIGHT) == {}
    with pytest.raises(ValueError, match="one of grad, op, bytes, flops or None, got 'time'"):
        fills(view, "time", LIGHT)


def test_what_is_not_finite_has_no_shade() -> None:
    y = Value(0.0).log() * 2.0
    y.backward()
    assert set(fills(GraphView.of(y), "grad", LIGHT)) == {"n1", "n3"}


@pytest.mark.parametrize("color", [None, "grad", "op"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_dot_is_coloured(color: str | None, theme: str) -> None:
    view = GraphView.of(expression())
    text = to_dot(view, color=color, theme=theme)
    assert f'bgcolor="{theme_named(theme).paper}"' in text
    for fill in fills(view, color, theme_named(theme)).values():
        assert fill in text
    assert ("labelloc=b" in text) == (color is not None)


def test_other_themes_are_refused() -> None:
    with pytest.raises(ValueError, match="one of light, dark, got 'auto'"):
        to_dot(GraphView.of(Value(1.0)), theme="auto")
