"""Linear algebra: products, systems, determinants, factorizations."""

from typing import Any

import numpy as np

from autograd.ops.matrices import symmetric

from .sample import Sample, between, named


def regular(*shape: int) -> Any:
    """Return matrices far from singular."""
    return between(-1, 1, *shape) + 2.0 * np.eye(shape[-1])


def triangular(*shape: int) -> Any:
    return np.triu(regular(*shape))


def positive(*shape: int) -> Any:
    """Return symmetric positive definite matrices."""
    return symmetric(between(-1, 1, *shape)) + 4.0 * np.eye(shape[-1])


def of_rank(rank: int, rows: int, columns: int) -> Any:
    return between(0.5, 1, rows, rank) @ between(-1, 1, rank, columns)


SAMPLES: dict[str, list[Sample]] = {
    "solve": [
        Sample((regular(*a), between(-1, 1, *b)), torch=torch)
        for a, b, torch in [
            ((3, 3), (3,), named("linalg.solve")), ((3, 3), (3, 2), named("linalg.solve")),
            ((2, 3, 3), (2, 3, 2), named("linalg.solve")), ((2, 3, 3), (3,), None), ((3, 3), (2, 3, 2), None),
            ((0, 0), (0, 2), named("linalg.solve")),
        ]
    ],
    "solve_triangular": [
        Sample((triangular(2, 3, 3) if u else np.swapaxes(triangular(2, 3, 3), -1, -2), between(-1, 1, 2, 3, 3)),
               {"upper": u, "left": left, "unitriangular": unit}, named("linalg.solve_triangular"))
        for u in (True, False) for left in (True, False) for unit in (False, True)
    ],
    "inv": [Sample((regular(*s),), torch=named("linalg.inv")) for s in ((3, 3), (2, 3, 3), (0, 0))],
    "det": [Sample((regular(*s),), torch=named("linalg.det")) for s in ((3, 3), (2, 3, 3), (1, 1))]
    + [Sample((np.array([[1.0, 2.0], [2.0, 4.0]]),)), Sample((np.zeros((2, 2)),)),
       Sample((np.stack([np.diag([2.0, 0.0, 0.0]), np.diag([1.0, 3.0, 2.0])]),))],
    "matrix_exp": [
        Sample((s * between(-1, 1, 2, 3, 3),), torch=named("linalg.matrix_exp")) for s in (1e-3, 0.1, 1.0, 4.0)
    ],
    "slogdet": [Sample((regular(*s),)) for s in ((3, 3), (2, 3, 3), (0, 0))] + [Sample((-regular(1, 1),))],
    "cholesky": [
        Sample((positive(*s),), {"upper": u}, named("linalg.cholesky"), symmetric)
        for s in ((3, 3), (2, 2, 2), (0, 0)) for u in (False, True)
    ],
    "qr": [
        Sample((between(-1, 1, *s),), {"mode": m})
        for s in ((3, 3), (4, 2), (2, 4), (2, 3, 2), (3, 0), (0, 3)) for m in ("reduced", "r")
    ] + [Sample((between(-1, 1, 2, 3),), {"mode": "complete"})],
    "eigh": [Sample((symmetric(between(-1, 1, *s)) + np.diag([0.0, 3.0, 5.0]),), {"UPLO": u}, through=symmetric)
             for s in ((3, 3), (2, 3, 3)) for u in ("L", "U")],
    "eig": [Sample((0.2 * between(-1, 1, *s) + np.diag([1.0, 3.0, 6.0]),)) for s in ((3, 3), (2, 3, 3))],
    "svd": [Sample((between(-1, 1, *s) + 2.0 * np.eye(*s[-2:]),), {"full_matrices": False})
            for s in ((3, 3), (4, 2), (2, 4), (2, 3, 2))]
    + [Sample((regular(3, 3),)), Sample((between(-1, 1, 3, 2),), {"compute_uv": False}, None)],
    "pinv": [Sample((x,), torch=named("linalg.pinv"))
             for x in (regular(3, 3), between(-1, 1, 4, 2), between(-1, 1, 2, 2, 3))]
    + [Sample((np.zeros((0, 3)),))],
    "lu_factor": [Sample((between(-1, 1, *s),)) for s in ((3, 3), (4, 2), (2, 4), (2, 3, 2), (0, 2))]
    + [Sample((regular(3, 3),), {"pivot": False})],
}  # fmt: skip
