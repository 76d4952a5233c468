"""What `lossbook lab` adds to Jupyter's server: the width of the text; reading changes no file.

It is an extension of the server, so a hook or a style of the user's own stays in place.
"""

import copy
from pathlib import Path

import nbformat

from lossbook.cli import place
from lossbook.notebook import refresh

# Folds, scrolling, and whether the outputs of a cell are trusted, which is never stored.
_VIEW = ("jupyter", "jp-MarkdownHeadingCollapsed", "collapsed", "scrolled", "trusted")


def _jupyter_server_extension_points():
    return [{"module": __name__}]


def _link_jupyter_server_extension(server):
    """Called before the server makes its handlers."""
    # The first custom.css found is used: that of the user, if there is one.
    server.static_custom_path = [*server.static_custom_path, str(place.LAB_DATA / "custom")]


def _load_jupyter_server_extension(server):
    server.contents_manager.register_pre_save_hook(keep_page)


def keep_page(model, path, contents_manager, **_):
    """A hook before saving: a page of the course that was only read is stored as it was.

    JupyterLab writes the version of Python into each notebook that it opens, and what a reader
    folds or unfolds. Other notebooks are not touched.
    """
    if model["type"] != "notebook":
        return
    try:
        stored = nbformat.read(Path(contents_manager.root_dir, path.lstrip("/")), as_version=4)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError):
        return  # new, or no notebook yet
    if stored.metadata.get("language_info") != refresh.LANGUAGE:
        return
    model["content"]["metadata"]["language_info"] = dict(refresh.LANGUAGE)
    if _without_view(nbformat.from_dict(model["content"])) == _without_view(stored):
        model["content"] = stored


def _without_view(notebook):
    """A copy without what JupyterLab keeps of a reader's view; any other change is to be stored."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        for key in _VIEW:
            cell.metadata.pop(key, None)
    return notebook
