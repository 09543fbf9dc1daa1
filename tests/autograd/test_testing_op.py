"""op_test: one line makes a test class, which passes for what is right and fails where it should for what is not."""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, settings

from autograd import Function, Tensor, ops, primitive
from autograd.testing import LAWS, op_test


@primitive
def cube(x: Any, /) -> Any:
    return x**3


cube.defvjp(lambda g, out, x: 3.0 * g * x * x)


class Squash(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        out = ops.tanh(x)
        ctx.save_for_backward(out)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        (out,) = ctx.saved_tensors
        return grad * (1.0 - out * out)


def gated(x: Any, y: Any) -> Any:
    return ops.sigmoid(x) * ops.exp(y)


def length(x: Any) -> Any:
    return ops.sqrt((x * x).sum())


def matrix_product(x: Any, y: Any) -> Any:
    return x @ y


TestCube = op_test(cube, domain=(0.1, 3.0), reference=lambda x: x * x * x, examples=8)
TestSquash = op_test(Squash, reference=np.tanh, examples=8)
TestGated = op_test(gated, examples=8)
TestLength = op_test(length, domain=(0.2, 2.0), examples=8)
TestMatrixProduct = op_test(matrix_product, shapes=[((2, 3), (3, 2)), ((3,), (3,))], examples=8)
TestMean = op_test(ops.mean, params=[{}, {"axis": -1}, {"axis": 0, "keepdims": True}], examples=8)
TestRelu = op_test(ops.relu, examples=8)
TestMaximum = op_test(ops.maximum, examples=8)
TestConcatenate = op_test(ops.concatenate, shapes=[((2, 3), (1, 3)), ((0, 2), (2, 2))], examples=8)


def names(made: type) -> set[str]:
    return {name.removeprefix("test_") for name in vars(made) if name.startswith("test_")}


def test_laws_are_chosen_for_the_operation() -> None:
    assert names(TestCube) == set(LAWS) - {"to_broadcast_is_to_repeat"}
    assert "to_broadcast_is_to_repeat" in names(TestGated)
    assert "a_value_is_a_tensor_without_axes" in names(TestSquash)
    assert "an_odd_value_harms_no_other" not in names(TestLength) | names(TestMatrixProduct)
    assert "gradients_of_gradients" not in names(op_test(cube, order=1))
    assert "gradients" not in names(op_test(cube, skip=["gradients"]))
    assert TestCube.__module__ == __name__
    assert TestCube.__name__ == "TestCube"


def broken(forward: Any, *rules: Any, **options: Any) -> Any:
    made = primitive(**options)(forward)
    made.defvjp(*rules)
    return made


def sine(x: Any, /) -> Any:
    return np.sin(x)


def product(x: Any, y: Any, /) -> Any:
    return x * y


def widened(x: Any, /) -> Any:
    return x * np.float64(2.0)


def in_place(x: Any, /) -> Any:
    x += 1.0
    return x * 2.0


def handed_on(x: Any, /) -> Any:
    return np.positive(x)[...]


def only_contiguous(x: Any, /) -> Any:
    return np.frombuffer(x.tobytes()).reshape(x.shape) * (2.0 if x.flags.c_contiguous else 3.0)


def centred(x: Any, /) -> Any:
    return x - np.mean(x)


def at_least_one_axis(x: Any, /) -> Any:
    return np.atleast_1d(x) * 2.0


def cosine_off_the_graph(g: Any, out: Any, x: Any) -> Any:
    return g * np.cos(getattr(x, "payload", x))


def writes_upstream(g: Any, out: Any, x: Any) -> Any:
    g *= np.cos(x)
    return g.copy()


@pytest.fixture
def unshrunk() -> Iterator[None]:
    """Failures are looked for, not made small: that is Hypothesis's business and takes its time."""
    before = settings.get_current_profile_name()
    settings.register_profile("unshrunk", phases=[Phase.generate])
    settings.load_profile("unshrunk")
    yield
    settings.load_profile(before)


BROKEN = [
    ("gradients", broken(sine, lambda g, out, x: -g * ops.cos(x)), "sign is flipped"),
    ("gradients", broken(product, lambda g, out, x, y: g * y, lambda g, out, x, y: g * y), "input 1"),
    ("gradients_of_gradients", broken(sine, cosine_off_the_graph), "leaves the graph"),
    ("dtype_and_shape_are_kept", broken(widened, lambda g, out, x: g * 2.0), "expected float32"),
    ("inputs_stay_as_they_are", broken(in_place, lambda g, out, x: g * 2.0), "forward pass changes input 0"),
    ("inputs_stay_as_they_are", broken(sine, writes_upstream), "upstream gradient"),
    ("zero_upstream_gives_zero", broken(sine, lambda g, out, x: ops.cos(x)), "no gradient by input 0"),
    ("an_odd_value_harms_no_other", broken(centred, lambda g, out, x: g - ops.mean(g), elementwise=True), "another"),
    (
        "no_axes_and_no_elements_are_no_special_case",
        broken(at_least_one_axis, lambda g, out, x: g, elementwise=True),
        "shape",
    ),
]


@pytest.mark.usefixtures("unshrunk")
@pytest.mark.parametrize(("law", "op", "text"), BROKEN, ids=[f"{law}-{i}" for i, (law, _, _) in enumerate(BROKEN)])
def test_a_broken_operation_fails_where_it_should(law: str, op: Any, text: str) -> None:
    made = op_test(op, examples=10)
    with pytest.raises(AssertionError, match=text):
        getattr(made(), f"test_{law}")()


@pytest.mark.usefixtures("unshrunk")
def test_memory_layouts_matter_to_a_law() -> None:
    made = op_test(broken(only_contiguous, lambda g, out, x: g * 2.0), examples=20, elementwise=False)
    with pytest.raises(AssertionError, match="arrays the value of contiguous ones"):
        made().test_every_memory_layout_is_the_same()  # type: ignore[attr-defined]


@pytest.mark.usefixtures("unshrunk")
def test_a_reference_that_differs() -> None:
    with pytest.raises(AssertionError, match="value of the reference"):
        op_test(cube, reference=np.sinh)().test_values_are_the_references()  # type: ignore[attr-defined]


def test_clear_errors() -> None:
    with pytest.raises(ValueError, match=r"shapes= for matrix_product, which has 2 inputs"):
        op_test(matrix_product)
    with pytest.raises(ValueError, match="two finite numbers"):
        op_test(cube, domain=(0.0, np.inf))
    with pytest.raises(ValueError, match="names of laws"):
        op_test(cube, skip=["gradient"])
    with pytest.raises(ValueError, match="2 shapes in each alternative"):
        op_test(matrix_product, shapes=[((2, 3),)])
    with pytest.raises(ValueError, match="operation with inputs"):
        op_test(lambda: Tensor(1.0))


def test_without_hypothesis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ImportError, match=r"stepgrad\[test\]"):
        op_test(cube)
