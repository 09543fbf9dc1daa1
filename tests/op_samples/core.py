"""The operations that every network needs."""

import numpy as np

from .sample import Sample, between, binary, dims, named, reductions, unary

X = between(-2, 2, 2, 3) * np.array([[1.0, -1.0, 1.0], [-1.0, -1.0, 1.0]])  # both signs, on both sides of clip
F = "nn.functional."


SAMPLES: dict[str, list[Sample]] = {
    "add": binary(-2, 2, named("add")),
    "subtract": binary(-2, 2, named("sub")),
    "multiply": binary(-2, 2, named("mul")),
    "divide": binary(0.5, 2, named("div")),
    "floor_divide": [Sample((np.array([7.3, -7.3]), np.array([2.0, 2.0])))],
    "remainder": [Sample((np.array([7.3, -7.3]), np.array([2.0, 3.1])), torch=named("remainder"))],
    "negative": unary(-2, 2, named("neg")),
    "positive": unary(-2, 2, named("positive")),
    "copy": unary(-2, 2, named("clone")),
    "astype": [Sample((X,), {"dtype": np.dtype("float64")})],
    "power": [*binary(0.5, 2, named("pow")), Sample((np.array([-2.0, -1.5]), 3.0), torch=named("pow"))],
    "square": unary(-2, 2, named("square")),
    "reciprocal": unary(0.5, 2, named("reciprocal")),
    "absolute": unary(0.2, 2, named("abs")) + unary(-2, -0.2, named("abs")),
    "sign": unary(0.2, 2, named("sign")),
    "floor": unary(0.2, 0.8, named("floor")),
    "ceil": unary(0.2, 0.8, named("ceil")),
    "rint": unary(0.1, 0.4, named("round")),
    "trunc": unary(0.2, 0.8, named("trunc")),
    "equal": [Sample((X, X.copy()))],
    "not_equal": [Sample((X, X.copy()))],
    "less": [Sample((X, X.copy()))],
    "less_equal": [Sample((X, X.copy()))],
    "greater": [Sample((X, X.copy()))],
    "greater_equal": [Sample((X, X.copy()))],
    "where": [Sample((X > 0, between(-2, 2, 2, 3), between(-2, 2, 3)), torch=named("where"))],
    "maximum": binary(-2, 2, named("maximum")),
    "minimum": binary(-2, 2, named("minimum")),
    "clip": [Sample((X, -0.5, 0.5), torch=named("clamp")), Sample((X, None, 0.5), torch=named("clamp"))],
    "exp": unary(-2, 2, named("exp")),
    "exp2": unary(-2, 2, named("exp2")),
    "expm1": unary(-2, 2, named("expm1")),
    "log": unary(0.5, 2, named("log")),
    "log2": unary(0.5, 2, named("log2")),
    "log10": unary(0.5, 2, named("log10")),
    "log1p": unary(-0.5, 2, named("log1p")),
    "logaddexp": binary(-2, 2, named("logaddexp")),
    "sqrt": unary(0.5, 2, named("sqrt")),
    "cbrt": unary(0.5, 2) + unary(-2, -0.5),
    "sin": unary(-2, 2, named("sin")),
    "cos": unary(-2, 2, named("cos")),
    "tan": unary(-1, 1, named("tan")),
    "arcsin": unary(-0.8, 0.8, named("asin")),
    "arccos": unary(-0.8, 0.8, named("acos")),
    "arctan": unary(-2, 2, named("atan")),
    "arctan2": binary(0.5, 2, named("atan2")),
    "sinh": unary(-2, 2, named("sinh")),
    "cosh": unary(-2, 2, named("cosh")),
    "tanh": unary(-2, 2, named("tanh")),
    "arcsinh": unary(-2, 2, named("asinh")),
    "arccosh": unary(1.5, 3, named("acosh")),
    "arctanh": unary(-0.8, 0.8, named("atanh")),
    "erf": unary(-2, 2, named("erf")),
    "sigmoid": unary(-2, 2, named("sigmoid")),
    "logsigmoid": unary(-2, 2, named(F + "logsigmoid")),
    "relu": unary(0.1, 2, named("relu")) + unary(-2, -0.1, named("relu")),
    "relu6": unary(0.1, 5, named(F + "relu6")) + unary(6.1, 8, named(F + "relu6")),
    "hardtanh": unary(-0.9, 0.9, named(F + "hardtanh")) + unary(1.1, 2, named(F + "hardtanh")),
    "leaky_relu": unary(0.1, 2, named(F + "leaky_relu")) + unary(-2, -0.1, named(F + "leaky_relu")),
    "elu": unary(0.1, 2, named(F + "elu")) + unary(-2, -0.1, named(F + "elu")),
    "softplus": [*unary(-2, 2, named(F + "softplus")), Sample((X,), {"beta": 2.0}, named(F + "softplus"))],
    "softsign": unary(0.1, 2, named(F + "softsign")),
    "silu": unary(-2, 2, named(F + "silu")),
    "mish": unary(-2, 2, named(F + "mish")),
    "gelu": [*unary(-2, 2, named(F + "gelu")), Sample((X,), {"approximate": "tanh"}, named(F + "gelu"))],
    "sum": [*reductions(-2, 2, dims("sum")), Sample((np.zeros((0, 3)),), {"axis": 0}, dims("sum"))],
    "mean": reductions(-2, 2, dims("mean")),
    "prod": [*reductions(0.5, 2), Sample((np.array([0.0, 2.0, 3.0]),)), Sample((np.array([0.0, 0.0, 3.0]),))],
    "max": reductions(-2, 2, dims("amax")),
    "min": reductions(-2, 2, dims("amin")),
    "var": [*reductions(-2, 2), Sample((X,), {"axis": 1, "ddof": 1})],
    "std": [*reductions(-2, 2), Sample((X,), {"axis": 1, "ddof": 1})],
    "norm": [
        *reductions(0.5, 2, dims("linalg.vector_norm")),
        Sample((X,), {"ord": 3, "axis": 1}),
        Sample((X,), {"ord": 1}),
    ],
    "logsumexp": reductions(-2, 2, dims("logsumexp")),
    "softmax": [Sample((X,), {"axis": a}) for a in (-1, 0)],
    "log_softmax": [Sample((X,), {"axis": a}) for a in (-1, 0)],
    "reshape": [Sample((X,), {"shape": (3, 2)}), Sample((X.T,), {"shape": (-1,)})],
    "transpose": [Sample((between(-1, 1, 2, 3, 4),)), Sample((between(-1, 1, 2, 3, 4),), {"axes": (1, 2, 0)})],
    "swapaxes": [Sample((between(-1, 1, 2, 3, 4),), {"axis1": 0, "axis2": -1})],
    "moveaxis": [Sample((between(-1, 1, 2, 3, 4),), {"source": (0, 1), "destination": (-1, 0)})],
    "squeeze": [Sample((between(-1, 1, 2, 1, 3),)), Sample((between(-1, 1, 2, 1, 3),), {"axis": 1})],
    "expand_dims": [Sample((X,), {"axis": 1}), Sample((X,), {"axis": (0, -1)})],
    "ravel": [Sample((X,)), Sample((X.T,))],
    "broadcast_to": [Sample((between(-1, 1, 3, 1),), {"shape": (2, 3, 4)}), Sample((between(-1, 1),), {"shape": (2,)})],
    "concatenate": [Sample((X, X[:1].copy()), {"axis": 0}), Sample((X, X[:, :0], X[:, ::-1]), {"axis": -1})],
    "stack": [Sample((X, X + 1.0), {"axis": a}) for a in (0, -1)],
    "flip": [Sample((X,)), Sample((X,), {"axis": 1})],
    "roll": [Sample((X,), {"shift": 2}), Sample((X,), {"shift": (1, -1), "axis": (0, 1)})],
    "tile": [Sample((X,), {"reps": 2}), Sample((X,), {"reps": (2, 1, 3)})],
    "repeat": [Sample((X,), {"repeats": 2}), Sample((X,), {"repeats": [1, 0, 2], "axis": 1})],
    "get_item": [
        Sample((X,), {"index": i})
        for i in (0, (slice(None), [0, 0, 2]), (None, ..., -1), X > 0, slice(None, None, -1), ([0, 1], [2, 2]), ())
    ],
    "add_at": [Sample((between(-1, 1, 3),), {"index": [0, 0, 2], "shape": (4,)})],
    "set_item": [
        Sample((X, between(-1, 1, 2)), {"index": (slice(None), 1)}),
        Sample((X, between(-1, 1)), {"index": X > 0}),
    ],
    "take": [Sample((X,), {"indices": [0, 0, 5]}), Sample((X,), {"indices": [[1], [-1]], "axis": 1})],
    "take_along_axis": [Sample((X,), {"indices": np.array([[0, 0], [2, 1]]), "axis": 1})],
    "matmul": [
        Sample((between(-1, 1, *a), between(-1, 1, *b)), torch=named("matmul"))
        for a, b in [
            ((3,), (3,)), ((3,), (3, 2)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((2, 2, 3), (3, 4)), ((2, 3, 4), (4,)),
            ((4, 1, 2, 3), (5, 3, 2)), ((3,), (2, 3, 4)), ((0, 3), (3, 2)), ((2, 0), (0, 3)),
        ]
    ],
    "einsum": [
        Sample(tuple(between(-1, 1, *s) for s in shapes), {"subscripts": text})
        for text, shapes in [
            ("ij,jk->ik", [(2, 3), (3, 4)]), ("ij->", [(2, 3)]), ("ii->i", [(3, 3)]), ("ii", [(3, 3)]),
            ("bij,bjk->bik", [(2, 2, 3), (2, 3, 2)]), ("ij,j->i", [(2, 3), (1,)]), ("ij,k->k", [(2, 3), (4,)]),
            ("...i,i->...", [(2, 2, 3), (3,)]), ("i,j,k->ijk", [(2,), (2,), (3,)]),
        ]
    ],
    "outer": [Sample((between(-1, 1, 2), between(-1, 1, 3))), Sample((X, between(-1, 1, 2, 2)))],
    "tensordot": [
        Sample((between(-1, 1, 2, 3, 4), between(-1, 1, 3, 4, 2))),
        Sample((between(-1, 1, 2, 3, 4), between(-1, 1, 4, 5, 3)), {"axes": ([2, 1], [0, 2])}),
        Sample((between(-1, 1, 2), between(-1, 1, 3)), {"axes": 0}),
    ],
    "fmod": [Sample((np.array([7.3, -7.3]), np.array([2.0, 3.1])), torch=named("fmod"))],
    "hypot": binary(0.5, 2, named("hypot")),
    "xlogy": binary(0.5, 2, named("xlogy")),
    "sinc": [*unary(0.2, 2, named("sinc")), Sample((np.array([0.0, 1e-3, -5e-3]),), torch=named("sinc"))],
    "linear": [
        Sample((between(-1, 1, *x), between(-1, 1, 4, 3), between(-1, 1, 4)), torch=named("nn.functional.linear"))
        for x in ((3,), (2, 3), (2, 5, 3), (0, 3))
    ] + [Sample((between(-1, 1, 2, 3), between(-1, 1, 4, 3)), torch=named("nn.functional.linear"))],
}  # fmt: skip
