"""What to teach again: the frequent mistakes and the exercises that most did not solve."""

from lossbook.grading.reports.statistics import ExerciseSummary, MistakeCount

_MOST = 6
_SHARE = 0.1  # of the class; a mistake of fewer students does not concern the whole class


def common_mistakes(
    exercises: list[ExerciseSummary],
) -> list[tuple[ExerciseSummary, MistakeCount]]:
    """The mistakes that a tenth of the class (and at least two) made, most frequent first."""
    found = [
        (exercise, mistake)
        for exercise in exercises
        for mistake in exercise.mistakes.values()
        if mistake.many >= _threshold(exercise)
    ]
    found.sort(key=lambda pair: (-pair[1].many / pair[0].answers, pair[0].number))
    return found[:_MOST]


def unsolved(exercises: list[ExerciseSummary]) -> list[dict]:
    """The exercises that fewer than half solved, with the other states of their answers.

    `read_some` : whether enough wrong answers have no known mistake that some should be read
    """
    return [
        {
            "exercise": exercise,
            "others": [
                (words, many)
                for state, words in _OTHERS.items()
                if (many := exercise.states[state])
            ],
            "read_some": exercise.unnamed >= _threshold(exercise),
        }
        for exercise in exercises
        if 2 * exercise.states["solved"] < exercise.answers
    ]


_OTHERS = {
    "partly": "partly right",
    "wrong": "not right",
    "not yet": "nothing written",
    "open": "open",
}


def _threshold(exercise):
    return max(2, _SHARE * exercise.answers)
