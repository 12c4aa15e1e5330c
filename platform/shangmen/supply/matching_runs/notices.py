"""What waits for somebody because of matching: plans that nobody approved."""

from shangmen.access import Role
from shangmen.foundation.tasks.waiting import Kind, own
from shangmen.supply.matching_runs.states import RunState

WAITING = (
    Kind(
        "runs_to_approve", "Matching runs to approve", "Approve", (Role.BUREAU_OFFICER,),
        "matching_runs.list", own(state=RunState.PROPOSED),
        "SELECT count(*) AS count, min((created_at AT TIME ZONE 'Asia/Shanghai')::date) AS day FROM matching_run"
        " WHERE state = 'proposed' AND county = ANY(:counties)",
    ),
)  # fmt: skip
