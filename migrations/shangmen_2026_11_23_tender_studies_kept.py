"""The promises of tender studies: known states, the application's rights, row-level security.

Raw SQL runs first within a migration, so this one follows the table.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shangmen.database import ENGINE

ID = "2026-11-23T00:00:03:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints and row-level security of tender studies"

STATES = ("queued", "computing", "done", "failed", "cancelled")

# A study is the bureau's: the desks of the county see it, nobody else.
WIDE = "(SELECT app_reach()) = 'county' AND county = ANY ((SELECT app_counties())::bigint[])"

STATEMENTS = (
    "ALTER TABLE tender_study ADD CONSTRAINT tender_study_state_known CHECK (state IN ("
    + ", ".join(f"'{state}'" for state in STATES)
    + "))",
    "GRANT SELECT, INSERT, UPDATE ON tender_study TO shangmen_app",
    "GRANT USAGE, SELECT ON SEQUENCE tender_study_id_seq TO shangmen_app",
    "ALTER TABLE tender_study ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY reach ON tender_study USING ({WIDE}) WITH CHECK ({WIDE})",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="shangmen", description=DESCRIPTION)

    async def keep_promises() -> None:
        transaction = ENGINE.current_transaction.get()
        for statement in STATEMENTS:
            await transaction.connection.execute(statement)

    manager.add_raw(keep_promises)
    return manager
