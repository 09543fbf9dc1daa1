"""Embeddings: tables of vectors, one for each id."""

from typing import Any, Self

import numpy as np

from autograd import Tensor, get_default_dtype
from nn import functional as F
from nn import init
from nn.errors import ArgumentError
from nn.module import Module
from nn.parameter import Parameter

__all__ = ["Embedding", "EmbeddingBag"]


class _Table(Module):
    """What both share: a table drawn from the standard normal distribution, its padding row zero."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        max_norm: float | None,
        norm_type: float,
        dtype: Any,
        rng: "np.random.Generator | None",
    ) -> None:
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ArgumentError(
                f"{type(self).__name__} expects a padding_idx among {num_embeddings} ids, got {padding_idx}"
            )
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.max_norm = max_norm
        self.norm_type = norm_type
        table = Parameter(np.zeros((num_embeddings, embedding_dim), dtype or get_default_dtype()))
        self.weight = init.normal_(table, rng=rng)
        if padding_idx is not None:
            self.weight.data[padding_idx] = 0.0

    def extra_repr(self) -> str:
        """Return the sizes."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


class Embedding(_Table):
    """One vector for each id; see :func:`nn.functional.embedding`.

    Args:
        num_embeddings: How many ids there are.
        embedding_dim: Features of a vector.
        padding_idx: The id whose vector is zero and gets no gradient.
        max_norm: Vectors that are read and longer than this are shortened to it, in place.
        norm_type: The order of that norm.
        dtype: Of the table.
        rng: Where to draw it from.

    Raises:
        ArgumentError: ``padding_idx`` is no id.

    >>> Embedding(10, 3, padding_idx=0)([[1, 0]]).shape
    (1, 2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        *,
        dtype: Any = None,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        super().__init__(num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, dtype, rng)

    @classmethod
    def from_pretrained(cls, embeddings: Any, freeze: bool = True, padding_idx: int | None = None) -> Self:
        """Return an embedding of a given table, which is not learnt unless ``freeze=False``.

        >>> Embedding.from_pretrained(np.eye(2))([1]).data.tolist()
        [[0.0, 1.0]]
        """
        table = np.asarray(embeddings.detach() if isinstance(embeddings, Tensor) else embeddings)
        if table.ndim != 2:
            raise ArgumentError(f"from_pretrained expects a table (ids, features), got shape {table.shape}")
        ids, features = table.shape
        new = cls(ids, features, padding_idx, dtype=table.dtype)
        new.weight.data = table
        new.weight.requires_grad_(not freeze)
        return new

    def forward(self, input: Any) -> Tensor:
        """Return the vectors of integer ids of any shape, in a new last axis."""
        return F.embedding(input, self.weight, self.padding_idx, self.max_norm, self.norm_type)


class EmbeddingBag(_Table):
    """The sum, mean or largest entries of the vectors of bags of ids; see :func:`nn.functional.embedding_bag`.

    Args:
        num_embeddings: How many ids there are.
        embedding_dim: Features of a vector.
        max_norm: Vectors that are read and longer than this are shortened to it, in place.
        norm_type: The order of that norm.
        mode: ``"sum"``, ``"mean"`` or ``"max"``.
        include_last_offset: Whether the last offset is the end of the last bag.
        padding_idx: The id that counts for nothing.
        dtype: Of the table.
        rng: Where to draw it from.

    Raises:
        ArgumentError: ``padding_idx`` is no id.

    >>> EmbeddingBag(10, 3)([[1, 2], [3, 4]]).shape
    (2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        *,
        mode: str = "mean",
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        dtype: Any = None,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        super().__init__(num_embeddings, embedding_dim, padding_idx, max_norm, norm_type, dtype, rng)
        self.mode = mode
        self.include_last_offset = include_last_offset

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Tensor:
        """Return one vector for each bag: a row of ids, or what lies between two offsets."""
        return F.embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.mode,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )
