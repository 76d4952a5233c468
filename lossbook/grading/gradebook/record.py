"""A result as JSON text and back, and the name of its file."""

import json
import re
from dataclasses import fields

from lossbook.grading.marking.result import Answer, Result, Test, from_dict
from lossbook.grading.safe_text import safe_name

_CHAPTER = re.compile(r"\w{1,20}", re.A)


def record_name(student: str, chapter: str) -> str:
    """The name of the file with the result of one student in one chapter.

    >>> record_name("CON", "02")
    'con-a3dbc4b644a9a2c5-02.json'
    """
    if not isinstance(chapter, str) or not _CHAPTER.fullmatch(chapter):
        raise ValueError(f"chapter must be letters, digits and _, as '02', not {chapter!r}")
    return f"{safe_name(student)}-{chapter}.json"


def to_json(result: Result) -> str:
    """A Result as JSON text."""
    return json.dumps(result.as_dict(), indent=1, allow_nan=False)


def from_json(text: str) -> Result:
    """The Result in a JSON text; raise ValueError if the text is damaged or holds no result.

    >>> from_json('{"student": "Ada", "file": "ad')
    Traceback (most recent call last):
        ...
    ValueError: it is cut off or not JSON (line 1)
    """
    try:
        stored = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is cut off or not JSON (line {error.lineno})") from None
    except RecursionError:
        raise ValueError("it is nested too deeply for a result") from None
    result = from_dict(stored)
    # JSON edited by hand can be valid and still hold values of the wrong type.
    tests = (test for answer in result.answers for test in answer.tests)
    for part in (result, *result.answers, *tests):
        _check_fields(part)
    return result


def _check_fields(part):
    for field in fields(part):
        value = getattr(part, field.name)
        valid = isinstance(value, field.type) or (
            type(value) is int and isinstance(0.0, field.type)  # JSON writes 2 for 2.0
        )
        if isinstance(value, tuple):
            valid = valid and all(isinstance(entry, str | Answer | Test) for entry in value)
        if not valid:
            raise ValueError(f"its field {field.name!r} cannot be {value!r:.40}")
