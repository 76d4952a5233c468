"""Five flowers, five multipliers: which multipliers fit the margins.

It teaches to read section 6.6 together with the balance Σ α y = 0. Expected are multipliers that
do not balance, that leave the box, that pull from outside of the corridor, and slacks in
their place.
"""

from lossbook.checking import Choice

EXERCISE = Choice(
    "regimes",
    "Five flowers, five multipliers",
    2,
    {
        "a": "2, 0.5, 1, 0, 2",
        "b": "2, 0, 0.6, 0, 2.6",
        "c": "2, 0.5, 0.5, 0, 2",
        "d": "2, 0.5, 1, 0.5, 2",
        "e": "0.6, 0.5, 1.2, 0, 1.3",
    },
    "c",
    {
        "a": "Each multiplier suits its margin. But add them up for the two kinds: Σ α y is "
        "0.5, and (6.4b) wants the two kinds to pull equally hard.",
        "b": "The last flower is farthest on the wrong side, and still pulls with C = 2 and no "
        "more: the prices of (6.5) have a ceiling.",
        "d": "The fourth flower is outside of the corridor, m = 1.7. By section 6.6 it does "
        "not pull.",
        "e": "The first and the last are the slack, 0.6 and 1.3. A multiplier is C times "
        "the *slope* of the loss, not the loss: see (6.6b).",
    },
    explanation="By section 6.6 the first and the last have α = C = 2 and the fourth α = 0. "
    "They balance, so by Σ α y = 0 the two on the edge have the same α: 0.5 is possible, and so is "
    "any other number from 0 to 2. The margins alone do not tell.",
    variable="possible",
)
