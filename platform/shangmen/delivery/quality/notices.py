"""Whose work list call-backs and complaints are on: who is to ask, never who delivered."""

from shangmen.access import Role
from shangmen.foundation.tasks.waiting import Kind, own

ASKERS = (Role.BUREAU_OFFICER, Role.STATION_SCHEDULER)


def _open(table: str) -> str:
    return (
        f"SELECT count(*) AS count, min(due) AS day FROM {table}"
        " WHERE state = 'open' AND asker = :organisation AND county = ANY(:counties)"
    )


WAITING = (
    Kind("complaints", "Complaints to answer", "Answer", ASKERS, "complaints.list", own(state="open", mine="yes"),
         _open("complaint"), due=True),
    Kind("call_backs", "Call-backs to make", "Ask", ASKERS, "quality.list", own(state="open", mine="yes"),
         _open("call_back"), due=True),
)  # fmt: skip
