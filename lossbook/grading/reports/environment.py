"""The Jinja2 environment of the reports: escaping, filters, and a teacher's own templates."""

import base64
import hashlib
import os
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

    Raises ValueError where `directory` is not a folder, or a template has a syntax error.
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
    style, *_ = environment.loader.get_source(environment, "style.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals |= {"style": Markup(style), "style_hash": digest}
    for name in environment.list_templates(extensions=["html"]):
        try:
            environment.get_template(name)
        except TemplateError as error:
            raise ValueError(_message(error)) from None
    return environment


def render(environment: Environment | None, name: str, **values) -> str:
    """The page of a template; raise ValueError with its name and line where it fails."""
    try:
        return (environment or _default()).get_template(name).render(values)
    except TemplateError as error:
        raise ValueError(_message(error, name)) from None


@cache
def _default():
    return load_templates()


def _message(error, name=""):
    name, line = getattr(error, "filename", None) or name, getattr(error, "lineno", None)
    return f"template {name}{f', line {line}' if line else ''}: {error.message}"


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
