"""The one Piccolo app: its tables in the order of the layers, its one linear migration history."""

from piccolo.conf.apps import AppConfig, table_finder

from shangmen import paths

FEATURES = (
    "foundation.audit",
    "foundation.regions",
    "foundation.deeds",
    "foundation.catalogue",
    "foundation.imports",
    "foundation.villages",
    "foundation.organisations",
    "foundation.accounts",
    "foundation.tasks",
    "demand.recipients",
    "demand.entitlement",
    "demand.needs",
    "supply.contracts",
    "supply.placements",
    "supply.matching_runs",
    "supply.tendering",
    "delivery.visits",
    "delivery.service_records",
    "delivery.quality",
    "delivery.settlement",
    "operations",
)

APP_CONFIG = AppConfig(
    app_name="shangmen",
    migrations_folder_path=str(paths.MIGRATIONS),
    table_classes=table_finder(modules=[f"shangmen.{feature}.tables" for feature in FEATURES]),
    migration_dependencies=[],
    commands=[],
)
