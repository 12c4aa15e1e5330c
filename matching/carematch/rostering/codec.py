"""Problems and rosters as JSON, so that a run can be kept and replayed."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from carematch.rostering.problem import RosterProblem
from carematch.rostering.roster import Roster
from carematch.travel import DetourModel, MatrixModel, TravelModel


def encode_problem(problem: RosterProblem) -> bytes:
    """JSON with sets and keys in a fixed order: equal problems give equal bytes."""
    plain: dict[str, Any] = {
        name: getattr(problem, name)
        for name in ("days", "demands", "workers", "standing", "closed_days", "weights", "step_minutes")
    }
    plain["travel"] = _travel_to_plain(problem.travel)
    return msgspec.json.encode(plain, order="deterministic")


def decode_problem(data: bytes) -> RosterProblem:
    """The problem; a fault in the data raises `ProblemError` or `msgspec.ValidationError`."""
    plain = msgspec.json.decode(data)
    if not isinstance(plain, dict):
        raise msgspec.ValidationError("a roster problem is a JSON object")
    plain["travel"] = _travel_from_plain(plain.get("travel"))
    return msgspec.convert(plain, RosterProblem)


def problem_hash(problem: RosterProblem) -> str:
    """SHA-256 of the encoded problem, in hexadecimal."""
    return hashlib.sha256(encode_problem(problem)).hexdigest()


def encode_roster(roster: Roster) -> bytes:
    """JSON in a fixed order."""
    return msgspec.json.encode(roster, order="deterministic")


def decode_roster(data: bytes) -> Roster:
    """The roster that was encoded."""
    return msgspec.json.decode(data, type=Roster)


def _travel_to_plain(travel: TravelModel | None) -> dict[str, Any] | None:
    if travel is None:
        return None
    if isinstance(travel, DetourModel):
        return {"kind": "detour", **_fields(travel)}
    if isinstance(travel, MatrixModel):
        fields = _fields(travel)
        return {"kind": "matrix", **fields, "fallback": _travel_to_plain(travel.fallback)}
    raise TypeError(f"{type(travel).__name__} cannot be written as JSON")


def _travel_from_plain(plain: Any) -> TravelModel:
    kind = plain.get("kind") if isinstance(plain, dict) else None
    if kind == "detour":
        return msgspec.convert(plain, DetourModel)
    if kind == "matrix":
        fallback = plain["fallback"]
        return MatrixModel(
            source=msgspec.convert(plain["source"], str),
            ids=msgspec.convert(plain["ids"], tuple[str, ...]),
            metre_rows=msgspec.convert(plain["metre_rows"], tuple[tuple[int, ...], ...]),
            minute_rows=msgspec.convert(plain["minute_rows"], tuple[tuple[int, ...], ...]),
            fallback=_travel_from_plain(fallback) if fallback else None,
        )
    raise msgspec.ValidationError(f"unknown travel model {kind!r}")


def _fields(model: DetourModel | MatrixModel) -> dict[str, Any]:
    return {name: getattr(model, name) for name in model.__dataclass_fields__ if not name.startswith("_")}
