"""Use the installed distribution as a newcomer would; `.ci/check-wheel` runs it in an empty environment."""

import sys
from importlib.metadata import entry_points, files
from pathlib import Path

import autograd
import autograd.testing
import nn
import nn.data
import nn.utils.rnn
import optim
import optim.lr_scheduler
import viz

PACKAGES = (autograd, nn, optim, viz)
PLUGIN = {"_stepgrad_pytest.py", "__pycache__"}  # a module beside the packages, and what pip compiles of it

for package in PACKAGES:
    home = Path(package.__file__).parent
    assert home.is_relative_to(sys.prefix), f"{package.__name__} was imported from {home}, not from the wheel"
    assert (home / "py.typed").is_file(), f"{package.__name__} has lost its py.typed"

installed = {file.parts[0] for file in files("stepgrad") or ()}
unexpected = {name for name in installed if not name.endswith(".dist-info")} - {p.__name__ for p in PACKAGES}
unexpected -= PLUGIN
assert not unexpected, f"the wheel also holds {sorted(unexpected)}"

assert "_stepgrad_pytest.py" in installed, "the wheel has lost the pytest plugin"
assert [plugin.value for plugin in entry_points(group="pytest11")] == ["_stepgrad_pytest"], "pytest does not find it"

x = autograd.Value(3.0)
(x * x).backward()
assert x.grad == 6.0, x.grad

t = autograd.Tensor([1.0, 2.0], requires_grad=True)
(t * t).sum().backward()
assert t.grad.tolist() == [2.0, 4.0], t.grad

output, _ = nn.LSTM(3, 2)(autograd.Tensor([[[1.0, 2.0, 3.0]]]))
assert output.shape == (1, 1, 2), output.shape
assert autograd.testing.check_gradients(autograd.linalg.det, [[2.0, 1.0], [1.0, 3.0]])

images, labels = nn.data.load("mnist_5k")
assert len(images) == len(labels) == 5000, (len(images), len(labels))

print("the wheel works:", ", ".join(sorted(installed)))
