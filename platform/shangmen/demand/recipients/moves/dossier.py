"""What of a file is handed over with a move, fact by fact: what the receiver sees of it before it accepts."""

from shangmen import effects
from shangmen.access import Scope
from shangmen.demand.recipients import queries
from shangmen.demand.recipients.events import HandingOver

# Without these nobody can take over a file; the rest may be withheld.
NEEDED = ("name", "sex", "birth_date", "category")
# What leaves the county besides; a station of the same county reads the whole file once it has accepted.
PERSONAL = (
    "id_number", "no_id_reason", "telephone", "guardian_name", "guardian_telephone", "registered_address", "relatives",
)  # fmt: skip
OPTIONAL = ("living", "halal", "language", "support", "overlay", "tier", "scheme", "certificate")
ADDED = ("level", "needs", "visits_this_month")


def withholdable(elsewhere: bool) -> tuple[str, ...]:
    """The fields that the sender may keep back."""
    return ((*PERSONAL[2:], *OPTIONAL) if elsewhere else OPTIONAL) + ADDED


async def facts(scope: Scope, person: queries.PersonRow, elsewhere: bool, withheld: set[str]) -> list[tuple[str, str]]:
    """(field, value) of a person that are handed over; what is empty is nothing."""
    held = await queries.certificate(scope, person.id)
    own = {**vars(person), "certificate": held.number if held else ""}
    names = (*NEEDED, *(PERSONAL if elsewhere else ()), *OPTIONAL)
    told = [(name, _text(own.get(name))) for name in names]
    added = HandingOver(person.id)
    await effects.publish(scope, added)
    kept_back = withheld & set(withholdable(elsewhere))
    return [(name, value) for name, value in (*told, *added.facts) if value and name not in kept_back]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)
