"""Complex numbers and Fourier transforms, on real inputs; tests/autograd/test_complex.py takes complex ones."""

from typing import Any

from .sample import Sample, between, named

X = between(-2, 2, 2, 3)

LENGTHS: list[dict[str, Any]] = [{"s": (4, 2)}, {"s": (2,), "axes": (0,), "norm": "ortho"}]
ALONG: list[dict[str, Any]] = [{}, {"n": 2, "norm": "forward"}, {"n": 5, "norm": "ortho"}, {"axis": 0, "n": 3}]

SAMPLES: dict[str, list[Sample]] = {
    "real": [Sample((X,), torch=named("real"))],
    "imag": [Sample((X,))],
    "conjugate": [Sample((X,), torch=named("conj"))],
    "fftn": [Sample((X,), p) for p in (*LENGTHS, {}, {"axes": (1, 0), "norm": "ortho"})],
    "ifftn": [Sample((X,), p) for p in (*LENGTHS, {}, {"axes": 0, "norm": "forward"})],
    "rfft": [Sample((X,), p) for p in (*ALONG, {"axis": 0})],
    "irfft": [Sample((X,), p) for p in (*ALONG, {"n": 1})],
    "complex": [Sample((X, between(-2, 2, 3)), torch=named("complex"))],
}
