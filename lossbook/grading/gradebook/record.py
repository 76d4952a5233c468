"""A result as the text of its JSON file, and back."""

import json
from dataclasses import fields

from lossbook.grading.marking.result import Answer, Test, from_dict


def text_of(result):
    """The text of the file that keeps a Result."""
    return json.dumps(result.as_dict(), indent=1, allow_nan=False)


def result_in(text):
    """The Result that a file keeps; raise ValueError where it is cut off or holds none.

    >>> result_in('{"student": "Ada", "file": "ad')
    Traceback (most recent call last):
        ...
    ValueError: it is cut off or no JSON (line 1)
    """
    try:
        kept = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"it is cut off or no JSON (line {error.lineno})") from None
    except RecursionError:
        raise ValueError("it is nested too deeply for a result") from None
    result = from_dict(kept)
    # What a person has edited by hand can be JSON and still hold no result.
    for part in (result, *result.answers, *(t for answer in result.answers for t in answer.tests)):
        _check_fields(part)
    return result


def _check_fields(part):
    for field in fields(part):
        value = getattr(part, field.name)
        right = isinstance(value, field.type) or (
            type(value) is int and isinstance(0.0, field.type)  # JSON writes 2 for 2.0
        )
        if isinstance(value, tuple):
            right = right and all(isinstance(entry, str | Answer | Test) for entry in value)
        if not right:
            raise ValueError(f"its field {field.name!r} cannot be {value!r:.40}")
