"""Attention: the average of values, weighted by how well their keys fit the query."""

import math
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import ShapeError
from nn.errors import ArgumentError

from .activations import softmax
from .checks import Array, raw
from .dropout import Rng, dropout
from .linear import linear

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
    rng: Rng = None,
) -> Tensor:
    """Return ``softmax(scale * query @ key.T + mask) @ value`` (Vaswani and others 2017).

    A query that may look nowhere gives zeros, with gradients of zero.

    Args:
        query: Of shape ``(..., L, E)``.
        key: Of shape ``(..., S, E)``.
        value: Of shape ``(..., S, V)``.
        attn_mask: Broadcasts to ``(..., L, S)``: booleans, true where a query may look, or numbers that are added.
        dropout_p: The probability with which a weight is dropped; evaluation wants 0.
        is_causal: Whether query ``i`` sees the keys up to ``i`` only, instead of a mask.
        scale: The factor of the scores, ``1 / sqrt(E)`` when not given.
        enable_gqa: Whether there may be fewer heads of keys and values than of queries, axis -3 (Ainslie et al. 2023).
        rng: Where to draw what is dropped.

    >>> x = Tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> scaled_dot_product_attention(x, x, x, is_causal=True).data.round(2).tolist()
    [[1.0, 0.0], [0.33, 0.67]]
    """
    if min(query.ndim, key.ndim, value.ndim) < 2:
        raise ShapeError(f"attention expects at least two axes, got {query.shape}, {key.shape} and {value.shape}")
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        raise ShapeError(
            "attention expects query (..., L, E), key (..., S, E) and value (..., S, V), "
            f"got {query.shape}, {key.shape} and {value.shape}"
        )
    if enable_gqa:
        key, value = _for_every_head(query, key), _for_every_head(query, value)
    if is_causal:
        if attn_mask is not None:
            raise ArgumentError("attention expects a mask or is_causal=True, got both: put the one into the other")
        attn_mask = np.tri(query.shape[-2], key.shape[-2], dtype=bool)
    if attn_mask is not None and raw(attn_mask).dtype.kind == "b":
        key, value = (_without_unseen(x, raw(attn_mask)) for x in (key, value))
    factor = 1.0 / math.sqrt(max(query.shape[-1], 1)) if scale is None else scale
    return _attended(query, key, value, attn_mask, factor, dropout_p, rng)[0]


def _for_every_head(query: Tensor, x: Tensor) -> Tensor:
    """Repeat each head of keys or values for the queries that share it."""
    heads, own = query.shape[-3], x.shape[-3]
    if heads % own:
        raise ShapeError(
            f"expected a multiple of {own} heads of queries, got {heads}: each group shares a key and value"
        )
    out: Tensor = autograd.repeat(x, repeats=heads // own, axis=-3)
    return out


def _without_unseen(x: Tensor, allowed: Array) -> Tensor:
    """Put zeros where no query looks, so that what stands there, NaN even, goes nowhere (R133)."""
    seen = np.asarray(allowed.any(axis=-2))
    out: Tensor = x if seen.all() else autograd.where(seen[..., None], x, 0.0)
    return out


def _attended(
    query: Tensor, key: Tensor, value: Tensor, mask: Any, scale: float, dropout_p: float, rng: Rng
) -> tuple[Tensor, Tensor]:
    """Return the answers and the share of each key in them; in one operation where nothing is drawn or learnt."""
    learnt = isinstance(mask, Tensor) and mask.requires_grad
    if not learnt:
        mask = None if mask is None else raw(mask)
    if dropout_p == 0.0 and not learnt:
        out: tuple[Tensor, Tensor] = autograd.attention(query, key, value, mask=mask, scale=scale)
        return out
    scores = autograd.matmul(query * scale, autograd.swapaxes(key, axis1=-1, axis2=-2))  # (..., L, S)
    if mask is not None:
        is_bool = mask.dtype.kind == "b"
        scores = autograd.where(mask, scores, -math.inf) if is_bool else scores + _as_numbers(mask, scores.dtype)
    weights = dropout(softmax(scores, dim=-1), dropout_p, rng=rng)
    return autograd.matmul(weights, value), weights


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    average_attn_weights: bool = True,
    rng: Rng = None,
) -> tuple[Tensor, Tensor | None]:
    """Project, attend in several heads at once, project back; return the answers and the heads' weights.

    Args:
        query: Of shape ``(L, N, E)``, or ``(L, E)`` without a batch.
        key: Of shape ``(S, N, ...)``.
        value: Of shape ``(S, N, ...)``.
        embed_dim_to_check: ``E``.
        num_heads: A divisor of ``E``.
        in_proj_weight: The weights for query, key and value, one below the other: ``(3 E, E)``.
        in_proj_bias: Of shape ``(3 E,)``.
        bias_k: A key to append to all keys, of shape ``(1, 1, E)``.
        bias_v: A value to append to all values, of shape ``(1, 1, E)``.
        add_zero_attn: Whether to append a key and a value of zeros.
        dropout_p: The probability with which a weight is dropped in training.
        out_proj_weight: Of shape ``(E, E)``.
        out_proj_bias: Of shape ``(E,)``.
        training: Whether anything is dropped.
        key_padding_mask: Of shape ``(N, S)``: booleans, true where a key is *not* seen, or numbers to add.
        need_weights: Whether to return the weights.
        attn_mask: Of shape ``(L, S)`` or ``(N * heads, L, S)``, of the same meaning.
        use_separate_proj_weight: Whether to project by the three weights that follow.
        q_proj_weight: Of shape ``(E, E)``.
        k_proj_weight: Of shape ``(E, features of key)``.
        v_proj_weight: Of shape ``(E, features of value)``.
        average_attn_weights: Whether to return the mean of the heads' weights.
        rng: Where to draw what is dropped.
    """
    batched = query.ndim == 3
    if not batched:
        query, key, value = (autograd.expand_dims(x, axis=1) for x in (query, key, value))
        key_padding_mask = None if key_padding_mask is None else autograd.expand_dims(key_padding_mask, axis=0)
    length, batch, width = query.shape
    if width != embed_dim_to_check or width % num_heads:
        raise ShapeError(f"expected a width of {embed_dim_to_check}, divisible by {num_heads} heads, got {width}")
    three = (q_proj_weight, k_proj_weight, v_proj_weight)
    weights = three if use_separate_proj_weight else autograd.split(in_proj_weight, 3)
    biases = (None,) * 3 if in_proj_bias is None else autograd.split(in_proj_bias, 3)
    q, k, v = (linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True))
    mask = _joined_mask(attn_mask, key_padding_mask, (batch, num_heads, length, key.shape[0]), q.dtype)
    k, v, mask = _appended(k, v, mask, bias_k, bias_v, add_zero_attn)
    q, k, v = (_as_heads(x, num_heads) for x in (q, k, v))
    answers, shares = _attended(q, k, v, mask, (width // num_heads) ** -0.5, dropout_p if training else 0.0, rng)
    answers = autograd.transpose(answers, axes=(2, 0, 1, 3))  # (L, N, heads, E / heads)
    out = linear(autograd.reshape(answers, shape=(length, batch, width)), out_proj_weight, out_proj_bias)
    shares = autograd.mean(shares, axis=1) if average_attn_weights else shares
    if not batched:
        out, shares = autograd.squeeze(out, axis=1), autograd.squeeze(shares, axis=0)
    return out, shares if need_weights else None


def _as_heads(x: Tensor, heads: int) -> Tensor:
    """Turn ``(S, N, E)`` into ``(N, heads, S, E / heads)``."""
    length, batch, width = x.shape
    split = autograd.reshape(x, shape=(length, batch, heads, width // heads))
    out: Tensor = autograd.transpose(split, axes=(1, 2, 0, 3))
    return out


def _joined_mask(attn_mask: Any, key_padding_mask: Any, shape: tuple[int, int, int, int], dtype: Any) -> Any:
    """Return the sum of both masks as numbers to add, broadcast to ``(N, heads, L, S)``; or nothing."""
    batch, heads, length, keys = shape
    total: Any = None
    if attn_mask is not None:
        mask = _as_numbers(attn_mask, dtype)
        if mask.shape not in ((length, keys), (batch * heads, length, keys)):
            raise ShapeError(
                f"attn_mask expects shape {(length, keys)} or {(batch * heads, length, keys)}, got {mask.shape}"
            )
        total = mask if mask.ndim == 2 else autograd.reshape(mask, shape=shape)
    if key_padding_mask is not None:
        mask = _as_numbers(key_padding_mask, dtype)
        if mask.shape != (batch, keys):
            raise ShapeError(f"key_padding_mask expects shape {(batch, keys)}, got {mask.shape}")
        mask = autograd.reshape(mask, shape=(batch, 1, 1, keys))
        total = mask if total is None else total + mask
    return total


def _as_numbers(mask: Any, dtype: Any) -> Any:
    """Return what is added to the scores; of booleans, minus infinity where a key is *not* seen."""
    if isinstance(mask, Tensor) and mask.dtype.kind == "f":
        return mask
    numbers = raw(mask)
    return np.where(numbers, -math.inf, 0.0).astype(dtype) if numbers.dtype.kind == "b" else numbers.astype(dtype)


def _appended(k: Tensor, v: Tensor, mask: Any, bias_k: Any, bias_v: Any, zero: bool) -> tuple[Tensor, Tensor, Any]:
    """Append what every query may see besides: a learnt key and value, and zeros."""
    more = [] if bias_k is None else [(bias_k, bias_v)]
    more += [(np.zeros((1, 1, k.shape[2]), k.dtype),) * 2] if zero else []
    for key, value in more:
        k, v = (
            autograd.concatenate([x, autograd.broadcast_to(y, shape=(1, *x.shape[1:]))])
            for x, y in ((k, key), (v, value))
        )
    if mask is not None and more:
        mask = autograd.pad(mask, pad_width=[(0, 0)] * (mask.ndim - 1) + [(0, len(more))])
    return k, v, mask
