"""Linear algebra: products, systems, determinants, factorizations."""

from typing import Any

import numpy as np

from .sample import Sample, between, named


def regular(*shape: int) -> Any:
    """Return matrices far from singular."""
    return between(-1, 1, *shape) + 2.0 * np.eye(shape[-1])


def triangular(*shape: int) -> Any:
    return np.triu(regular(*shape))


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
    "lu_packed": [Sample((regular(*s),)) for s in ((3, 3), (2, 2, 2))],
}  # fmt: skip
