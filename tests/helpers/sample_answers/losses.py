"""Answers to exercises 1 to 4 of chapter 02: a root, a proof, a choice, a number."""

from tests.helpers.sample_answers.answer import full, part, zero

ROOT = {
    "slowly": full("""
        def root_mean_squared_error(y_true, y_pred):
            a = np.array(y_true, dtype=np.float64)
            b = np.array(y_pred, dtype=np.float64)
            if a.shape != b.shape:
                raise ValueError("y_true and y_pred need the same shape")
            if len(a) == 0:
                raise ValueError("there is no sample")
            diff = abs(a - b)
            biggest = max(diff)
            if biggest == 0:
                return 0
            small = diff / biggest
            return biggest * (sum(small * small) / len(small)) ** 0.5
    """),
    "hypot": full("""
        import math

        def root_mean_squared_error(y_true, y_pred):
            # math.hypot takes care of the overflow!
            t = np.asarray(y_true).astype(float)
            p = np.asarray(y_pred).astype(float)
            if t.shape != p.shape or t.size < 1:
                raise ValueError("bad shapes")
            return math.hypot(*(t - p)) / math.sqrt(t.size)
    """),
    "norm": full("""
        def root_mean_squared_error(y_true, y_pred):
            y_true, y_pred = np.asarray(y_true, float), np.asarray(y_pred, float)
            assert_same(y_true, y_pred)
            e = y_true - y_pred
            s = np.max(np.abs(e))
            if not s > 0:
                return 0.0
            return s * np.linalg.norm(e / s) / np.sqrt(len(e))

        def assert_same(u, v):
            if np.shape(u) != np.shape(v):
                raise ValueError("different shapes")
            if np.size(u) == 0:
                raise ValueError("empty")
    """),
    "no root": zero(
        "the root is missing",
        """
        def root_mean_squared_error(y_true, y_pred):
            y = np.array(y_true, dtype=float)
            f = np.array(y_pred, dtype=float)
            if y.shape != f.shape or len(y) == 0:
                raise ValueError("shapes")
            total = 0
            for a, b in zip(y, f):
                total += (a - b) ** 2
            return total / len(y)
    """,
    ),
    "sum": zero(
        "root of the *sum*",
        """
        def root_mean_squared_error(y_true, y_pred):
            y_true = np.asarray(y_true, dtype=float)
            y_pred = np.asarray(y_pred, dtype=float)
            if y_true.shape != y_pred.shape or y_true.size == 0:
                raise ValueError("the shapes are not equal")
            err = y_true - y_pred
            return np.sqrt(np.sum(err * err))
    """,
    ),
    "absolute": zero(
        "mean absolute error",
        """
        def root_mean_squared_error(y_true, y_pred):
            d = np.asarray(y_true, dtype=float) - np.asarray(y_pred, dtype=float)
            if np.shape(y_true) != np.shape(y_pred) or d.size == 0:
                raise ValueError("no")
            # the root of a square is the absolute value, so no overflow
            return np.mean(np.sqrt(np.abs(d)) ** 2)
    """,
    ),
    "as on paper": part(
        "the squares leave the range of floats",
        """
        def root_mean_squared_error(y_true, y_pred):
            y, f = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
            if y.shape != f.shape:
                raise ValueError("shapes differ")
            if y.size == 0:
                raise ValueError("empty")
            return np.sqrt(((y - f) ** 2).mean())
    """,
    ),
    "the largest target": part(
        "You divide by the largest target",
        """
        def root_mean_squared_error(y_true, y_pred):
            a, b = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
            if a.shape != b.shape or a.size == 0:
                raise ValueError("no")
            if a.max() == 0:
                return np.sqrt(np.mean((a - b) ** 2))
            r = np.abs(a - b) / a.max()
            return a.max() * np.sqrt(np.mean(r * r))
    """,
    ),
    "wraps": part(
        "Small integers wrap around",
        """
        def root_mean_squared_error(y_true, y_pred):
            y_true = np.array(y_true)
            y_pred = np.array(y_pred)
            if y_true.shape != y_pred.shape or y_true.size == 0:
                raise ValueError("shape mismatch")
            r = y_pred - y_true
            big = np.max(np.abs(r))
            if big == 0:
                return 0.0
            q = r / big
            return big * np.sqrt(np.dot(q, q) / len(q))
    """,
    ),
    "divides by zero": part(
        "you divide 0 by 0",
        """
        def root_mean_squared_error(y_true, y_pred):
            y, f = np.asarray(y_true, dtype=float), np.asarray(y_pred, dtype=float)
            if y.shape != f.shape or y.size == 0:
                raise ValueError("y_true and y_pred do not fit")
            res = np.abs(y - f)
            top = res.max()
            return top * np.sqrt(np.average((res / top) ** 2))
    """,
    ),
    "broadcasts": part(
        "must be refused",
        """
        def root_mean_squared_error(y_true, y_pred):
            r = np.subtract(y_true, y_pred, dtype=float)
            if r.size == 0:
                raise ValueError("I need at least one sample")
            c = np.amax(np.absolute(r))
            if c == 0:
                return 0.0
            return c * np.sqrt(np.mean(np.square(r / c)))
    """,
    ),
}

WEIGHTS = {
    "three lines": full(r"""
        %%attempt weighted_mean
        = \sum_i w_i (y_i - m + m - c)^2
        = \sum_i w_i (y_i - m)^2 + 2 (m - c) \sum_i w_i (y_i - m) + W (m - c)^2
        = \sum_i w_i (y_i - m)^2 + W (c - m)^2
    """),
    "by expanding": full(r"""
        %%attempt weighted_mean
        = \sum_i w_i y_i^2 - 2 c \sum_i w_i y_i + c^2 \sum_i w_i
        = \sum_i w_i y_i^2 - 2 c W m + c^2 W
        = \sum_i w_i y_i^2 - W m^2 + W (c - m)^2
        = \sum_i w_i (y_i - m)^2 + W (c - m)^2
    """),
    "n for W": zero(
        "Line (1) needs another look",
        r"""
        %%attempt weighted_mean
        = \sum_i w_i (y_i - m)^2 + n (c - m)^2
    """,
    ),
    "forgot the 2": zero(
        "Line (2) needs another look",
        r"""
        %%attempt weighted_mean
        = \sum_i w_i ((y_i - m) + (m - c))^2
        = \sum_i w_i (y_i - m)^2 + (m - c) \sum_i w_i (y_i - m) + W (m - c)^2 + c
        = \sum_i w_i (y_i - m)^2 + W (c - m)^2
    """,
    ),
    "half-way": zero(
        "Go on until you reach",
        r"""
        %%attempt weighted_mean
        = \sum_i w_i ((y_i - m) + (m - c))^2
    """,
    ),
}

EVEN = {
    "c": full('best = "c"'),
    "C": full("best = 'C'  # flat between the two in the middle"),
    "b": zero("3 is best, but is it the only one?", 'best = "b"'),
    "a": zero("the best constant for *squares*", 'best = "a"  # the mean of course'),
}

NEWSAGENT = {
    "two thirds": full("tau = 2/3"),
    "costs": full("""
        price, cost = 3, 1
        too_few = price - cost
        too_many = cost
        tau = too_few / (too_few + too_many)
    """),
    "rounded": full("tau = 0.6667"),
    "one third": zero("The quantile the other way round", "tau = 1/3"),
    "median": zero("The median treats both mistakes alike", "tau = 0.5"),
    "price": zero("but the profit missed", "tau = 3 / (3 + 1)"),
}
