"""Answers to exercises 5 and 6 of chapter 02: two lines that outliers cannot tilt."""

from tests.helpers.sample_answers.answer import full, part, zero

HUBER = {
    "for": full("""
        def huber_regression(X, y, delta):
            if delta <= 0:
                raise ValueError("delta must be positive")
            w = np.linalg.lstsq(X, y, rcond=None)[0]
            for i in range(5000):
                res = np.abs(y - X @ w)
                omega = np.ones(len(y))
                far = res > delta
                omega[far] = delta / res[far]
                s = np.sqrt(omega)
                w_new = np.linalg.lstsq(X * s[:, None], y * s, rcond=None)[0]
                if np.allclose(w_new, w, rtol=1e-13, atol=1e-13):
                    return w_new
                w = w_new
            return w
    """),
    "normal equations": full("""
        def huber_regression(X, y, delta):
            if not delta > 0:
                raise ValueError("need delta > 0")
            beta = np.linalg.solve(X.T @ X, X.T @ y)
            old = beta + 1
            rounds = 0
            while np.max(np.abs(beta - old)) > 1e-13 and rounds < 20000:
                old = beta
                e = np.abs(X @ old - y)
                W = np.diag(delta / np.maximum(e, delta))
                beta = np.linalg.solve(X.T @ W @ X, X.T @ W @ y)
                rounds += 1
            return beta
    """),
    "one step": part(
        "This is one step only",
        """
        def huber_regression(X, y, delta):
            if delta <= 0:
                raise ValueError("delta")
            w = np.linalg.lstsq(X, y, rcond=None)[0]
            r = np.abs(X @ w - y)
            om = np.sqrt(np.where(r > delta, delta / np.maximum(r, delta), 1.0))
            return np.linalg.lstsq(om[:, None] * X, om * y, rcond=None)[0]
    """,
    ),
    "cut once": part(
        "cut the residuals of least squares off",
        """
        def huber_regression(X, y, delta):
            if delta <= 0:
                raise ValueError("delta")
            w = np.linalg.lstsq(X, y, rcond=None)[0]
            r = np.minimum(np.maximum(y - X @ w, -delta), delta)
            return w + np.linalg.lstsq(X, r, rcond=None)[0]
    """,
    ),
    "least squares": part(
        "This is least squares",
        """
        def huber_regression(X, y, delta):
            if delta <= 0:
                raise ValueError("delta has to be > 0")
            w = np.linalg.pinv(X) @ y
            omega = np.minimum(1, delta / (np.abs(X @ w - y) + 1e-15))
            return w
    """,
    ),
    "squared weights": part(
        "The weights enter squared",
        """
        def huber_regression(X, y, delta):
            if delta <= 0:
                raise ValueError("delta <= 0")
            w = np.linalg.lstsq(X, y, rcond=None)[0]
            for _ in range(3000):
                r = X @ w - y
                omega = delta / np.maximum(np.abs(r), delta)
                last = w
                w = np.linalg.lstsq(omega[:, None] * X, omega * y, rcond=None)[0]
                if np.abs(w - last).max() < 1e-14:
                    break
            return w
    """,
    ),
    "drops": part(
        "You leave out the far points",
        """
        def huber_regression(X, y, delta):
            if delta <= 0:
                raise ValueError("delta must not be <= 0")
            w = np.linalg.lstsq(X, y, rcond=None)[0]
            for k in range(100):
                near = np.abs(X @ w - y) <= delta
                weight = np.where(near, 1.0, 1e-12)
                root = np.sqrt(weight)
                w = np.linalg.lstsq(root[:, None] * X, root * y, rcond=None)[0]
            return w
    """,
    ),
    "absolute": zero(
        "This minimises the absolute error",
        """
        def huber_regression(X, y, delta):
            if delta <= 0:
                raise ValueError("delta <= 0 makes no sense")
            w = np.linalg.lstsq(X, y, rcond=None)[0]
            for _ in range(3000):
                r = np.abs(X @ w - y)
                r[r < 1e-8] = 1e-8  # never divide by zero
                om = np.sqrt(delta / r)
                w = np.linalg.lstsq(om[:, None] * X, om * y, rcond=None)[0]
            return w
    """,
    ),
    "endless": zero(
        "",
        """
        def huber_regression(X, y, delta):
            w = np.linalg.lstsq(X, y, rcond=None)[0]
            while True:
                r = np.abs(X @ w - y)
                omega = np.where(r <= delta, 1.0, delta / np.maximum(r, 1e-12))
                s = np.sqrt(omega)
                w = np.linalg.lstsq(s[:, None] * X, s * y, rcond=None)[0]
            return w
    """,
    ),
    "typo": zero(
        "",
        """
        def huber_regression(X, y, delta)
            w = np.linalg.lstsq(X, y, rcond=None)[0]
            # TODO the loop
            return w
    """,
    ),
}

LAD = {
    "blocks": full("""
        from scipy.optimize import linprog

        def least_absolute_deviations(X, y):
            n, d = X.shape
            c = np.concatenate((np.zeros(d), np.ones(n)))
            upper = np.hstack([X, -np.eye(n)])
            lower = np.hstack([-X, -np.eye(n)])
            A = np.vstack([upper, lower])
            b = np.concatenate((y, -y))
            limits = [(None, None)] * d + [(0, None)] * n
            sol = linprog(c, A_ub=A, b_ub=b, bounds=limits)
            return sol.x[:d]
    """),
    "split": full("""
        def least_absolute_deviations(X, y):
            # residual = p - q with p, q >= 0, and w = u - v, so the default bounds are right
            from scipy.optimize import linprog
            n, d = X.shape
            I = np.eye(n)
            A_eq = np.hstack([X, -X, I, -I])
            cost = np.r_[np.zeros(2 * d), np.ones(2 * n)]
            x = linprog(cost, A_eq=A_eq, b_eq=y).x
            return x[:d] - x[d:2 * d]
    """),
    "row by row": full("""
        import scipy.optimize

        def least_absolute_deviations(X, y):
            n = len(y)
            d = len(X[0])
            rows = []
            right = []
            for i in range(n):
                t = [0] * n
                t[i] = -1
                rows.append(list(X[i]) + t)
                right.append(y[i])
                rows.append(list(-X[i]) + t)
                right.append(-y[i])
            ans = scipy.optimize.linprog(
                [0] * d + [1] * n, A_ub=rows, b_ub=right, bounds=(None, None))
            return ans.x[0:d]
    """),
    "no bounds": part(
        "Your weights cannot be negative",
        """
        def least_absolute_deviations(X, y):
            from scipy.optimize import linprog
            n, d = X.shape
            c = np.append(np.zeros(d), np.ones(n))
            A = np.vstack([np.hstack([X, -np.eye(n)]), np.hstack([-X, -np.eye(n)])])
            return linprog(c, A_ub=A, b_ub=np.append(y, -y)).x[:d]
    """,
    ),
    "squares": zero(
        "This is least squares. Where are the t?",
        """
        def least_absolute_deviations(X, y):
            # does the same as linprog as far as I can see
            w, *_ = np.linalg.lstsq(X, y, rcond=None)
            return w
    """,
    ),
    "one t": zero(
        "There is one t for all residuals",
        """
        def least_absolute_deviations(X, y):
            from scipy.optimize import linprog
            n, d = X.shape
            c = np.zeros(d + 1)
            c[-1] = 1
            e = np.ones((n, 1))
            A = np.vstack([np.hstack([X, -e]), np.hstack([-X, -e])])
            res = linprog(c, A_ub=A, b_ub=np.concatenate([y, -y]), bounds=(None, None))
            return res.x[:-1]
    """,
    ),
    "one side": zero(
        "it raises TypeError",
        """
        def least_absolute_deviations(X, y):
            from scipy.optimize import linprog
            n, d = X.shape
            c = np.hstack([np.zeros(d), np.ones(n)])
            A = np.hstack([-X, -np.eye(n)])  # y - Xw <= t
            return linprog(c, A_ub=A, b_ub=-y, bounds=(None, None)).x[:d]
    """,
    ),
}
