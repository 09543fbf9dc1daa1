"""Attention: masks that must not leak, rows that see nothing, heads, and PyTorch's numbers."""

from itertools import product
from typing import Any

import numpy as np
import pytest

from autograd import Tensor
from nn import functional as F

RNG = np.random.default_rng(6)


def normal(*shape: int) -> Any:
    return RNG.normal(size=shape)


def test_the_future_does_not_matter() -> None:
    """R133."""
    x = normal(5, 4)
    query = Tensor(x, requires_grad=True)
    F.scaled_dot_product_attention(Tensor(x), query, query, is_causal=True)[2].sum().backward()
    assert query.grad is not None
    assert not query.grad.numpy()[3:].any()
    changed = x.copy()
    changed[3:] = normal(2, 4)
    first, second = (
        F.scaled_dot_product_attention(Tensor(x), Tensor(k), Tensor(k), is_causal=True) for k in (x, changed)
    )
    np.testing.assert_array_equal(first.numpy()[:3], second.numpy()[:3])


def test_what_nobody_looks_at_may_be_anything() -> None:
    """R133: padding may hold NaN."""
    key, value = normal(4, 3), normal(4, 3)
    key[2], value[2] = np.nan, np.inf
    mask = np.array([True, True, False, True])[None, :].repeat(2, 0)
    tensors = [Tensor(a, requires_grad=True) for a in (normal(2, 3), key, value)]
    out = F.scaled_dot_product_attention(*tensors, mask)
    out.sum().backward()
    assert np.isfinite(out.detach().numpy()).all()
    for tensor in tensors:
        assert tensor.grad is not None
        assert np.isfinite(tensor.grad.numpy()).all()


@pytest.mark.parametrize("additive", [False, True])
def test_a_query_that_sees_nothing_gives_zeros(additive: bool) -> None:
    """Choice 3."""
    allowed = np.array([[True, True], [False, False]])
    mask: Any = np.where(allowed, 0.0, -np.inf) if additive else allowed
    tensors = [Tensor(normal(2, 3), requires_grad=True) for _ in range(3)]
    out = F.scaled_dot_product_attention(*tensors, mask)
    out.sum().backward()
    assert out[1].tolist() == [0.0, 0.0, 0.0]
    for tensor in tensors:
        assert tensor.grad is not None
        assert np.isfinite(tensor.grad.numpy()).all()


def test_single_precision_stays() -> None:
    """R133: the scale and the mask do not widen."""
    x = Tensor(normal(2, 3).astype(np.float32))
    for mask in (None, np.zeros((2, 2)), np.ones((2, 2), bool)):
        assert F.scaled_dot_product_attention(x, x, x, mask).dtype == np.float32


@pytest.mark.parity
def test_fewer_heads_of_keys_than_of_queries() -> None:
    import torch

    query, key, value = normal(2, 6, 3, 4), normal(2, 2, 5, 4), normal(2, 3, 5, 4)
    with pytest.raises(ValueError, match="multiple of 4 heads"):
        F.scaled_dot_product_attention(Tensor(query), Tensor(normal(2, 4, 5, 4)), Tensor(value), enable_gqa=True)
    value = normal(2, 2, 5, 4)
    mine = [Tensor(a, requires_grad=True) for a in (query, key, value)]
    theirs = [torch.tensor(a, requires_grad=True) for a in (query, key, value)]
    found = F.scaled_dot_product_attention(*mine, scale=0.3, enable_gqa=True)
    expected = torch.nn.functional.scaled_dot_product_attention(*theirs, scale=0.3, enable_gqa=True)
    np.testing.assert_allclose(found.detach().numpy(), expected.detach().numpy(), rtol=1e-12, atol=1e-13)
    (found * found).sum().backward()
    (expected * expected).sum().backward()
    for ours, other in zip(mine, theirs, strict=True):
        assert ours.grad is not None
        np.testing.assert_allclose(ours.grad.numpy(), other.grad.numpy(), rtol=1e-10, atol=1e-12)


MASKS = [(None, None), ("bool", None), (None, "bool"), ("bool", "heads"), ("float", "float"), (None, "float")]


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore:Support for mismatched")
@pytest.mark.parametrize(("padding", "masking"), MASKS)
@pytest.mark.parametrize("separate", [False, True])
@pytest.mark.parametrize("batched", [False, True])
def test_several_heads_equal_torch(padding: Any, masking: Any, separate: bool, batched: bool) -> None:
    import torch

    width, heads, length, keys, batch = 6, 2, 3, 4, 2 if batched else 1
    features = 5 if separate else width
    for bias, zero, average in product([False, True], repeat=3):
        arrays = {
            "query": normal(length, batch, width),
            "key": normal(keys, batch, features),
            "value": normal(keys, batch, features),
            "in_proj_weight": None if separate else normal(3 * width, width),
            "in_proj_bias": normal(3 * width),
            "bias_k": normal(1, 1, width) if bias else None,
            "bias_v": normal(1, 1, width) if bias else None,
            "out_proj_weight": normal(width, width),
            "out_proj_bias": normal(width),
            "q_proj_weight": normal(width, width) if separate else None,
            "k_proj_weight": normal(width, features) if separate else None,
            "v_proj_weight": normal(width, features) if separate else None,
            "key_padding_mask": _mask(padding, (batch, keys)),
            "attn_mask": _mask(masking, (batch * heads, length, keys) if masking == "heads" else (length, keys)),
        }
        if not batched:
            arrays = {
                k: v[:, 0]
                if k in ("query", "key", "value")
                else v[0]
                if k == "key_padding_mask" and v is not None
                else v
                for k, v in arrays.items()
            }
        options = {
            "embed_dim_to_check": width,
            "num_heads": heads,
            "add_zero_attn": zero,
            "dropout_p": 0.5,
            "training": False,
            "use_separate_proj_weight": separate,
            "average_attn_weights": average,
        }
        floats = [k for k, v in arrays.items() if v is not None and v.dtype == np.float64]
        mine = {k: Tensor(v, requires_grad=True) if k in floats else v for k, v in arrays.items()}
        theirs = {k: None if v is None else torch.tensor(v, requires_grad=k in floats) for k, v in arrays.items()}
        found = F.multi_head_attention_forward(**mine, **options)
        expected = torch.nn.functional.multi_head_attention_forward(**theirs, **options)
        for ours, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(ours.detach().numpy(), other.detach().numpy(), atol=1e-12)
        sum((part * part).sum() for part in found).backward()
        sum((part * part).sum() for part in expected).backward()
        for k in floats:
            np.testing.assert_allclose(mine[k].grad.numpy(), theirs[k].grad.numpy(), atol=1e-9)


def _mask(kind: Any, shape: tuple[int, ...]) -> Any:
    if kind is None:
        return None
    mask = RNG.random(shape) < 0.3
    mask[..., 0] = False
    return mask if kind != "float" else normal(*shape)


def test_weights_are_returned_when_they_are_wanted() -> None:
    x, w = Tensor(normal(3, 2, 4)), Tensor(normal(12, 4))
    rest = (None, None, None, False, 0.0, Tensor(normal(4, 4)), None)
    out, weights = F.multi_head_attention_forward(x, x, x, 4, 2, w, *rest)
    assert weights is not None
    np.testing.assert_allclose(weights.numpy().sum(axis=-1), 1.0)
    assert F.multi_head_attention_forward(x, x, x, 4, 2, w, *rest, need_weights=False)[1] is None
    assert out.shape == (3, 2, 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: F.scaled_dot_product_attention(x[0], x, x), "two axes"),
        (lambda x: F.scaled_dot_product_attention(x, x[:, :2], x), r"key \(..., S, E\)"),
        (lambda x: F.scaled_dot_product_attention(x, x, x[:2]), r"value \(..., S, V\)"),
        (lambda x: F.scaled_dot_product_attention(x, x, x, np.ones((3, 3), bool), is_causal=True), "got both"),
    ],
)
def test_what_cannot_be_meant_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(Tensor(normal(3, 3)))
