"""Things outside of the room that an attack could reach, read, change or end, and that notice it.

The attacks are told where the bait lies. So a wall is not asked whether it says no: somebody
outside looks whether anything got through.
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


class Bait:
    """Lay the bait before the rooms open, and look at it afterwards.

    >>> with Bait() as bait:
    ...     bait.fallen()
    []
    """

    def __enter__(self):
        clear()
        self.half, other = secrets.token_hex(8), secrets.token_hex(8)
        self.secret = f"{self.half}-{other}"
        self.folder = Path(tempfile.mkdtemp(prefix="lossbook-bait-"))
        for name in _FILES:
            (self.folder / name).parent.mkdir(exist_ok=True)
            (self.folder / name).write_text(self.secret, encoding="utf-8")
            (self.folder / name).chmod(0o600)
        self._environment = os.environ.get("LOSSBOOK_BAIT")
        os.environ["LOSSBOOK_BAIT"] = self.secret
        self._sleeper = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(86400)"], stdin=subprocess.DEVNULL
        )
        self._visits, self._sockets = [], []
        self._listen()
        self._shared = _shared_file(self.half, self.secret)
        self._before = self._look()
        return self

    def __exit__(self, *exception):
        for one in self._sockets:
            one.close()
        self._sleeper.kill()
        self._sleeper.wait()
        if self._environment is None:
            del os.environ["LOSSBOOK_BAIT"]
        else:
            os.environ["LOSSBOOK_BAIT"] = self._environment
        if self._shared:
            self._shared.unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)
        clear()

    def known(self):
        """What an attacker may know; it becomes a cell of the submission."""
        package = Path(__file__).parents[2]
        return {
            "marks": MARKS,
            "half": self.half,
            "folder": str(self.folder),
            "files": [str(self.folder / name) for name in _FILES],
            "shared": str(self._shared or ""),
            "port": self._port,
            "abstract": f"lossbook-bait-{self.half}",
            "unix": str(self.folder / "door"),
            "judge": os.getpid(),
            "sleeper": self._sleeper.pid,
            "home": str(Path.home()),
            "package": str(package),
            "course": [str(path) for path in (package.parent, package / "course")],
        }

    def fallen(self):
        """Sentences on everything that got through; [] where the walls held."""
        found = [f"a submission reached {door}" for door in dict.fromkeys(self._visits)]
        found += [f"a submission left {path}" for path in sorted(glob.glob(MARKS + "*"))]
        if self._sleeper.poll() is not None:
            found.append("a submission ended another process")
        after = self._look()
        for path in sorted(self._before.keys() | after.keys()):
            if self._before.get(path) != after.get(path):
                found.append(f"a submission changed {path}")
        return found

    def _listen(self):
        """Doors that note whoever comes, and answer with one word."""
        tcp = socket.create_server(("127.0.0.1", 0))
        self._port = tcp.getsockname()[1]
        self._open("a port of 127.0.0.1", tcp)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", self._port))
        self._open("a port of 127.0.0.1 (UDP)", udp)
        if hasattr(socket, "AF_UNIX"):
            self._open("a socket in a folder", _unix(str(self.folder / "door")))
        if sys.platform == "linux":
            self._open("a socket without a file", _unix(f"\0lossbook-bait-{self.half}"))

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
        seen = {}
        for path in [self.folder, *self.folder.rglob("*"), *filter(None, [self._shared])]:
            try:
                about = path.lstat()
                text = path.read_bytes() if path.is_file() else b""
            except OSError:
                continue
            marked = os.listxattr(path) if hasattr(os, "listxattr") else []
            seen[str(path)] = (
                text, about.st_mode, about.st_uid, about.st_gid, about.st_nlink,
                about.st_mtime_ns, tuple(marked),
            )  # fmt: skip
        return seen


def clear():
    """Take away the marks of earlier attacks."""
    for path in glob.glob(MARKS + "*"):
        with contextlib.suppress(OSError):
            os.unlink(path)


def _unix(address):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen()
    return listener


def _shared_file(half, secret):
    """A file in shared memory, where there is such a folder."""
    if not os.path.isdir("/dev/shm"):
        return None
    path = Path(f"/dev/shm/lossbook-bait-{half}")
    path.write_text(secret, encoding="utf-8")
    path.chmod(0o600)
    return path
