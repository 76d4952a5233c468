"""The exact last steps of a solver: Newton steps on the free multipliers.

If it is known which multipliers are strictly inside the box, KKT is linear in them: with F the
free points and U those at an upper bound, r = b on F is ::

    K_FF β_F + b 1 = y_F − K_FU β_U,      Σ β_F = −Σ β_U

A solver that stops at a tolerance knows F approximately. Two kinds of steps correct it:
`newton_step` frees all points that violate KKT at once and clips to the box those that would leave
it; `active_set_steps` frees one point at a time and stops at the first bound that a point reaches.
"""

import numpy as np

_NEAR = 1e-13  # relative to the multipliers: a point this near to a bound is set to it
_EXACT = 1e-12  # a violation of this size is rounding
_LARGEST = 1e-9  # the largest violation that is accepted as rounding
_MAX_STALLED = 200  # rounds without progress after which to stop
_TINY = np.finfo(float).tiny
_ROUNDS = 5  # of solving again without the clipped points, before projecting onto the box
_RIDGES = (1e-14, 1e-12, 1e-9, 1e-6, 1e-4, 1e-2, 1.0)


def polish(dual, tol, max_iter):
    """Correct the set of free multipliers until the violation is of the size of rounding.

    Each round takes a Newton step, active-set steps if that did not halve the violation, and some
    pair steps, which always make progress.
    """
    # The gap contains each violation times the width of the box.
    exact = max(min(_EXACT, 1e-10 / width(dual)), 4 * np.finfo(float).eps)
    best, stalled, budget = np.inf, 0, 20
    while True:
        snapped = snap(dual.beta, dual.lo, dual.hi)
        if snapped is not dual.beta or unbalanced(snapped):
            dual.beta[:] = balance(snapped, dual.lo, dual.hi)
            if unbalanced(snapped):
                dual.set_residual(dual.y - dual.gram.times(dual.beta))
        before = dual.violation
        newton_step(dual)
        if dual.violation > max(before / 2, 1e-9):
            active_set_steps(dual, 50)
        violation = dual.violation
        stalled = 0 if violation < best / 2 else stalled + 1
        best = min(best, violation)
        allowed = 1 if best <= 1e-9 else 3
        settled = violation <= max(exact, min(tol, _LARGEST, rounding(dual)))
        settled |= stalled > allowed and best <= tol
        settled &= not unbalanced(dual.beta)
        if settled or dual.n_iter >= max_iter or stalled > _MAX_STALLED:
            return dual.solution(tol)
        if stalled:
            budget = min(2 * budget, 4 * len(dual.beta))
        dual.move_pairs(exact, min(budget, max_iter - dual.n_iter))


def rounding(dual):
    """The rounding error of r = y − Kβ; smaller violations cannot be corrected.

    The error of a product of n terms is a fraction of ε Σ |K_ij β_j|, and |K_ij| ≤ √(K_ii K_jj).
    The fraction was between 1/40 and 1/12 for linear kernels of n = 1000 to 1 000 000 points.
    """
    length = np.sqrt(dual.gram.diagonal.clip(0))
    return np.finfo(float).eps / 16 * float(length.max() * (length @ np.abs(dual.beta)))


def newton_step(dual):
    """Newton step on the free multipliers and on those that violate KKT.

    Multipliers that would leave the box are clipped to it, and the others are solved for again,
    a few times. If any was clipped, the step length is a line search on the objective.
    """
    beta, lo, hi, r = dual.beta, dual.lo, dual.hi, dual.residual()
    free = (beta > lo) & (beta < hi)
    if not free.any():
        return
    b = r[free].mean()
    free |= ((beta < hi) & (r > b + _EXACT)) | ((beta > lo) & (r < b - _EXACT))
    points = np.flatnonzero(free)
    target, b, reached = _newton_target(dual, r, points, beta[points])
    if not reached:
        step = np.zeros(len(beta))
        step[points] = target - beta[points]
        K_step = dual.gram.times(step)
        slope, curvature = (r - b) @ step, step @ K_step
        if slope <= 0:
            return
        if slope < curvature:
            t = slope / curvature
            beta[points] += t * step[points]
            dual.set_residual(r - t * K_step)
            return
    beta[points] = target
    dual.set_residual(dual.y - dual.gram.times(beta))


def _newton_target(dual, r, points, start):
    """(β of the points after a Newton step, b, whether the step stayed inside the box).

    Otherwise the points that would leave are at their bounds and the others solve r = b; or,
    after too many rounds, β is the nearest point of the box.
    """
    A, total = dual.gram.block(points), -dual.beta.sum()
    lo, hi = dual.lo[points], dual.hi[points]
    target, kept = start.copy(), np.arange(len(points))
    for _ in range(_ROUNDS):
        if len(kept) == len(points):
            move, b = _newton(A, r[points], total, width(dual))
        else:
            done = target - start
            done[kept] = 0
            rest = r[points[kept]] - A[kept] @ done
            move, b = _newton(A[np.ix_(kept, kept)], rest, total - done.sum(), width(dual))
        target[kept] = start[kept] + move
        target = snap(target, lo, hi)
        left = (target <= lo) | (target >= hi)
        if not left[kept].any():
            return target, b, len(kept) == len(points)
        inside = (target >= lo).all() and (target <= hi).all()
        target, kept = np.clip(target, lo, hi), np.flatnonzero(~left)
        if inside or not len(kept):
            break
    return project(target, lo, hi, start.sum() + total), b, False


def active_set_steps(dual, steps):
    """Active-set steps: solve on the free points, stop at the first bound, free the worst."""
    beta, lo, hi, r = dual.beta, dual.lo, dual.hi, dual.residual()
    free = (beta > lo) & (beta < hi)
    for _ in range(steps):
        points = np.flatnonzero(free)
        if not len(points):
            break
        A = dual.gram.block(points)
        move, b = _newton(A, r[points], -beta.sum(), 1e6 * width(dual))
        end = np.where(move > 0, hi[points], lo[points])
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(move == 0, np.inf, (end - beta[points]) / move)
        t = min(1.0, room.min())
        step = np.zeros(len(beta))
        step[points] = t * move
        r -= dual.gram.times(step)
        beta += step
        beta[points] = np.where(room <= t, end, snap(beta[points], lo[points], hi[points]))
        free = free & (beta > lo) & (beta < hi)
        if free.sum() < len(points) or np.ptp(r[points]) > 1e-9:
            continue
        wrong = np.where(beta < hi, r - b, 0).clip(0) + np.where(beta > lo, b - r, 0).clip(0)
        wrong[free] = 0
        worst = wrong.argmax()
        if wrong[worst] <= _EXACT:
            break
        free[worst] = True
    dual.set_residual(dual.y - dual.gram.times(beta))


def _newton(A, r, total, limit):
    """(step, b): the step of sum `total` after which r equals b; A is K on the points.

    The equations are (K + c 1 1ᵀ) move = r − b 1 + c (Σ move) 1 with a known sum. c makes the
    matrix regular if K is singular only along vectors of sum other than 0. If it is singular
    along others (equal points), or the equations have no solution, a ridge keeps the step below
    `limit`.
    """
    from scipy.linalg.lapack import dpotrf, dpotrs  # loads slowly

    scale = max(float(np.abs(A.diagonal()).sum()) / len(A), _TINY)
    right = np.ones((2, len(r)))
    np.add(r, scale * total, out=right[0])
    for ridge in _RIDGES:
        ridged = A + scale
        ridged.flat[:: len(A) + 1] += ridge * scale
        factor, failed = dpotrf(ridged.T, lower=1, overwrite_a=1)
        if failed:
            continue
        to_residual, ones = dpotrs(factor, right.T, lower=1)[0].T
        b = (to_residual.sum() - total) / ones.sum()
        move = to_residual - b * ones
        if np.abs(move).max() <= limit:
            return move + (total - move.sum()) / len(r), b
    return np.zeros(len(r)), r.mean()


def width(dual):
    """The length of the longest side of the box."""
    return (dual.hi - dual.lo).max()


def unbalanced(beta):
    """Whether Σβ is more than rounding."""
    return abs(beta.sum()) > 1e-9 * np.abs(beta).sum()


def balance(beta, lo, hi):
    """β with Σβ = 0: projected in the free multipliers, or in all if these are too few."""
    free = (beta > lo) & (beta < hi)
    for some in (free, hi > lo):
        if not some.any():
            continue
        cut = beta.copy()
        cut[some] = project(beta[some], lo[some], hi[some], beta[some].sum() - beta.sum())
        if not unbalanced(cut):
            break
    return cut


def project(z, lo, hi, total):
    """The point nearest to z in the box lo ≤ x ≤ hi with the sum `total`.

    It is z − s clipped to the box, for the shift s that gives the sum. x_i changes with s between
    s = z_i − hi_i and z_i − lo_i, so the sum is piecewise linear in s with kinks there.
    """
    even = z - (z.sum() - total) / len(z)
    if (even >= lo).all() and (even <= hi).all():
        return even
    kinks = np.concatenate([z - hi, z - lo])
    order = kinks.argsort()
    kinks = kinks[order]
    active_counts = np.where(order < len(z), 1, -1).cumsum()
    sums = hi.sum() - np.append(0, (active_counts[:-1] * np.diff(kinks)).cumsum())
    s = np.interp(total, sums[::-1], kinks[::-1])
    x = np.clip(z - s, lo, hi)
    moving = np.count_nonzero((x > lo) & (x < hi))
    return np.clip(z - s - (x.sum() - total) / moving, lo, hi) if moving else x


def snap(beta, lo, hi):
    """β with entries within rounding of a bound set to the bound."""
    near = _NEAR * np.minimum(hi - lo, np.abs(beta).max())
    low, high = np.abs(beta - lo) <= near, np.abs(hi - beta) <= near
    misplaced = (low & (beta != lo)) | (high & (beta != hi))
    if not misplaced.any():
        return beta
    return np.where(low, lo, np.where(high, hi, beta))
