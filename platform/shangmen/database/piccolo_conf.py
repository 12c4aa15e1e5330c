"""What Piccolo itself looks for: the engine and the app. PICCOLO_CONF names this module."""

from piccolo.conf.apps import AppRegistry

from shangmen.database import ENGINE as DB

APP_REGISTRY = AppRegistry(apps=["shangmen.database.piccolo_app"])

__all__ = ["APP_REGISTRY", "DB"]
