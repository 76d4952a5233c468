r"""Derivations beside those of the notebooks, in other words and letters; every line is true."""

# ruff: noqa: E501 (a formula and its reason stand on one line)

CHAPTER_01 = {
    "Risk and empirical risk": r"""
Let v \in \{1,\dots,V\}, i \in \{1,\dots,n\}, P \in \Delta_V, \ell_v \ge 0, D_i \in \{1,\dots,V\}
Define R = \sum_v P_v\, \ell_v
Define \hat R = \frac1n \sum_i \ell_{D_i}
Define \hat P_v = \frac1n \#\{i : D_i = v\}
\ell_v \ge 0   \tag{1.1}   % a loss charges, it never pays
R = \sum_v P_v\, \ell_v   \tag{1.2}   % each case by its probability
\hat R = \sum_v \hat P_v\, \ell_v   \tag{1.3}   % collect equal cases
\hat R - R = \sum_v (\hat P_v - P_v)\, \ell_v   % (1.3) minus (1.2)
""",
    "Minimise for each kind separately": r"""
Let v \in \{1,\dots,V\}, k \in \{1,\dots,K\}, j \in \{1,\dots,J\}, P_{vk} > 0, \ell_{kj} \ge 0, a_v \in \{1,\dots,J\}
Define p_v = \sum_k P_{vk}
Define q_{vk} = \frac{P_{vk}}{p_v}
Define R = \sum_v \sum_k P_{vk}\, \ell_{k a_v}
R = \sum_v p_v \sum_k q_{vk}\, \ell_{k a_v}   % $P_{vk} = p_v\, q_{vk}$
  \ge \sum_v p_v \min_j \sum_k q_{vk}\, \ell_{kj}   \tag{1.4}   % $a_v$ is one of the $j$
Assume \sum_k q_{vk}\, \ell_{k a_v} = \min_j \sum_k q_{vk}\, \ell_{kj}
R = \sum_v p_v \min_j \sum_k q_{vk}\, \ell_{kj}   % by (A), it is attained
""",
    "The best answer under zero–one loss": r"""
Let \eta \in [0, 1], a \in \{-1, +1\}
Define C_\eta(a) = \eta\, \mathbb{1}[a = -1] + (1 - \eta)\, \mathbb{1}[a = +1]
C_\eta(+1) = 1 - \eta   % wrong where $y = -1$
C_\eta(-1) = \eta   % wrong where $y = +1$
C_\eta(+1) \le C_\eta(-1) \iff 2 \eta - 1 \ge 0   % $1 - \eta \le \eta$
C_\eta(a) \ge \min(\eta, 1 - \eta)   \tag{1.5}   % it is one of the two
\min(\eta, 1 - \eta) = \frac12 - \frac12 |2 \eta - 1|   % for $\eta$ below and above ½
""",
    "The staircase and four losses above it": r"""
Let m, f \in \mathbb{R}, y \in \{-1, +1\}
(y - f)^2 = (1 - y f)^2   % $y^2 = 1$, take out $y$
\mathbb{1}[m \le 0] \le (1 - m)^2   % $m \le 0$: at least $1^2$
\mathbb{1}[m \le 0] \le \log_2(1 + e^{-m})   % $m \le 0$: at least $\log_2 2$
\mathbb{1}[m \le 0] \le \max(0, 1 - m)   % $m \le 0$: at least 1
\mathbb{1}[m \le 0] \le e^{-m}   % $m \le 0$: at least $e^0$
Let i \in \{1,\dots,n\}, g_i \in \{-1, +1\}, x_i, t \in \mathbb{R}
Define \hat R(t) = \frac1n \#\{i : g_i (x_i - t) \le 0\}
Assume x_i \ne t
\hat R'(t) = 0   \tag{1.6}   % by (A), no step at $t$
""",
    "Best score and leftover risk of four surrogates": r"""
Let \eta \in (0, 1), f \in \mathbb{R}
Define C_{\text{sq}}(f) = \eta (1 - f)^2 + (1 - \eta) (1 + f)^2
C_{\text{sq}}(f) = 4 \eta (1 - \eta) + \left( f - (2 \eta - 1) \right)^2   \tag{1.7a}   % complete the square
Define C_{\text{exp}}(f) = \eta e^{-f} + (1 - \eta) e^{f}
C_{\text{exp}}(f) = 2 \sqrt{\eta (1 - \eta)} + \left( \sqrt{\eta}\, e^{-f/2} - \sqrt{1 - \eta}\, e^{f/2} \right)^2   \tag{1.7b}   % the same
Define C_{\text{log}}(f) = \eta \ln(1 + e^{-f}) + (1 - \eta) \ln(1 + e^{f})
C_{\text{log}}'(f) = \frac{1}{1 + e^{-f}} - \eta   % it rises with $f$
C_{\text{log}}'(f) = 0 \iff f = \ln \frac{\eta}{1 - \eta}   % solve for $f$
C_{\text{log}}\left( \ln \frac{\eta}{1 - \eta} \right) = -\eta \ln \eta - (1 - \eta) \ln(1 - \eta)   \tag{1.7c}   % insert
Define C_{\text{hi}}(f) = \eta \max(0, 1 - f) + (1 - \eta) \max(0, 1 + f)
Define u = \max(-1, \min(f, 1))
C_{\text{hi}}(f) \ge C_{\text{hi}}(u)   % clip the score
C_{\text{hi}}(u) = 1 - (2 \eta - 1)\, u   % a line for $|u| \le 1$
  \ge 1 - |2 \eta - 1|   % least at one end
  = 2 \min(\eta, 1 - \eta)   \tag{1.7d}   % see (1.5)
""",
    "A convex surrogate asks for the right side": r"""
Let k \in \{1,\dots,K\}, \beta_k \in \mathbb{R}, \eta \in [0, 1], f, m \in \mathbb{R}
Define \phi(m) = \sum_k \beta_k m^k
Define C_\eta(f) = \eta\, \phi(f) + (1 - \eta)\, \phi(-f)
C_\eta'(f) = \eta\, \phi'(f) - (1 - \eta)\, \phi'(-f)   % chain rule
C_\eta'(0) = (2 \eta - 1)\, \phi'(0)   \tag{1.8a}   % at $f = 0$
Let g, \phi_0, \phi_+, \phi_- \in \mathbb{R}
Define D = \eta\, \phi_+ + (1 - \eta)\, \phi_-
Assume \phi_+ \ge \phi_0 + g f, \phi_- \ge \phi_0 - g f
D \ge \eta (\phi_0 + g f) + (1 - \eta) (\phi_0 - g f)   % by (A)
  = \phi_0 + (2 \eta - 1) f g   % collect $f g$
Assume (2 \eta - 1) f \le 0, g \le 0
D \ge \phi_0   \tag{1.8b}   % by (A) and (B)
""",
    "From one kind to the average": r"""
Let v \in \{1,\dots,V\}, p \in \Delta_V, e_v \ge 0, E_v, \psi_v, \bar\psi, \kappa \in \mathbb{R}
Define \bar e = \sum_v p_v e_v
Assume E_v \ge \psi_v
Assume \psi_v \ge \bar\psi + \kappa (e_v - \bar e)
\sum_v p_v E_v \ge \sum_v p_v \psi_v   % by (A), at each kind
  \ge \sum_v p_v \left( \bar\psi + \kappa (e_v - \bar e) \right)   % by (B), above the tangent
  = \bar\psi + \kappa (\bar e - \bar e)   % the $p_v$ sum to 1
  = \bar\psi   \tag{1.9}   % nothing else is left
""",
    "The guarantee of each surrogate": r"""
Let \theta \in (0, 1)
Define \eta = \frac{1 + \theta}{2}
Define \psi(\theta) = \ln 2 + \frac{1 + \theta}{2} \ln \frac{1 + \theta}{2} + \frac{1 - \theta}{2} \ln \frac{1 - \theta}{2}
1 - 2 \min(\eta, 1 - \eta) = \theta   % hinge
1 - 4 \eta (1 - \eta) = \theta^2   % square
1 - 2 \sqrt{\eta (1 - \eta)} = 1 - \sqrt{1 - \theta^2}   % exponential
\psi'(\theta) = \frac12 \ln \frac{1 + \theta}{1 - \theta}   % logistic: differentiate
\psi''(\theta) = \frac{1}{1 - \theta^2}   % once more
  \ge 1   % $\theta^2 < 1$
\psi(\theta) \ge \frac12 \theta^2   % as $\psi(0) = \psi'(0) = 0$
""",
    "Leftover risk of a sample with two labels": r"""
Let \eta, \tau, p \in (0, 1), c, u \in \mathbb{R}
Define \rho(u) = \max(\tau u, (\tau - 1) u)
Define L(p) = -\eta \ln p - (1 - \eta) \ln(1 - p)
\eta (1 - c)^2 + (1 - \eta) (1 + c)^2 = 4 \eta (1 - \eta) + \left( c - (2 \eta - 1) \right)^2   \tag{1.10a}   % squared
\eta |1 - c| + (1 - \eta) |1 + c| \ge 2 \min(\eta, 1 - \eta)   \tag{1.10b}   % absolute; $c = \pm 1$
\eta \rho(1 - c) + (1 - \eta) \rho(-1 - c) \ge 2 \min(\tau \eta, (1 - \tau) (1 - \eta))   \tag{1.10c}   % pinball; $c = \pm 1$
L'(p) = \frac{p - \eta}{p (1 - p)}   % log loss
L(p) \ge -\eta \ln \eta - (1 - \eta) \ln(1 - \eta)   \tag{1.10d}   % least at $p = \eta$
\eta \cdot 2 (1 - p)^2 + (1 - \eta) \cdot 2 p^2 = 2 \eta (1 - \eta) + 2 (p - \eta)^2   \tag{1.10e}   % Brier
""",
}

CHAPTER_02 = {
    "The mean minimises the sum of squares": r"""
Let i \in \{1,\dots,n\}, y_i \in \mathbb{R}, c \in \mathbb{R}
Define \bar y = \frac1n \sum_i y_i
\sum_i (y_i - \bar y) = \sum_i y_i - n \bar y                                   % sum term by term
  = 0                                                                           % the definition of $\bar y$
\sum_i (y_i - c)^2 = \sum_i \left( (y_i - \bar y) + (\bar y - c) \right)^2      % add and subtract $\bar y$
  = \sum_i (y_i - \bar y)^2 + 2 (\bar y - c) \sum_i (y_i - \bar y) + n (\bar y - c)^2   % square of a sum; $\bar y - c$ does not depend on $i$
  = \sum_i (y_i - \bar y)^2 + n (c - \bar y)^2   \tag{2.2}                      % by (2), the middle term vanishes
  \ge \sum_i (y_i - \bar y)^2                                                   % a square is not negative
\bar y = \arg\min_c \sum_i (y_i - c)^2                                          % by (2.2): equality at $c = \bar y$
""",
    "The conditional mean minimises the risk": r"""
Let Y \text{ random}, a \in \mathbb{R}
Define \mu = \mathbb{E}[Y]
\mathbb{E}[Y - \mu] = 0                                                         % linearity
\mathbb{E}[(Y - a)^2] = \mathbb{E}[(Y - \mu)^2] + 2 (\mu - a) \mathbb{E}[Y - \mu] + (\mu - a)^2   % square of a sum
  = \mathbb{E}[(Y - \mu)^2] + (a - \mu)^2                                       % by (1)
  = \operatorname{Var}(Y) + (a - \mathbb{E}[Y])^2   \tag{2.3}                   % the definition of the variance
  \ge \operatorname{Var}(Y)                                                     % equality at $a = \mathbb{E}[Y]$
""",
    "Least squares": r"""
Let X \in \mathbb{R}^{n \times d}, y \in \mathbb{R}^n, w \in \mathbb{R}^d, v \in \mathbb{R}^d
Define J(w) = \frac1n \lVert y - X w \rVert^2
J(w) = \frac1n (y - X w)^\top (y - X w)                                         % a squared norm is an inner product
  = \frac1n \left( y^\top y - 2\, y^\top X w + w^\top X^\top X w \right)        % multiply out; $w^\top X^\top y = y^\top X w$ is a number
\nabla J(w) = -\frac2n X^\top y + \frac2n X^\top X w                            % differentiate term by term
  = -\frac2n X^\top (y - X w)   \tag{2.4}                                       % factor
\nabla^2 J(w) = \frac2n X^\top X                                                % differentiate again
v^\top \nabla^2 J(w)\, v = \frac2n \lVert X v \rVert^2                          % so $J$ is convex
  \ge 0
\nabla J(w) = 0 \iff X^\top X w = X^\top y                                      % the normal equations
Assume \operatorname{rank} X = d
X^\top X w = X^\top y \iff w = (X^\top X)^{-1} X^\top y                         % by (A), $X^\top X$ is invertible
""",
    "The residual is orthogonal to the columns": r"""
Let X \in \mathbb{R}^{n \times d}, y \in \mathbb{R}^n, w \in \mathbb{R}^d
Define r = y - X w
Assume X^\top X w = X^\top y
X^\top r = X^\top y - X^\top X w                                                % the definition of $r$
  = 0   \tag{2.5}                                                               % by (A), the normal equations
\lVert y \rVert^2 = \lVert X w + r \rVert^2                                     % the definition of $r$
  = \lVert X w \rVert^2 + 2\, w^\top X^\top r + \lVert r \rVert^2               % square of a sum
  = \lVert X w \rVert^2 + \lVert r \rVert^2                                     % by (A): Pythagoras
""",
    "Least squares is maximum likelihood": r"""
Let i \in \{1,\dots,n\}, x_i \in \mathbb{R}^d, y_i \in \mathbb{R}, w \in \mathbb{R}^d, \sigma > 0, s > 0
Define S(w) = \sum_i (y_i - w^\top x_i)^2
Define p_i = \frac{1}{\sqrt{2\pi}\,\sigma} \exp\left( -\frac{(y_i - w^\top x_i)^2}{2\sigma^2} \right)
-\log \prod_i p_i = -\sum_i \log p_i                                            % the logarithm turns products into sums
  = \sum_i \left( \frac12 \log(2\pi\sigma^2) + \frac{(y_i - w^\top x_i)^2}{2\sigma^2} \right)   % logarithm of the density
  = \frac{n}{2} \log(2\pi\sigma^2) + \frac{S(w)}{2\sigma^2}   \tag{2.6}         % the first term does not depend on $i$
\nabla_w \left[ -\sum_i \log p_i \right] = \frac{1}{2\sigma^2} \nabla S(w)      % the same minimiser for every $\sigma$
Define \ell(s) = \frac{n}{2} \log(2\pi s) + \frac{S(w)}{2 s}
\ell'(s) = \frac{n}{2 s} - \frac{S(w)}{2 s^2}                                   % differentiate in the variance $s = \sigma^2$
\ell'(s) = 0 \iff s = \frac1n S(w)                                              % the best variance is the mean squared error
""",
    "Bias, variance and noise": r"""
Let \hat f, \varepsilon \text{ random}, f \in \mathbb{R}
Define y = f + \varepsilon
Define \bar f = \mathbb{E}[\hat f]
\mathbb{E}[(y - \hat f)^2] = \mathbb{E}\left[ \left( (f - \bar f) + (\bar f - \hat f) + \varepsilon \right)^2 \right]   % add and subtract
  = (f - \bar f)^2 + \mathbb{E}[(\hat f - \bar f)^2] + \mathbb{E}[\varepsilon^2] + 2 (f - \bar f)\, \mathbb{E}[\varepsilon] + 2\, \mathbb{E}[(\bar f - \hat f)\, \varepsilon]   % $\mathbb{E}[\bar f - \hat f] = 0$
Assume \mathbb{E}[\varepsilon] = 0                                              % noise without bias
Assume \mathbb{E}[\hat f\,\varepsilon] = \mathbb{E}[\hat f]\, \mathbb{E}[\varepsilon]   % fresh noise
\mathbb{E}[(\bar f - \hat f)\, \varepsilon] = 0                                 % by (B)
\mathbb{E}[(y - \hat f)^2] = \mathbb{E}[\varepsilon^2] + (f - \bar f)^2 + \operatorname{Var}(\hat f)   \tag{2.7}   % by (A) and (B): noise, bias², variance
""",
    "The median minimises the absolute error": r"""
Let i \in \{1,\dots,n\}, y_i \in \mathbb{R}, a, c \in \mathbb{R}, b > 0
Define A(c) = \sum_i |y_i - c|
A(c) - A(\operatorname{median}(y)) \ge 0                                        % no constant does better than a median
Assume y_i \ne c
A'(c) = \sum_i \operatorname{sign}(c - y_i)                                     % by (A), away from the kinks
  = \#\{i : y_i < c\} - \#\{i : y_i > c\}   \tag{2.8}                           % count the signs
A(a) \ge A(c) + A'(c) (a - c)                                                   % by (A): a convex function lies above its tangent
A'(c) = 0 \implies A(a) \ge A(c)                                                % by (A): as many above as below
Define p_i = \frac{1}{2b} \exp\left( -\frac{|y_i - c|}{b} \right)
-\sum_i \log p_i = n \log(2b) + \frac1b A(c)                                    % the likelihood behind it is Laplace's
""",
    "The quantile minimises the pinball loss": r"""
Let i \in \{1,\dots,n\}, y_i \in \mathbb{R}, u, q \in \mathbb{R}, \tau \in (0, 1)
Define \rho(u) = \max(\tau u, (\tau - 1) u)
Define R(q) = \sum_i \rho(y_i - q)
\rho(u) = u \left( \tau - \mathbb{1}[u < 0] \right)   \tag{2.9}                 % the larger of the two lines
  \ge 0
\rho(u) + \rho(-u) = |u|                                                        % the two costs add up to 1
Assume y_i \ne q
R'(q) = \sum_i \left( \mathbb{1}[y_i < q] - \tau \right)                        % by (A), away from the kinks
  = \#\{i : y_i < q\} - \tau n                                                  % sum the constant
R'(q) = 0 \iff \frac1n \#\{i : y_i < q\} = \tau                                 % by (A): a share $\tau$ lies below
""",
    "The Huber loss": r"""
Let u, v \in \mathbb{R}, \delta > 0
Define h(u) = \begin{cases} \frac12 u^2 & \text{if } |u| \le \delta \\ \delta |u| - \frac12 \delta^2 & \text{otherwise} \end{cases}
Define \psi(u) = \max(-\delta, \min(u, \delta))
h(\delta) = \frac12 \delta^2                                                    % the two pieces meet
  = \delta |\delta| - \frac12 \delta^2                                          % at $u = \delta$
h'(u) = \psi(u)   \tag{2.10}                                                    % the slope is clipped
h'(\delta) = \delta                                                             % and so do their slopes
Assume u \ne 0
\psi(u) = u \min\left(1, \frac{\delta}{|u|}\right)                              % by (A), the weight of a residual
h(v) \le h(u) + \frac12 \min\left(1, \frac{\delta}{|u|}\right) (v^2 - u^2)      % by (A): a parabola from above, so that IRLS descends
h(u) \le \frac12 u^2
h(u) \le \delta |u|
""",
}

CHAPTER_03 = {
    "Surprise adds up": r"""
Let s, t \in (0, 1]
Define I(t) = -\log t
I(s t) = -\log s - \log t                                                       % logarithm of a product
  = I(s) + I(t)   \tag{3.1}                                                     % surprises of independent events add up
I(t) \ge 0                                                                      % since $t \le 1$
\lim_{t \to 0^+} t I(t) = 0   \tag{3.2}                                         % so we set $0 \log 0 = 0$
-\log_2 t = \frac{I(t)}{\log 2}   \tag{3.12}                                   % bits are nats over $\log 2$
""",
    "Gibbs' inequality": r"""
Let k \in \{1,\dots,K\}, p \in \Delta_K^\circ, q \in \Delta_K^\circ, t > 0
Define H(p) = -\sum_k p_k \log p_k
Define H(p, q) = -\sum_k p_k \log q_k
Define \mathrm{KL}(p \,\|\, q) = \sum_k p_k \log \frac{p_k}{q_k}
\log t \le t - 1                                                                % the tangent at 1 lies above the logarithm
-\mathrm{KL}(p \,\|\, q) = \sum_k p_k \log \frac{q_k}{p_k}                      % logarithm of a reciprocal
  \le \sum_k p_k \left( \frac{q_k}{p_k} - 1 \right)                             % by (1), with $t = q_k / p_k$
  = \sum_k q_k - \sum_k p_k                                                     % multiply out
  = 0                                                                           % both sum to 1
\mathrm{KL}(p \,\|\, q) \ge 0   \tag{3.3}                                       % by (2)
H(p) = \log K - \sum_k p_k \log (K p_k)                                        % the $p_k$ sum to 1
  \le \log K   \tag{3.4}                                                       % by (3.3), with $q_k = 1/K$
H(p, q) = -\sum_k p_k \log p_k - \sum_k p_k \log \frac{q_k}{p_k}               % multiply and divide
  = H(p) + \mathrm{KL}(p \,\|\, q)   \tag{3.5}                                 % the definitions
  \ge H(p)                                                                      % by (3.3)
""",
    "Entropy is leftover log loss": r"""
Let i \in \{1,\dots,n\}, k \in \{1,\dots,K\}, y_i \in \{1,\dots,K\}, q \in \Delta_K^\circ
Define \hat p_k = \frac1n \#\{i : y_i = k\}
Define H = -\sum_k \hat p_k \log \hat p_k
\sum_k \hat p_k = 1                                                             % every example has one label
-\frac1n \sum_i \log q_{y_i} = -\frac1n \sum_i \sum_k \delta_{y_i k} \log q_k   % one term of the inner sum is left
  = -\sum_k \hat p_k \log q_k   \tag{3.6}                                       % exchange the sums
  = H + \sum_k \hat p_k \left( \log \hat p_k - \log q_k \right)                 % add and subtract
  \ge H                                                                         % Gibbs' inequality
""",
    "Information gain": r"""
Let v \in \{1,\dots,V\}, k \in \{1,\dots,K\}, r_{vk} > 0
Define a_v = \sum_k r_{vk}
Define b_k = \sum_v r_{vk}
Define G = -\sum_k b_k \log_2 b_k - \sum_v a_v \left( -\sum_k \frac{r_{vk}}{a_v} \log_2 \frac{r_{vk}}{a_v} \right)
Assume \sum_{v,k} r_{vk} = 1
G = -\sum_{v,k} r_{vk} \log_2 b_k + \sum_{v,k} r_{vk} \log_2 \frac{r_{vk}}{a_v}  % write $b_k$ as a sum over $v$
  = \sum_{v,k} r_{vk} \log_2 \frac{r_{vk}}{a_v b_k}   \tag{3.8}                  % a Kullback–Leibler divergence
  \ge 0                                                                         % by (A), Gibbs' inequality
""",
    "Gini is leftover Brier score": r"""
Let i \in \{1,\dots,n\}, k \in \{1,\dots,K\}, y_i \in \{1,\dots,K\}, q \in \Delta_K
Define \hat p_k = \frac1n \sum_i \delta_{y_i k}
Define G = 1 - \sum_k \hat p_k^2
\frac1n \sum_i \sum_k (\delta_{y_i k} - q_k)^2 = \sum_k \left( \hat p_k - 2 \hat p_k q_k + q_k^2 \right)   % since $\delta^2 = \delta$
  = \sum_k \left( \hat p_k - \hat p_k^2 \right) + \sum_k (\hat p_k - q_k)^2      % complete the square
  = G + \sum_k (\hat p_k - q_k)^2   \tag{3.9}                                   % the $p_k$ sum to 1
  \ge G
G = \sum_k \hat p_k (1 - \hat p_k)
""",
}

CHAPTER_04 = {
    "Softmax is a soft arg max": r"""
Let j, k \in \{1,\dots,K\}, z \in \mathbb{R}^K, p \in \Delta_K^\circ, c, \lambda \in \mathbb{R}
Define \mathrm{LSE}(z) = \log \sum_k e^{z_k}
Define s_k(z) = \frac{e^{z_k}}{\sum_j e^{z_j}}
Define \mathbf{1}_k = 1
Define L(p) = \sum_k p_k z_k - \sum_k p_k \log p_k - \lambda \left( \sum_k p_k - 1 \right)
\sum_k s_k(z) = 1                                                               % one denominator
\frac{\partial L(p)}{\partial p_k} = z_k - \log p_k - 1 - \lambda                % differentiate
\frac{\partial L(p)}{\partial p_k} = 0 \iff p_k = e^{z_k - 1 - \lambda}          % solve for $p_k$
\log s_k(z) = z_k - \mathrm{LSE}(z)                                             % logarithm of a quotient
\sum_k p_k z_k - \sum_k p_k \log p_k = \mathrm{LSE}(z) - \sum_k p_k \left( \log p_k - \log s_k(z) \right)   % by (4)
  \le \mathrm{LSE}(z)   \tag{4.1}                                               % Gibbs' inequality
\sum_k s_k(z) z_k - \sum_k s_k(z) \log s_k(z) = \mathrm{LSE}(z)                 % by (4): equality at the softmax
s(z + c \mathbf{1}) = s(z)   \tag{4.2}                                          % the factor $e^c$ cancels
\mathrm{LSE}(z + c \mathbf{1}) = c + \mathrm{LSE}(z)
\max_k z_k \le \mathrm{LSE}(z)                                                  % one term of the sum
\mathrm{LSE}(z) \le \max_k z_k + \log K                                         % $K$ terms, none larger
""",
    "The gradient of softmax cross-entropy": r"""
Let j, k \in \{1,\dots,K\}, z_k \in \mathbb{R}, t \in \Delta_K, v \in \mathbb{R}^K
Define p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}
Define \ell = -\sum_k t_k \log p_k
Define \bar v = \sum_k p_k v_k
\ell = -\sum_k t_k \left( z_k - \log \sum_j e^{z_j} \right)                     % logarithm of a quotient
  = \log \sum_j e^{z_j} - \sum_k t_k z_k   \tag{4.4}                            % the $t_k$ sum to 1
\frac{\partial \ell}{\partial z_k} = \frac{e^{z_k}}{\sum_j e^{z_j}} - t_k      % differentiate
  = p_k - t_k   \tag{4.5}                                                       % predicted minus true
\frac{\partial p_j}{\partial z_k} = p_j \left( \delta_{jk} - p_k \right)        % quotient rule
\nabla_z^2 \left[ \ell \right] = \operatorname{diag}(p) - p p^\top   \tag{4.6}  % by (5), as a matrix
v^\top \left( \operatorname{diag}(p) - p p^\top \right) v = \sum_k p_k v_k^2 - \bar v^2   % multiply out
  = \sum_k p_k (v_k - \bar v)^2                                                 % a variance
  \ge 0                                                                         % so the loss is convex in $z$
\sum_k (p_k - t_k) = 0                                                          % both sum to 1
""",
    "The gradient in the weights": r"""
Let i \in \{1,\dots,n\}, j, k \in \{1,\dots,K\}, a \in \{1,\dots,d\}, x_i \in \mathbb{R}^d, y_i \in \{1,\dots,K\}, W \in \mathbb{R}^{K \times d}
Define z_{ik} = \sum_a W_{ka} x_{ia}
Define P_{ik} = \frac{e^{z_{ik}}}{\sum_j e^{z_{ij}}}
Define Y_{ik} = \delta_{y_i k}
Define X_{ia} = x_{ia}
Define L(W) = \frac1n \sum_i \left( \log \sum_j e^{z_{ij}} - z_{i y_i} \right)
L(W) = -\frac1n \sum_i \log P_{i y_i}                                           % the log loss
\nabla L(W) = \frac1n (P - Y)^\top X   \tag{4.7}                                % chain rule
\sum_k (P_{ik} - Y_{ik}) = 0                                                    % the rows of $P$ and of $Y$ sum to 1
""",
    "Two classes: the logistic loss": r"""
Let z \in \mathbb{R}^2, y \in \{-1, +1\}, m \in \mathbb{R}
Define \sigma(m) = \frac{1}{1 + e^{-m}}
Define \phi(m) = \log(1 + e^{-m})
\frac{e^{z_2}}{e^{z_1} + e^{z_2}} = \sigma(z_2 - z_1)                            % divide by $e^{z_2}$
\sigma(-m) = 1 - \sigma(m)
\phi(m) = -\log \sigma(m)   \tag{4.8}                                           % the definitions
\phi'(m) = -\sigma(-m)                                                          % differentiate
\phi''(m) = \sigma(m)\, \sigma(-m)                                              % differentiate again
  > 0                                                                           % strictly convex
\log(e^{z_1} + e^{z_2}) - z_1 = \phi(z_1 - z_2)                                 % shift by $z_1$
\phi(m) - \phi(-m) = -m
""",
    "Squared error behind a softmax": r"""
Let j, k \in \{1,\dots,K\}, z_k \in \mathbb{R}, t \in \Delta_K
Define p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}
Define B = \sum_k (p_k - t_k)^2
\frac{\partial B}{\partial z_k} = 2 \sum_j (p_j - t_j) \frac{\partial p_j}{\partial z_k}     % chain rule
  = 2 \sum_j (p_j - t_j)\, p_j (\delta_{jk} - p_k)                               % the Jacobian of the softmax
  = 2 p_k \left( p_k - t_k - \sum_j p_j (p_j - t_j) \right)   \tag{4.11}         % vanishes as $p_k \to 0$
\nabla_z \left[ B \right] = 2 \left( \operatorname{diag}(p) - p p^\top \right) (p - t)
""",
}

CHAPTER_05 = {
    "The distance to a hyperplane": r"""
Let w \in \mathbb{R}^d, x \in \mathbb{R}^d, b \in \mathbb{R}, s > 0
Define f(x) = w^\top x + b
Assume w \ne 0
Define x^\star = x - \frac{f(x)}{\lVert w \rVert^2} w
f(x^\star) = 0                                                                  % by (A): the foot of the perpendicular
\lVert x - x^\star \rVert = \frac{|f(x)|}{\lVert w \rVert}   \tag{5.1}          % by (A)
\frac{|s w^\top x + s b|}{\lVert s w \rVert} = \frac{|f(x)|}{\lVert w \rVert}   % by (A): $(w, b)$ may be rescaled
""",
    "The Lagrangian, repaired": r"""
Let i \in \{1,\dots,n\}, x_i \in \mathbb{R}^d, y_i \in \{-1, +1\}, w \in \mathbb{R}^d, b \in \mathbb{R}, \alpha_i \ge 0, t > 0, v \in \mathbb{R}
Define m_i = y_i (w^\top x_i + b)
Define L(b) = \frac12 \lVert w \rVert^2 + \sum_i \alpha_i \left( 1 - y_i (w^\top x_i + b) \right)
L'(b) = -\sum_i \alpha_i y_i   \tag{5.6}                                         % linear in $b$
L(b) = L(0) - b \sum_i \alpha_i y_i                                             % so it has no lower bound unless the slope is 0
Assume m_i \ge 1
\alpha_i (1 - m_i) \le 0                                                        % by (A): no term can add
L(b) \le \frac12 \lVert w \rVert^2   \tag{5.7}                                  % by (A): weak duality
Assume v < 1
\lim_{t \to \infty} t (1 - v) = \infty   \tag{5.5}                              % by (B): one violation is enough
""",
    "From the maximal margin to the dual": r"""
Let i, j \in \{1,\dots,n\}, x_i \in \mathbb{R}^d, y_i \in \{-1, +1\}, w \in \mathbb{R}^d, b \in \mathbb{R}, \alpha_i \ge 0
Define L(w, b, \alpha) = \frac12 \lVert w \rVert^2 + \sum_i \alpha_i \left( 1 - y_i (w^\top x_i + b) \right)
\nabla_w L(w, b, \alpha) = w - \sum_i \alpha_i y_i x_i                           % differentiate in $w$
\nabla_w L(w, b, \alpha) = 0 \iff w = \sum_i \alpha_i y_i x_i   \tag{5.8}       % stationarity in $w$
\frac{\partial L(w, b, \alpha)}{\partial b} = -\sum_i \alpha_i y_i               % differentiate in $b$
\frac{\partial L(w, b, \alpha)}{\partial b} = 0 \iff \sum_i \alpha_i y_i = 0     % stationarity in $b$
Suppose w = \sum_i \alpha_i y_i x_i, \sum_i \alpha_i y_i = 0
L(w, b, \alpha) = \frac12 w^\top w + \sum_i \alpha_i - w^\top \sum_i \alpha_i y_i x_i - b \sum_i \alpha_i y_i   % multiply out
  = \frac12 w^\top w + \sum_i \alpha_i - w^\top \sum_i \alpha_i y_i x_i           % by (4)
  = \sum_i \alpha_i - \frac12 w^\top w                                           % by (5.8)
  = \sum_i \alpha_i - \frac12 \sum_i \sum_j \alpha_i \alpha_j y_i y_j\, x_i^\top x_j   \tag{5.9}   % by (5.8)
""",
    "The KKT conditions": r"""
Let i, j \in \{1,\dots,n\}, x_i \in \mathbb{R}^d, y_i \in \{-1, +1\}, w \in \mathbb{R}^d, b \in \mathbb{R}, \alpha_i \ge 0
Define f(x) = w^\top x + b
Assume \alpha_i \left( y_i f(x_i) - 1 \right) = 0
\alpha_i > 0 \implies y_i f(x_i) = 1   \tag{5.10}                               % by (A): support vectors lie on the margin
y_i f(x_i) > 1 \implies \alpha_i = 0                                            % by (A): the others have no say
\alpha_i > 0 \implies b = y_i - w^\top x_i   \tag{5.11}                          % by (A), since $y_i^2 = 1$
Assume w = \sum_j \alpha_j y_j x_j, \sum_j \alpha_j y_j = 0
\sum_i \alpha_i = \sum_i \alpha_i y_i f(x_i)                                     % by (A)
  = w^\top \sum_i \alpha_i y_i x_i + b \sum_i \alpha_i y_i                        % multiply out
  = \lVert w \rVert^2                                                           % by (B)
""",
}

CHAPTER_06 = {
    "The box makes the hinge": r"""
Let m \in \mathbb{R}, C > 0, \alpha \in [0, C], \xi \in \mathbb{R}
\xi \ge 0 \land m \ge 1 - \xi \iff \xi \ge \max(0, 1 - m)   \tag{6.2}            % both lower bounds at once
\alpha (1 - m) \le C \max(0, 1 - m)                                             % the factor and the bracket are bounded
C (1 - m) \cdot \mathbb{1}[m < 1] = C \max(0, 1 - m)   \tag{6.3}                % attained at $\alpha = C$ or $\alpha = 0$
""",
    "The soft-margin dual": r"""
Let i, j \in \{1,\dots,n\}, x_i \in \mathbb{R}^d, y_i \in \{-1, +1\}, w \in \mathbb{R}^d, b \in \mathbb{R}, C > 0, \xi_i \in \mathbb{R}, \alpha_i \ge 0, \mu_i \ge 0
Define f_i = w^\top x_i + b
Define L = \frac12 \lVert w \rVert^2 + C \sum_i \xi_i + \sum_i \alpha_i (1 - \xi_i - y_i f_i) - \sum_i \mu_i \xi_i
\frac{\partial L}{\partial \xi_i} = C - \alpha_i - \mu_i                          % differentiate in $\xi_i$
\frac{\partial L}{\partial \xi_i} = 0 \iff \alpha_i = C - \mu_i   \tag{6.4}       % stationarity in $\xi_i$
  \implies \alpha_i \le C                                                       % because $\mu_i \ge 0$
\nabla_w L = 0 \iff w = \sum_i \alpha_i y_i x_i                                 % stationarity in $w$
\frac{\partial L}{\partial b} = 0 \iff \sum_i \alpha_i y_i = 0                   % stationarity in $b$
Suppose \alpha_i = C - \mu_i, w = \sum_i \alpha_i y_i x_i, \sum_i \alpha_i y_i = 0
L = \sum_i \alpha_i - \frac12 \sum_i \sum_j \alpha_i \alpha_j y_i y_j\, x_i^\top x_j   \tag{6.5}   % by (6.4), (4) and (5): the same dual, in a box
""",
    "The three regimes": r"""
Let C > 0, m \in \mathbb{R}, \alpha \ge 0, \mu \ge 0, \xi \ge 0
Assume \alpha = C - \mu, \mu \xi = 0, \alpha (m - 1 + \xi) = 0, m - 1 + \xi \ge 0
\alpha = 0 \implies m \ge 1                                                      % by (A): outside of the margin
\alpha > 0 \land \alpha < C \implies m = 1                                       % by (A): on the margin
\alpha = C \implies m \le 1   \tag{6.6}                                          % by (A): inside
""",
    "One step of SMO": r"""
Let a, b, c, p, q, r, s, t \in \mathbb{R}
Define g(t) = \frac12 \left( (p + t)^2 a + 2 (p + t) (q - t) c + (q - t)^2 b \right) + (p + t) r + (q - t) s
Define G = p a + q c + r
Define H = p c + q b + s
g'(0) = G - H                                                                   % differentiate along the constraint
g''(t) = a + b - 2 c                                                            % the curvature
g(t) - g(0) = (G - H) t + \frac12 (a + b - 2 c) t^2                              % a parabola
Assume a + b - 2 c > 0
g'(t) = 0 \iff t = \frac{H - G}{a + b - 2 c}   \tag{6.8}                         % by (A): the unclipped step
g(0) - g\left( \frac{H - G}{a + b - 2 c} \right) = \frac{(H - G)^2}{2 (a + b - 2 c)}   % by (A): the decrease
""",
}

CHAPTER_08 = {
    "The hinge is no likelihood": r"""
Let f \in \mathbb{R}
Define \ell(f) = \max(0, 1 - f)
e^{-\ell(0)} + e^{-\ell(0)} = \frac{2}{e}   \tag{8.1}                            % at $f = 0$
e^{-\ell(1)} + e^{-\ell(-1)} = 1 + e^{-2}                                        % at $f = 1$: another sum
e^{-\ell(f)} + e^{-\ell(-f)} \ge \frac{2}{e}
""",
    "Conjugates of the losses": r"""
Let m \in \mathbb{R}, u \in (0, 1), v \ge 0
Define h(u) = -u \log u - (1 - u) \log(1 - u)
Define \phi(m) = \log(1 + e^{-m})
Define g(m) = -u m - \phi(m)
g'(m) = -u + \frac{1}{1 + e^m}                                                  % differentiate
g'(m) = 0 \iff m = \log \frac{1 - u}{u}                                         % the slope meets $-u$
g\left( \log \frac{1 - u}{u} \right) = -h(u)   \tag{8.3}                         % the conjugate is minus the binary entropy
g(m) \le -h(u)
-u m - \max(0, 1 - m) \le -u                                                     % the hinge: equality at $m = 1$
-v m - \max(0, 1 - m)^2 \le -v + \frac14 v^2                                     % the squared hinge
""",
    "Fenchel–Young": r"""
Let k \in \{1,\dots,K\}, \theta \in \mathbb{R}^K, y \in \mathbb{R}^K, p \in \Delta_K^\circ
Define F(\theta) = \log \sum_k e^{\theta_k}
Define N(p) = \sum_k p_k \log p_k
Define q_k = \frac{e^{\theta_k}}{\sum_{j=1}^{K} e^{\theta_j}}
\frac12 \lVert \theta \rVert^2 + \frac12 \lVert y \rVert^2 - \theta^\top y = \frac12 \lVert \theta - y \rVert^2   % the square
F(\theta) + N(p) - \theta^\top p = \sum_k p_k \log \frac{p_k}{q_k}               % the cross-entropy less the entropy
  \ge 0   \tag{8.4}                                                              % Gibbs' inequality
\nabla_\theta \left[ F(\theta) + N(p) - \theta^\top p \right] = q - p            % predicted minus true
""",
    "Leftover risk": r"""
Let \eta \in (0, 1), f \in \mathbb{R}
Define R(f) = \eta \log(1 + e^{-f}) + (1 - \eta) \log(1 + e^{f})
Define h = -\eta \log \eta - (1 - \eta) \log(1 - \eta)
Define f^\star = \log \frac{\eta}{1 - \eta}
R'(f) = \frac{1}{1 + e^{-f}} - \eta                                             % differentiate
R'(f) = 0 \iff f = f^\star                                                      % the logit
R(f^\star) = h   \tag{8.5}                                                       % the leftover logistic risk is the entropy
R(f) \ge h                                                                      % so it is the least
\eta (1 - f)^2 + (1 - \eta)(1 + f)^2 = 4 \eta (1 - \eta) + (f - 2 \eta + 1)^2   % the square: twice the Gini value
\eta e^{-f} + (1 - \eta) e^f \ge 2 \sqrt{\eta (1 - \eta)}                       % the exponential loss
\eta \max(0, 1 - f) + (1 - \eta) \max(0, 1 + f) \ge 2 \min(\eta, 1 - \eta)      % the hinge: twice the error
""",
}

FURTHER = {
    f"{chapter[-2:]} {title}": body
    for chapter, derivations in list(globals().items())
    if chapter.startswith("CHAPTER_")
    for title, body in derivations.items()
}
