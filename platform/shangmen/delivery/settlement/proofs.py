"""Proving statements: every one against what the trail says the verbs made of it, and contracts against both."""

from dataclasses import dataclass

from shangmen import database
from shangmen.access import Reach, Scope
from shangmen.foundation.audit.proofs import Tampering

# What a statement `s` is, money as text; its lines, deductions and objections as one digest each.
_STATED = """
jsonb_build_object(
  'county', s.county, 'contract', s.contract, 'provider', s.provider,
  'number', s.number, 'first', s.period_from, 'last', s.period_to,
  'state', s.state, 'gross', s.gross::text, 'deducted', s.deducted::text, 'payable', s.payable::text,
  'created_by', s.created_by, 'submitted_by', s.submitted_by, 'reviewed_by', s.reviewed_by,
  'approved_by', s.approved_by, 'paid_by', s.paid_by, 'payment_reference', s.payment_reference, 'note', s.note,
  'at', concat_ws(':', extract(epoch FROM s.created_at), extract(epoch FROM s.submitted_at),
    extract(epoch FROM s.reviewed_at), extract(epoch FROM s.approved_at), extract(epoch FROM s.paid_at)),
  'lines', (SELECT encode(sha256(convert_to(coalesce(string_agg(
      concat_ws(':', x.id, x.service_line, x.amount), ',' ORDER BY x.id), ''), 'UTF8')), 'hex')
    FROM statement_line x WHERE x.statement = s.id),
  'deductions', (SELECT encode(sha256(convert_to(coalesce(string_agg(
      concat_ws(':', y.id, y.rule, coalesce(y.claws_back, 0), y.amount, y.reason), ',' ORDER BY y.id), ''), 'UTF8')),
      'hex') FROM deduction y WHERE y.statement = s.id),
  'objections', (SELECT encode(sha256(convert_to(coalesce(string_agg(
      concat_ws(':', o.id, o.text, o.answer), ',' ORDER BY o.id), ''), 'UTF8')), 'hex')
    FROM objection o WHERE o.statement = s.id))
"""


@database.scoped
async def stated(scope: Scope, statement: int) -> dict[str, object]:
    """What the trail keeps of a statement at the end of each verb, under "proof"."""
    found = await database.value(
        dict[str, object], f"SELECT {_STATED} FROM statement s WHERE s.id = :id", id=statement
    )
    assert found is not None
    return found


@dataclass(frozen=True)
class _Compared(database.Row):
    name: str
    here: bool
    told: bool


SENTENCES = {
    (True, True): "Statement %(number)s is not what the trail says was made of it.",
    (True, False): "The trail tells of no statement %(number)s, and there is one.",
    (False, True): "Statement %(number)s, which the trail tells of, is gone.",
}


@database.scoped
async def statements(scope: Scope) -> list[Tampering]:
    """Hold every statement against the last event that tells of it; only who reads the whole trail can."""
    if scope.reach is not Reach.COUNTY:
        return []
    return [
        Tampering(SENTENCES[one.here, one.told], {"number": one.name})
        for one in await database.rows(
            _Compared,
            f"""
            WITH told AS (
              SELECT DISTINCT ON (subject_id) subject_id, details -> 'proof' AS proof
              FROM audit_event WHERE subject = 'statement' AND details ? 'proof' ORDER BY subject_id, id DESC),
            here AS (SELECT s.id, s.number, {_STATED} AS proof FROM statement s)
            SELECT coalesce(h.number, t.proof ->> 'number') AS name, h.id IS NOT NULL AS here,
                   t.subject_id IS NOT NULL AS told
            FROM here h FULL JOIN told t ON t.subject_id = h.id
            WHERE h.id IS NULL OR t.subject_id IS NULL OR h.proof <> t.proof ORDER BY 1
            """,
        )
    ]


@dataclass(frozen=True)
class _Contract(database.Row):
    number: str


@database.scoped
async def contracts(scope: Scope) -> list[Tampering]:
    """What a contract counts as settled and paid is what its statements say."""
    if scope.reach is not Reach.COUNTY:
        return []
    return [
        Tampering("What contract %(number)s counts as settled or paid is not what its statements say.", vars(one))
        for one in await database.rows(
            _Contract,
            """
            SELECT c.number FROM contract c LEFT JOIN (
              SELECT contract, sum(payable) AS settled, sum(payable) FILTER (WHERE state = 'paid') AS paid
              FROM statement WHERE state IN ('approved', 'paid') GROUP BY contract) s ON s.contract = c.id
            WHERE c.settled <> coalesce(s.settled, 0) OR c.paid <> coalesce(s.paid, 0) ORDER BY c.number
            """,
        )
    ]
