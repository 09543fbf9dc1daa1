"""A trace as JSON text, and back; what comes from elsewhere is believed only where it fits."""

import json
import math
from collections.abc import Mapping
from typing import Any, cast, get_args

from autograd.errors import StepgradError

from .amount import Amount, ArraySnapshot, encode, same
from .tracing import Kind, Step, Trace

__all__ = ["TraceFormatError", "encode_step", "from_json", "to_json"]

_FORMAT, _VERSION = "stepgrad-trace", 1
_AMOUNTS = ("value", "upstream", "local", "contribution", "before", "after")
_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class TraceFormatError(StepgradError, ValueError):
    """A text that is no trace; the message names the place in it."""


def to_json(trace: Trace) -> str:
    """Write a trace, with every digit."""
    steps = [encode_step(step) for step in trace]
    found = {"format": _FORMAT, "version": _VERSION, "names": dict(trace.names), "steps": steps}
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def from_json(text: str) -> Trace:
    """Read what :func:`to_json` wrote.

    Raises:
        TraceFormatError: It is none; the message says what stands where.
    """
    return _Decoder().trace(text)


def encode_step(step: Step) -> dict[str, Any]:
    """Write one step with what it has."""
    found: dict[str, Any] = {"kind": step.kind, "node": step.node}
    if step.operand:
        found |= {"operand": step.operand, "slot": step.slot}
    found |= {key: encode(amount) for key in _AMOUNTS if (amount := getattr(step, key)) is not None}
    if step.source:
        found["source"] = list(step.source)
    found["text"] = step.text
    return found


class _Decoder:
    """Reads a trace, and believes nothing."""

    def trace(self, text: str) -> Trace:
        try:
            found = json.loads(text, parse_constant=_refuse_constant)
        except (TypeError, ValueError, RecursionError) as error:
            raise TraceFormatError(f"expected the JSON text of a trace, got none ({error})") from error
        top = self.record(found, "trace", {"format", "version", "names", "steps"}, set())
        if top["format"] != _FORMAT or top["version"] != _VERSION:
            raise TraceFormatError(
                f"expected format {_FORMAT!r} version {_VERSION}, got {top['format']!r} version {top['version']!r}"
            )
        names = self.of_type(top["names"], dict, "names")
        for key, name in names.items():
            self.of_type(name, str, f"names[{key!r}]")
        if len(set(names.values())) != len(names):
            raise TraceFormatError("expected names that differ, got one twice")
        result = Trace((), names)
        grads: dict[str, Amount] = {}
        for index, step in enumerate(self.of_type(top["steps"], list, "steps")):
            result._append(self.step(step, index, names, grads))
        return result

    def step(self, found: Any, index: int, names: Mapping[str, str], grads: dict[str, Amount]) -> Step:
        """Read one step, and check that it goes on from the gradients before it."""
        where = f"steps[{index}]"
        record = self.record(found, where, {"kind", "node", "text"}, {"operand", "slot", "source", *_AMOUNTS})
        kind = record["kind"]
        if kind not in get_args(Kind):
            raise TraceFormatError(f"expected {where}.kind to be one of {', '.join(get_args(Kind))}, got {kind!r}")
        for key in ("node", "operand"):
            if key in record and (not isinstance(record[key], str) or record[key] not in names):
                raise TraceFormatError(f"expected {where}.{key} to be the id of a named node, got {record[key]!r}")
        slot = record.get("slot", -1)
        if (kind == "contribute") != (slot.__class__ is int and slot >= 0) or (slot != -1) != ("operand" in record):
            raise TraceFormatError(f"expected an operand and a slot in {where} if it contributes, else none")
        amounts = {key: self.amount(record[key], f"{where}.{key}") for key in _AMOUNTS if key in record}
        needed = {"forward": "value", "done": ""}.get(kind, "after")
        if needed and needed not in amounts:
            raise TraceFormatError(f"expected {where}.{needed}, got none")
        if not isinstance(amounts.get("local", 0.0), float):
            raise TraceFormatError(f"expected {where}.local to be a number, got an array")
        step = Step(
            index,
            kind,
            record["node"],
            record.get("operand", ""),
            slot,
            source=self.source(record.get("source"), where),
            text=self.of_type(record["text"], str, f"{where}.text"),
            **cast(Any, amounts),
        )
        self.follow(step, where, grads)
        return step

    def follow(self, step: Step, where: str, grads: dict[str, Amount]) -> None:
        if step.kind == "seed":
            grads.clear()
        if step.kind in ("seed", "visit", "contribute"):
            if not same(step.before, grads.get(step.target)):
                raise TraceFormatError(f"expected {where}.before to be the gradient that the steps before it left")
            grads[step.target] = step.after

    def amount(self, found: Any, where: str) -> Amount:
        if isinstance(found, list):
            return tuple(None if part is None else self.array(part, f"{where}[{i}]") for i, part in enumerate(found))
        return self.array(found, where) if isinstance(found, dict) else self.number(found, where)

    def array(self, found: Any, where: str) -> ArraySnapshot:
        record = self.record(found, where, {"shape", "dtype", "norm"}, {"values"})
        shape = tuple(self.of_type(record["shape"], list, f"{where}.shape"))
        if not all(n.__class__ is int and n >= 0 for n in shape):
            raise TraceFormatError(f"expected {where}.shape to be a list of sizes, got {list(shape)!r}")
        values = None
        if "values" in record:
            elements = self.of_type(record["values"], list, f"{where}.values")
            values = tuple(self.number(x, f"{where}.values[{i}]") for i, x in enumerate(elements))
            if len(values) != math.prod(shape):
                raise TraceFormatError(f"expected {math.prod(shape)} elements in {where}.values, got {len(values)}")
        dtype = self.of_type(record["dtype"], str, f"{where}.dtype")
        return ArraySnapshot(shape, dtype, self.number(record["norm"], f"{where}.norm"), values)

    def number(self, found: Any, where: str) -> float:
        if isinstance(found, str) and found in _SPECIAL:
            return _SPECIAL[found]
        if found.__class__ in (int, float) and abs(found) <= 1.7976931348623157e308:
            return float(found)
        raise TraceFormatError(f'expected {where} to be a number, "nan", "inf" or "-inf", got {str(found)[:40]!r}')

    def source(self, found: Any, where: str) -> tuple[str, int] | None:
        if found is None:
            return None
        if not isinstance(found, list) or [x.__class__ for x in found] != [str, int]:
            raise TraceFormatError(f"expected {where}.source to be a file name and a line number")
        return found[0], found[1]

    def record(self, found: Any, where: str, needed: set[str], allowed: set[str]) -> dict[str, Any]:
        record: dict[str, Any] = self.of_type(found, dict, where)
        if missing := sorted(needed - record.keys()):
            raise TraceFormatError(f"expected {', '.join(missing)} in {where}, got {', '.join(record) or 'nothing'}")
        if unknown := sorted(record.keys() - needed - allowed):
            raise TraceFormatError(f"expected nothing but what a trace has in {where}, got {', '.join(unknown)}")
        return record

    def of_type(self, found: Any, kind: type, where: str) -> Any:
        if not isinstance(found, kind):
            raise TraceFormatError(f"expected {where} to be a {kind.__name__}, got {type(found).__name__}")
        return found


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")
