"""Tensor: a node that holds one NumPy array."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from . import graph, ops
from .errors import DtypeError, GraphError, MixedNodesError, ShapeError, StaleGraphError
from .mode import current
from .node import Node, raw
from .numpy_protocol import array_function, array_ufunc
from .operators import Operators
from .primitive import Primitive, has_nan
from .quiet import IGNORE, loud, quiet, set_error_state
from .value import Handle, Value
from .watch import caller, check_broadcast, check_finite, listener_of

__all__ = ["Tensor", "get_default_dtype", "set_default_dtype", "tensor"]

_new = object.__new__
_FLOATING = frozenset(map(np.dtype, (np.float16, np.float32, np.float64, np.longdouble)))
_NUMERIC = "fiubc"  # the kinds of dtype a tensor may have
_INEXACT = "fc"  # those that may have a gradient
_DEVICES = frozenset({"cpu", "cuda", "mps", "xpu"})
_NO_PARAMS: dict[str, Any] = {}
_WIDEST = frozenset(map(np.dtype, (np.float64, np.complex128)))
_default_dtype = np.dtype(np.float32)


def set_default_dtype(dtype: Any) -> None:
    """Set the dtype that Python floats and lists of floats become.

    Raises:
        DtypeError: ``dtype`` is no floating type.

    >>> set_default_dtype("float32")
    """
    global _default_dtype  # noqa: PLW0603 - one setting for the process, as in PyTorch
    new = np.dtype(dtype)
    if new.kind != "f":
        raise DtypeError(f"expected a floating dtype, got {new}; use 'float32' or 'float64'")
    _default_dtype = new


def get_default_dtype() -> np.dtype[Any]:
    """Return the dtype that Python floats become.

    >>> get_default_dtype()
    dtype('float32')
    """
    return _default_dtype


def _binary(op: Primitive) -> Callable[[Any, Any], Any]:
    """Return an operator on arrays of one floating dtype without the detours of :meth:`Tensor.apply`."""
    forward = op.forward

    def operator(x: Any, y: Any) -> Any:
        a = b = x.payload
        if isinstance(y, Tensor):
            b = y.payload
            tracked = x.requires_grad or y.requires_grad
        else:
            tracked = x.requires_grad
        mode = current()
        if mode.unusual or a.dtype is not b.dtype or a.dtype not in _FLOATING:
            return Tensor.apply(op, (x, y), {})
        if a is b and y is not x:  # a Python number, which never widens an array
            if y.__class__ is not float and y.__class__ is not int:
                return Tensor.apply(op, (x, y), {})
            b = y
        token = set_error_state(IGNORE)
        try:
            payload = forward(a, b)
        except ValueError:
            return Tensor.apply(op, (x, y), {})  # which says what is wrong
        finally:
            loud(token)
        out = _new(Tensor)
        out.payload = payload if payload.__class__ is np.ndarray else np.asarray(payload)
        out.hooks = ()
        out.shared = None
        out.retains_grad = False
        if tracked:
            out.op = op
            out.operands = (x, y)
            out.args = (a, b)
            out.params = _NO_PARAMS
            out.scope = mode.scope
            out.requires_grad = True
        else:
            out.op = None
            out.requires_grad = False
        return out

    return operator


class Tensor(Operators, Node):
    """One array that remembers how it was computed.

    Args:
        data: An array, which is copied and keeps its dtype; or numbers and nested lists of them, of which floats
            become the default dtype.
        requires_grad: Whether a gradient is wanted.
        dtype: The data type to convert to.
        label: A name for pictures.

    Raises:
        DtypeError: ``data`` is not numeric, or an integer tensor shall require a gradient.

    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ("retains_grad", "shared", "unread")

    shared: Any
    unread: Any

    def __init__(self, data: Any, requires_grad: bool = False, dtype: Any = None, label: str = "") -> None:
        self.payload = as_array(data, dtype)
        self.op = self.shared = None
        self.hooks = ()
        self.requires_grad = self.retains_grad = False
        if requires_grad:
            self.requires_grad_()
        if label:
            self.label = label

    def __getattr__(self, name: str) -> Any:
        if name == "payload":
            if self.shared is None:  # the first to read it since something was assigned into it
                self.payload = self.unread
                return self.payload
            return self.shared.copy()  # handed out by .data: nobody may keep an array that the user can write to
        if name == "shared":
            return None
        return super().__getattr__(name)

    # -- record ----------------------------------------------------------------------------------------------

    @staticmethod
    def apply(op: Primitive, inputs: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Run an operation on arrays and record it."""
        args, inputs, tracked, dtype = _operands(op, inputs)
        if params:
            params = _kept(params)
        payload = _run(op, args, params)
        if isinstance(payload, tuple):
            return _several(op, payload, inputs, args, params, tracked)
        out = wrap(payload)
        if dtype is None and op.elementwise and out.payload.dtype in _WIDEST and not _any_float(args, params):
            out.payload = out.payload.astype(_default_like(out.payload))  # integers, and Python numbers, as in PyTorch
        mode = current()
        if tracked and mode.grad and (out.payload.dtype is dtype or out.payload.dtype.kind in _INEXACT):
            out.op, out.operands, out.args, out.requires_grad = op, inputs, args, True
            out.params = params
            out.scope = mode.scope
        if mode.strict and op.elementwise:
            check_broadcast(op, out.payload, args)
        if mode.source:
            out.source = caller()
            if mode.anomaly:
                check_finite(op, out.payload, args, out.source)
        return out

    def contributions(self, grad: Any, create_graph: bool, careful: bool = True) -> list[Any]:
        """Return what this node passes to each of its inputs."""
        return self.op.contributions(self, grad, create_graph, careful)  # type: ignore[no-any-return]

    @staticmethod
    def has_nan(grad: Any) -> bool:
        """Tell whether a gradient holds a NaN."""
        return has_nan(grad)

    # -- differentiate ---------------------------------------------------------------------------------------

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool = True,
        create_graph: bool = False,
        inputs: Iterable["Tensor"] | None = None,
    ) -> None:
        """Compute the gradient with respect to every leaf, and add it to ``leaf.grad``.

        Nothing is changed when anything goes wrong on the way.

        Args:
            gradient: The upstream gradient, of this tensor's shape; 1 for a tensor of one element.
            retain_graph: ``False`` lets go of the graph while walking it.
            create_graph: Make the gradients nodes, so that they can be differentiated again.
            inputs: Give a gradient to these only.

        Raises:
            GraphError: The tensor requires no gradient, has several elements and no seed, or its graph was let go.
            ShapeError: The seed has another shape.

        >>> x = Tensor([3.0], requires_grad=True)
        >>> (x * x).backward(); x.grad
        tensor([6.])
        """
        if not self.requires_grad:
            raise GraphError(
                "expected a tensor that requires a gradient, got one that does not; compute it from a tensor with "
                "requires_grad=True, outside no_grad()"
            )
        seed = self._seed(gradient, create_graph)
        with np.errstate(all="ignore"):
            graph.backward(
                self,
                seed,
                inputs=None if inputs is None else list(inputs),
                create_graph=create_graph,
                retain_graph=retain_graph,
                listen=listener_of(self),
            )

    def _seed(self, gradient: Any, create_graph: bool) -> Any:
        if gradient is None:
            if self.payload.size != 1:
                raise GraphError(
                    "grad can be implicitly created only for scalar outputs: expected one element, got shape "
                    f"{self.shape}; pass gradient= or reduce with .sum() or .mean()"
                )
            if self.payload.dtype.kind == "c":
                raise GraphError(
                    "grad can be implicitly created only for real scalar outputs: expected a real number, got "
                    f"{self.dtype}; pass gradient= or make it real, with .abs() or .real"
                )
            gradient = np.ones_like(self.payload)
        if isinstance(gradient, Tensor):
            raw = gradient.payload
        elif isinstance(gradient, Value):
            raise MixedNodesError("expected an array or a Tensor as the seed of a Tensor, got a Value")
        else:
            raw = as_array(gradient, None)
        if raw.dtype.kind not in _NUMERIC or (raw.dtype.kind == "c" and self.dtype.kind != "c"):
            raise DtypeError(f"expected a seed of the tensor's dtype {self.dtype}, got {raw.dtype}")
        if raw.shape != self.shape:
            raise ShapeError(f"expected a seed of the tensor's shape {self.shape}, got {raw.shape}; reshape it")
        if create_graph and isinstance(gradient, Tensor):
            return gradient if raw.dtype == self.dtype else ops.astype(gradient, dtype=self.dtype)
        return wrap(raw.astype(self.dtype)) if create_graph else raw.astype(self.dtype, copy=False)

    @staticmethod
    def constant(value: Any) -> "Tensor":
        """Return an array as a node without gradient."""
        return Tensor(np.asarray(value, dtype=None if isinstance(value, np.ndarray) else _default_dtype))

    def receive(self, grad: Any, chosen: bool, create_graph: bool) -> None:
        """Take the gradient of a finished backward pass: a leaf adds it up, an inner node keeps it if asked to."""
        if self.op is not None and not self.retains_grad and not chosen:
            return
        new = grad if isinstance(grad, Tensor) else wrap(np.array(grad))
        old = self.gradient
        if old is not None and self.op is None:
            new = old + new if create_graph else wrap(old.payload + new.payload)
        self.gradient = new
        for hook in self.post_hooks():
            hook(self)

    def run_hooks(self, grad: Any) -> Any:
        """Pass a gradient through the hooks, in order of registration."""
        for hook in self.hooks:
            if isinstance(hook, _PostAccumulate):
                continue
            given = grad if isinstance(grad, Tensor) else wrap(grad.copy())
            new = hook(given)
            if new is not None:
                found = new if isinstance(new, Tensor) else wrap(as_array(new, None))
                if found.shape != self.shape:
                    raise ShapeError(f"expected a hook to return a gradient of shape {self.shape}, got {found.shape}")
                grad = found if isinstance(grad, Tensor) else ops.astype(found.payload, dtype=self.dtype)
        return grad

    def post_hooks(self) -> list[Callable[..., Any]]:
        """Return the hooks that run after the gradient was accumulated."""
        return [hook for hook in self.hooks if isinstance(hook, _PostAccumulate)]

    def register_hook(self, hook: Callable[["Tensor"], Any]) -> Handle:
        """Call ``hook(grad)`` in every backward pass; what it returns, if anything, replaces the gradient.

        >>> x = Tensor([1.0], requires_grad=True)
        >>> handle = x.register_hook(lambda grad: grad * 10)
        >>> (x * 2).backward(); x.grad
        tensor([20.])
        """
        if not self.requires_grad:
            raise GraphError("expected a tensor that requires a gradient to register a hook on, got one that does not")
        return Handle(self, hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[["Tensor"], Any]) -> Handle:
        """Call ``hook(tensor)`` each time a leaf's gradient has been accumulated."""
        if self.op is not None:
            raise GraphError("expected a leaf for a post-accumulate hook, got the result of " + self.op.name)
        return Handle(self, _PostAccumulate(hook))

    def retain_grad(self) -> None:
        """Keep the gradient of an inner tensor too."""
        if not self.requires_grad:
            raise GraphError("expected a tensor that requires a gradient in retain_grad(), got one that does not")
        self.retains_grad = True

    @property
    def grad(self) -> "Tensor | None":
        """The gradient, of this tensor's shape and dtype; ``None`` before a backward pass."""
        return self.gradient  # type: ignore[no-any-return]

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                value = Tensor(value)
            if value.shape != self.shape:
                raise ShapeError(f"expected a gradient of shape {self.shape}, got {value.shape}")
            if value.dtype != self.dtype:
                raise DtypeError(f"expected a gradient of dtype {self.dtype}, got {value.dtype}; use .astype()")
        self.gradient = value

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.gradient = None

    def requires_grad_(self, requires_grad: bool = True) -> "Tensor":
        """Say whether a gradient is wanted for this leaf; returns the tensor."""
        if not isinstance(requires_grad, (bool, np.bool_)):
            raise DtypeError(f"expected requires_grad to be True or False, got {requires_grad!r}")
        if requires_grad and self.dtype.kind not in _INEXACT:
            raise DtypeError(
                f"expected a floating or complex dtype where a gradient is required, got {self.dtype}; "
                "convert with dtype='float32' first"
            )
        if self.op is not None and not requires_grad:
            raise GraphError("expected a leaf, got the result of " + self.op.name + "; use .detach()")
        self.requires_grad = bool(requires_grad)
        return self

    def detach(self) -> "Tensor":
        """Return a tensor with the same data and no history."""
        return wrap(self.payload)

    # -- data ------------------------------------------------------------------------------------------------

    @property
    def data(self) -> Any:
        """The array. A leaf's may be written to; graphs that are recorded already keep the values they saw.

        The array of a result is read-only.
        """
        if self.op is not None:
            view = self.payload.view()
            view.flags.writeable = False
            return view
        if self.shared is None:
            self.shared = self.payload.copy()
            del self.payload
        return self.shared

    @data.setter
    def data(self, value: Any) -> None:
        if self.op is not None:
            raise StaleGraphError(
                f"expected a leaf to assign .data to, got the result of {self.op.name}, which its graph still needs; "
                "use .detach() first"
            )
        array = value.payload if isinstance(value, Tensor) else value
        if self.shared is None or array is not self.shared:
            array = as_array(array, None)
            if array.shape != self.shape:
                raise ShapeError(f"expected data of shape {self.shape}, got {array.shape}; make a new Tensor instead")
            if self.requires_grad and array.dtype.kind not in _INEXACT:
                raise DtypeError(f"expected data like {self.dtype}, got {array.dtype}")
            self._rebind(ops.astype(array, dtype=self.dtype))

    def _rebind(self, array: Any) -> None:
        self.payload, self.shared = array, None

    def _was_read(self) -> bool:
        """Tell whether an operation may have read this tensor since something was assigned into it."""
        try:
            Node.payload.__get__(self)  # type: ignore[misc]
        except AttributeError:
            return False
        return True

    def numpy(self) -> Any:
        """Return the data as a read-only array.

        Raises:
            GraphError: The tensor requires a gradient, which the array would lose.
        """
        if self.requires_grad:
            raise GraphError("expected a tensor without gradient in numpy(), got one with; use .detach().numpy()")
        view = self.payload.view()
        view.flags.writeable = False
        return view

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        array = self.numpy()
        return np.array(array, dtype=dtype) if copy or dtype is not None else array

    __array_ufunc__ = array_ufunc
    __array_function__ = array_function

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return (self.payload if self.shared is None else self.shared).shape  # type: ignore[no-any-return]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The data type."""
        return (self.payload if self.shared is None else self.shared).dtype  # type: ignore[no-any-return]

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape))

    @property
    def T(self) -> "Tensor":
        """The tensor with its axes in reverse."""
        return ops.transpose(self)  # type: ignore[no-any-return]

    @property
    def mT(self) -> "Tensor":
        """The tensor with its last two axes exchanged."""
        return ops.matrix_transpose(self)  # type: ignore[no-any-return]

    @property
    def mH(self) -> "Tensor":
        """The conjugate transpose of the last two axes."""
        return ops.adjoint(self)  # type: ignore[no-any-return]

    @property
    def H(self) -> "Tensor":
        """The conjugate transpose of a matrix; of a number, itself.

        Raises:
            ShapeError: The tensor has another number of axes.
        """
        if self.ndim not in (0, 2):
            raise ShapeError(f"expected a matrix or a number for .H, got shape {self.shape}; use .mH for a batch")
        return self.mH if self.ndim else self.conj()

    @property
    def real(self) -> "Tensor":
        """The real part; of a real tensor, itself."""
        return ops.real(self) if self.dtype.kind == "c" else self

    @property
    def imag(self) -> "Tensor":
        """The imaginary part; zeros for a real tensor."""
        return ops.imag(self)  # type: ignore[no-any-return]

    def cfloat(self) -> "Tensor":
        """Return the data as complex64."""
        return self.astype(np.complex64)

    def cdouble(self) -> "Tensor":
        """Return the data as complex128."""
        return self.astype(np.complex128)

    def item(self) -> Any:
        """Return the only element as a Python number."""
        if self.size != 1:
            raise ShapeError(f"expected one element in item(), got shape {self.shape}")
        return self.payload.item()

    def tolist(self) -> Any:
        """Return the data as nested lists."""
        return self.payload.tolist()

    @staticmethod
    def of(values: Sequence[Value]) -> "Tensor":
        """Build a float64 tensor from Values; a gradient that reaches it goes on to them.

        >>> a = Value(2.0)
        >>> (Tensor.of([a, a]) * 3.0).sum().backward(); a.grad
        6.0
        """
        from .bridge import tensor_of  # noqa: PLC0415 - the bridge stands on both kinds of node

        return tensor_of(values)

    def values(self) -> Any:
        """Return the elements as Values, in nested lists; gradients that reach them come back here.

        >>> x = Tensor([2.0, 3.0], requires_grad=True)
        >>> a, b = x.values()
        >>> (a * b).backward(); x.grad
        tensor([3., 2.])
        """
        from .bridge import values_of  # noqa: PLC0415 - the bridge stands on both kinds of node

        return values_of(self)

    # -- operators -----------------------------------------------------------------------------------------------

    __add__, __sub__, __mul__ = _binary(ops.add), _binary(ops.subtract), _binary(ops.multiply)
    __truediv__, __matmul__ = _binary(ops.divide), _binary(ops.matmul)

    def __rmatmul__(self, other: Any) -> Any:
        return ops.matmul(other, self)

    def __getitem__(self, index: Any) -> Any:
        return ops.get_item(self, index=index)

    def __setitem__(self, index: Any, value: Any) -> None:
        was_read = self._was_read()
        recording = current().grad
        if recording and self.requires_grad and self.op is None:
            raise GraphError(
                "expected a result or a tensor without gradient to assign into, got a leaf that requires a gradient; "
                "assign under no_grad(), or to a copy"
            )
        if isinstance(value, Tensor):
            value = value if value.dtype == self.dtype else ops.astype(value, dtype=self.dtype)
        elif self.dtype.kind != "c" and np.iscomplexobj(value):
            raise DtypeError(f"expected real numbers to assign into {self.dtype}, got complex ones; take real(z)")
        if self.shared is not None and not (recording and isinstance(value, Tensor) and value.requires_grad):
            self.shared[ops.indexing.as_index(index)] = value.payload if isinstance(value, Tensor) else value
            return
        old = self._as_it_was()
        if value is self:
            value = old
        elif recording and was_read and isinstance(value, Tensor) and value.requires_grad:
            _redirect(value, self, old)
        new = ops.set_item(old, value, index=index)
        self.op, self.operands, self.args, self.params = new.op, new.operands, new.args, new.params
        self.requires_grad = new.requires_grad or (self.op is None and self.requires_grad)
        self.shared = None
        self.unread = new.payload
        del self.payload  # until somebody reads it

    def _as_it_was(self) -> "Tensor":
        """Return a node that stands for this one before an assignment."""
        old = wrap(self.payload)
        old.op, old.operands, old.args, old.params = self.op, self.operands, self.args, self.params
        old.requires_grad, old.label, old.scope = self.requires_grad, self.label, self.scope
        return old

    def _in_place(self, result: Any) -> Any:
        """Finish ``x += y``: bind a new result when it is recorded, else change this tensor."""
        if result.requires_grad:
            if self.op is None and self.requires_grad:
                raise GraphError(
                    "expected a result to change in place, got a leaf that requires a gradient; "
                    "do it under no_grad(), or write x = x + y"
                )
            return result
        if self.op is not None:
            return result
        if result.shape != self.shape:
            raise ShapeError(f"expected a result of shape {self.shape} in place, got {result.shape}")
        if not np.can_cast(result.dtype, self.dtype, "same_kind") and result.dtype.kind in _INEXACT:
            raise DtypeError(f"expected a result of dtype {self.dtype} in place, got {result.dtype}")
        if self.shared is None:
            self._rebind(result.payload.astype(self.dtype))
        else:
            self.shared[...] = result.payload
        return self

    def __iadd__(self, other: Any) -> Any:
        return self._in_place(self + other)

    def __isub__(self, other: Any) -> Any:
        return self._in_place(self - other)

    def __imul__(self, other: Any) -> Any:
        return self._in_place(self * other)

    def __itruediv__(self, other: Any) -> Any:
        return self._in_place(self / other)

    def __eq__(self, other: object) -> Any:
        return ops.equal(self, other)

    def __ne__(self, other: object) -> Any:
        return ops.not_equal(self, other)

    def __lt__(self, other: Any) -> Any:
        return ops.less(self, other)

    def __le__(self, other: Any) -> Any:
        return ops.less_equal(self, other)

    def __gt__(self, other: Any) -> Any:
        return ops.greater(self, other)

    def __ge__(self, other: Any) -> Any:
        return ops.greater_equal(self, other)

    __hash__ = Node.__hash__

    def __and__(self, other: Any) -> Any:
        return wrap(self.payload & raw(other))

    def __or__(self, other: Any) -> Any:
        return wrap(self.payload | raw(other))

    __rand__, __ror__ = __and__, __or__

    def __invert__(self) -> Any:
        return wrap(~self.payload)

    def __neg__(self) -> Any:
        if self.dtype.kind == "b":
            raise DtypeError("expected a number to negate, got a bool tensor; use ~x")
        return ops.negative(self)

    def __len__(self) -> int:
        if not self.ndim:
            raise TypeError("expected one or more axes in len(), got a 0-d tensor")
        return self.shape[0]

    def __iter__(self) -> Any:
        if not self.ndim:
            raise TypeError("expected one or more axes to iterate over, got a 0-d tensor")
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if self.size != 1:
            raise GraphError(f"truth value of shape {self.shape} is ambiguous: use .any() or .all()")
        return bool(self.payload.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise DtypeError(f"expected an integer tensor as an index, got {self.dtype}")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if spec else repr(self)

    def __repr__(self) -> str:
        body = np.array2string(self.payload, separator=", ", prefix="tensor(")
        usual = (_default_like(self.payload), np.dtype(int), np.dtype(bool))
        extra = "" if self.dtype in usual else f", dtype={self.dtype}"
        if self.op is not None:
            extra += f", op={self.op.name}"
        elif self.requires_grad:
            extra += ", requires_grad=True"
        return f"tensor({body}{extra})"

    # -- methods ---------------------------------------------------------------------------------------------

    sum, mean, prod, max, min = ops.sum, ops.mean, ops.prod, ops.max, ops.min
    var, std, norm, logsumexp, cumsum = ops.var, ops.std, ops.norm, ops.logsumexp, ops.cumsum
    softmax, log_softmax = ops.softmax, ops.log_softmax
    angle, conj, conjugate = ops.angle, ops.conj, ops.conjugate
    swapaxes, moveaxis, squeeze, expand_dims = ops.swapaxes, ops.moveaxis, ops.squeeze, ops.expand_dims
    ravel, flip, roll, tile, repeat, pad = ops.ravel, ops.flip, ops.roll, ops.tile, ops.repeat, ops.pad
    broadcast_to, take, split, dot, outer, copy = (
        ops.broadcast_to, ops.take, ops.split, ops.dot, ops.outer, ops.copy,
    )  # fmt: skip
    flatten, unflatten, unfold, chunk, unbind = (
        ops.flatten, ops.unflatten, ops.unfold, ops.chunk, ops.unstack,
    )  # fmt: skip
    diagonal, tril, triu, narrow = ops.diagonal, ops.tril, ops.triu, ops.narrow
    gather, scatter, scatter_add, scatter_reduce = ops.gather, ops.scatter, ops.scatter_add, ops.scatter_reduce
    index_select, index_add, index_copy, index_fill, index_put = (
        ops.index_select, ops.index_add, ops.index_copy, ops.index_fill, ops.index_put,
    )  # fmt: skip
    trace = ops.linalg.trace
    masked_fill, masked_select, masked_scatter = ops.masked_fill, ops.masked_select, ops.masked_scatter
    expand_as, reshape_as = ops.expand_as, ops.reshape_as

    def expand(self, *shape: Any) -> "Tensor":
        """Return the tensor repeated along new axes and along those of length one; -1 keeps a length."""
        return ops.expand(self, _unpacked(shape))  # type: ignore[no-any-return]

    def sum_to_size(self, *shape: Any) -> "Tensor":
        """Return sums of a shape that broadcasts to the tensor's."""
        return ops.sum_to_size(self, _unpacked(shape))  # type: ignore[no-any-return]

    def reshape(self, *shape: Any) -> "Tensor":
        """Return the data in another shape."""
        return ops.reshape(self, shape=_unpacked(shape))  # type: ignore[no-any-return]

    def transpose(self, *axes: Any) -> "Tensor":
        """Return the tensor with its axes permuted, as NumPy does."""
        return ops.transpose(self, axes=_unpacked(axes) if axes and axes[0] is not None else None)  # type: ignore[no-any-return]

    def astype(self, dtype: Any) -> "Tensor":
        """Return the data in another dtype."""
        return ops.astype(self, dtype=np.dtype(dtype))  # type: ignore[no-any-return]

    def to(self, target: Any, *options: Any, copy: bool = False, non_blocking: bool = False) -> "Tensor":
        """Return the tensor in another dtype, as PyTorch does: ``to(dtype)``, ``to(other)`` or ``to("cpu", dtype)``.

        A tensor of that dtype comes back as it is, unless ``copy`` is asked for. By position, ``non_blocking``, which
        has no meaning here, stands before ``copy``.

        Raises:
            DtypeError: A device other than the CPU is named.

        >>> Tensor([1.0]).to("float64").dtype
        dtype('float64')
        """
        given = [target, *options]
        place = str(given[0]).partition(":")[0]
        if place in _DEVICES:
            if place != "cpu":
                raise DtypeError(f"expected a dtype, a tensor or 'cpu' in to(), got {target}; arrays live on the CPU")
            given = given[1:] if len(given) > 1 and not isinstance(given[1], bool) else [self.dtype, *given[1:]]
        dtype = given[0].dtype if isinstance(given[0], (Tensor, np.ndarray)) else np.dtype(given[0])
        copy = copy or any(given[2:3])
        return self if dtype == self.dtype and not copy else self.astype(dtype)

    def argmax(self, axis: int | None = None) -> "Tensor":
        """Return the index of the largest element along an axis."""
        return wrap(np.asarray(self.payload.argmax(axis)))

    def any(self) -> bool:
        """Return whether an element is true."""
        return bool(self.payload.any())

    def all(self) -> bool:
        """Return whether every element is true."""
        return bool(self.payload.all())

    def draw(self, **options: Any) -> Any:
        """Draw the graph of this node; see ``viz.draw``."""
        from viz import draw  # noqa: PLC0415 - the engine must not need the pictures

        return draw(self, **options)

    def steps(self, **options: Any) -> Any:
        """Step through the forward and the backward pass of this node; see ``viz.steps``."""
        from viz import steps  # noqa: PLC0415 - the engine must not need the pictures

        return steps(self, **options)


def _redirect(value: Node, target: Node, old: Node) -> None:
    """Let what ``value`` was computed from see ``target`` as it was before ``value`` is assigned into it.

    So ``y[0] += 1`` and ``y[t] = f(y[t - 1])`` are right: what read ``y`` read the old one.
    """
    seen = {target, old}
    stack = [value]
    while stack:
        node = stack.pop()
        if node in seen or node.op is None:
            continue
        seen.add(node)
        inputs = node.inputs
        if any(x is target for x in inputs):
            node.operands = tuple([old if x is target else x for x in inputs])
        stack.extend(node.parents())


def _kept(params: dict[str, Any]) -> dict[str, Any]:
    """Return static parameters as the graph keeps them: the caller may change a list or an array afterwards."""
    return {k: v if v.__class__ in _PLAIN else _frozen(v) for k, v in params.items()}


def _operands(op: Primitive, inputs: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...], bool, Any]:
    """Return the raw operands, the inputs to record, whether one requires a gradient, and the floating dtype."""
    args: list[Any] = []
    tracked = mixed = False
    dtype = None
    for x in inputs:
        if isinstance(x, Tensor):
            array = x.payload
            args.append(array)
            if x.requires_grad:
                tracked = True
            if array.dtype in _FLOATING:
                if dtype is None:
                    dtype = array.dtype
            else:
                mixed = True
                if dtype is None and array.dtype.kind == "c":
                    dtype = array.dtype
        elif x.__class__ is float or x.__class__ is int:
            args.append(x)
        else:
            mixed = True
            args.append(_constant(x, op))
    if mixed:
        if op.on_complex == "refuse" and any(map(np.iscomplexobj, args)):
            raise _refusal(op, args)
        if dtype is not None and (op.elementwise or op.name == "matmul"):
            args = [_weak(a, dtype) for a in args]
        inputs = tuple([x if isinstance(x, Tensor) else a for x, a in zip(inputs, args, strict=True)])
    return args, inputs, tracked, dtype


def _run(op: Primitive, args: Sequence[Any], params: dict[str, Any]) -> Any:
    """Run the forward pass of an operation without NumPy's warnings."""
    token = quiet()
    try:
        return op.forward(*args, **params) if params else op.forward(*args)
    except TypeError as error:
        if "ufunc" not in str(error) or not any(map(np.iscomplexobj, args)):
            raise
        raise _refusal(op, args) from None
    except ValueError as error:
        if isinstance(error, ShapeError) or "broadcast" not in str(error):
            raise
        shapes = " and ".join(str(np.shape(a)) for a in args)
        raise ShapeError(f"expected shapes that broadcast together in {op.name}, got {shapes}") from None
    finally:
        loud(token)


def _refusal(op: Primitive, args: Sequence[Any]) -> DtypeError:
    dtype = next(np.asarray(a).dtype for a in args if np.iscomplexobj(a))
    return DtypeError(
        f"expected real numbers in {op.name}, which is not defined for complex ones, got {dtype}; "
        "take real(z), imag(z) or absolute(z)"
    )


def _several(op: Primitive, payload: tuple[Any, ...], inputs: Any, args: Any, params: Any, tracked: bool) -> Any:
    """Return the results of an operation that has several."""
    from .outputs import record  # noqa: PLC0415 - it stands on tensors

    return record(op, payload, inputs, args, params, tracked and current().grad)


class _PostAccumulate:
    """A hook that runs once the gradient was accumulated."""

    def __init__(self, hook: Callable[[Tensor], Any]) -> None:
        self.hook = hook

    def __call__(self, tensor: Tensor) -> None:
        self.hook(tensor)


def wrap(array: Any) -> Tensor:
    """Return a tensor around an array that nobody else writes to."""
    out = _new(Tensor)
    out.payload = array if array.__class__ is np.ndarray else np.asarray(array)
    out.op = out.shared = None
    out.hooks = ()
    out.requires_grad = out.retains_grad = False
    return out


def tensor(data: Any, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Return a tensor with a copy of ``data``; PyTorch's spelling of :class:`Tensor`.

    >>> tensor([1.0, 2.0])
    tensor([1., 2.])
    """
    return Tensor(data, requires_grad=requires_grad, dtype=dtype)


def as_array(data: Any, dtype: Any) -> Any:
    """Return a numeric array that shares memory with nothing.

    Raises:
        DtypeError: ``data`` holds no numbers.
    """
    if isinstance(data, Tensor):
        data = data.payload
    if isinstance(data, Value):
        raise MixedNodesError("expected an array, got a Value; cross over with Tensor.of([value])")
    if isinstance(data, np.ma.MaskedArray):
        raise DtypeError("expected a plain array, got a masked one; fill it with .filled(value) first")
    typed = isinstance(data, (np.ndarray, np.generic)) or hasattr(data, "dtype")
    if isinstance(data, (list, tuple)) and any(isinstance(x, Node) for x in data):
        raise MixedNodesError("expected numbers in a list, got nodes; use autograd.stack or Tensor.of")
    try:
        array = np.array(data)
    except ValueError:
        raise ShapeError("expected nested lists of equal lengths, got ragged ones; pad them") from None
    if array.dtype.kind not in _NUMERIC:
        raise DtypeError(f"expected numbers, got {type(data).__name__} of dtype {array.dtype}")
    if dtype is not None:
        return np.ascontiguousarray(ops.astype(array, dtype=dtype)).reshape(array.shape)
    if not typed and array.dtype.kind in _INEXACT:
        return array.astype(_default_like(array))
    return array.astype(array.dtype.newbyteorder("=")) if not array.dtype.isnative else array


def _constant(x: Any, op: Primitive) -> Any:
    """Return a raw operand; Python numbers stay as they are, so that they never widen an array."""
    if isinstance(x, np.generic) and x.dtype.kind in _NUMERIC:  # np.float64 is a float and yet widens arrays (R113)
        return x.item()
    if x is None or isinstance(x, (bool, int, float, complex)):
        return x
    if isinstance(x, Node):
        raise MixedNodesError(
            f"expected tensors in {op.name}, got a Tensor and a {type(x).__name__}; "
            "cross over with Tensor.of(values) or tensor.values()"
        )
    if x.__class__ is np.ndarray and x.dtype.kind in _NUMERIC:
        return x.copy()  # the graph keeps it, and the caller may write to it
    return as_array(x, None)


_PLAIN = frozenset({bool, float, int, slice, str, type(None)})


def _frozen(x: Any) -> Any:
    """Return a static parameter, such as an index, that nobody else can write to."""
    if isinstance(x, Node):
        if x.requires_grad:
            raise GraphError(
                "expected a static parameter, which has no gradient, got a node that requires one; detach it first"
            )
        return x.payload
    if isinstance(x, np.ndarray):
        return x.copy()
    if isinstance(x, list):
        return [_frozen(part) for part in x]
    return tuple([_frozen(part) for part in x]) if x.__class__ is tuple else x


def _weak(x: Any, dtype: Any) -> Any:
    """Bring an integer array to a floating or complex partner's dtype, as PyTorch does."""
    return x.astype(dtype) if isinstance(x, np.ndarray) and x.dtype.kind in "iu" else x


def _any_float(args: Sequence[Any], params: dict[str, Any]) -> bool:
    """Tell whether an inexact array, or the dtype that was asked for, decides about the result's dtype."""
    return "dtype" in params or any(isinstance(a, np.ndarray) and a.dtype.kind in _INEXACT for a in args)


def _default_like(array: Any) -> Any:
    """Return the default dtype, or the complex one of the same precision for a complex array."""
    return np.result_type(_default_dtype, np.complex64) if array.dtype.kind == "c" else _default_dtype


def _unpacked(items: tuple[Any, ...]) -> Any:
    return tuple(items[0]) if len(items) == 1 and isinstance(items[0], (tuple, list)) else items
