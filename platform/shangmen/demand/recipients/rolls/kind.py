"""The kind of list that a roll of people is, for foundation/imports."""

from shangmen.access import Role
from shangmen.demand.recipients.rolls import phrases
from shangmen.demand.recipients.rolls.actions import commit
from shangmen.demand.recipients.rolls.columns import COLUMNS, begins_household
from shangmen.demand.recipients.rolls.rules import judge
from shangmen.demand.recipients.tables import DisabilityCertificate, Household, Person
from shangmen.foundation.imports.kinds import Kind

RECIPIENTS = Kind(
    name="recipients",
    label="Rolls of people",
    roles=frozenset({Role.BUREAU_OFFICER, Role.STATION_SCHEDULER, Role.ADMINISTRATOR}),
    columns=COLUMNS,
    needed=(("name", "id_number"), ("name", "certificate"), ("name", "birth")),
    identity=("name", "id_number", "certificate"),
    judge=judge,
    commit=commit,
    tables=(DisabilityCertificate, Person, Household),
    begins=("household_number", "head_name", "sequence"),
    areas=("township", "village"),
    heads_block=begins_household,
    tell=phrases.tell,
    fields=phrases.FIELDS,
    page="recipients.show",
)
