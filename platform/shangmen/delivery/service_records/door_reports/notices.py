"""Whose work list it is on: alarms on the station's, what was not made on the planner's; refusals in a row."""

from shangmen import database
from shangmen.access import Role, Scope
from shangmen.foundation.tasks import actions as tasks
from shangmen.foundation.tasks.waiting import Kind, own

IN_A_ROW = 3  # refusals, domain.md §10, scenario 13

ALARMS = "r.told IN ('injury', 'gas', 'alarm')"
OPEN = "NOT EXISTS (SELECT 1 FROM door_answer a WHERE a.report = r.id)"


def _kind(name: str, title: str, role: Role, which: str, column: str, **filters: str) -> Kind:
    return Kind(
        name,
        title,
        "Look at it",
        (role,),
        "door_reports.list",
        own(open="yes", mine="yes", **filters),
        "SELECT count(*) AS count, min((server_at AT TIME ZONE 'Asia/Shanghai')::date) AS day FROM door_report r"
        f" WHERE {which} AND {OPEN} AND r.{column} = :organisation",
    )


WAITING = (
    _kind("alarms", "Alarms from the door", Role.STATION_SCHEDULER, ALARMS, "station", about="alarm"),
    _kind("not_made", "Visits that could not be made", Role.PROVIDER_MANAGER, f"NOT {ALARMS}", "supplier",
          about="not_made"),
)  # fmt: skip


@database.scoped
async def refused_again(scope: Scope, need: int, station: int) -> None:
    """After three refusals in a row, at the door or of the signature, the station reviews the need; nothing ends.

    What counts are the visits of the need that came to something, the latest first.
    """
    async with database.elevated(scope):
        lately = await database.values(
            bool,
            """
            SELECT coalesce(r.confirmation = 'refused', v.reason = 'recipient_refused') AS refused
            FROM visit v JOIN placement p ON p.id = v.placement
            LEFT JOIN verdict d ON d.visit = v.id LEFT JOIN service_record r ON r.id = d.service_record
            WHERE p.need = :need AND (v.state = 'done' OR (v.state = 'cancelled' AND v.reason = 'recipient_refused'))
            ORDER BY v.planned_start DESC, v.id DESC LIMIT :most
            """,
            need=need,
            most=IN_A_ROW,
        )
    if len(lately) < IN_A_ROW or not all(lately):
        return
    await tasks.open(
        scope,
        organisation=station,
        role=Role.STATION_SCHEDULER,
        kind="need_refused",
        subject="need",
        subject_id=need,
        route="needs.show",
        params={"id": need},
        message="The recipient has refused %(times)s times in a row: review the need.",
        times=IN_A_ROW,
    )
