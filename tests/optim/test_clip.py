"""Clipping, noise and penalties: what is done to gradients between backward and step."""

from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, manual_seed
from optim import (
    SGD,
    OptimizerError,
    add_grad_noise_,
    add_l1_,
    add_l2_,
    clip_grad_norm_,
    clip_grad_value_,
    decay_,
    get_total_norm,
)


def with_gradient(gradient: Any, value: Any = None, dtype: Any = np.float64) -> Tensor:
    gradient = np.array(gradient, dtype)
    leaf = Tensor(np.zeros_like(gradient) if value is None else np.array(value, dtype), requires_grad=True)
    leaf.grad = Tensor(gradient)
    return leaf


def gradient(leaf: Any) -> list[float]:
    assert leaf.grad is not None
    found: list[float] = leaf.grad.tolist()
    return found


def test_below_the_largest_norm_nothing_changes() -> None:
    """R141: bit by bit."""
    leaf = with_gradient([0.3, 0.4])
    before = leaf.grad
    assert clip_grad_norm_([leaf], 0.6).item() == pytest.approx(0.5)
    assert leaf.grad is before


def test_none_and_zero_gradients_are_fine() -> None:
    """R141."""
    leaf = with_gradient([0.0, 0.0])
    assert clip_grad_norm_([leaf, Tensor([1.0], requires_grad=True)], 1.0).item() == 0.0
    assert gradient(leaf) == [0.0, 0.0]
    assert clip_grad_norm_([], 1.0) == 0.0


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_an_error(bad: float) -> None:
    """R141: PyTorch's default scales by it."""
    leaf = with_gradient([bad, 1.0])
    with pytest.raises(OptimizerError, match="finite norm"):
        clip_grad_norm_([leaf], 1.0)
    assert gradient(leaf)[1] == 1.0
    clip_grad_norm_([leaf], 1.0, error_if_nonfinite=False)
    expected = [np.nan, np.nan] if np.isnan(bad) else [np.nan, 0.0]
    np.testing.assert_array_equal(gradient(leaf), expected)


def test_clipping_writes_into_no_shared_gradient() -> None:
    """T13: two leaves that got the same gradient are each clipped once."""
    a, b = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    (a + b).sum().backward()
    shared = a.grad
    clip_grad_norm_([a, b], 0.5)
    total = float(get_total_norm([a.grad, b.grad]))  # type: ignore[list-item]
    assert total == pytest.approx(0.5, rel=1e-5)
    assert shared is not None
    assert shared.item() == 1.0


def test_a_tied_parameter_is_clipped_and_moved_once() -> None:
    """T32."""
    from nn import Linear, Sequential

    layer = Linear(2, 2)
    tied = Sequential(layer, layer)
    assert len(list(tied.parameters())) == 2
    for parameter in tied.parameters():
        parameter.grad = Tensor(np.ones(parameter.shape, np.float32))
    assert clip_grad_norm_(tied.parameters(), 1.0).item() == pytest.approx(6.0**0.5)
    before = layer.bias.detach().numpy().copy() if layer.bias is not None else np.zeros(2)
    SGD(tied.parameters(), lr=1.0).step()
    assert layer.bias is not None
    np.testing.assert_allclose(before - layer.bias.detach().numpy(), 6.0**-0.5, rtol=1e-5)


def test_numbers_are_clipped_like_arrays() -> None:
    x, y = Value(0.0), Value(0.0)
    x.grad, y.grad = 3.0, -4.0
    norm = clip_grad_norm_([x, y], 1.0)
    assert (type(norm), norm) == (float, 5.0)
    assert [x.grad, y.grad] == pytest.approx([0.6, -0.8], rel=1e-6)
    clip_grad_value_([x, y], 0.7)
    assert [x.grad, y.grad] == pytest.approx([0.6, -0.7], rel=1e-6)


def test_float32_stays_float32() -> None:
    """R114."""
    leaf = with_gradient([3.0, 4.0], [1.0, -1.0], np.float32)
    for change in (
        lambda: clip_grad_norm_(leaf, 1.0),
        lambda: clip_grad_value_(leaf, 0.5),
        lambda: add_grad_noise_(leaf, 3),
        lambda: add_l1_([leaf], 0.1),
        lambda: add_l2_([leaf], 0.1),
        lambda: decay_([leaf], 0.1),
    ):
        change()
        assert leaf.grad is not None
        assert (leaf.grad.dtype, leaf.dtype) == (np.float32, np.float32)


def test_noise_has_the_variance_of_the_paper() -> None:
    leaf = with_gradient(np.zeros(100_000))
    add_grad_noise_([leaf], step=9, eta=0.3, gamma=0.55, rng=np.random.default_rng(0))
    assert np.var(gradient(leaf)) == pytest.approx(0.3 / 10**0.55, rel=0.02)


def test_noise_comes_from_the_library_when_not_told() -> None:
    found = []
    for _ in range(2):
        manual_seed(3)
        leaf = with_gradient([0.0, 0.0])
        add_grad_noise_([leaf], 0)
        found.append(gradient(leaf))
    assert found[0] == found[1]
    with pytest.raises(OptimizerError, match="0 or more"):
        add_grad_noise_([with_gradient([0.0])], 0, eta=-1.0)


def test_penalties_are_gradients_of_what_they_say() -> None:
    value = np.array([2.0, -3.0, 0.0])
    for add, penalty in (
        (add_l1_, lambda x: 0.3 * abs(x).sum()),
        (add_l2_, lambda x: 0.3 / 2.0 * (x * x).sum()),
    ):
        leaf, other = with_gradient(np.zeros(3), value), Tensor(value, requires_grad=True)
        add([leaf], 0.3)
        penalty(other).backward()
        np.testing.assert_allclose(gradient(leaf), gradient(other))


def test_coupled_and_decoupled_decay_are_the_options_of_the_optimizers() -> None:
    from optim import AdamW

    for options, kind, prepare in (
        ({"weight_decay": 0.3}, SGD, lambda p: add_l2_(p, 0.3)),
        ({"weight_decay": 0.3}, AdamW, lambda p: decay_(p, 0.1 * 0.3)),
    ):
        one, other = with_gradient([1.0], [2.0]), with_gradient([1.0], [2.0])
        kind([one], lr=0.1, **options).step()  # type: ignore[operator]
        prepare([other])
        kind([other], lr=0.1, weight_decay=0.0).step()  # type: ignore[operator]
        assert one.item() == pytest.approx(other.item(), rel=1e-15)
