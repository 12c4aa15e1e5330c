"""The promises of questions about a run: known states, the application's rights, row-level security.

Raw SQL runs first within a migration, so this one follows the table.
"""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from shangmen.database import ENGINE

ID = "2026-11-29T00:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "constraints and row-level security of what-if questions about a run"

# Asked and read by the desks of the county, as the runs are.
WIDE = "(SELECT app_reach()) = 'county' AND county = ANY ((SELECT app_counties())::bigint[])"

STATEMENTS = (
    "ALTER TABLE supposition ADD CONSTRAINT supposition_state_known"
    " CHECK (state IN ('queued', 'done', 'failed') AND (state = 'done') = (answer IS NOT NULL))",
    # deleted when the plan that they are about is changed by hand
    "GRANT SELECT, INSERT, UPDATE, DELETE ON supposition TO shangmen_app",
    "GRANT USAGE, SELECT ON SEQUENCE supposition_id_seq TO shangmen_app",
    "ALTER TABLE supposition ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY reach ON supposition USING ({WIDE}) WITH CHECK ({WIDE})",
)


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="shangmen", description=DESCRIPTION)

    async def keep_promises() -> None:
        transaction = ENGINE.current_transaction.get()
        for statement in STATEMENTS:
            await transaction.connection.execute(statement)

    manager.add_raw(keep_promises)
    return manager
