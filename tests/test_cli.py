"""The program from the shell: a clear line and an exit status, never a trace."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest

from shangmen import paths
from shangmen.errors import StartError
from shangmen.settings import load
from tests.conftest import NewDatabase, Servers


def shangmen(*words: str, module: str = "shangmen.cli", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        env={**os.environ, "PYTHONPATH": f"{paths.CHECKOUT / 'platform'}{os.pathsep}{paths.CHECKOUT / 'matching'}",
             **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )  # fmt: skip


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a failing command said: one line of its own."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = one_line(shangmen("serve", SHANGMEN_PORT=port, SHANGMEN_DATA=str(tmp_path)))
    assert port in said


def test_a_data_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    assert str(file) in one_line(shangmen("serve", SHANGMEN_DATA=str(file / "data")))


def test_a_server_that_does_not_answer_is_said(tmp_path: Path) -> None:
    said = one_line(
        shangmen("audit", "verify", DATABASE_URL="postgresql://x@127.0.0.1:1/x", SHANGMEN_SECRET="s" * 40,
                 DATABASE_OWNER_URL="postgresql://x@127.0.0.1:1/x", SHANGMEN_DATA=str(tmp_path))
    )  # fmt: skip
    assert "database" in said


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"SHANGMEN_PORT": "http"}, "SHANGMEN_PORT"),
        ({"DATABASE_OWNER_URL": "postgresql://x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://x"}, "SHANGMEN_SECRET"),
        ({"SHANGMEN_SECRET": "short"}, "32"),
        ({"SHANGMEN_SECRET": "s" * 40, "SHANGMEN_SECRET_FILE": "x"}, "not both"),
        ({"SHANGMEN_SECURE_COOKIES": "yes", "SHANGMEN_SECRET": "s" * 40}, "SHANGMEN_SECURE_COOKIES"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], word: str) -> None:
    with pytest.raises(StartError, match=word):
        load(environment)


async def _two_counties(owner: str) -> None:
    connection = await asyncpg.connect(owner)
    try:
        await connection.executemany(
            "INSERT INTO division (code, name, level, valid_from, position_source, terrain)"
            " VALUES ($1, $2, 'county', '2020-01-01', 'SYNTHETIC', 'plain')",
            [("640324000000", "同心县"), ("640521000000", "中宁县")],
        )
    finally:
        await connection.close()


def test_match_starts_a_run_in_each_county_and_says_where_none_was_started(
    servers: Servers, new_database: NewDatabase, tmp_path: Path
) -> None:
    name = asyncio.run(new_database())
    asyncio.run(_two_counties(servers.owner(name)))
    environment = {
        "DATABASE_URL": servers.application(name),
        "SHANGMEN_SECRET": "s" * 40,
        "SHANGMEN_DATA": str(tmp_path),
    }
    nobody_waits = shangmen("match", **environment)
    assert (nobody_waits.returncode, nobody_waits.stdout) == (0, "No need waits in any county.\n")
    assert "111111" in one_line(shangmen("match", "--county", "640324", "--county", "111111", **environment))
    one = shangmen("match", "--county", "640324", "--seconds", "1", **environment)
    assert (one.returncode, one.stdout) == (0, "640324\trun 1\n")
    both = shangmen("match", "--county", "640324", "--county", "640521", **environment)
    assert both.returncode == 1
    assert both.stdout.splitlines() == [
        "640324\tnot started: Another run is at work. Wait for it, or stop it.",
        "640521\trun 2",
    ]
    assert "seconds" in one_line(shangmen("match", "--seconds", "0", **environment))


def test_a_stopped_server_takes_its_worker_along(servers: Servers, new_database: NewDatabase, tmp_path: Path) -> None:
    name = asyncio.run(new_database())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "shangmen.cli", "serve", "--port", str(port)],
        env={**os.environ, "DATABASE_URL": servers.application(name), "DATABASE_OWNER_URL": servers.owner(name),
             "SHANGMEN_SECRET": "s" * 40, "SHANGMEN_DATA": str(tmp_path),
             "PYTHONPATH": f"{paths.CHECKOUT / 'platform'}{os.pathsep}{paths.CHECKOUT / 'matching'}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(1200):
            try:
                if httpx.get(f"http://127.0.0.1:{port}/health", timeout=2).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.25)
        children = psutil.Process(server.pid).children(recursive=True)
        assert children
        server.send_signal(signal.SIGTERM)
        server.wait(300)
        _gone, alive = psutil.wait_procs(children, timeout=200)
        assert alive == []
    finally:
        server.kill()
