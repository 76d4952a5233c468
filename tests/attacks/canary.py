"""Things outside the sandbox that an attack could reach, read, change or end, and that notice it.

The attacks know where these are. So a layer is not asked whether it refuses: the canary looks from
outside whether an attack got through.
"""

import contextlib
import glob
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

MARKS = "/tmp/lossbook-breach-"  # all that an attack writes outside begins with this
_FILES = ("seed", "gradebook.sqlite", "results/honest.json", "submissions/neighbour.ipynb")
_SLEEP = "import time; time.sleep(86400)"


class Canary:
    """Set up before the sandboxes open, and asked after each attack. A context manager.

    >>> with Canary() as canary:
    ...     canary.breaches()
    []
    """

    def __enter__(self):
        self.half, other = secrets.token_hex(8), secrets.token_hex(8)
        self.secret = f"{self.half}-{other}"
        self.marks = f"{MARKS}{self.half}-"
        self.folder = Path(tempfile.mkdtemp(prefix="lossbook-canary-"))
        self.shared = Path("/dev/shm", f"lossbook-canary-{self.half}")
        self._environment = os.environ.get("LOSSBOOK_CANARY")
        os.environ["LOSSBOOK_CANARY"] = self.secret
        self._sleeper, self._visits, self._sockets = None, [], []
        self._listen()
        self._set_up()
        return self

    def __exit__(self, *exception):
        for one in self._sockets:
            one.close()
        self._sleeper.kill()
        self._sleeper.wait()
        if self._environment is None:
            del os.environ["LOSSBOOK_CANARY"]
        else:
            os.environ["LOSSBOOK_CANARY"] = self._environment
        self.shared.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._clear()

    def known(self):
        """What an attacker may know; it becomes a cell of the submission. Ask before each one."""
        package = Path(__file__).parents[2]
        return {
            "marks": self.marks,
            "half": self.half,
            "folder": str(self.folder),
            "files": [str(self.folder / name) for name in _FILES],
            "shared": str(self.shared) if self.shared.exists() else "",
            "port": self._port,
            "abstract": f"lossbook-canary-{self.half}",
            "unix": str(self.folder / "door"),
            "grader": os.getpid(),
            "sleeper": self._sleeper.pid,
            "home": str(Path.home()),
            "package": str(package),
            "course": [str(path) for path in (package.parent, package / "course")],
        }

    def breaches(self):
        """Sentences on everything that got through; then it is set up again. [] if nothing did."""
        found = [f"a submission reached {door}" for door in dict.fromkeys(self._visits)]
        found += [f"a submission left {path}" for path in sorted(glob.glob(self.marks + "*"))]
        if self._sleeper.poll() is not None:
            found.append("a submission ended another process")
        after = self._look()
        for path in sorted(self._before.keys() | after.keys()):
            if self._before.get(path) != after.get(path):
                found.append(f"a submission changed {path}")
        if found:
            self._set_up()
        return found

    # ---------------------------------------------------------------------- setting it up

    def _set_up(self):
        """Files with a secret, a process that sleeps, and nothing left of earlier attacks."""
        self._clear()
        self._visits.clear()
        self.folder.chmod(0o700)
        for entry in self.folder.iterdir():
            if entry.name != "door":
                shutil.rmtree(entry) if _is_folder(entry) else entry.unlink()
        for name in _FILES:
            (self.folder / name).parent.mkdir(exist_ok=True)
            self._write(self.folder / name)
        if os.path.isdir("/dev/shm"):
            self._write(self.shared)
        if self._sleeper is None or self._sleeper.poll() is not None:
            self._sleeper = subprocess.Popen(
                [sys.executable, "-c", _SLEEP], stdin=subprocess.DEVNULL
            )
        self._before = self._look()

    def _write(self, path):
        path.write_text(self.secret, encoding="utf-8")
        path.chmod(0o600)

    def _clear(self):
        for path in glob.glob(self.marks + "*"):
            with contextlib.suppress(OSError):
                os.unlink(path)

    def _listen(self):
        """Sockets that note every visit."""
        tcp = socket.create_server(("127.0.0.1", 0))
        self._port = tcp.getsockname()[1]
        self._open("a port of 127.0.0.1", tcp)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", self._port))
        self._open("a port of 127.0.0.1 (UDP)", udp)
        if hasattr(socket, "AF_UNIX"):
            self._open("a socket in a folder", _unix(str(self.folder / "door")))
        if sys.platform == "linux":
            self._open("a socket without a file", _unix(f"\0lossbook-canary-{self.half}"))

    def _open(self, door, listener):
        self._sockets.append(listener)
        threading.Thread(target=self._wait, args=(door, listener), daemon=True).start()

    def _wait(self, door, listener):
        with contextlib.suppress(OSError):
            while True:
                if listener.type == socket.SOCK_DGRAM:
                    listener.recvfrom(64)
                else:
                    visitor, _ = listener.accept()
                    visitor.close()
                self._visits.append(door)

    def _look(self):
        """Path → all that an attack could change about it."""
        paths = [self.folder, *self.folder.rglob("*"), self.shared]
        return {str(path): _about(path) for path in paths if os.path.lexists(path)}


def _about(path):
    about = path.lstat()
    text = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    marked = os.listxattr(path, follow_symlinks=False) if hasattr(os, "listxattr") else []
    return (
        text, about.st_mode, about.st_uid, about.st_gid, about.st_nlink, about.st_mtime_ns,
        tuple(marked),
    )  # fmt: skip


def _is_folder(path):
    return path.is_dir() and not path.is_symlink()


def _unix(address):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    return listener
