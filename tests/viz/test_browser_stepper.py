"""The stepper in a real browser, out of a real notebook: executed, converted, opened and clicked through."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograd import Value, record_source
from tests.viz.published import execute, publish
from viz import Trace, steps, trace
from viz.amount import describe

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"

NOTEBOOK = """
from autograd import Value, Tensor
from viz import steps
x, w, b = Value(0.5, label="x"), Value(-1.5, label="w"), Value(1.0, label="</script>")
loss = ((w * x + b).tanh() - 1) ** 2
loss.label = "loss"
first = steps(loss)
first
---
steps(Value(3.0, label="a") * Value(4.0, label='"quoted" 🙂') + 1.0)
---
first
---
import numpy as np
steps((Tensor(np.ones((2, 3)), requires_grad=True, label="W") * 2.0).sum(), theme="dark")
"""


def example() -> Value:
    x, w, b = Value(0.5, label="x"), Value(-1.5, label="w"), Value(1.0, label="</script>")
    loss = ((w * x + b).tanh() - 1) ** 2
    loss.label = "loss"
    return loss


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Execute a notebook and convert it, as people do."""
    return publish(execute(NOTEBOOK.split("---")), tmp_path_factory.mktemp("notebook") / "notebook.html")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip("Chromium is not installed")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Any]:
    """Return a function that opens a file; at the end nothing may have been requested, and nothing complained."""
    troubles: list[str] = []
    contexts: list[Any] = []

    def open_(path: Path, **options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()

        def route(route: Any) -> None:
            if route.request.url == path.as_uri():
                route.continue_()
            else:
                troubles.append(f"request of {route.request.url}")
                route.abort()

        page.route("**/*", route)
        page.on("console", lambda message: troubles.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not troubles


def frames(page: Any) -> list[Any]:
    page.wait_for_function("[...document.querySelectorAll('iframe')].every(f => f.clientHeight > 100)")
    return [frame for frame in page.frames if frame != page.main_frame]


def line(frame: Any) -> str:
    return str(frame.inner_text(".line"))


def texts(t: Trace) -> list[str]:
    return [step.text for step in t]


def drawn(frame: Any) -> dict[str, tuple[str, str]]:
    """Return what stands on the nodes of the picture: value and gradient."""
    found: dict[str, tuple[str, str]] = frame.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll('[data-node]')]
            .filter((node) => node.querySelector('[data-part=data]'))
            .map((node) => [node.dataset.node, ['data', 'grad'].map(
                (part) => node.querySelector(`[data-part=${part}]`)?.textContent ?? '')]))"""
    )
    return {key: (value, grad) for key, (value, grad) in found.items()}


def expected(t: Trace, k: int) -> dict[str, tuple[str, str]]:
    state = t.at(k)
    return {key: (describe(state.values.get(name)), describe(state.grads.get(name))) for key, name in t.names.items()}


# -- in the notebook -----------------------------------------------------------------------------------------


def test_the_stepper_takes_the_place_of_the_picture(open_page: Any, notebook: Path) -> None:
    page = open_page(notebook)
    assert len(frames(page)) == 4
    assert page.locator("img").count() == 0
    for frame in frames(page):
        wants = frame.evaluate("document.querySelector('.stepper').getBoundingClientRect().height")
        assert abs(frame.frame_element().bounding_box()["height"] - wants) <= 1


def test_clicking_through_shows_the_numbers_that_python_computed(open_page: Any, notebook: Path) -> None:
    t = trace(example())
    frame = frames(open_page(notebook))[0]
    for k, text in enumerate(texts(t)):
        assert line(frame) == text
        assert frame.inner_text(".counter") == f"{k + 1} / {len(t)}"
        assert drawn(frame) == expected(t, k)
        if k < len(t) - 1:
            frame.click("button.next")
    assert frame.is_disabled("button.next")
    for k in range(len(t) - 2, -1, -1):
        frame.click("button.previous")
        assert line(frame) == t[k].text
        assert drawn(frame) == expected(t, k)
    assert frame.is_disabled("button.previous")


def test_buttons_slider_and_keys_agree(open_page: Any, notebook: Path) -> None:
    t = trace(example())
    page = open_page(notebook)
    frame = frames(page)[0]
    frame.click("button.last")
    assert line(frame) == t[-1].text
    frame.evaluate("const s = document.querySelector('.slider'); s.value = 7; s.dispatchEvent(new Event('input'))")
    assert line(frame) == t[7].text
    frame.focus(".picture")
    for key, k in [("ArrowRight", 8), ("ArrowRight", 9), ("ArrowLeft", 8), ("End", len(t) - 1), ("Home", 0)]:
        page.keyboard.press(key)
        assert line(frame) == t[k].text
        assert frame.input_value(".slider") == str(k)
    frame.focus(".slider")
    page.keyboard.press("ArrowRight")
    assert line(frame) == t[1].text
    frame.click("button.first")
    assert line(frame) == t[0].text


def test_steppers_of_one_page_are_independent(open_page: Any, notebook: Path) -> None:
    """Bertviz #45: the second view of a notebook was empty. The same output twice works as well."""
    one, two, again, dark = frames(open_page(notebook))
    before = [line(frame) for frame in (two, again, dark)]
    one.click("button.last")
    assert [line(frame) for frame in (two, again, dark)] == before
    again.click("button.next")
    assert line(again) != line(one) != before[1]
    two.click("button.last")
    assert line(two).startswith("done: grad(a) = 4.0")


def test_names_are_text(open_page: Any, notebook: Path) -> None:
    one, two, *_ = frames(open_page(notebook))
    assert "</script>" in one.text_content(".picture svg")
    assert '"quoted" 🙂' in two.text_content(".picture svg")
    assert one.locator("script").count() == 2


def test_an_array_shows_its_elements_on_a_click(open_page: Any, notebook: Path) -> None:
    frame = frames(open_page(notebook))[3]
    frame.click("button.last")
    frame.click("[data-node=n0]")
    assert "mul" in frame.inner_text(".sum") or "g" in frame.inner_text(".sum")
    frame.click(".arrays details:last-child summary")
    assert frame.inner_text(".arrays details:last-child pre").split() == ["2.0"] * 6
    assert "arrays" in frame.inner_text(".note")


def test_the_page_is_painted_as_its_surroundings_are(open_page: Any, notebook: Path, tmp_path: Path) -> None:
    page = open_page(notebook, color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    light, *_, dark = frames(page)
    assert light.evaluate(paper) == "rgb(255, 255, 255)", "nbconvert's page is white, whatever the system prefers"
    assert dark.evaluate(paper) != "rgb(255, 255, 255)"
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    light.wait_for_function(f"{paper} !== 'rgb(255, 255, 255)'")
    alone = steps(example()).save(tmp_path / "alone.html")
    assert open_page(alone, color_scheme="dark").evaluate(paper) != "rgb(255, 255, 255)"
    assert open_page(alone, color_scheme="light").evaluate(paper) == "rgb(255, 255, 255)"


@pytest.mark.parametrize(
    "strip",
    [
        r"<iframe.*?</iframe>",  # JupyterLab's sanitizer, GitHub
        r"(?<=<iframe)[^>]*(?=>)",  # an older one kept the element alone
        r' srcdoc="[^"]*"',
        r"<script.*?</script>|<style.*?</style>",
    ],
)
def test_without_scripts_and_frames_the_picture_stays(open_page: Any, tmp_path: Path, strip: str) -> None:
    html = re.sub(strip, "", steps(example())._repr_html_(), flags=re.DOTALL)
    path = tmp_path / "stripped.html"
    path.write_text(f"<!DOCTYPE html><meta charset='utf-8'><body>{html}</body>", encoding="utf-8")
    page = open_page(path, java_script_enabled=False)
    assert page.inner_text("body").strip() == ""
    image = page.locator("img").bounding_box()
    assert image["width"] > 300
    assert image["height"] > 100
    for frame in page.locator("iframe").all():
        assert strip.startswith("(?<=") or frame.bounding_box()["height"] == 0


# -- what one can do -----------------------------------------------------------------------------------------


@pytest.fixture
def alone(open_page: Any, tmp_path: Path) -> Any:
    return open_page(steps(example()).save(tmp_path / "alone.html"))


def test_playing_stops_at_a_breakpoint(alone: Any) -> None:
    t = trace(example())
    alone.select_option(".speed", "4")
    alone.select_option(".chosen", label="w")
    alone.check(".breakpoint")
    assert alone.locator(".stop-sign").count() == 1
    alone.focus(".picture")
    alone.keyboard.press("Space")
    stops = [step.index for step in t if t.names[step.target] == "w" and step.index > 0]
    for stop in stops[:2]:
        alone.wait_for_function("document.querySelector('.play').getAttribute('aria-label') === 'Play'", timeout=20_000)
        assert line(alone) == t[stop].text
        alone.click("button.play")
    alone.click("button.play")


def test_a_node_can_be_picked_and_followed(alone: Any) -> None:
    t = trace(example())
    alone.click("button.last")
    alone.click("[data-node=n0]")
    assert alone.inner_text(".sum") == "∂loss/∂w = -1.4196 × 0.5 = -0.7098"
    alone.click("button.earlier")
    assert line(alone) == next(s.text for s in reversed(t[:-1]) if s.target == "n0")
    alone.click("button.earlier")
    assert line(alone) == "grad(w): -1.4196 × 0.5 = -0.7098"
    assert alone.locator(".now-edge:not(.label)").get_attribute("data-edge") == "n0>n2:0"
    assert alone.locator(".target-node").get_attribute("data-node") == "n0"


def test_the_line_of_the_program_is_shown(open_page: Any, tmp_path: Path) -> None:
    with record_source():
        y = Value(2.0, label="x") * 3.0
    page = open_page(steps(y).save(tmp_path / "source.html"))
    assert page.inner_text(".place") == ""
    page.click("button.next")
    assert re.fullmatch(r"test_browser_stepper\.py:\d+", page.inner_text(".place"))


def test_the_table_jumps(alone: Any) -> None:
    t = trace(example())
    alone.click(".events summary")
    rows = alone.locator(".events tbody tr")
    assert rows.count() == len(t)
    rows.nth(20).click()
    assert line(alone) == t[20].text
    assert rows.nth(20).get_attribute("aria-current") == "step"


def test_dragging_a_leaf_moves_everything(alone: Any) -> None:
    alone.click("button.last")
    alone.select_option(".chosen", label="w")
    assert alone.inner_text(".difference") == "gradient -0.7098, finite difference -0.7098"
    alone.fill(".number", "2.5")
    moved = Value(2.5, label="w")
    x, b = Value(0.5), Value(1.0)
    loss = ((moved * x + b).tanh() - 1) ** 2
    loss.backward()
    found = drawn(alone)
    assert found["n0"] == ("2.5", describe(moved.grad))
    assert found["n9"] == (describe(loss.data), "1.0")
    gradient, difference = re.findall(r"-?[\d.]+(?:e-\d+)?", alone.inner_text(".difference"))
    assert gradient == difference
    alone.click("button.reset")
    assert drawn(alone)["n0"] == ("-1.5", "-0.7098")
    alone.evaluate("const r = document.querySelector('.range'); r.value = 0; r.dispatchEvent(new Event('input'))")
    assert drawn(alone)["n0"][0] == "0.0"


def test_a_leaf_of_unknown_operations_stays_where_it_is(open_page: Any, tmp_path: Path) -> None:
    from autograd import primitive

    @primitive(elementwise=True)
    def tanh(x: float, /) -> float:  # another function under a name that the browser knows
        return x * x * x

    tanh.defvjp(lambda g, out, x: g * 3 * x * x)

    @primitive(elementwise=True)
    def cube(x: float, /) -> float:
        return x * x * x

    cube.defvjp(lambda g, out, x: g * 3 * x * x)
    for op, note in ((cube, "does not know the operation cube"), (tanh, "computes another number at")):
        page = open_page(steps(op(Value(2.0, label="x"))).save(tmp_path / f"{op.name}.html"))
        assert note in page.inner_text(".note")
        assert not page.is_visible(".drag")


def test_the_quiz_hides_the_number_until_it_is_typed(open_page: Any, tmp_path: Path) -> None:
    page = open_page(steps(Value(3.0, label="a") * Value(4.0, label="b"), quiz=True).save(tmp_path / "quiz.html"))
    page.click("button.last")
    assert line(page) == "n2 = a * b = ?", "there is no way past a question"
    page.click("button.next")
    assert line(page) == "n2 = a * b = ?"
    assert page.inner_text(".verdict") == "Type the number, or reveal it."
    page.click(".events summary")
    assert "12.0" not in page.inner_text("body")
    assert drawn(page)["n2"] == ("—", "—")
    page.fill(".answer", "7")
    page.keyboard.press("Enter")
    assert page.inner_text(".verdict") == "✗ not yet"
    assert line(page) == "n2 = a * b = ?"
    page.fill(".answer", "12")
    page.keyboard.press("Enter")
    assert line(page) == "n2 = a * b = 12.0"
    assert drawn(page)["n2"] == ("12.0", "—")
    assert page.inner_text(".score") == "Score: 0 of 1 right"
    for _ in range(3):
        page.click("button.next")
    assert line(page) == "grad(a): 1.0 × 4.0 = ?"
    page.fill(".answer", "4")
    page.click(".check")
    assert line(page) == "grad(a): 1.0 × 4.0 = 4.0"
    page.click("button.last")
    page.click(".reveal")
    assert line(page) == "grad(b): 1.0 × 3.0 = 3.0"
    assert page.inner_text(".score") == "Score: 1 of 3 right"


def test_everything_has_a_name_for_screen_readers(alone: Any) -> None:
    unnamed = alone.evaluate(
        """() => [...document.querySelectorAll('button, input, select')]
            .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.closest('label')))
            .map((e) => e.className)"""
    )
    assert unnamed == []
    assert alone.get_attribute(".line", "aria-live") == "polite"


@pytest.mark.parametrize("width", [360, 600, 1400])
def test_nothing_runs_over_the_edge(open_page: Any, tmp_path: Path, width: int) -> None:
    page = open_page(steps(example()).save(tmp_path / "page.html"), viewport={"width": width, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_graph_of_ten_thousand_operations(open_page: Any, tmp_path: Path) -> None:
    y = Value(1.0, label="x")
    for _ in range(10_000):
        y = y * 1.0001
    path = steps(y).save(tmp_path / "big.html")
    assert path.stat().st_size < 1_000_000
    start = time.perf_counter()
    page = open_page(path)
    page.wait_for_function("document.querySelector('.line').textContent !== ''")
    assert time.perf_counter() - start < 2.0
    took = page.evaluate(
        """() => { const next = document.querySelector('.next'); const times = [];
            for (let i = 0; i < 40; i++) {
                const start = performance.now();
                next.click(); document.body.getBoundingClientRect();
                times.push(performance.now() - start);
            }
            return times.sort((a, b) => a - b); }"""
    )
    assert took[20] < 50.0
    assert "Shown here" in page.inner_text(".message")


def test_the_animation_plays_as_an_image(open_page: Any, browser: Any, tmp_path: Path) -> None:
    steps(example()).save(tmp_path / "pass.svg")
    page = browser.new_page(viewport={"width": 700, "height": 700})
    page.goto((tmp_path / "pass.svg").as_uri())
    seen = "[...document.querySelectorAll('text')].filter(t => getComputedStyle(t).visibility === 'visible')"
    for second, text in ((0.5, "1/25"), (20.9, "18/25")):
        page.evaluate(f"document.documentElement.pauseAnimations(); document.documentElement.setCurrentTime({second})")
        shown = page.evaluate(f"{seen}.map(t => t.textContent)")
        assert next(line for line in shown if re.match(r"\d+/25", line)).startswith(text)
    page.close()
