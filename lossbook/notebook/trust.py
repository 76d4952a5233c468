"""Sign the course's own notebooks, so that their sliders work when a page is first opened.

JupyterLab removes active content, such as the handler of a slider, from stored outputs that were
not run or signed on this machine. `lossbook lab` runs the course's code anyway, so signing its
outputs extends no trust. A notebook that differs by one byte from the course's own is not signed.
"""

import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path


def packaged(course, copy):
    """The bytes of each notebook in `copy` that equals the one in the package's own `course`."""
    for path in sorted(course.rglob("*.ipynb")):
        found = _bytes(copy / path.relative_to(course))
        if found == path.read_bytes():
            yield found


def committed(root):
    """The bytes of each notebook in the checkout `root` that equals the one of the last commit.

    There are none without git or outside of a repository, as in a downloaded archive.
    """
    command = ["git", "-C", root, "ls-tree", "-r", "-z", "HEAD", "--", "notebooks", "exercises"]
    try:
        listing = subprocess.run(command, capture_output=True, check=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return
    for entry in os.fsdecode(listing).split("\0")[:-1]:
        about, name = entry.split("\t")
        if name.endswith(".ipynb"):
            found, identity = _bytes(root / name), about.split()[2]
            if found is not None and _git_identity(found, len(identity)) == identity:
                yield found


def _git_identity(content, length):
    """Git's object name of a file of this content: 40 digits of SHA-1 or 64 of SHA-256."""
    blob = b"blob %d\0" % len(content) + content
    return hashlib.new("sha1" if length == 40 else "sha256", blob).hexdigest()


def _bytes(path):
    return path.read_bytes() if path.is_file() else None


def sign(contents):
    """Sign notebooks, given as bytes, in the user's own store, as `jupyter trust` does."""
    from jupyter_core.paths import jupyter_data_dir
    from nbformat.sign import NotebookNotary

    try:
        store = Path(jupyter_data_dir())
        store.mkdir(mode=0o700, parents=True, exist_ok=True)
        notary = NotebookNotary(data_dir=str(store))
        with closing(notary.store):
            for notebook in filter(None, map(_notebook, contents)):
                notary.sign(notebook)
    except (OSError, sqlite3.Error) as error:
        print(
            f"lossbook: cannot sign the notebooks ({error}); sliders need their cells run first",
            file=sys.stderr,
        )


def _notebook(content):
    """The notebook in these bytes as JupyterLab reads it, None if it cannot."""
    import nbformat

    try:
        return nbformat.reads(content.decode(), as_version=4)
    except (ValueError, nbformat.ValidationError):
        return None
