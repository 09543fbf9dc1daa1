"""Ask one row of both libraries: the value, the gradient and the gradient of the gradient of every sample.

Each sample is drawn by PyTorch's own generator, seeded by the row's name, so that the answer never changes. The
cotangents are random and the same on both sides, complex where the output is; the second order differentiates the
first gradient with respect to the inputs and to the cotangents.
"""

import re
import warnings
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import autograd
from autograd import Tensor, Value, manual_seed
from autograd.errors import StepgradError

from .rows import call_name, named, ours, parameter_names, row_id, table
from .spelling import ERRORS_WE_ALLOW, MODULES, ON_PURPOSE, RENAMED, SPELLED, Spelling

__all__ = ["Verdict", "judge"]

CLEAR = (StepgradError, ValueError, TypeError, IndexError, NotImplementedError)
TOLERANCE = {"value": (1e-9, 1e-10), "gradient": (1e-7, 1e-8), "second gradient": (1e-6, 1e-7)}


@dataclass
class Verdict:
    """What became of a row: ``right``, ``on purpose``, ``incomplete``, ``missing`` or ``wrong``."""

    row: str
    status: str = "right"
    name: str = ""
    samples: int = 0
    errors: int = 0
    problems: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def detail(self) -> str:
        """Return the first problem, on one line."""
        found = self.problems or self.refusals
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return " ".join((found[0] if found else "").split())[:300] + more


class _NotOursError(Exception):
    """A sample that has no counterpart: another device, a sparse layout, a half-precision number."""


def judge(row: str, dtype: str = "float64") -> Verdict:
    """Run one row on samples of a dtype and say what became of it."""
    import torch

    function = ours(row)
    verdict = Verdict(row, name=call_name(row))
    if function is None:
        verdict.status = "missing"
        return verdict
    info = table()[row]
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        torch.manual_seed(zlib.crc32(row.encode()))
        manual_seed(0)
        for number, sample in enumerate(info.sample_inputs("cpu", getattr(torch, dtype), requires_grad=True)):
            _judge_sample(verdict, info, function, sample, number)
        for error in info.error_inputs("cpu") if info.error_inputs_func else ():
            _judge_error(verdict, info, function, error)
    verdict.status = _status(verdict)
    return verdict


def _status(verdict: Verdict) -> str:
    """Sum up; what we want to differ in does not count against the row, but it keeps it from being right."""
    wanted = ON_PURPOSE.get(verdict.row)
    unwanted = [
        [p for p in found if not (wanted and re.search(wanted.sign, p))]
        for found in (verdict.problems, verdict.refusals)
    ]
    if unwanted[0]:
        return "wrong"
    if unwanted[1]:
        return "incomplete"
    return "on purpose" if verdict.problems or verdict.refusals else "right"


def _judge_sample(verdict: Verdict, info: Any, function: Callable[..., Any], sample: Any, number: int) -> None:
    verdict.samples += 1
    shown = f"sample {number} {_shown(sample)}"
    rng = np.random.default_rng(number)
    try:
        theirs = _their_answers(info, sample, rng)
        found, leaves = _our_call(info, function, sample)
    except _NotOursError:
        verdict.refusals.append(f"{shown}: no counterpart")
        return
    except CLEAR as error:
        verdict.refusals.append(f"{shown}: {type(error).__name__}: {error}")
        return
    except Exception as error:
        verdict.problems.append(f"{shown}: unclear {type(error).__name__}: {error}")
        return
    try:
        problem = _difference(theirs, found, leaves, np.random.default_rng(number))
    except Exception as error:
        problem = f"backward raised {type(error).__name__}: {error}"
    if problem:
        verdict.problems.append(f"{shown}: {problem}")


def _judge_error(verdict: Verdict, info: Any, function: Callable[..., Any], error: Any) -> None:
    """An input that PyTorch refuses must be refused here, by an exception that names what is wrong."""
    verdict.errors += 1
    sample, message = error.sample_input, str(error.error_regex)
    allowed = {**ERRORS_WE_ALLOW.get("*", {}), **ERRORS_WE_ALLOW.get(verdict.row, {})}
    try:
        _our_call(info, function, sample)
    except (_NotOursError, *CLEAR):
        return
    except Exception as unclear:
        found = f"an unclear {type(unclear).__name__}: {unclear}"
    else:
        found = "an answer"
    if message not in allowed:
        verdict.problems.append(f"error input {_shown(sample)}: expected an error like {message!r}, got {found}")


# -- their side ---------------------------------------------------------------------------------------------------


def _tensors(item: Any) -> list[Any]:
    import torch

    if isinstance(item, torch.Tensor):
        return [item]
    if isinstance(item, (list, tuple)):
        return [t for part in item for t in _tensors(part)]
    if isinstance(item, dict):
        return [t for part in item.values() for t in _tensors(part)]
    return []


def _leaves(sample: Any) -> list[Any]:
    return [t for t in _tensors([sample.input, sample.args, sample.kwargs]) if t.requires_grad]


def _their_answers(info: Any, sample: Any, rng: np.random.Generator) -> dict[str, list[Any]]:
    import torch

    leaves = _leaves(sample)
    state = torch.get_rng_state()
    raw = info.op(sample.input, *sample.args, **sample.kwargs)
    torch.set_rng_state(state)
    outputs = _tensors(sample.output_process_fn_grad(raw))
    if spelling_of(info).first_only:
        outputs = outputs[:1]
    answers: dict[str, list[Any]] = {"value": [_array(t) for t in outputs]}
    flowing = [t for t in outputs if t.requires_grad]
    answers["flows"] = [t.requires_grad for t in outputs]
    twice = info.supports_gradgrad and not spelling_of(info).first_order
    if not flowing or not leaves:
        return answers
    seeds = [torch.tensor(_random(rng, t.shape, t.is_complex()), dtype=t.dtype, requires_grad=True) for t in flowing]
    first = torch.autograd.grad(flowing, leaves, seeds, create_graph=twice, allow_unused=True, materialize_grads=True)
    answers["gradient"] = [_array(g) for g in first]
    if not twice:
        return answers
    seconds = [(g, torch.tensor(_random(rng, g.shape, g.is_complex()), dtype=g.dtype)) for g in first]
    seconds = [(g, w) for g, w in seconds if g.requires_grad]
    targets = [*leaves, *seeds]
    try:
        found = (
            torch.autograd.grad(
                [g for g, _ in seconds], targets, [w for _, w in seconds], allow_unused=True, materialize_grads=True
            )
            if seconds
            else [torch.zeros_like(t) for t in targets]
        )
    except RuntimeError:  # PyTorch has none for this sample, such as for its fused attention
        return answers
    answers["second gradient"] = [_array(g) for g in found]
    return answers


def _array(t: Any) -> Any:
    if t.is_sparse or str(t.dtype) == "torch.complex32":
        raise _NotOursError
    return t.detach().resolve_conj().resolve_neg().numpy(force=True).copy()


def _random(rng: np.random.Generator, shape: Sequence[int], is_complex: bool) -> Any:
    """Return a random cotangent, so that the sum of ``Re(conj(cotangent) output)`` sees every part of the output."""
    drawn = rng.standard_normal(tuple(shape))
    return drawn + 1j * rng.standard_normal(tuple(shape)) if is_complex else drawn


# -- our side -----------------------------------------------------------------------------------------------------


def _converted(item: Any, leaves: list[Tensor]) -> Any:
    import torch

    if isinstance(item, torch.Tensor):
        if item.layout is not torch.strided or item.device.type != "cpu":
            raise _NotOursError
        if item.dtype in (torch.bfloat16, torch.float16, torch.complex32):
            raise _NotOursError
        if not (item.is_floating_point() or item.is_complex()):
            return item.numpy()
        own = Tensor(item.detach().resolve_conj().resolve_neg().numpy(), requires_grad=item.requires_grad)
        if item.requires_grad:
            leaves.append(own)
        return own
    if isinstance(item, (list, tuple)):
        parts = [_converted(part, leaves) for part in item]
        return parts if isinstance(item, list) else tuple(parts)
    if isinstance(item, dict):
        return {key: _converted(part, leaves) for key, part in item.items()}
    if isinstance(item, torch.dtype):
        try:
            return np.dtype(str(item).removeprefix("torch."))
        except TypeError:
            raise _NotOursError from None
    if isinstance(item, (torch.device, torch.layout, torch.memory_format)):
        raise _NotOursError
    module = MODULES.get(type(item).__name__)
    return named(module) if module else item


def _our_call(info: Any, function: Callable[..., Any], sample: Any) -> tuple[list[Any], list[Tensor]]:
    """Call our function with a sample's arguments in our spelling; return the outputs and the leaves, in order."""
    leaves: list[Tensor] = []
    first = _converted(sample.input, leaves)
    args = [_converted(a, leaves) for a in sample.args]
    kwargs = {name: _converted(value, leaves) for name, value in sample.kwargs.items() if name != "memory_format"}
    spelling = spelling_of(info)
    if isinstance(first, (int, float)) and info.name.startswith("__"):
        raise _NotOursError  # Python calls a reflected method on its own object only
    if spelling.product:
        first = autograd.matmul(first, autograd.matrix_transpose(args.pop(0)))
    positional, keywords = _spelled([first, *args], kwargs, spelling, parameter_names(function))
    out = function(*positional, **keywords)
    out = sample.output_process_fn_grad(out if spelling.results is None else out[: spelling.results])
    return _outputs(out), leaves


def spelling_of(info: Any) -> Spelling:
    """Return how a row is spelled here; an entry for the variant goes before that for the name."""
    return SPELLED.get(row_id(info)) or SPELLED.get(info.name) or Spelling()


def _spelled(args: list[Any], kwargs: dict[str, Any], spelling: Spelling, known: list[str]) -> tuple[Any, Any]:
    """Put arguments into our spelling, by the tables alone."""
    if spelling.spread is not None and len(args) > spelling.spread:
        at = spelling.spread
        rest = args[at:]
        args = [*args[:at], rest[0] if len(rest) == 1 and isinstance(rest[0], (list, tuple)) else tuple(rest)]
    if spelling.order:
        args = [args[i] for i in spelling.order]
    positional, keywords = args[:1], {}
    for i, value in enumerate(args[1:]):
        name = spelling.names[i] if i < len(spelling.names) else ""
        if name:
            keywords[name] = value
        else:
            positional.append(value)
    if spelling.unpack:
        positional = [*positional[0], *positional[1:]]
    several = kwargs.pop(spelling.starred, None)
    positional += several if isinstance(several, list) else [] if several is None else [several]
    for name, value in kwargs.items():
        ours_ = name
        if name not in known:
            ours_ = next((n for n in RENAMED.get(name, ()) if n in known), name)
        keywords[ours_] = int(value) if name == "unbiased" else value
    for name, value in spelling.given:
        keywords[name] = value if keywords.get(name) is None else keywords[name]
    return positional, {
        k: tuple(v) if isinstance(v, list) and k in ("axis", "axes", "shape") else v for k, v in keywords.items()
    }


def _outputs(out: Any) -> list[Any]:
    if isinstance(out, (list, tuple)):
        return [o for part in out for o in _outputs(part)]
    return [out]


def _payload(x: Any) -> Any:
    return np.asarray(x.payload if isinstance(x, (Tensor, Value)) else x)


# -- side by side -------------------------------------------------------------------------------------------------


def _difference(theirs: dict[str, list[Any]], found: list[Any], leaves: list[Tensor], rng: np.random.Generator) -> str:
    problem = _compare("value", theirs["value"], [_payload(o) for o in found])
    if problem or "gradient" not in theirs:
        return problem
    second = "second gradient" in theirs
    flowing = [o for o, flows in zip(found, theirs["flows"], strict=True) if flows]
    seeds = [Tensor(_cotangent(o, rng), requires_grad=True) for o in flowing]
    total = _inner([(o, s) for o, s in zip(flowing, seeds, strict=True)])
    gradients = _gradients(total, leaves, create_graph=second)
    problem = _compare("gradient", theirs["gradient"], [_payload(g) for g in gradients])
    if problem or not second:
        return problem
    weights = [_cotangent(g, rng) for g in gradients]
    total = _inner([(g, Tensor(w)) for g, w in zip(gradients, weights, strict=True)])
    seconds = _gradients(total, [*leaves, *seeds], create_graph=False)
    return _compare("second gradient", theirs["second gradient"], [_payload(g) for g in seconds])


def _cotangent(x: Any, rng: np.random.Generator) -> Any:
    raw = _payload(x)
    return _random(rng, raw.shape, np.iscomplexobj(raw)).astype(raw.dtype)


def _inner(pairs: list[tuple[Any, Any]]) -> Any:
    """Return the sum of the real parts of ``conj(y) x``, whose gradient with respect to ``x`` is ``y``."""
    total: Any = Tensor(np.float64(0.0))
    for x, y in pairs:
        total = total + (x * y.conj()).real.sum()
    return total


def _gradients(total: Any, targets: list[Tensor], create_graph: bool) -> list[Any]:
    for t in targets:
        t.grad = None
    if total.requires_grad:
        total.backward(create_graph=create_graph)
    found = [Tensor(np.zeros_like(t.payload)) if t.grad is None else t.grad for t in targets]
    for t in targets:
        t.grad = None
    return found


def _compare(what: str, expected: list[Any], found: list[Any]) -> str:
    if len(expected) != len(found):
        return f"{what}: expected {len(expected)} arrays, got {len(found)}"
    rtol, atol = TOLERANCE[what]
    for i, (e, f) in enumerate(zip(expected, found, strict=True)):
        if e.shape != f.shape:
            return f"{what} {i}: expected shape {e.shape}, got {f.shape}"
        inexact = e.dtype.kind in "fc"
        if inexact and f.dtype != e.dtype:
            return f"{what} {i}: expected {e.dtype}, got {f.dtype}"
        scale = max(1.0, float(np.max(np.abs(e[np.isfinite(e)]), initial=0.0))) if inexact else 1.0
        least = 128 * float(np.finfo(e.dtype).eps) if inexact else 0.0  # some weights are single precision
        agree = np.isclose(f, e, rtol=max(rtol, least), atol=max(atol, least) * scale, equal_nan=True)
        if not agree.all():
            at = tuple(int(k) for k in np.argwhere(~agree)[0])
            return (
                f"{what} {i}: {int((~agree).sum())} of {agree.size} differ, at {at} expected {e[at]!r}, got {f[at]!r}"
            )
    return ""


def _shown(sample: Any) -> str:
    def brief(x: Any) -> str:
        if hasattr(x, "shape") and hasattr(x, "dtype"):
            return str(tuple(x.shape))
        if isinstance(x, (list, tuple)):
            return "[" + ", ".join(brief(i) for i in x[:5]) + "]"
        return repr(x)[:40]

    words = [
        brief(sample.input),
        *(brief(a) for a in sample.args),
        *(f"{k}={brief(v)}" for k, v in sample.kwargs.items()),
    ]
    return "(" + ", ".join(words) + ")"
