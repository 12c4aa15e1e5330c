"""The embedded server is started again by whoever has started it before and finds it dead."""

import asyncpg

from shangmen.database import embedded
from tests.operations.site import data_folder, stop_database


async def test_a_server_that_died_is_started_again_by_the_process_that_had_started_it() -> None:
    with data_folder() as data:
        for _ in range(2):
            server = embedded.start(data)
            connection = await asyncpg.connect(server.dsn("postgres", "postgres"))
            assert await connection.fetchval("SELECT 1") == 1
            await connection.close()
            stop_database(data)
