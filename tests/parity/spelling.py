"""Where our spelling of an operation is not PyTorch's, and where we differ on purpose. Data, no code.

A row of PyTorch's table is looked up under its own name first; only what cannot be guessed stands here.
"""

from dataclasses import dataclass

__all__ = ["ERRORS_WE_ALLOW", "HOMONYMS", "MODULES", "ON_PURPOSE", "RENAMED", "SPELLED", "Purpose", "Spelling"]


@dataclass(frozen=True)
class Spelling:
    """How a row is called here.

    Attributes:
        target: Our name, where it is another.
        names: Our keyword for each of PyTorch's positional arguments after the first; ``""`` leaves it positional.
        spread: Which positional argument, 0 for the first one, takes the rest of them together as a tuple.
        unpack: Whether PyTorch takes a list where we take its items one by one.
        order: The places that PyTorch's arguments take here, where they are others.
        first_only: Whether we return the first of PyTorch's results alone, as NumPy does (no places beside a maximum).
        given: What we must be told because our default is another.
        starred: Which of PyTorch's keywords, a value or several, we take by position.
        results: How many of our results the row has a counterpart for, where it drops some.
        product: Whether the row is of the product of its first two arguments, the second one transposed.
        first_order: Whether PyTorch has no second derivative, though its table says so.
    """

    target: str = ""
    names: tuple[str, ...] = ()
    spread: int | None = None
    unpack: bool = False
    order: tuple[int, ...] = ()
    first_only: bool = False
    given: tuple[tuple[str, object], ...] = ()
    starred: str = ""
    results: int | None = None
    product: bool = False
    first_order: bool = False


@dataclass(frozen=True)
class Purpose:
    """A difference that we want.

    Attributes:
        case: Where it was decided: an entry of CASES.md, DESIGN.md or docs/differences.md.
        reason: Why.
        sign: A pattern that every difference of the row must match, so that nothing else hides behind it.
    """

    case: str
    reason: str
    sign: str


# One keyword of PyTorch's for all operations: ours, in the order of preference.
RENAMED = {
    "dim": ("axis", "axes"),
    "dims": ("axis", "axes"),
    "offset": ("k",),
    "dim1": ("axis1",),
    "dim2": ("axis2",),
    "start_dim": ("start_axis",),
    "end_dim": ("end_axis",),
    "value": ("fill_value",),
    "keepdim": ("keepdims",),
    "input": ("x",),
    "other": ("y", "x2"),
    "unbiased": ("correction", "ddof"),
    "correction": ("ddof",),
    "interpolation": ("method",),
    "output_size": ("size",),
    "scale_factors": ("scale_factor",),
}

AXIS = ("axis",)
SPELLED = {
    "T": Spelling("T"),
    "max[binary]": Spelling("maximum"),
    "min[binary]": Spelling("minimum"),
    "max[reduction_with_dim]": Spelling(names=("axis", "keepdims"), first_only=True),
    "min[reduction_with_dim]": Spelling(names=("axis", "keepdims"), first_only=True),
    "median": Spelling(names=("axis", "keepdims"), first_only=True),
    "sort": Spelling(names=("axis", "descending"), first_only=True),
    "where": Spelling(order=(1, 0, 2)),
    "nanmedian": Spelling(names=("axis", "keepdims"), first_only=True),
    "nanquantile": Spelling(names=("", "axis", "keepdims")),
    "quantile": Spelling(names=("", "axis", "keepdims")),
    "gradient": Spelling(starred="spacing"),
    "torch.ops.aten._safe_softmax.default": Spelling("softmax"),
    "_segment_reduce": Spelling("segment_reduce"),
    "amax": Spelling(names=("axis", "keepdims")),
    "amin": Spelling(names=("axis", "keepdims")),
    "cat": Spelling("concatenate", AXIS),
    "permute": Spelling("transpose", ("axes",)),
    "transpose": Spelling("swapaxes", ("axis1", "axis2")),
    "t": Spelling("transpose"),
    "unsqueeze": Spelling("expand_dims", AXIS),
    "movedim": Spelling("moveaxis"),
    "repeat": Spelling("tile", ("reps",), spread=1),
    "repeat_interleave": Spelling("repeat", ("repeats", "axis")),
    "mm": Spelling("matmul"),
    "mv": Spelling("matmul"),
    "bmm": Spelling("matmul"),
    "clone": Spelling("copy"),
    "take_along_dim": Spelling("take_along_axis", ("indices", "axis"), given=(("axis", None),)),
    "view": Spelling("reshape", ("shape",), spread=1),
    "reshape": Spelling(names=("shape",)),
    "flip": Spelling(names=AXIS),
    "roll": Spelling(names=("shift", "axis")),
    "squeeze": Spelling(names=AXIS),
    "stack": Spelling(names=AXIS),
    "cumsum": Spelling(names=AXIS),
    "cumprod": Spelling(names=AXIS),
    "logsumexp": Spelling(names=("axis", "keepdims")),
    "broadcast_to": Spelling(names=("shape",)),
    "__rdiv__": Spelling("__rtruediv__"),
    "einsum": Spelling(names=("subscripts",), unpack=True),
    "polygamma": Spelling(order=(1, 0)),
    "special.polygamma": Spelling(order=(1, 0)),
    "norm": Spelling(names=("ord", "axis", "keepdims")),
    "std": Spelling(names=("axis",), given=(("ddof", 1),)),
    "var": Spelling(names=("axis",), given=(("ddof", 1),)),
    "std[unbiased]": Spelling(names=("ddof",)),
    "var[unbiased]": Spelling(names=("ddof",)),
    "std_mean[unbiased]": Spelling(names=("correction",)),
    "var_mean[unbiased]": Spelling(names=("correction",)),
    "tensordot": Spelling(names=("", "axes")),
    "take": Spelling(names=("indices",)),
    # shapes and places
    "alias_copy": Spelling("copy"),
    "as_strided_copy": Spelling("as_strided"),
    "bfloat16": Spelling("astype", given=(("dtype", "bfloat16"),)),
    "broadcast_tensors": Spelling("broadcast_arrays"),
    "constant_pad_nd": Spelling("nn.functional.pad", ("pad", "value")),
    "contiguous": Spelling("copy"),
    "diagonal_copy": Spelling("diagonal"),
    "double": Spelling("astype", given=(("dtype", "float64"),)),
    "expand": Spelling(names=("shape",)),
    "expand_copy": Spelling("expand", ("shape",)),
    "fill": Spelling("full_like"),
    "float": Spelling("astype", given=(("dtype", "float32"),)),
    "half": Spelling("astype", given=(("dtype", "float16"),)),
    "narrow_copy": Spelling("narrow"),
    "permute_copy": Spelling("transpose", ("axes",)),
    "select": Spelling("take", ("axis", "indices")),
    "slice": Spelling("slice_axis"),
    "split": Spelling("split_with_sizes"),
    "split_with_sizes_copy": Spelling("split_with_sizes"),
    "squeeze_copy": Spelling("squeeze", AXIS),
    "sum_to_size": Spelling(names=("shape",), spread=1),
    "t_copy": Spelling("transpose"),
    "tensor_split": Spelling("array_split"),
    "transpose_copy": Spelling("swapaxes", ("axis1", "axis2")),
    "unbind": Spelling("unstack"),
    "unbind_copy": Spelling("unstack"),
    "unfold_copy": Spelling("unfold"),
    "_unsafe_masked_index": Spelling("masked_index"),
    "_unsafe_masked_index_put_accumulate": Spelling("masked_index_add"),
    "unsafe_chunk": Spelling("chunk"),
    "unsafe_split": Spelling("split_with_sizes"),
    "unsqueeze_copy": Spelling("expand_dims", AXIS),
    "view_as": Spelling("reshape_as"),
    "view_copy": Spelling("reshape", ("shape",), spread=1),
    "zero_": Spelling("full_like", given=(("fill_value", 0),)),
    "norm[fro]": Spelling("linalg.norm", names=("ord", "axis", "keepdims")),
    "norm[nuc]": Spelling("linalg.norm", names=("ord", "axis", "keepdims")),
    "pinverse": Spelling("linalg.pinv"),
    "linalg.lstsq[grad_oriented]": Spelling(results=2),
    "linalg.pinv[singular]": Spelling(product=True),
    "svd_lowrank": Spelling(product=True),
    "pca_lowrank": Spelling(product=True),
    "lu_solve": Spelling("linalg.lu_solve", order=(1, 2, 0)),
    "grid_sampler_2d": Spelling("nn.functional.grid_sample"),
    "grid_sampler_3d": Spelling("nn.functional.grid_sample"),
    "_upsample_bilinear2d_aa": Spelling(
        "nn.functional.interpolate", ("size",), given=(("mode", "bilinear"), ("antialias", True))
    ),
    "native_batch_norm": Spelling("nn.functional.batch_norm", order=(0, 3, 4, 1, 2, 5, 6, 7), first_only=True),
    "native_group_norm": Spelling("nn.functional.group_norm", order=(0, 6, 1, 2, 7), first_only=True),
    "native_layer_norm": Spelling("nn.functional.layer_norm", first_only=True),
    "native_dropout_backward": Spelling("nn.functional.native_dropout_backward"),
    "_native_batch_norm_legit": Spelling("nn.functional.batch_norm", order=(0, 3, 4, 1, 2, 5, 6, 7), first_only=True),
    "_batch_norm_with_update": Spelling(
        "nn.functional.batch_norm",
        order=(0, 3, 4, 1, 2, 5, 6),
        names=("", "", "", "", "momentum", "eps"),
        first_only=True,
        given=(("training", True),),
    ),
    "_softmax_backward_data": Spelling("nn.functional.softmax_backward_data"),
    "nn.functional.embedding": Spelling(order=(1, 0)),
    "nn.functional.linear_cross_entropy[chunked]": Spelling(first_order=True),
    "nn.functional.linear_cross_entropy[chunked_none]": Spelling(first_order=True),
    "nn.functional.embedding_bag": Spelling(order=(1, 0)),
    "softmax[with_dtype]": Spelling("nn.functional.softmax"),
    "log_softmax[with_dtype]": Spelling("nn.functional.log_softmax"),
}

# A module of PyTorch's that a sample passes as a function: ours.
MODULES = {"PairwiseDistance": "nn.functional.pairwise_distance"}

# Where NumPy's or our function of the same last name is another function, so that the whole name must match.
HOMONYMS = {"linalg.norm", "nn.functional.pad", "nn.functional.unfold"}

NUMPY = "DESIGN 5"  # an array speaks NumPy
NO_AXIS = Purpose(NUMPY, "a number has no axis 0, as in NumPy", r"axis|tuple index out of range")
MEMORY = Purpose(NUMPY, "an array has no device", "by position")
LEAST_SQUARES = Purpose(
    NUMPY, "np.linalg.lstsq always finds residuals, rank and singular values", r"value [123]: expected shape \(0,\)"
)
READ = "docs/differences.md"
UNREAD_TRIANGLE = Purpose(
    READ, "a triangle that is not read has gradient 0", r"gradient [01]: .*np\.(float64\(-?0\.0|complex128\(-?0j)\)$"
)
RIGHT_SIDE = Purpose(
    NUMPY,
    "a right-hand side of two axes is a matrix, as in NumPy 2",
    r"a stack of vectors needs|expected shape \(0, 0\)",
)
NORM_AT_ZERO = Purpose(
    "R003",
    "the gradient of a norm is 0 at the zero vector, and so is what follows from it",
    r"expected np\.float64\(nan\)",
)
SQUEEZE = Purpose(NUMPY, "np.squeeze refuses an axis that is longer than one", "cannot select an axis|AxisError")

RANDOM = "the random numbers are NumPy's, from autograd.manual_seed; what is not random is compared"
DRAWN = Purpose(
    "DESIGN 6",
    RANDOM,
    r"^sample \d+ \(\([\d, ]*\)(, (p=0\.5|lower=0\.0, upper=1\.0), training=True)?\): value 0: .* differ",
)
DRAWN_WEIGHTS = Purpose(
    "DESIGN 6", RANDOM, r"(, dropout_p=0\.5\)|, False, 0\.5, .*, training=True, .*\)): value 0: .* differ"
)

NOTHING_LEFT = r"expected np.float64\(nan\), got np.float64\(0.0\)"
EMPTY_ROW = Purpose("CASES 0.3", "a softmax in which nothing takes part is 0, with finite gradients", NOTHING_LEFT)
LEFT_OUT = Purpose("CASES 0.4", "no gradient goes to what is left out, be its derivative NaN", NOTHING_LEFT)
UNEVEN = Purpose(
    "DESIGN 6",
    "where the windows start is drawn by NumPy; with given samples all agrees, see tests/nn/test_spatial.py",
    r"value [01]: .* differ",
)
UNPOOL = Purpose(
    "CASES 0.6", "two windows name one place, to both of which PyTorch gives its gradient", "duplicate indices"
)
SCALES = Purpose("DESIGN 5", "an inner function, which takes a size and other scales at once", "'scales_h'")

# Row -> why. An entry only counts while its row differs; one whose row agrees must leave the table (a test).
ON_PURPOSE = {
    "_upsample_bilinear2d_aa": SCALES,
    "add": Purpose(NUMPY, "np.add has no factor alpha: write x + alpha * y", "alpha"),
    "as_strided[partial_views]": Purpose(
        NUMPY, "an array owns its elements and no others: there is no storage behind a part", "places in|of 4 differ"
    ),
    "as_strided_scatter": Purpose(
        "docs/differences.md", "PyTorch's gradient by x is wrong: its own gradcheck refuses it", "gradient 0"
    ),
    "bfloat16": Purpose(NUMPY, "NumPy has no bfloat16", "BFloat16|no counterpart"),
    "to": MEMORY,
    "repeat_interleave": Purpose(NUMPY, "np.repeat finds the length by itself", "output_size"),
    "squeeze_copy": SQUEEZE,
    "transpose_copy": NO_AXIS,
    "cat": Purpose(NUMPY, "np.concatenate joins arrays of as many axes; no exception for shape (0,)", "AxisError|dim"),
    "cholesky_inverse": UNREAD_TRIANGLE,
    "cholesky_solve": UNREAD_TRIANGLE,
    "linalg.lstsq": LEAST_SQUARES,
    "linalg.lstsq[grad_oriented]": LEAST_SQUARES,
    "linalg.norm": NORM_AT_ZERO,
    "linalg.norm[subgradients_at_zero]": NORM_AT_ZERO,
    "linalg.solve": RIGHT_SIDE,
    "linalg.solve_ex": RIGHT_SIDE,
    "lu": Purpose(
        NUMPY, "lu gives p, l, u, as in SciPy and torch.linalg; torch.lu is lu_factor here", "positional argument"
    ),
    "masked.log_softmax": LEFT_OUT,
    "masked.logaddexp": LEFT_OUT,
    "masked.logsumexp": LEFT_OUT,
    "masked.mean": LEFT_OUT,
    "masked.softmax": EMPTY_ROW,
    "masked.softmin": EMPTY_ROW,
    "nn.functional.alpha_dropout": DRAWN,
    "nn.functional.ctc_loss": Purpose(
        "docs/differences.md",
        "the gradient is that of the log-probabilities that were given",
        r": gradient 0: .* differ",
    ),
    "nn.functional.dropout": DRAWN,
    "nn.functional.dropout2d": DRAWN,
    "nn.functional.dropout3d": DRAWN,
    "nn.functional.feature_alpha_dropout[with_train]": DRAWN,
    "nn.functional.fractional_max_pool2d": UNEVEN,
    "nn.functional.fractional_max_pool3d": UNEVEN,
    "nn.functional.max_unpool1d": UNPOOL,
    "nn.functional.max_unpool2d": UNPOOL,
    "nn.functional.max_unpool3d": UNPOOL,
    "nn.functional.multi_head_attention_forward": DRAWN_WEIGHTS,
    "nn.functional.rrelu": DRAWN,
    "nn.functional.scaled_dot_product_attention": DRAWN_WEIGHTS,
    "squeeze": SQUEEZE,
    "squeeze[multiple]": SQUEEZE,
    "svd": Purpose(NUMPY, "svd is np.linalg.svd, which returns v transposed and has full_matrices", "'some'"),
    "svd_lowrank": Purpose(READ, "a matrix of full rank is approximated by chance", r"M=\("),
    "tensordot": Purpose(NUMPY, "np.tensordot does not stretch contracted axes of length one", "shape-mismatch"),
    "transpose": NO_AXIS,
}

# Row -> PyTorch's message, and why we answer instead. "*" stands for every row.
ERRORS_WE_ALLOW: dict[str, dict[str, str]] = {
    "*": {"": "a plain number is an operand here, as in NumPy; PyTorch's binary functions want tensors"},
    "gradient": {
        "torch.gradient expected spacing to be unspecified, a scalar ": "np.gradient takes one number for all axes",
    },
    "complex": {
        "Expected both inputs to be Half, Float or Double tensors but got Float and Int": "integers become floats",
        "Expected object of scalar type Float but got scalar type Double for second argument": "the wider one wins",
    },
    "linalg.cross": {"inputs must have the same number of dimensions": "np.linalg.cross broadcasts"},
    "roll": {
        "`shifts` required": "np.roll by nothing is the array itself",
        "shifts and dimensions must align": "np.roll lets several shifts add up on one axis",
    },
    "t": {"expects a tensor with <= 2": "t is transpose here, which takes any number of axes"},
    "trace": {"expected a matrix": "np.trace takes the first two axes of any array"},
    "t_copy": {"expects a tensor with <= 2": "t is transpose here, which takes any number of axes"},
}
