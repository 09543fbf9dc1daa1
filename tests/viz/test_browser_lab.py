"""A real JupyterLab: a notebook is opened, run and clicked through, then opened again where nobody trusts it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from autograd import Value
from viz import trace

pytestmark = [pytest.mark.browser, pytest.mark.slow]
pytest.importorskip("jupyterlab")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")
playwright_api = pytest.importorskip("playwright.sync_api")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ROOT = Path(__file__).parents[2]
PATIENCE = 90_000  # milliseconds: Lab is a large program, and the machine may be a small one
DARK, LIGHT = "rgb(20, 24, 29)", "rgb(255, 255, 255)"

CELLS = [
    "from autograd import Value\n"
    "from viz import draw, steps\n"
    'x, w = Value(0.5, label="x"), Value(-1.5, label="w")\n'
    "y = (w * x + 1.0).tanh()\n"
    'y.label = "y"\n'
    "draw(y)",
    "steps(y)",
]


def example() -> Value:
    x, w = Value(0.5, label="x"), Value(-1.5, label="w")
    y = (w * x + 1.0).tanh()
    y.label = "y"
    return y


@contextmanager
def serve(files: Path, home: Path) -> Iterator[str]:
    """Run JupyterLab on this machine alone, with a home of its own: it trusts nothing that another home signed."""
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    quiet = {"fetchNews": "false", "checkForUpdates": False}
    (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet), encoding="utf-8")
    places = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    environment = os.environ | {name: str(home / place) for name, place in places.items()} | {"PYTHONPATH": str(ROOT)}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"]
    options += [f"--ServerApp.root_dir={files}", "--IdentityProvider.token=", "--expose-app-in-browser"]
    with (home / "log.txt").open("wb") as log:
        command = [sys.executable, "-m", "jupyterlab", *options]
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/api/status", server, home / "log.txt")
        yield address
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if not Path(CHROMIUM).exists() and not os.environ.get("CI"):
        pytest.skip("Chromium is not installed")
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_lab(chromium: Any) -> Iterator[Callable[[str], Any]]:
    """Return a function that opens the notebook in Lab; at the end nothing of ours complained or asked for anything."""
    troubles: list[str] = []
    contexts: list[Any] = []

    def open_(address: str) -> Any:
        context = chromium.new_context(viewport={"width": 1300, "height": 1000})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)

        def route(route: Any) -> None:
            if route.request.url.startswith(address):
                route.continue_()
            else:
                troubles.append(f"request of {route.request.url}")
                route.abort()

        context.route("**/*", route)
        page = context.new_page()

        def hear(text: str, place: str) -> None:
            if address not in place:  # Lab's own scripts complain too: its splash screen, where themes change quickly
                troubles.append(f"{text} at {place}")

        page.on("console", lambda message: hear(message.text, message.location["url"]))
        page.on("pageerror", lambda error: hear(str(error), error.stack or ""))
        page.goto(f"{address}/lab/tree/notebook.ipynb")
        page.locator(".jp-Notebook .jp-Cell").nth(1).wait_for()
        page.locator("text=/ipykernel.*Idle/").wait_for()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not troubles


def command(page: Any, name: str, **arguments: str) -> None:
    """Do what Lab's menus do."""
    page.evaluate("([name, arguments]) => jupyterapp.commands.execute(name, arguments)", [name, arguments])


def test_in_a_real_jupyterlab(open_lab: Callable[[str], Any], tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    cells = [nbformat.v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(CELLS)]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    book = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    path = files / "notebook.ipynb"
    nbformat.write(book, path)
    with serve(files, tmp_path / "home") as address:
        page = open_lab(address)
        command(page, "notebook:run-all-cells")
        look_into(page)
        follow_the_theme(page)
        command(page, "docmanager:save")
        assert all(cell.outputs for cell in nbformat.read(path, 4).cells)
        page.reload()
        look_into(page)  # one's own notebook is trusted: it shows the pages again
    with serve(files, tmp_path / "stranger") as address:
        look_at_the_still_pictures(open_lab(address))


def look_into(page: Any) -> None:
    """Explore the picture and walk through the steps."""
    page.locator(".jp-OutputArea-output iframe").nth(1).wait_for(state="attached")
    page.wait_for_function("[...document.querySelectorAll('iframe')].every(frame => frame.clientHeight > 100)")
    assert page.locator(".jp-OutputArea-output img").count() == 0
    explorer, stepper = (page.frame_locator(".jp-OutputArea-output iframe").nth(number) for number in (0, 1))
    t = trace(example())
    for step in t:
        assert stepper.locator(".line").inner_text() == step.text
        if step.index < len(t) - 1:
            stepper.locator("button.next").click()
    wants = stepper.locator(".stepper").evaluate("stepper => stepper.getBoundingClientRect().height")
    assert abs(page.locator("iframe").nth(1).bounding_box()["height"] - wants) <= 1
    explorer.locator("[data-node] text", has_text="tanh").first.click()
    assert explorer.locator(".details h2").inner_text() == "y"
    explorer.locator(".view").press("Escape")
    assert not explorer.locator(".details").is_visible()


def follow_the_theme(page: Any) -> None:
    """Change Lab's theme: the pages are painted in the same tone at once."""
    are_painted = (
        "colour => [...document.querySelectorAll('iframe')].every("
        "frame => getComputedStyle(frame.contentDocument.body).backgroundColor === colour)"
    )
    for theme, colour in (("JupyterLab Dark", DARK), ("JupyterLab Light", LIGHT)):
        command(page, "apputils:change-theme", theme=theme)
        page.wait_for_function(are_painted, arg=colour)


def look_at_the_still_pictures(page: Any) -> None:
    """Without trust Lab takes out frames and scripts: the images are there, and no empty box."""
    images = page.locator(".jp-OutputArea-output img")
    images.nth(1).wait_for()
    assert images.count() == 2
    for image in images.all():
        assert image.evaluate("image => image.complete && image.naturalWidth") > 200
        assert image.bounding_box()["height"] > 50
    assert all(frame.bounding_box()["height"] == 0 for frame in page.locator("iframe").all())
    assert page.locator(".jp-OutputArea-output").all_inner_texts() == ["", ""]
