"""Use the installed distribution as a newcomer would; `.ci/check-wheel` runs it in an empty environment."""

import sys
from importlib.metadata import files
from pathlib import Path

import autograd
import nn
import nn.data
import optim
import viz

PACKAGES = (autograd, nn, optim, viz)

for package in PACKAGES:
    home = Path(package.__file__).parent
    assert home.is_relative_to(sys.prefix), f"{package.__name__} was imported from {home}, not from the wheel"
    assert (home / "py.typed").is_file(), f"{package.__name__} has lost its py.typed"

installed = {file.parts[0] for file in files("stepgrad") or ()}
unexpected = {name for name in installed if not name.endswith(".dist-info")} - {p.__name__ for p in PACKAGES}
assert not unexpected, f"the wheel also holds {sorted(unexpected)}"

x = autograd.Value(3.0)
(x * x).backward()
assert x.grad == 6.0, x.grad

t = autograd.Tensor([1.0, 2.0], requires_grad=True)
(t * t).sum().backward()
assert t.grad.tolist() == [2.0, 4.0], t.grad

images, labels = nn.data.load("mnist_5k")
assert len(images) == len(labels) == 5000, (len(images), len(labels))

print("the wheel works:", ", ".join(sorted(installed)))
