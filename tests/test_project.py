"""Laws of the project: who imports whom, what may never be called, and pages that follow the code."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("autograd", "nn", "optim", "viz")
ALLOWED = {"autograd": set(), "nn": {"autograd"}, "optim": {"autograd"}, "viz": {"autograd", "nn"}}
# Value.draw and Tensor.draw hand over to the pictures when they are called.
EXCEPTIONS = {("autograd", "viz")}


def sources() -> list[tuple[str, Path]]:
    return [(package, path) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def top_level_imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_packages_import_downwards_only() -> None:
    for package, path in sources():
        found = top_level_imports(path) & set(PACKAGES) - {package}
        wrong = {name for name in found if name not in ALLOWED[package] and (package, name) not in EXCEPTIONS}
        assert not wrong, f"{path} imports {wrong}"


def test_r148_nothing_is_unpickled_or_evaluated() -> None:
    banned = {"eval", "exec", "compile", "__import__"}
    for _, path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                assert name not in banned or isinstance(node.func, ast.Attribute), f"{path} calls {name}"
                assert name not in {"loads", "yaml_load"} or "json" in ast.unparse(node.func), f"{path} calls {name}"
                for keyword in node.keywords:
                    if keyword.arg == "allow_pickle":
                        assert ast.unparse(keyword.value) == "False"
        assert "pickle" not in top_level_imports(path)
        assert "marshal" not in top_level_imports(path)


def test_importing_everything_loads_numpy_and_nothing_heavier() -> None:
    code = (
        "import sys, autograd, nn, optim, viz;"
        "heavy = {'graphviz', 'matplotlib', 'IPython', 'scipy', 'torch', 'pandas', 'numba'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_table_of_operations_follows_the_registry() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import generate
    finally:
        sys.path.pop(0)
    page = (ROOT / "docs" / "ops.md").read_text(encoding="utf-8")
    assert page == generate.op_table(), "docs/ops.md is out of date: run `make docs`"


def test_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    rng = np.random.default_rng(0)
    names = {
        "train_images": rng.random((128, 784), dtype=np.float32),
        "train_labels": rng.integers(0, 10, 128),
    }
    for block in blocks:
        exec(block, names)
    assert len(blocks) == 4
    assert list(tmp_path.iterdir())  # the picture, or its DOT text


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()
