"""Find a Chromium for the browser tests, or fetch one. Run as a program it prints the path of the browser it has got.

Order: one that is installed; Debian's package, where we are root; else the npm package `@sparticuz/chromium`, unpacked
into the project's `var/browser` without root. Needs only the standard library: it runs before anything is set up.
"""

import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
FOLDER = PROJECT / "var" / "browser"
PACKAGE = "@sparticuz/chromium@147.0.0"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
MACOS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)

# npm brings Node, and Node can unpack Brotli, which Python's standard library cannot.
_UNPACK = "const f=require('fs'),z=require('zlib');f.writeFileSync(process.argv[2],z.brotliDecompressSync(f.readFileSync(process.argv[1])))"


class NoBrowser(Exception):
    """This way did not give a browser; the text says why."""


def find_browser() -> Path | None:
    """An installed browser, or the one fetched before."""
    for name in PROGRAMS:
        if found := shutil.which(name):
            return Path(found)
    return next((path for path in (*MACOS, FOLDER / "chromium.sh") if path.exists()), None)


def get_browser() -> Path:
    """A browser that runs, fetched if need be. Raises NoBrowser with everything that was tried."""
    if (found := find_browser()) is not None:
        return found
    reasons = []
    for fetch in (from_debian, from_npm):
        try:
            found = fetch()
            _run([str(found), "--version"])
        except NoBrowser as error:
            reasons.append(str(error))
        else:
            return found
    raise NoBrowser("No browser for the tests: install Chromium or Chrome. Tried: " + " ".join(reasons))


def from_debian() -> Path:
    """Debian's package. Only as root, only where there is apt."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise NoBrowser("Debian's package needs root and apt-get.")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update"], env=quiet)
    _run(["apt-get", "install", "--yes", "--no-install-recommends", "chromium"], env=quiet)
    found = shutil.which("chromium")
    if found is None:
        raise NoBrowser("The package chromium brought no program of that name.")
    return Path(found)


def from_npm() -> Path:
    """The package made for machines where nothing can be installed: Linux on x86-64, needs npm."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise NoBrowser("The npm package is for Linux on x86-64.")
    if not shutil.which("npm") or not shutil.which("node"):
        raise NoBrowser("The npm package needs npm and node.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    _run(["npm", "pack", PACKAGE, "--pack-destination", str(FOLDER)], cwd=FOLDER)
    _extract(next(FOLDER.glob("sparticuz-chromium-*.tgz")))
    return _unpacked(FOLDER / "package" / "bin")


def _unpacked(packed: Path) -> Path:
    """Unpack the program and the libraries it needs; answers a small script that starts it with them."""
    for name in ("chromium", "swiftshader.tar", "al2023.tar", "fonts.tar"):
        _run(["node", "-e", _UNPACK, str(packed / f"{name}.br"), str(FOLDER / name)])
    for name in ("swiftshader", "al2023", "fonts"):
        _extract(FOLDER / f"{name}.tar")
    shutil.rmtree(FOLDER / "package")
    (FOLDER / "chromium").chmod(0o755)
    script = FOLDER / "chromium.sh"
    script.write_text(
        "#!/bin/sh\n"
        'here=$(dirname "$0")\n'
        'export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$here/lib:$here"\n'
        'exec "$here/chromium" "$@"\n',
        encoding="utf-8",
    )
    script.chmod(0o755)
    return script


def _extract(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        opened.extractall(FOLDER, filter="data")
    archive.unlink()


def _run(command: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None) -> None:
    try:
        subprocess.run(command, cwd=cwd, env=env, check=True, capture_output=True, text=True)
    except FileNotFoundError:
        raise NoBrowser(f"{command[0]} is not there.") from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr or error.stdout or "").strip().splitlines()[-1:]
        raise NoBrowser(f"`{' '.join(command[:3])}` failed: {' '.join(last)}.") from None


def main(get: Callable[[], Path] = get_browser) -> int:
    try:
        sys.stdout.write(f"{get()}\n")
    except NoBrowser as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
