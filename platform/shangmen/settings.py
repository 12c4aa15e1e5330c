"""Settings: one frozen value read from the environment, which fails loudly."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from shangmen import paths
from shangmen.errors import StartError


@dataclass(frozen=True)
class Settings:
    """What differs between installations.

    `database_url` is the application's role and `owner_url` the owner's; both are None for the embedded server.
    `secret` signs form tokens. `secure_cookies` is off only for plain http on one's own machine. `proxies` are the
    networks whose word is believed on who sent a request.
    """

    data: Path
    database_url: str | None
    owner_url: str | None
    host: str
    port: int
    secret: str
    secure_cookies: bool
    trusted_origins: tuple[str, ...]
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raises StartError naming the variable that is wrong."""
    env = os.environ if environment is None else environment
    data = Path(env.get("SHANGMEN_DATA", str(paths.DEFAULT_DATA))).expanduser().resolve()
    database_url = _secret(env, "DATABASE_URL")
    owner_url = _secret(env, "DATABASE_OWNER_URL")
    if owner_url and not database_url:
        raise StartError("DATABASE_OWNER_URL is set but DATABASE_URL is not; set both or neither.")
    port = env.get("SHANGMEN_PORT", "8000")
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise StartError(f"SHANGMEN_PORT must be a port number, not {port!r}.")
    secret = _secret(env, "SHANGMEN_SECRET")
    if secret is None:
        if database_url and not env.get("SHANGMEN_DATA"):
            raise StartError("SHANGMEN_SECRET (or SHANGMEN_SECRET_FILE) must be set on a server of your own.")
        secret = _own_secret(data)
    if len(secret) < 32:
        raise StartError("SHANGMEN_SECRET must have at least 32 characters.")
    return Settings(
        data=data,
        database_url=database_url,
        owner_url=owner_url,
        host=env.get("SHANGMEN_HOST", "127.0.0.1"),
        port=int(port),
        secret=secret,
        secure_cookies=_flag(env, "SHANGMEN_SECURE_COOKIES"),
        trusted_origins=tuple(origin for origin in env.get("SHANGMEN_ORIGINS", "").split(",") if origin),
        proxies=_networks(env, "SHANGMEN_PROXIES"),
    )


def _networks(env: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses and networks, separated by commas."""
    try:
        return tuple(ip_network(part.strip()) for part in env.get(name, "").split(",") if part.strip())
    except ValueError as fault:
        raise StartError(f"{name} must be addresses or networks such as 10.0.0.7 or 10.0.0.0/24: {fault}.") from fault


def _flag(env: Mapping[str, str], name: str) -> bool:
    value = env.get(name, "0")
    if value not in {"0", "1"}:
        raise StartError(f"{name} must be 0 or 1, not {value!r}.")
    return value == "1"


def _secret(env: Mapping[str, str], name: str) -> str | None:
    """A secret by value (NAME) or by file (NAME_FILE), never both."""
    value, file = env.get(name), env.get(f"{name}_FILE")
    if value and file:
        raise StartError(f"Set {name} or {name}_FILE, not both.")
    if file:
        try:
            return Path(file).read_text("utf-8").strip()
        except OSError as fault:
            raise StartError(f"{name}_FILE cannot be read: {fault}.") from fault
    return value or None


def _own_secret(data: Path) -> str:
    """The secret of a one-machine installation: made once, kept beside its data."""
    file = data / "secret"
    try:
        data.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as handle:
                handle.write(secrets.token_hex(32))
        return file.read_text("utf-8")
    except OSError as fault:
        raise StartError(f"The data folder {data} cannot be used: {fault.strerror}.") from fault
