"""The program from the shell: serve, jobs, county, user, import, match, upkeep, migrate, demo, backup, …"""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from shangmen import __version__, app, clock, database, wiring
from shangmen.database import embedded, jobs, schema
from shangmen.demand.entitlement import actions as entitlement
from shangmen.errors import DatabaseAway, DomainError, StartError
from shangmen.operations import backup, first_start, lists, logs, maintenance, runs, supervising, upkeep, web
from shangmen.settings import Settings, load
from shangmen.supply.matching_runs import adapter
from shangmen.supply.matching_runs.forms import RunForm


@dataclass(frozen=True)
class Connection:
    """Where the database is: for the application and for its owner."""

    application: str
    owner: str | None


def connect(settings: Settings) -> Connection:
    """The server of the settings, or the embedded one, started if need be."""
    if settings.database_url:
        return Connection(settings.database_url, settings.owner_url)
    if hasattr(os, "geteuid") and os.geteuid() == 0 and not (settings.data / "postgres").exists():
        print("Started as root: the database runs as the account 'pgserver', which is made now.", file=sys.stderr)
    server = embedded.start(settings.data)
    asyncio.run(schema.prepare_embedded(server))
    return Connection(server.application, server.owner)


def prepare(settings: Settings) -> Connection:
    """Connect and migrate; the application's role is in use afterwards."""
    connection = connect(settings)
    if connection.owner:
        asyncio.run(schema.migrate(connection.owner))
    asyncio.run(schema.require(connection.application))
    asyncio.run(schema.refuse_mighty(connection.application))
    database.use(connection.application)
    asyncio.run(maintenance.complete(entitlement.load))
    return connection


def free_or_stop(host: str, port: int) -> None:
    """Raises StartError when somebody else listens there."""
    with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise StartError(
                f"{host}:{port} cannot be used ({fault.strerror}); choose another port with SHANGMEN_PORT or --port."
            ) from fault


def serve(settings: Settings, workers: bool = True, demo: bool = False, processes: int | None = None) -> int:
    """The web server in some processes, with one more for jobs unless told otherwise."""
    free_or_stop(settings.host, settings.port)
    connection = prepare(settings)
    demo = demo or asyncio.run(maintenance.holds_demo())
    processes = processes or web.processes()
    # uvicorn raises the signal again when it has closed; the default would end us before the worker is told.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    with _kept(connection, settings, "jobs") if workers else contextlib.nullcontext():
        said = f"Shangmen {__version__} at http://{settings.host}:{settings.port}/  (stop with Ctrl+C)"
        if processes == 1:
            print(said, flush=True)
            web.serve(app.create_app(settings, demo=demo), settings.host, settings.port)
            return 0
        signal.signal(signal.SIGTERM, _end_all)
        address = ["--host", settings.host, "--port", str(settings.port), *(["--demo"] if demo else [])]
        with (
            web.shared_socket(settings.host, settings.port),
            _kept(connection, settings, "serve", "--beside", *address, times=processes),
            contextlib.suppress(KeyboardInterrupt),
        ):
            print(said, flush=True)
            while True:
                time.sleep(3600)
    return 0


def _end_all(_number: int, _frame: object) -> None:
    supervising.end_within(web.END_SECONDS)
    sys.exit(0)


def serve_beside(settings: Settings, demo: bool) -> int:
    """One of several web processes; the one that keeps us has prepared all."""
    supervising.end_with_parent()
    database.use(connect(settings).application)
    web.serve(app.create_app(settings, demo=demo), settings.host, settings.port, shared=True)
    return 0


def _kept(connection: Connection, settings: Settings, *command: str, times: int = 1) -> AbstractContextManager[None]:
    """A command of ours in processes of their own, for as long as the server runs."""
    environment = {**os.environ, "DATABASE_URL": connection.application, "SHANGMEN_SECRET": settings.secret}
    environment.pop("DATABASE_URL_FILE", None)
    environment.pop("SHANGMEN_SECRET_FILE", None)
    return supervising.kept([sys.executable, "-m", "shangmen.cli", *command], environment, times)


def work(settings: Settings) -> int:
    """A worker for jobs; as many as wanted, on as many machines."""
    supervising.step_back()
    connection = connect(settings)
    asyncio.run(schema.require(connection.application))
    asyncio.run(schema.refuse_mighty(connection.application))
    database.use(connection.application)
    wiring.wire()
    # the first run on a new machine need not wait until all is compiled
    threading.Thread(target=adapter.warm_up, name="warm-up", daemon=True).start()
    asyncio.run(jobs.serve(connection.application, wiring.JOBS, wiring.NIGHTLY, wiring.GIVEN_UP))
    return 0


def run_demo(settings: Settings, options: argparse.Namespace) -> int:
    """The demo county: made if it is not there, told about, and served unless --once."""
    from shangmen.demo import command

    if not options.once:
        free_or_stop(settings.host, settings.port)
    prepare(settings)
    asyncio.run(command.run(settings, options))
    return 0 if options.once else serve(settings, demo=True)


def order_runs(settings: Settings, options: argparse.Namespace) -> int:
    """Ask for a matching run in each county, and wait for their plans on wish; 1 when any of them failed."""
    asked = {
        "starts_on": options.day or clock.today(), "seconds": options.seconds, "seed": options.seed,
        "order": options.order,
    }  # fmt: skip
    try:
        form = msgspec.convert(asked, RunForm)
    except msgspec.ValidationError as fault:
        raise StartError(str(fault)) from fault
    connection = prepare(settings)
    wiring.wire()
    return asyncio.run(
        runs.order(
            options.county, form, options.wait, options.json, connection.application, wiring.JOBS, wiring.GIVEN_UP
        )
    )


def take_list(settings: Settings, options: argparse.Namespace) -> int:
    """Preview a list, or write it; 2 when the file is no such list."""
    prepare(settings)
    wiring.wire()
    return asyncio.run(
        lists.take(
            options.kind, options.file, options.county, options.login, options.mapping, options.commit, options.rejects
        )
    )


def keep(settings: Settings, options: argparse.Namespace) -> int:
    """Do what the dates bring; 1 when a part of a day failed."""
    prepare(settings)
    wiring.wire()
    return asyncio.run(_keep(options.day, options.through or clock.today(), options.json))


async def _keep(day: date | None, through: date, as_json: bool) -> int:
    began = time.monotonic()
    brought: Counter[str] = Counter()
    faults: list[str] = []
    days = 0
    await database.open_pool(2)
    try:
        for county in await upkeep.counties():
            kept = await (
                upkeep.keep_days(wiring.DAILY, county, [day]) if day else upkeep.keep(wiring.DAILY, county, through)
            )
            days, brought = days + kept.days, brought + kept.brought
            faults += kept.faults
    finally:
        await database.close_pool()
    if as_json:
        told = {
            "days": days,
            "brought": dict(sorted(brought.items())),
            "faults": faults,
            "seconds": round(time.monotonic() - began, 1),
        }
        print(msgspec.json.encode(told).decode())
    else:
        print("\n".join([f"{days} days kept", *(f"{count:>7}  {rule}" for rule, count in sorted(brought.items()))]))
        print("\n".join(faults), end="\n" if faults else "", file=sys.stderr)
    return 1 if faults else 0


def check_dates(settings: Settings, options: argparse.Namespace) -> int:
    """List every row whose state its dates contradict; 1 when there is any."""
    prepare(settings)
    wiring.wire()
    return asyncio.run(_check_dates(options.day or clock.today()))


async def _check_dates(day: date) -> int:
    await database.open_pool(2)
    try:
        found = [
            contradiction
            for county in await upkeep.counties()
            for contradiction in await upkeep.contradictions(wiring.DAILY, county, day)
        ]
    finally:
        await database.close_pool()
    for one in found:
        print(f"{one.rule}\t{one.table}\t{one.id}")
    if not found:
        print("ok")
    return 1 if found else 0


def check_audit(settings: Settings, options: argparse.Namespace) -> int:
    """Verify or seal the audit trail, or hold states against dates."""
    if options.verb == "dates":
        return check_dates(settings, options)
    prepare(settings)
    if options.verb == "seal":
        print(asyncio.run(maintenance.seal(options.to)).hex())
        return 0
    wiring.wire()
    found = asyncio.run(maintenance.verify(options.against))
    print("\n".join(found) or "ok")
    return 1 if found else 0


def _day(text: str) -> date:
    """A day of the command line, within the limits of every day that is typed."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not clock.believable(day):
        raise argparse.ArgumentTypeError(f"give a day such as 2026-03-31, from {clock.EARLIEST} to {clock.latest()}")
    return day


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError("give a number from 1 to 64")
    return int(text)


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="shangmen", description="Visits and care, from need to paid visit.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="the web server and one worker for jobs")
    serving.add_argument("--host")
    serving.add_argument("--port", type=int)
    serving.add_argument("--no-jobs", action="store_true", help="no worker of its own; run `shangmen jobs` elsewhere")
    serving.add_argument("--workers", type=_count, help="web processes (one a core, at most four)")
    serving.add_argument("--beside", action="store_true", help=argparse.SUPPRESS)  # one of several web processes
    serving.add_argument("--demo", action="store_true", help=argparse.SUPPRESS)
    commands.add_parser("jobs", help="a worker for jobs")
    matching = commands.add_parser("match", help="one matching run for each county, for the workers to take")
    matching.add_argument(
        "--county",
        action="append",
        default=[],
        metavar="CODE",
        help="six digits, as often as wanted; else all with waiting needs",
    )
    matching.add_argument("--day", type=_day, help="first day of the placements (today)")
    matching.add_argument("--seconds", type=int, default=30, help="effort for each county, about seconds of one core")
    matching.add_argument("--seed", type=int, default=1)
    matching.add_argument("--order", default="heaviest", help="who is served first: heaviest, weights or fair")
    matching.add_argument("--wait", action="store_true", help="until the plans are there")
    matching.add_argument("--json", action="store_true", help="one JSON object as the last line")
    keeping = commands.add_parser("upkeep", help="what the dates bring: missed days, and today")
    until = keeping.add_mutually_exclusive_group()
    until.add_argument("--day", type=_day, help="this day alone")
    until.add_argument("--through", type=_day, help="every day not kept yet, up to this one")
    keeping.add_argument("--json", action="store_true", help="one JSON object as the last line")
    taking = commands.add_parser("import", help="a list: a preview of its rows, or with --commit its writing")
    taking.add_argument("kind", choices=[kind.name for kind in wiring.KINDS])
    taking.add_argument("file", type=Path)
    taking.add_argument("--county", required=True, metavar="CODE", help="six digits")
    taking.add_argument("--as", dest="login", required=True, metavar="LOGIN", help="who sends it")
    taking.add_argument("--mapping", type=Path, metavar="FILE", help="what columns and words mean, as JSON")
    taking.add_argument("--commit", action="store_true", help="write the good rows")
    taking.add_argument("--rejects", type=Path, metavar="FILE", help="write the others there, with their reasons")
    taking.add_argument("--json", action="store_true", help="one JSON object as the last line, always so")
    commands.add_parser("migrate", help="bring the database to the present schema")
    demo = commands.add_parser("demo", help="a seeded county to look at")
    demo.add_argument("--county", default="640324", help="six-digit code of a county of Ningxia")
    demo.add_argument("--scale", type=int, default=1, help="times 1,200 recipients")
    demo.add_argument("--today", type=_day, default=None)
    demo.add_argument("--seed", type=int, default=1)
    demo.add_argument("--once", action="store_true", help="do not serve")
    demo.add_argument("--json", action="store_true", help="one JSON object as the last line")
    demo.add_argument("--host")
    demo.add_argument("--port", type=int)
    county = commands.add_parser("county", help="the first county of an installation")
    county.add_argument("verb", choices=["load"])
    county.add_argument("code", metavar="CODE", help="six digits")
    user = commands.add_parser("user", help="accounts from the shell")
    user.add_argument("verb", choices=["list", "reset", "create"])
    user.add_argument("login", nargs="?")
    making = user.add_argument_group("create")
    making.add_argument("--role", default="", help="administrator, bureau_officer, …")
    making.add_argument("--county", default="", metavar="CODE", help="six digits")
    making.add_argument("--organisation", default="", metavar="NAME", help="where it is not the only one that fits")
    making.add_argument("--name", default="", metavar="NAME", help="of the person")
    backing = commands.add_parser("backup", help="write a dump of the database")
    backing.add_argument("file", type=Path)
    restoring = commands.add_parser("restore", help="load a dump into an empty database")
    restoring.add_argument("file", type=Path)
    audit = commands.add_parser("audit", help="the audit trail")
    audit.add_argument("verb", choices=["verify", "seal", "dates"])
    audit.add_argument("--to", type=Path, metavar="FILE", help="with seal: a file that every seal is appended to")
    audit.add_argument("--against", type=Path, metavar="FILE", help="with verify: seals that were kept elsewhere")
    audit.add_argument("--day", type=_day, help="with dates: as of this day (today)")
    return parser.parse_args(argv)


def dispatch(options: argparse.Namespace) -> int:
    """Run one command."""
    environment = dict(os.environ)
    if getattr(options, "host", None):
        environment["SHANGMEN_HOST"] = options.host
    if getattr(options, "port", None):
        environment["SHANGMEN_PORT"] = str(options.port)
    settings = load(environment)
    logs.configure()
    match options.command:
        case "serve":
            if options.beside:
                return serve_beside(settings, options.demo)
            return serve(settings, workers=not options.no_jobs, processes=options.workers)
        case "jobs":
            return work(settings)
        case "match":
            return order_runs(settings, options)
        case "import":
            return take_list(settings, options)
        case "upkeep":
            return keep(settings, options)
        case "migrate":
            prepare(settings)
            print("The database is at the present schema.")
            return 0
        case "demo":
            return run_demo(settings, options)
        case "county":
            prepare(settings)
            return asyncio.run(first_start.load_county(options.code))
        case "user" if options.verb == "create":
            if not (options.login and options.role and options.county):
                raise StartError("Say: shangmen user create LOGIN --role ROLE --county CODE.", first_start.REFUSED)
            prepare(settings)
            return asyncio.run(
                first_start.create_user(
                    options.login, options.role, options.county, options.organisation, options.name
                )
            )
        case "user":
            prepare(settings)
            return asyncio.run(maintenance.users(options.verb, options.login))
        case "backup":
            return backup.backup(connect(settings).owner, options.file)
        case "restore":
            return backup.restore(connect(settings).owner, options.file)
        case _:
            return check_audit(settings, options)


def main(argv: Sequence[str] | None = None) -> int:
    """The entry point: 0 on success, else one clear line and 1, or 2 for what was asked for and cannot be."""
    try:
        return dispatch(arguments(argv))
    except (StartError, DomainError) as fault:
        print(f"shangmen: {fault}", file=sys.stderr)
        return fault.status if isinstance(fault, StartError) else 1
    except DatabaseAway as fault:
        print(f"shangmen: The database went away ({fault}).", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):  # stopped by hand, or by a signal
        return 130
    finally:
        clock.set_to(None)


if __name__ == "__main__":
    sys.exit(main())
