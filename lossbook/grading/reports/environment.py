"""The Jinja2 environment of the reports: escaping, filters, and a teacher's own templates."""

import base64
import hashlib
import os
import traceback
from functools import cache
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
)
from markupsafe import Markup

from lossbook.grading.reports.markup import marked, sentence
from lossbook.grading.safe_text import brief

_BUILTIN = Path(__file__).parent / "templates"


def load_templates(directory: str | os.PathLike | None = None) -> Environment:
    """The environment of the reports.

    A file in `directory` replaces the built-in template of the same name, which it can extend or
    import as "lossbook/NAME". Every value in a template is escaped, and made visible and brief by
    `safe_text.brief`, unless a filter has turned it into Markup.

    Raises ValueError where `directory` is not a folder, or a template cannot be read.
    """
    builtin = FileSystemLoader(_BUILTIN)
    loaders = [builtin, PrefixLoader({"lossbook": builtin})]
    if directory is not None:
        if not Path(directory).is_dir():
            raise ValueError(f"there is no folder of templates at {directory}")
        loaders.insert(0, FileSystemLoader(directory))
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "brief": brief,
        "marked": marked,
        "number": number,
        "quantity": quantity,
        "sentence": sentence,
        "thousands": "{:,}".format,
    }
    for name in builtin.list_templates():
        try:
            if name == "style.css":
                style, *_ = environment.loader.get_source(environment, name)
            else:
                environment.get_template(name)
        except (TemplateError, UnicodeDecodeError) as error:
            raise ValueError(_message(error, name)) from None
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals |= {"style": Markup(style), "style_hash": digest}
    return environment


def render(environment: Environment | None, name: str, **values) -> str:
    """The page of a template; raise ValueError with the place where a template fails."""
    try:
        return (environment or _default()).get_template(name).render(values)
    except (TemplateError, TypeError, ValueError, LookupError) as error:
        raise ValueError(_message(error, name)) from error


@cache
def _default():
    return load_templates()


def _message(error, name):
    """What is wrong, and where: Jinja2 adds the lines of templates to the traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{one.filename}, line {one.lineno}" for one in frames if ".html" in one.filename]
    return f"template {where[-1] if where else name}: {type(error).__name__}: {error}"


def _finalize(value):
    return brief(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def number(value: float) -> str:
    """Points with at most two decimals.

    >>> number(7.0), number(2.3333), number(-1.5)
    ('7', '2.33', '−1.5')
    """
    short = f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
    return short.replace("-", "−")


def quantity(value: float, noun: str) -> str:
    """A number with its noun: "1 point", "2.5 points"."""
    return f"{number(value)} {noun if value == 1 else noun + 's'}"
