"""Replace a file in one step: a reader finds the old content or the new one, never a part."""

import contextlib
import os
import secrets
from pathlib import Path

UNFINISHED = ".tmp"  # suffix of a file that is still being written


def replace_file(path: str | os.PathLike, content: str | bytes, *, durable: bool = False) -> None:
    """Write `content` (text as UTF-8) to `path`; raise OSError and keep the old file on failure.

    With `durable` the new file also survives a power cut; that costs one or two disk syncs.
    """
    path = Path(path)
    data = content.encode("utf-8") if isinstance(content, str) else content
    # In the same folder, because a rename is atomic only inside one file system.
    new = path.with_name(f".{secrets.token_hex(8)}{UNFINISHED}")
    try:
        with open(new, "xb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(new, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise
    if durable and os.name == "posix":  # elsewhere a folder cannot be opened
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the rename itself
        finally:
            os.close(folder)
