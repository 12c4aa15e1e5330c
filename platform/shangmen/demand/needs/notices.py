"""What waits for somebody because of needs: drafts to approve, needs that nobody serves."""

from shangmen.access import Role
from shangmen.demand.needs.states import NeedState
from shangmen.foundation.tasks.waiting import Kind, own

_DAY = "(created_at AT TIME ZONE 'Asia/Shanghai')::date"
_NEEDS = f"SELECT count(*) AS count, min({_DAY}) AS day FROM need WHERE state = "

WAITING = (
    Kind(
        "needs_to_approve", "Needs to approve", "Approve", (Role.BUREAU_OFFICER,),
        "needs.list", own(state=NeedState.DRAFT), f"{_NEEDS} 'draft'",
    ),
    Kind(
        "needs_unserved", "Needs without a supplier", "Look at them", (Role.BUREAU_OFFICER, Role.STATION_SCHEDULER),
        "needs.list", own(state=NeedState.WAITING), f"{_NEEDS} 'waiting'",
    ),
)  # fmt: skip
