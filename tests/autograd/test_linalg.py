"""Linear algebra at its edges: singular and empty matrices, repeated values, zero distances, NumPy's front door."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, grad, hessian, linalg, ops
from autograd.errors import LinAlgError, NotDifferentiableError, ShapeError
from autograd.testing import assert_gradients

rng = np.random.default_rng(3)
SQUARE = rng.standard_normal((3, 3))
SPD = SQUARE @ SQUARE.T + np.eye(3)


def leaf(x: Any) -> Tensor:
    return Tensor(np.asarray(x, dtype=np.float64), requires_grad=True)


def gradient(function: Callable[[Any], Any], x: Any) -> Any:
    t = leaf(x)
    function(t).backward()
    assert t.grad is not None
    return t.grad.numpy()


# -- determinants ------------------------------------------------------------------------------------------------


def minors(a: Any) -> Any:
    """Return every cofactor, by striking out rows and columns."""
    n = len(a)
    rest = [[i for i in range(n) if i != k] for k in range(n)]
    return np.array(
        [[(-1) ** (i + j) * np.linalg.det(a[np.ix_(rest[i], rest[j])]) for j in range(n)] for i in range(n)]
    )


def of_rank(rank: int, n: int) -> Any:
    return rng.standard_normal((n, rank)) @ rng.standard_normal((rank, n))


@pytest.mark.parametrize("rank", [0, 1, 2, 3, 4])
def test_gradient_of_a_determinant_is_its_cofactors_at_every_rank(rank: int) -> None:
    a = of_rank(rank, 4)
    np.testing.assert_allclose(gradient(linalg.det, a), minors(a), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "a", [np.zeros((2, 2)), np.ones((2, 2)), np.diag([1.0, 0.0, 0.0]), of_rank(1, 3), of_rank(2, 3)]
)
def test_a_determinant_is_a_polynomial_to_every_order(a: Any) -> None:
    """The second and third derivative of a polynomial of degree n are found exactly by differences."""
    assert_gradients(linalg.det, a, order=3)


def test_second_derivative_of_a_determinant_of_two_rows() -> None:
    found = hessian(linalg.det)(leaf(np.ones((2, 2)))).data.reshape(4, 4)
    np.testing.assert_allclose(found, np.fliplr(np.diag([1.0, -1.0, -1.0, 1.0])), atol=1e-12)


def test_regular_and_singular_matrices_in_one_stack() -> None:
    stack = np.stack([np.eye(3), of_rank(2, 3), np.zeros((3, 3)), SQUARE])
    found = gradient(lambda a: linalg.det(a).sum(), stack)
    np.testing.assert_allclose(found, np.stack([minors(a) for a in stack]), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("condition", [1e2, 1e6, 1e10, 1e14])
def test_cofactors_of_nearly_singular_matrices_keep_their_digits(condition: float) -> None:
    u, _, vh = np.linalg.svd(SQUARE)
    a = u * [1.0, 0.5, 1.0 / condition] @ vh
    np.testing.assert_allclose(gradient(linalg.det, a), minors(a), rtol=1e-7, atol=1e-12)


def test_determinants_that_underflow() -> None:
    a = 1e-200 * np.eye(2)
    np.testing.assert_allclose(gradient(linalg.det, a), 1e-200 * np.eye(2), rtol=1e-12)
    assert float(linalg.slogdet(Tensor(a)).logabsdet) == pytest.approx(-400 * np.log(10), rel=1e-6)


def test_logarithm_of_a_singular_determinant_poisons_only_what_asks_for_it() -> None:
    stack = np.stack([np.eye(2), np.ones((2, 2))])
    x = leaf(stack)
    logarithm = linalg.slogdet(x).logabsdet
    assert logarithm.tolist()[1] == -np.inf
    ops.where(np.array([True, False]), logarithm, 0.0).sum().backward()
    assert np.array_equal(x.grad.numpy(), [np.eye(2), np.zeros((2, 2))])
    assert np.isnan(gradient(lambda a: linalg.slogdet(a).logabsdet.sum(), stack)[1]).all()
    assert np.isnan(ops.logdet(np.diag([1.0, -1.0])))


# -- singular and empty matrices ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        linalg.inv,
        lambda a: linalg.solve(a, np.ones(2)),
        lambda a: linalg.solve_triangular(a * 0.0, np.ones((2, 1))),
        lambda a: linalg.cholesky(a - 2.0 * np.eye(2)),
        lambda a: linalg.inv_ex(a, check_errors=True),
        lambda a: linalg.lu_factor_ex(a, check_errors=True),
        lambda a: linalg.cholesky_ex(a - 2.0 * np.eye(2), check_errors=True),
        lambda a: linalg.matrix_power(a, -1),
        lambda a: linalg.svd(a * np.nan),
    ],
)
def test_a_matrix_that_cannot_be_used_is_refused(call: Callable[[Any], Any]) -> None:
    for a in (np.ones((2, 2)), leaf(np.ones((2, 2)))):
        with pytest.raises(LinAlgError, match="expected") as caught:
            call(a)
        assert isinstance(caught.value, np.linalg.LinAlgError)


@pytest.mark.parametrize("name", ["cholesky", "det", "eigh", "inv", "matrix_exp", "slogdet", "inv_ex", "cholesky_ex"])
def test_shapes_that_are_no_square_matrix_are_refused(name: str) -> None:
    for shape in ((), (3,), (2, 3)):
        with pytest.raises(ShapeError, match=name):
            getattr(linalg, name)(np.ones(shape))


def test_a_stack_of_vectors_is_not_guessed() -> None:
    """A right-hand side of two axes is a matrix, as in NumPy 2, even when it could be a stack of vectors."""
    with pytest.raises(ShapeError, match="last axis of length one"):
        linalg.solve(np.stack([SPD, SPD]), np.ones((2, 3)))


def test_errors_are_told_apart_without_an_exception() -> None:
    stack = np.stack([np.eye(2), np.ones((2, 2)), np.diag([0.0, 1.0])])
    inverse, info = linalg.inv_ex(leaf(stack))
    assert info.tolist() == [0, 2, 1]
    assert np.isnan(inverse.data[1:]).all()
    inverse[0].sum().backward()
    assert linalg.cholesky_ex(np.stack([SPD, -SPD]))[1].tolist() == [0, 1]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3, 3), (2, 0, 0)])
def test_nothing_has_factors_and_gradients_too(shape: tuple[int, ...]) -> None:
    for call in (
        linalg.inv,
        linalg.cholesky,
        linalg.matrix_exp,
        linalg.pinv,
        linalg.svdvals,
        lambda a: linalg.eigh(a)[1],
        lambda a: linalg.qr(a)[0],
        lambda a: linalg.svd(a)[2],
        lambda a: linalg.lu(a)[2],
        lambda a: linalg.matrix_power(a, 3),
        lambda a: linalg.solve(a, a),
    ):
        assert gradient(lambda a, call=call: call(a).sum(), np.zeros(shape)).shape == shape
    assert np.array_equal(linalg.det(np.zeros((0, 0))), 1.0)
    assert linalg.matrix_power(np.zeros((2, 2)), 0).tolist() == np.eye(2).tolist()


# -- repeated values ---------------------------------------------------------------------------------------------


def test_values_alone_have_a_gradient_where_they_repeat() -> None:
    weights = np.array([1.0, 2.0, 3.0])
    for call in (linalg.svdvals, linalg.eigvalsh):
        for a in (np.eye(3), np.zeros((3, 3)), np.diag([1.0, 1.0, 2.0])):
            found = gradient(lambda x, call=call: (call(x) * weights).sum(), a)
            assert np.isfinite(found).all()
            assert sorted(np.linalg.svd(found, compute_uv=False)) == pytest.approx(weights)


def test_nuclear_norm_has_a_second_derivative_where_singular_values_repeat() -> None:
    """Its gradient is the orthogonal factor, which does not depend on the choice of singular vectors."""
    direction = rng.standard_normal((3, 3))

    def slope(a: Any) -> Any:
        return (grad(lambda x: linalg.norm(x, "nuc"))(a) * direction).sum()

    def numeric(a: Any, h: float) -> Any:
        def polar(m: Any) -> Any:
            u, _, vh = np.linalg.svd(m)
            return u @ vh

        steps = h * np.eye(9).reshape(9, 3, 3)
        return np.array([((polar(a + s) - polar(a - s)) * direction).sum() / (2 * h) for s in steps]).reshape(3, 3)

    found = gradient(slope, 2.0 * np.eye(3))
    np.testing.assert_allclose(found, numeric(2.0 * np.eye(3), 1e-5), rtol=1e-6, atol=1e-9)


def test_eigenvectors_that_nobody_chose_have_no_gradient() -> None:
    x = leaf(np.eye(2))
    values, vectors = linalg.eigh(x)
    projection = vectors @ ops.matrix_transpose(vectors)  # the identity, whichever they are
    (values.sum() + (projection * np.arange(4.0).reshape(2, 2)).sum()).backward()
    assert np.array_equal(x.grad.numpy(), np.eye(2))


def test_columns_that_complete_an_orthogonal_factor_are_refused() -> None:
    tall = leaf(rng.standard_normal((4, 2)))
    u, s, _ = linalg.svd(tall)
    (u[:, :2].sum() + s.sum()).backward()
    with pytest.raises(NotDifferentiableError, match="full_matrices"):
        u.sum().backward()
    with pytest.raises(NotDifferentiableError, match="complete"):
        linalg.qr(tall, mode="complete")[0].sum().backward()


# -- pseudo-inverses, least squares, the exponential -------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3, 3), (4, 3), (3, 4)])
def test_pseudo_inverse_of_a_matrix_that_keeps_its_rank(shape: tuple[int, int]) -> None:
    left, right = rng.standard_normal((shape[0], 2)), rng.standard_normal((2, shape[1]))
    assert_gradients(lambda x, y: linalg.pinv(x @ y, rtol=1e-9), left, right, order=2)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4)])
def test_least_squares_agrees_with_numpy(shape: tuple[int, int]) -> None:
    a, b = rng.standard_normal(shape), rng.standard_normal(shape[0])
    for ours, theirs in zip(linalg.lstsq(a, b), np.linalg.lstsq(a, b), strict=True):
        np.testing.assert_allclose(ours, theirs if np.ndim(ours) == np.ndim(theirs) else theirs[0], rtol=1e-9)
    assert_gradients(lambda x, y: linalg.lstsq(x, y)[0], a, b, order=2)


@pytest.mark.parametrize("size", [1e-8, 1e-2, 0.2, 0.9, 2.0, 5.0, 50.0])
def test_exponential_by_its_eigenvalues(size: float) -> None:
    a = size * (SPD / np.linalg.norm(SPD, 1) - 0.5 * np.eye(3))
    w, v = np.linalg.eigh(a)
    np.testing.assert_allclose(linalg.matrix_exp(a), v * np.exp(w) @ v.T, rtol=1e-12, atol=1e-14)
    single = linalg.matrix_exp(a.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, v * np.exp(w) @ v.T, rtol=1e-4)


def test_exponential_of_a_stack_scales_each_matrix_alone() -> None:
    stack = np.stack([1e-9 * SQUARE, SQUARE, 40.0 * SQUARE / np.linalg.norm(SQUARE)])
    alone = np.stack([linalg.matrix_exp(a) for a in stack])
    np.testing.assert_allclose(linalg.matrix_exp(stack), alone, rtol=1e-11)
    nilpotent = np.triu(np.full((3, 3), 1e3), 1)
    np.testing.assert_allclose(
        linalg.matrix_exp(nilpotent), np.eye(3) + nilpotent + nilpotent @ nilpotent / 2, rtol=1e-10
    )


@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (3, 5), (2, 3, 4)])
def test_triangular_factors_multiply_to_the_matrix(shape: tuple[int, ...]) -> None:
    a = rng.standard_normal(shape)
    p, low, up = linalg.lu(a)
    np.testing.assert_allclose(p @ low @ up, a, atol=1e-12)
    assert np.abs(low).max() <= 1.0  # the largest pivot was taken
    packed, pivots = linalg.lu_factor(a)
    for found, expected in zip(ops.lu_unpack(packed, pivots), (p, low, up), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert_gradients(lambda x: linalg.lu_factor(x)[0], a, order=2)


@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("adjoint", [True, False])
def test_solution_from_factors(left: bool, adjoint: bool) -> None:
    a, b = np.stack([SQUARE, SPD]), rng.standard_normal((2, 3, 3))
    x = linalg.lu_solve(*linalg.lu_factor(a), b, left=left, adjoint=adjoint)
    matrix = np.swapaxes(a, -1, -2) if adjoint else a
    np.testing.assert_allclose(matrix @ x if left else x @ matrix, b, atol=1e-10)


@pytest.mark.parametrize("upper", [True, False])
@pytest.mark.parametrize("left", [True, False])
def test_work_in_blocks(upper: bool, left: bool) -> None:
    """Matrices of several blocks, one of them in a stack of right-hand sides."""
    n = 75
    a = rng.standard_normal((n, n)) / n + 2.0 * np.eye(n)
    triangle = np.triu(a) if upper else np.tril(a)
    b = rng.standard_normal((2, n, n))
    x = linalg.solve_triangular(a, b, upper=upper, left=left)
    np.testing.assert_allclose(triangle @ x if left else x @ triangle, b, atol=1e-12)
    for matrix in (a[:60] if upper else a[:, :60], rng.standard_normal((2, n, n))):
        p, low, up = linalg.lu(matrix)
        np.testing.assert_allclose(p @ low @ up, matrix, atol=1e-12)
        assert np.array_equal(np.tril(low), low)
        assert np.array_equal(np.triu(up), up)


def test_tensors_as_matrices() -> None:
    a = rng.standard_normal((2, 3, 6))
    b = rng.standard_normal((2, 3))
    np.testing.assert_allclose(linalg.tensorsolve(a, b), np.linalg.tensorsolve(a, b), rtol=1e-9)
    other = rng.standard_normal((2, 6, 3))
    np.testing.assert_allclose(linalg.tensorsolve(other, b, (1,)), np.linalg.tensorsolve(other, b, (1,)), rtol=1e-9)
    np.testing.assert_allclose(linalg.tensorinv(a, 2), np.linalg.tensorinv(a, 2), rtol=1e-9)
    with pytest.raises(ShapeError, match="tensorsolve"):
        linalg.tensorsolve(a, b[0])
    with pytest.raises(ShapeError, match="tensorinv"):
        linalg.tensorinv(a, 1)
    with pytest.raises(ValueError, match="one or more axes"):
        linalg.tensorinv(a, 0)


def test_systems_from_cholesky_factors() -> None:
    b = rng.standard_normal((3, 2))
    for upper in (False, True):
        factor = linalg.cholesky(SPD, upper=upper)
        np.testing.assert_allclose(ops.cholesky_solve(b, factor, upper=upper), np.linalg.solve(SPD, b), rtol=1e-9)
        np.testing.assert_allclose(ops.cholesky_inverse(factor, upper=upper), np.linalg.inv(SPD), rtol=1e-9)
        x, same = ops.triangular_solve(b, factor, upper, transpose=True)
        np.testing.assert_allclose(factor.T @ x, b, atol=1e-12)
        assert np.array_equal(same, factor)


def test_approximation_of_low_rank_is_repeatable_and_exact_at_that_rank() -> None:
    a = of_rank(2, 6)[:, :5]
    for matrix in (a, a.T):
        u, s, v = ops.svd_lowrank(matrix, 2, rng=np.random.default_rng(1))
        np.testing.assert_allclose(u * s @ v.T, matrix, atol=1e-10)
        assert np.array_equal(u, ops.svd_lowrank(matrix, 2, rng=np.random.default_rng(1))[0])
    assert_gradients(lambda x: ops.svd_lowrank(x @ x.T, 3, rng=np.random.default_rng(2))[1], SQUARE, order=2)
    centred = a - a.mean(axis=0)
    spread = ops.pca_lowrank(a, 2, rng=np.random.default_rng(3))[1]
    np.testing.assert_allclose(spread, np.linalg.svd(centred)[1][:2], rtol=1e-9, atol=1e-9)
    with pytest.raises(ShapeError, match="rank"):
        ops.svd_lowrank(a, 6)


# -- norms and distances -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_matrix_norms_are_numpys(ord: Any) -> None:
    for axis in (None, (0, 1), (1, 0)):
        for keepdims in (False, True):
            expected = np.linalg.norm(SQUARE, ord, axis, keepdims)
            np.testing.assert_allclose(linalg.norm(SQUARE, ord, axis, keepdims), expected, rtol=1e-12)
    np.testing.assert_allclose(linalg.cond(SQUARE, ord), np.linalg.cond(SQUARE, ord), rtol=1e-10)


@pytest.mark.parametrize("ord", [0, 0.5, 1, 1.5, 2, 3, np.inf, -1, -0.5])
def test_the_norm_of_nothing_has_gradient_nothing(ord: float) -> None:
    """R003."""
    assert not gradient(lambda x: linalg.vector_norm(x, ord), np.zeros(3)).any()


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, np.inf])
def test_points_at_no_distance_have_no_gradient(p: float) -> None:
    """R003 again: coincident rows, and rows that agree in one coordinate."""
    x = np.array([[1.0, 2.0], [1.0, 2.0], [3.0, 5.0]])
    found = gradient(lambda a: ops.cdist(a, x[:1], p).sum() + ops.pdist(a, p).sum() * 0.0, x)
    assert np.isfinite(found).all()
    assert not found[:2].any()
    assert np.allclose(ops.pdist(x, p), [ops.dist(a, b, p) for a, b in combinations(x, 2)])


def test_distance_does_not_cancel() -> None:
    x, y = np.array([[1e8, 0.0]]), np.array([[1e8 + 1.0, 0.0]])
    assert ops.cdist(x, y)[0, 0] == 1.0


# -- products ----------------------------------------------------------------------------------------------------


def test_products_are_numpys() -> None:
    a, b = rng.standard_normal((2, 3)), rng.standard_normal((4, 3))
    assert np.allclose(ops.inner(a, b), np.inner(a, b))
    assert np.allclose(ops.kron(a, b[0]), np.kron(a, b[0]))
    assert np.allclose(ops.vdot(a, a), np.vdot(a, a))
    assert np.allclose(ops.vecdot(a.T, b[:2].T, axis=0), (a.T * b[:2].T).sum(0))
    assert np.allclose(ops.trace(b, 1), np.trace(b, 1))
    assert np.allclose(ops.trace(b, -2), np.trace(b, -2))
    assert np.allclose(ops.cross(a, b[:2]), np.cross(a, b[:2]))
    assert np.allclose(ops.cross(a.T, b[:1].T, axis=0), np.cross(a.T, b[:1].T, axis=0))
    assert np.allclose(ops.cross(a[0], b), np.cross(a[0], b))
    assert np.allclose(ops.vander(a[0], 5), np.vander(a[0], 5))
    assert_gradients(lambda x: ops.vander(x, 3), np.array([0.0, 2.0]), order=2)


def test_a_chain_is_multiplied_in_the_cheapest_order() -> None:
    chain = [np.ones(s) for s in ((1, 50), (50, 50), (50, 50), (50,))]
    tensors = [leaf(a) for a in chain]
    product = linalg.multi_dot(tensors)
    assert product.shape == (1,)
    assert all(len(np.shape(x.payload)) <= 2 and max(x.size for x in product.inputs) <= 50 for x in product.inputs)
    assert np.allclose(product.data, np.linalg.multi_dot(chain))


def test_zero_beta_leaves_out_what_is_not_finite() -> None:
    x = np.full((2, 2), np.nan)
    assert np.array_equal(ops.addmm(x, np.eye(2), np.eye(2), beta=0), np.eye(2))


def test_sums_with_products() -> None:
    x, a, b = rng.standard_normal((2, 4)), rng.standard_normal((5, 2, 3)), rng.standard_normal((5, 3, 4))
    for call, product in (
        (lambda **k: ops.addmm(x, a[0], b[0], **k), a[0] @ b[0]),
        (lambda **k: ops.addmv(x[:, 0], a[0], b[0, :, 0], **k), None),
        (lambda **k: ops.addr(x, a[0, :, 0], b[0, 0], **k), np.outer(a[0, :, 0], b[0, 0])),
        (lambda **k: ops.baddbmm(x, a, b, **k), a @ b),
        (lambda **k: ops.addbmm(x, a, b, **k), (a @ b).sum(0)),
    ):
        start, made = (x[:, 0], a[0] @ b[0, :, 0]) if product is None else (x, product)
        np.testing.assert_allclose(call(), start + made)
        np.testing.assert_allclose(call(beta=0.5, alpha=2.0), 0.5 * start + 2.0 * made)
    for wrong in (ops.addmm, ops.addmv, ops.addr, ops.baddbmm, ops.addbmm):
        with pytest.raises(ShapeError, match=wrong.__name__):
            wrong(x, np.ones((1, 1, 1, 1)), np.ones(1))


@pytest.mark.parametrize(
    "call",
    [
        lambda: linalg.norm(np.ones((2, 2, 2)), 1),
        lambda: linalg.norm(np.ones((2, 2)), "nope"),
        lambda: linalg.norm(np.ones(2), "fro"),
        lambda: linalg.norm(np.ones((2, 2, 2)), 1, (0, 1, 2)),
        lambda: linalg.matrix_norm(np.ones((2, 2)), 3),
        lambda: linalg.matrix_norm(np.ones((2, 2)), "fro", (0, -2)),
        lambda: linalg.cond(np.ones((0, 2))),
        lambda: linalg.cond(np.ones((2, 3)), 1),
        lambda: ops.cdist(np.ones((2, 2)), np.ones((2, 3))),
        lambda: ops.cdist(np.ones((2, 2)), np.ones((2, 2)), -1.0),
        lambda: ops.pdist(np.ones(2)),
        lambda: ops.pdist(np.ones((2, 2)), -1.0),
        lambda: ops.inner(np.ones(2), np.ones(3)),
        lambda: ops.vdot(np.ones(2), np.ones(3)),
        lambda: ops.vecdot(np.ones(2), np.ones(3)),
        lambda: ops.cross(np.ones(2), np.ones(2)),
        lambda: ops.trace(np.ones(2)),
        lambda: ops.vander(np.ones(2), -1),
        lambda: linalg.multi_dot([np.ones(2)]),
        lambda: linalg.lstsq(np.ones((2, 2)), np.ones(3)),
        lambda: linalg.eigh(np.eye(2), UPLO="X"),
        lambda: linalg.qr(np.eye(2), mode="raw"),
        lambda: linalg.householder_product(np.ones((2, 3)), np.ones(2)),
        lambda: linalg.householder_product(np.ones((2, 2)), np.ones(3)),
        lambda: ops.ormqr(np.ones((2, 2)), np.ones(2), np.ones((3, 2))),
        lambda: linalg.matrix_power(np.eye(2), 1.5),
    ],
)
def test_what_does_not_fit_is_refused(call: Callable[[], Any]) -> None:
    with pytest.raises((ValueError, TypeError), match=r"expected|integer"):
        call()


# -- NumPy's front door ------------------------------------------------------------------------------------------


def test_numpy_linalg_records() -> None:
    a, b = leaf(SPD), leaf(np.ones(3))
    for found, expected in (
        (np.linalg.solve(a, b), np.linalg.solve(SPD, np.ones(3))),
        (np.linalg.norm(a), np.linalg.norm(SPD)),
        (np.linalg.norm(a, "nuc"), np.linalg.norm(SPD, "nuc")),
        (np.linalg.cross(b, a[0]), np.linalg.cross(np.ones(3), SPD[0])),
        (np.linalg.svd(a).S, np.linalg.svd(SPD).S),
        (np.linalg.qr(a).R, np.linalg.qr(SPD).R),
        (np.linalg.eigh(a).eigenvalues, np.linalg.eigh(SPD).eigenvalues),
        (np.linalg.slogdet(a).logabsdet, np.linalg.slogdet(SPD).logabsdet),
        (np.linalg.trace(np.stack([a, a])), np.linalg.trace(np.stack([SPD, SPD]))),
        (np.linalg.vector_norm(a, axis=0, ord=3), np.linalg.vector_norm(SPD, axis=0, ord=3)),
        (np.linalg.lstsq(a, b)[0], np.linalg.lstsq(SPD, np.ones(3))[0]),
        (np.linalg.pinv(a), np.linalg.pinv(SPD)),
        (np.linalg.matrix_power(a, -2), np.linalg.matrix_power(SPD, -2)),
        (np.trace(a), np.trace(SPD)),
        (np.kron(a, b), np.kron(SPD, np.ones(3))),
    ):
        assert found.requires_grad
        np.testing.assert_allclose(found.data, expected, rtol=1e-10)
    assert np.linalg.matrix_rank(a) == linalg.matrix_rank(a).item() == 3


def test_every_name_of_numpy_linalg_is_here() -> None:
    assert set(np.linalg.__all__) - set(linalg.__all__) == {"LinAlgError"}


# -- complex matrices --------------------------------------------------------------------------------------------


def hermitian(z: Any) -> Any:
    return 0.5 * (z + ops.conj(ops.matrix_transpose(z)))


def positive(z: Any) -> Any:
    return z @ ops.conj(ops.matrix_transpose(z)) + np.eye(z.shape[-1])


def projections(vectors: Any) -> Any:
    """Return what does not depend on the phases of the vectors."""
    return ops.expand_dims(vectors, axis=-2) * ops.conj(ops.expand_dims(vectors, axis=-3))


COMPLEX: dict[str, Callable[[Any], Any]] = {
    "solve": lambda z: linalg.solve(z, z[..., :2]),
    "solve_triangular": lambda z: linalg.solve_triangular(z, z[..., :2], upper=False),
    "inv": linalg.inv,
    "det": linalg.det,
    "slogdet": lambda z: linalg.slogdet(z).sign * linalg.slogdet(z).logabsdet,
    "logdet": ops.logdet,
    "matrix_exp": linalg.matrix_exp,
    "matrix_power": lambda z: linalg.matrix_power(z, -2),
    "cholesky": lambda z: linalg.cholesky(positive(z)),
    "cholesky, upper": lambda z: linalg.cholesky(positive(z), upper=True),
    "cholesky_solve": lambda z: ops.cholesky_solve(z, linalg.cholesky(positive(z))),
    "lu": lambda z: linalg.lu(z)[1] + linalg.lu(z)[2],
    "lu_solve": lambda z: linalg.lu_solve(*linalg.lu_factor(z), z, left=False, adjoint=True),
    "qr": lambda z: linalg.qr(z).Q + linalg.qr(z).R,
    "qr, wide": lambda z: linalg.qr(z[:2]).R,
    "eigh": lambda z: projections(linalg.eigh(hermitian(z)).eigenvectors),
    "eigvalsh": lambda z: linalg.eigvalsh(hermitian(z)),
    "eig": lambda z: projections(linalg.eig(z).eigenvectors),
    "eigvals": linalg.eigvals,
    "svd": lambda z: projections(linalg.svd(z[:, :2], full_matrices=False).U),
    "svd, v": lambda z: projections(ops.matrix_transpose(linalg.svd(z[:2], full_matrices=False).Vh)),
    "svd, both": lambda z: linalg.svd(z).U @ linalg.svd(z).Vh,
    "svdvals": linalg.svdvals,
    "pinv": lambda z: linalg.pinv(z[:, :2]),
    "lstsq": lambda z: linalg.lstsq(z[:, :2], z)[0],
    "householder_product": lambda z: linalg.householder_product(z, z[0]),
    "ormqr": lambda z: ops.ormqr(z, z[0], z, False, True),
    "norm": lambda z: linalg.norm(z, "nuc") + linalg.norm(z, 1) + linalg.norm(z),
    "cdist": lambda z: ops.cdist(z, z[:1] + 1.0),
}


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_matrices(name: str) -> None:
    """The real and imaginary parts of the result by those of the matrix, to the second order."""
    draw = np.random.default_rng(8)
    x, y = draw.standard_normal((3, 3)) + 2.0 * np.eye(3), draw.standard_normal((3, 3))

    def parts(x: Any, y: Any) -> Any:
        out = COMPLEX[name](ops.complex(x, y))
        return ops.stack([ops.real(out), ops.imag(out)])

    assert_gradients(parts, x, y, order=2)


@pytest.mark.parametrize("rank", [0, 1, 2])
def test_complex_determinant_of_a_singular_matrix(rank: int) -> None:
    left, right = (rng.standard_normal(s) + 1j * rng.standard_normal(s) for s in ((3, rank), (rank, 3)))
    a = left @ right

    def parts(x: Any, y: Any) -> Any:
        out = linalg.det(ops.complex(x, y))
        return ops.stack([ops.real(out), ops.imag(out)])

    assert_gradients(parts, a.real, a.imag, order=2)


def test_complex_factors_multiply_to_the_matrix() -> None:
    z = rng.standard_normal((3, 3)) + 1j * rng.standard_normal((3, 3))
    hpd = z @ z.conj().T + np.eye(3)
    low, up = linalg.cholesky(hpd), linalg.cholesky(hpd, upper=True)
    assert np.allclose(low @ low.conj().T, hpd)
    assert np.allclose(up.conj().T @ up, hpd)
    q = linalg.householder_product(z, np.array([0.5, 0.1, 0.2j]))
    assert np.allclose(ops.ormqr(z, np.array([0.5, 0.1, 0.2j]), np.eye(3)), q)
    assert np.allclose(ops.ormqr(z, np.array([0.5, 0.1, 0.2j]), np.eye(3), True, True), q.conj().T)
    values, vectors = linalg.eig(z)
    assert np.allclose(z @ vectors, vectors * values)
    residuals = linalg.lstsq(z[:, :2], z[:, 2])[1]
    assert residuals.dtype == np.float64
