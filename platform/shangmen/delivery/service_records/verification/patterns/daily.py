"""What a night brings: records that together make a pattern are held, each once, those that nobody has decided on."""

from collections import defaultdict
from datetime import date, timedelta

from shangmen import database
from shangmen.access import Scope
from shangmen.delivery.service_records.verification import verdicts
from shangmen.delivery.service_records.verification.patterns import queries, rules
from shangmen.delivery.service_records.verification.rules import Finding


@database.scoped
async def bring(scope: Scope, day: date) -> int:
    """Look for patterns in the month before a day; in how many records something was found that was not told yet."""
    last = day - timedelta(days=1)
    found = rules.check(await queries.logged(scope, last), await queries.limits(scope, last))
    by_rule: dict[str, dict[int, Finding]] = defaultdict(dict)
    for record, findings in found.items():
        for finding in findings:
            by_rule[finding.rule][record] = finding
    told = 0
    for rule, marked in by_rule.items():
        for record in sorted(await queries.untold(scope, rule, sorted(marked))):
            told += await verdicts.lower(scope, record, marked[record])
    return told
