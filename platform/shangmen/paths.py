"""Where the program's own folders are: in a checkout if there is one, else inside the wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parents[1]

IN_CHECKOUT = (CHECKOUT / "templates" / "base.html").exists() and (CHECKOUT / "pyproject.toml").exists()

TEMPLATES = CHECKOUT / "templates" if IN_CHECKOUT else PACKAGE / "_templates"
MIGRATIONS = CHECKOUT / "migrations" if IN_CHECKOUT else PACKAGE / "_migrations"
STATIC = PACKAGE / "web" / "static"
LOCALE = PACKAGE / "web" / "locale"

# A checkout keeps its data inside itself; an installed program in the folder it is started from.
DEFAULT_DATA = CHECKOUT / ".data" if IN_CHECKOUT else Path.cwd() / "shangmen-data"
