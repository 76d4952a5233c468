"""The secret of a course: one file, made once, from which the hidden cases are drawn.

The code of the tests is public, the seed file is not: reading the course does not tell which cases
an answer will meet. The same file gives the same cases, so a grade can be reproduced.
"""

import hashlib
import hmac
import os
import secrets
import time
from pathlib import Path

_LEAST = 16  # bytes


class SecretError(ValueError):
    """The seed file cannot be used; the message says why."""


class Secret:
    """Derives seeds from a key; `id` identifies the key without revealing it."""

    def __init__(self, key):
        self.key = bytes(key)
        if len(self.key) < _LEAST:
            raise SecretError(f"a secret needs at least {_LEAST} bytes, got {len(self.key)}")
        self.id = self._digest("id").hex()[:12]

    def __repr__(self):
        return f"Secret(id={self.id!r})"

    def seed(self, *names):
        """A 64-bit seed for numpy.random.default_rng, determined by the sequence of names."""
        return int.from_bytes(self._digest("\n".join(map(str, names)))[:8], "big")

    def tag(self, *names):
        """Ten hexadecimal digits, determined by the sequence of names."""
        return self._digest("\n".join(map(str, ("tag", *names)))).hex()[:10]

    def _digest(self, text):
        return hmac.new(self.key, text.encode(), hashlib.sha256).digest()


def load(path):
    """(Secret, whether the file was created now) from the seed file at `path`.

    Raises SecretError where it cannot be read or created, or is not a seed file.
    """
    path = Path(path)
    try:
        created = _create(path)
        text = _text(path)
    except OSError as error:
        raise SecretError(f"the seed file {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SecretError(f"{path} is no seed file of lossbook") from None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise SecretError(f"{path} is no seed file of lossbook") from None
    return Secret(key), created


def _text(path):
    """The content of the file; another process may have created it and not written it yet."""
    for _ in range(20):
        if text := path.read_text(encoding="ascii").strip():
            return text
        time.sleep(0.05)
    return ""


def _create(path):
    """Create the file, readable by its owner only; False if it exists."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32) + "\n")
    return True
