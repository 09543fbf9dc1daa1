"""Data: what is shipped or made here, splitting it, and serving it in batches.

Nothing in this file fetches anything from a network.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from autograd import Tensor, default_rng, get_default_dtype
from autograd.errors import DtypeError, ShapeError
from nn.errors import ArgumentError, ArgumentTypeError, DataError

__all__ = ["DataLoader", "Digits", "load", "train_test_split", "two_moons"]

Array = np.ndarray[Any, Any]

_FOLDER = Path(__file__).parent / "datasets"
_SHA256 = {"mnist_5k.csv.gz": "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"}


class Digits(NamedTuple):
    """Handwritten digits: ``images`` (N, 28, 28), uint8 from 0 to 255, and ``labels`` (N,), int64."""

    images: Array
    labels: Array


def load(name: str) -> Digits:
    """Return a data set that comes with the library.

    ``"mnist_5k"``: 5,000 real handwritten digits of MNIST, 500 of each, ordered by class.

    >>> images, labels = load("mnist_5k")
    >>> images.shape, images.dtype.name, labels[[0, -1]].tolist()
    ((5000, 28, 28), 'uint8', [0, 9])
    """
    if name not in _LOADERS:
        raise ArgumentError(f"load knows {', '.join(sorted(_LOADERS))}, got {name!r}")
    return _LOADERS[name]()


def _read(filename: str) -> bytes:
    """Return the unpacked contents of a shipped file, or refuse it."""
    path = _FOLDER / filename
    if not path.is_file():
        raise DataError(f"expected the data file {filename} in {path.parent}, found none: reinstall stepgrad")
    packed = path.read_bytes()
    import gzip  # noqa: PLC0415 - only where a data set is read
    import hashlib  # noqa: PLC0415

    digest = hashlib.sha256(packed).hexdigest()
    if digest != _SHA256[filename]:
        raise DataError(
            f"{filename} is not the file that was published, expected sha256 {_SHA256[filename]}, "
            f"got {digest}: reinstall stepgrad"
        )
    return gzip.decompress(packed)


def _mnist_5k() -> Digits:
    text = _read("mnist_5k.csv.gz").decode("ascii").strip().replace("\n", ",")
    table = np.fromstring(text, dtype=np.uint8, sep=",").reshape(5000, 785)
    return Digits(table[:, :-1].reshape(-1, 28, 28).copy(), table[:, -1].astype(np.int64))


_LOADERS: dict[str, Callable[[], Digits]] = {"mnist_5k": _mnist_5k}


def two_moons(
    n: int = 100, noise: float = 0.1, rng: "np.random.Generator | None" = None
) -> tuple[Array, Array]:
    """Return ``n`` points on two interleaved half circles, shuffled, and the circle (0 or 1) each belongs to.

    >>> points, labels = two_moons(10, noise=0.0)
    >>> points.shape, labels.sum().item()
    ((10, 2), 5)
    """
    if n < 0 or noise < 0:
        raise ArgumentError(f"two_moons expects n >= 0 and noise >= 0, got n={n} and noise={noise}")
    rng = rng or default_rng()
    labels = rng.permutation(np.arange(n) % 2)
    angle = np.empty(n)
    for label in (0, 1):
        angle[labels == label] = np.linspace(0.0, np.pi, int((labels == label).sum()))
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    points = np.where(labels[:, None] == 0, upper, np.array([1.0, 0.5]) - upper)
    return points + rng.normal(0.0, noise, (n, 2)), labels


def _arrays(arrays: tuple[Any, ...], user: str) -> tuple[Array, ...]:
    """Return NumPy arrays with one common length."""
    raw = tuple(np.asarray(a.detach() if isinstance(a, Tensor) else a) for a in arrays)
    if not raw:
        raise ArgumentError(f"{user} expects at least one array, got none")
    if any(a.ndim == 0 for a in raw) or len({len(a) for a in raw}) > 1:
        raise ShapeError(
            f"{user} expects arrays of one common length, got shapes {', '.join(str(a.shape) for a in raw)}"
        )
    return raw


def train_test_split(
    *arrays: Any,
    test_size: float | int = 0.25,
    stratify: Any = None,
    rng: "np.random.Generator | None" = None,
) -> list[Array]:
    """Split arrays at random into a part to learn from and a part to test on.

    Args:
        *arrays: Arrays of one length.
        test_size: The share of the test part, or how many entries it has.
        stratify: Class ids; every class then has the same share in both parts.
        rng: Where the shuffle is drawn.

    Returns:
        ``[a_train, a_test, b_train, b_test, ...]``.

    >>> train, test = train_test_split(np.arange(10), test_size=0.2)
    >>> len(train), len(test), sorted([*train, *test]) == list(range(10))
    (8, 2, True)
    """
    raw = _arrays(arrays, "train_test_split")
    total = len(raw[0])
    count = test_size if isinstance(test_size, int) else math.ceil(test_size * total)
    if not 0 < count < total:
        raise ArgumentError(
            f"test_size expects a share between 0 and 1 or a number from 1 to {total - 1}, got {test_size}"
        )
    order = (rng or default_rng()).permutation(total)
    if stratify is not None:
        order = _dealt(order, _arrays((raw[0], stratify), "stratify")[1], count)
    test, train = order[:count], order[count:]
    return [part for array in raw for part in (array[train], array[test])]


def _dealt(order: Array, classes: Array, count: int) -> Array:
    """Return ``order`` with ``count`` entries first in which every class has its share."""
    _, ids, sizes = np.unique(classes, return_inverse=True, return_counts=True)
    exact = sizes * (count / len(order))
    quota = np.floor(exact).astype(np.int64)
    quota[np.argsort(quota - exact, kind="stable")[: count - quota.sum()]] += 1
    left = quota.copy()
    first = np.zeros(len(order), dtype=bool)
    for place, entry in enumerate(order):
        if left[ids[entry]]:
            left[ids[entry]] -= 1
            first[place] = True
    return np.concatenate([order[first], order[~first]])


class DataLoader:
    """Serve arrays in batches of tensors: floats in the default dtype (float32), whole numbers as int64.

    Scale pixels before: ``images / 255``. Each ``for`` loop is one pass; with ``shuffle`` in a new order.

    Args:
        data: One array, or a tuple of arrays of one length; a batch is a tensor or a tuple of tensors.
        batch_size: How many entries a batch has.
        shuffle: Whether to draw a new order for each pass.
        drop_last: Whether to leave out a last batch that is not full.
        rng: Where the orders are drawn.

    >>> loader = DataLoader((np.zeros((5, 2)), np.arange(5)), batch_size=2)
    >>> [(x.shape, y.data.tolist()) for x, y in loader]
    [((2, 2), [0, 1]), ((2, 2), [2, 3]), ((1, 2), [4])]
    >>> len(loader)
    3
    """

    def __init__(
        self,
        data: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        drop_last: bool = False,
        rng: "np.random.Generator | None" = None,
    ) -> None:
        if isinstance(batch_size, bool) or not isinstance(batch_size, int | np.integer):
            raise ArgumentTypeError(f"batch_size expects a whole number, got {batch_size!r}")
        if batch_size < 1:
            raise ArgumentError(f"batch_size expects 1 or more, got {batch_size}")
        self.is_single = not isinstance(data, tuple | list)
        self.arrays = tuple(
            _served(array) for array in _arrays((data,) if self.is_single else tuple(data), "DataLoader")
        )
        self.batch_size = int(batch_size)
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.rng = rng

    def __len__(self) -> int:
        """Return the number of batches in one pass."""
        full, rest = divmod(len(self.arrays[0]), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        """Serve one pass."""
        total = len(self.arrays[0])
        order = (self.rng or default_rng()).permutation(total) if self.shuffle else np.arange(total)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            chosen = order[start : start + self.batch_size]
            batch = tuple(Tensor(array[chosen]) for array in self.arrays)
            yield batch[0] if self.is_single else batch


def _served(array: Array) -> Array:
    if array.dtype.kind not in "fiub":
        raise DtypeError(
            f"DataLoader expects arrays of real numbers, got dtype {array.dtype}: encode them first"
        )
    return array.astype(get_default_dtype() if array.dtype.kind == "f" else np.int64, copy=False)
