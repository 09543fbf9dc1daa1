"""Complex numbers: what is recorded, the convention of the gradients, dtypes, and what is refused.

The gradient of a real L with respect to z is dL/dRe z + i dL/dIm z, as in PyTorch.
"""

from typing import Any

import numpy as np
import pytest

import autograd as ag
from autograd import REGISTRY, Tensor, Value
from autograd.errors import DtypeError, GraphError, ShapeError
from autograd.testing import assert_gradients
from tests.autograd.test_every_op import NO_GRADIENT, call, is_float
from tests.op_samples import SAMPLES

Z = np.array([[1.0 + 2.0j, -0.5 + 0.3j], [0.7 - 1.1j, -1.2 - 0.4j]])


def leaf(data: Any, dtype: Any = None) -> Tensor:
    return Tensor(np.asarray(data, dtype=dtype), requires_grad=True)


def gradient(function: Any, z: Any) -> Any:
    x = leaf(z)
    function(x).backward()
    assert x.grad is not None
    assert x.grad.dtype == x.dtype
    return x.grad.payload


# -- every operation ----------------------------------------------------------------------------------------------

OTHER_PARAMS = {"astype": {"dtype": np.dtype("complex128")}}
FREE_PHASE = {"eig", "eigh", "svd"}  # of the vectors, so that no difference quotient tells: test_linalg has them
NAMES = sorted(set(REGISTRY) - NO_GRADIENT - FREE_PHASE)
CASES = [
    (name, i) for name in NAMES for i, sample in enumerate(SAMPLES[name][:2]) if any(map(is_float, sample.inputs))
]


def on_complex(name: str, index: int) -> tuple[Any, list[Any]]:
    """Return a function of the floating inputs of a sample, and these inputs moved off the real line."""
    sample = SAMPLES[name][index]
    if name in OTHER_PARAMS:
        sample = type(sample)(sample.inputs, OTHER_PARAMS[name])
    function, inputs = call(name, sample)
    rng = np.random.default_rng(index)
    return function, [np.asarray(x) + 0.3j * rng.standard_normal(np.shape(x)) for x in inputs]


@pytest.mark.parametrize(("name", "index"), CASES, ids=[f"{n}-{i}" for n, i in CASES])
def test_every_operation_is_right_on_complex_numbers_or_refuses_them(name: str, index: int) -> None:
    function, inputs = on_complex(name, index)
    if REGISTRY[name].on_complex == "refuse":
        with pytest.raises(DtypeError, match=f"real numbers in {name}"):
            function(*map(Tensor, inputs))
    else:
        assert_gradients(function, *inputs, order=2)


# -- the convention -----------------------------------------------------------------------------------------------


def test_a_step_against_the_gradient_descends() -> None:
    z = leaf(3.0 + 4.0j)
    for _ in range(200):
        z.grad = None
        ((z - (1 - 2j)).abs() ** 2).backward()
        z = leaf(z.payload - 0.1 * z.grad.payload)  # type: ignore[union-attr]
    assert abs(z.item() - (1 - 2j)) < 1e-9


def test_gradients_known_by_heart() -> None:
    z = 3.0 + 4.0j
    assert gradient(lambda x: x.abs(), z) == pytest.approx(0.6 + 0.8j)
    assert gradient(lambda x: x.abs() ** 2, z) == pytest.approx(2 * z)
    assert gradient(lambda x: x.real, z) == 1.0
    assert gradient(lambda x: x.imag, z) == 1j
    assert gradient(lambda x: (x * x).real, z) == pytest.approx(np.conj(2 * z))
    assert gradient(lambda x: (x * x.conj()).real, z) == pytest.approx(2 * z)
    assert gradient(lambda x: x.angle(), z) == pytest.approx(1j * z / abs(z) ** 2)


def test_at_zero_absolute_value_sign_and_norm_have_gradient_zero() -> None:
    """R003, R004: also for complex numbers, and at the second order."""
    zero = np.zeros(2, complex)
    assert not gradient(lambda x: x.abs().sum(), zero).any()
    assert not gradient(lambda x: x.sign().real.sum(), zero).any()
    assert not gradient(lambda x: x.norm(), zero).any()
    x = leaf(zero)
    x.abs().sum().backward(create_graph=True)
    assert x.grad is not None
    assert np.isfinite(x.grad.payload).all()


def test_a_real_input_gets_the_real_part() -> None:
    x, z = leaf([1.0, 2.0]), leaf(Z[0])
    ((x * z).sum() * (2 - 1j)).real.backward()
    assert x.grad is not None
    assert z.grad is not None
    assert x.grad.dtype == np.float64
    np.testing.assert_allclose(x.grad.payload, (Z[0] * (2 - 1j)).real)
    np.testing.assert_allclose(z.grad.payload, np.conj((2 - 1j) * x.payload))


def test_real_powers_of_negative_numbers_with_complex_exponents() -> None:
    assert_gradients(ag.power, np.array([-2.0, 1.5, -0.5]), Z[0, 0], order=2)
    assert_gradients(lambda y: (-2.0) ** y, Z, order=2)
    assert_gradients(lambda z: z ** (0.5 - 1j), Z, order=2)


def test_zero_upstream_is_no_gradient() -> None:
    x = leaf([0.0 + 0.0j, 1.0 + 1.0j])
    (ag.where(np.array([False, True]), ag.sqrt(x), 0.0).abs() ** 2).sum().backward()
    assert x.grad is not None
    assert x.grad.payload[0] == 0
    assert np.isfinite(x.grad.payload).all()


# -- recording ----------------------------------------------------------------------------------------------------


def test_dtypes_are_paired() -> None:
    z, x = leaf([1 + 2j], np.complex64), leaf([2.0], np.float32)
    for found in (z * x, z * 2, z * 2.0, z * 2j, x * 1j, z + np.array([1]), x.exp() / z, z.sum() * x, ag.fft.fft(x)):
        assert found.dtype == np.complex64
    assert (z.abs().dtype, z.real.dtype, z.imag.dtype, z.angle().dtype) == (np.dtype(np.float32),) * 4
    assert (z * np.ones(1)).dtype == np.complex128  # an array is no plain number
    assert Tensor([1 + 2j]).dtype == np.complex64
    assert (Tensor([1, 2]) * 1j).dtype == np.complex64
    assert repr(Tensor([1 + 2j])) == "tensor([1.+2.j])"
    assert repr(Tensor(Z[0, :1])) == "tensor([1.+2.j], dtype=complex128)"
    assert complex(Tensor(1 + 2j)) == 1 + 2j


def test_parts_and_views() -> None:
    z = Tensor(Z)
    assert np.array_equal(z.H.payload, Z.conj().T)
    assert np.array_equal(ag.stack([z, z]).mH.payload[0], Z.conj().T)
    assert np.array_equal(ag.view_as_complex(ag.view_as_real(z)).payload, Z)
    assert np.array_equal(ag.complex(z.real, z.imag).payload, Z)
    np.testing.assert_allclose(ag.polar(z.abs(), z.angle()).payload, Z)
    assert z.real.real.conj() is not None
    assert Tensor([1.0]).real.dtype == np.float32
    assert np.conj(z).tolist() == Z.conj().tolist()
    assert np.real(z).tolist() == Z.real.tolist()
    assert np.angle(Tensor(Z[0]), deg=True).payload == pytest.approx(np.angle(Z[0], deg=True))
    with pytest.raises(ShapeError, match=r"\.mH"):
        _ = ag.stack([z, z]).H
    with pytest.raises(DtypeError, match="complex"):
        ag.view_as_real(z.real)
    with pytest.raises(ShapeError, match="2 entries"):
        ag.view_as_complex(Tensor(np.ones(3)))


def test_leaves_collect_assign_and_go_without_gradient() -> None:
    z = leaf(Z)
    (z.abs() ** 2).sum().backward()
    (z.abs() ** 2).sum().backward()
    assert z.grad is not None
    np.testing.assert_allclose(z.grad.payload, 4 * Z)
    z.grad = Tensor(Z)
    with pytest.raises(DtypeError, match="complex128"):
        z.grad = Tensor(Z.real)
    with ag.no_grad():
        assert not (z * z).requires_grad
        z -= 0.5 * z.grad
    np.testing.assert_allclose(z.payload, Z / 2)
    y = z * 1
    y[0] = 1j
    y.imag.sum().backward()
    np.testing.assert_allclose(z.grad.payload, Z + np.array([[0, 0], [1j, 1j]]))


def test_seeds() -> None:
    z = leaf(1 + 2j)
    with pytest.raises(GraphError, match="implicitly created only for real scalar outputs"):
        (z * z).backward()
    (z * z).backward(np.array(1j))
    assert z.grad is not None
    assert z.grad.item() == 1j * np.conj(2 * (1 + 2j))
    with pytest.raises(DtypeError, match="seed"):
        z.abs().backward(np.array(1j))


def test_what_would_drop_an_imaginary_part_is_refused() -> None:
    """A choice: PyTorch and NumPy warn, we raise (CASES.md 0.6)."""
    z, x = Tensor(Z), Tensor(Z.real)
    for drop in (
        lambda: z.astype(np.float64),
        lambda: Tensor(Z, dtype=np.float32),
        lambda: Tensor([1j], dtype=int),
        lambda: x.__setitem__(0, 1j * np.ones(2)),
        lambda: x.__setitem__(0, 1j),
        lambda: x.__setitem__(0, z[0]),
        lambda: x.__imul__(z * 1),
        lambda: setattr(x, "data", Z),
        lambda: float(z[0, 0]),
    ):
        with pytest.raises((DtypeError, TypeError)):
            drop()
    assert z.astype(np.complex64).dtype == x.cfloat().dtype == np.complex64
    assert x.cdouble().dtype == np.complex128


def test_a_value_stays_real() -> None:
    """R014."""
    with pytest.raises(DtypeError, match="real number"):
        Value(1.0) * 1j
    with pytest.raises(DtypeError, match="real number"):
        Value(1j)
    assert (Value(-1.0) ** 0.5).data != (Value(-1.0) ** 0.5).data


def test_operations_without_a_complex_meaning_say_so() -> None:
    z = leaf(Z)
    for refused in (ag.maximum, ag.relu, ag.sort, ag.floor, ag.clip, ag.max, ag.erf):
        with pytest.raises(DtypeError, match=r"expected real numbers in \w+, which is not defined for complex ones"):
            refused(z, 0.0, 1.0) if refused is ag.clip else refused(z, z) if refused is ag.maximum else refused(z)
    with pytest.raises(DtypeError):
        _ = z > 0
    assert (z == z).all()
    assert (z != 0).all()


def test_functional_derivatives() -> None:
    value, pull = ag.vjp(lambda z: z * z, Z)
    np.testing.assert_allclose(value, Z * Z)
    np.testing.assert_allclose(pull(np.ones_like(Z))[0], np.conj(2 * Z))
    _, tangent = ag.jvp(lambda z: z * z, (Z,), (1j * np.ones_like(Z),))
    np.testing.assert_allclose(tangent, 2j * Z)
    _, tangent = ag.jvp(lambda z: z.abs(), (Z,), (Z,))
    np.testing.assert_allclose(tangent, np.abs(Z))
    np.testing.assert_allclose(ag.grad(lambda z: (z.abs() ** 2).sum())(Z), 2 * Z)
    np.testing.assert_allclose(ag.jacobian(lambda z: z.real)(Z[0]), np.eye(2))
    with pytest.raises(DtypeError, match="view_as_real"):
        ag.jacobian(lambda z: z * z)(Z)


def test_a_checkpoint_passes_complex_gradients() -> None:
    z = leaf(Z)
    ag.checkpoint(lambda t: (t * t).exp(), z).real.sum().backward()
    np.testing.assert_allclose(z.grad.payload, np.conj(2 * Z * np.exp(Z * Z)))  # type: ignore[union-attr]


def test_operations_with_several_results_are_conjugated_part_by_part() -> None:
    @ag.primitive
    def both(z: Any, /) -> Any:
        return z * z, 1j * z

    both.defvjp(lambda g, out, z: (0.0 if g[0] is None else 2 * z * g[0]) + (0.0 if g[1] is None else 1j * g[1]))
    assert_gradients(both, Z[0], order=2)
    assert_gradients(lambda z: both(z)[1], Z[0], order=1)
