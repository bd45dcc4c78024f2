"""What an opponent hands in for a derivative: by the names of `multiply`, and by those of `two-layer`."""

HOSTILE = {
    # attributes and dunder names
    "x.__class__", "x.__class__.__mro__[1].__subclasses__()", "().__class__.__base__", "x.real", "np.__dict__",
    "np.exp.__globals__", "x.T.__class__", "__import__('os').system('id')", "__builtins__", "__name__", "exp.__self__",
    "getattr(x, 'y')", "globals()", "vars()['x']", "open('/etc/passwd').read()", "exec('x')", "eval('1')", "compile(x)",
    "sympify('x')", "sympy.sympify(x)", "lambdify(x, y)", "breakpoint()", "help()", "print(x)", "type(x)", "S('x')",
    # statements and forms of Python
    "lambda: x", "(lambda: x)()", "[x for x in (1,)]", "{x: y}", "{x for x in y}", "(x := 1)", "x; y", "import os",
    "f'{x}'", "f'{x.__class__}'", "'x'*9", "\"x\"", "b'x'", "x\0y", "x #", "x if y", "*x", "**x", "x[::]", "x@", "...",
    "yield x", "await x", "not x", "x and y", "x is y", "x in y", "x < y < z", "~x", "x >> 1", "x << 99", "x | y",
    "x % y", "x // y", "True", "None", "1j", "@x", "x!", "`x`", "$x", "?",
    # towers, factorials, huge numbers
    "9**9**9", "9^9^9^9", "x^9999", "x**(9*99999)", "factorial(9999)", "9999!", "gamma(99999)", "binomial(9, 3)",
    "9" * 500, "1e999999", "1e-999999", "Integer(9)", "10**(10**10)", "2^(2^(2^9))",
    # length and depth
    "x" * 1_000_000, "x+" * 500_000 + "x", "(" * 100_000, "(" * 60 + "x" + ")" * 60, "-" * 900 + "x", "exp(" * 50,
    "cosh(" * 39 + "x" + ")" * 39, "Heaviside(" * 39 + "x" + ", 0)" * 39, "sech(tan(" * 15 + "x" + "))" * 15,
    "[" * 900, "{" * 900, r"\frac{" * 200, "^" * 500, "x^" * 300, "'" * 900, "1if " * 200, "ﷺ" * 500, "⁻" * 1999,
    # letters that look like others, and text that runs backwards
    "х", "ｅｖａｌ(x)", "ехр(x)", "x\u200b+y", "\u202ex", "ⅹ.__class__", "x\u0301", "＿＿import＿＿(x)", "𝑒𝑣𝑎𝑙(𝑥)",
    # LaTeX that reads files, defines macros or runs programs
    r"\input{/etc/passwd}", r"\include{x}", r"\write18{id}", r"\immediate\write18{id}", r"\def\x{\x\x}\x",
    r"\newcommand{\x}{x}", r"\catcode`\@=11", r"\csname x\endcsname", r"\openin5=/etc/passwd",
    r"\href{javascript:x}{x}",
    r"\begin{verbatim}x\end{verbatim}", r"\loop\x\repeat", r"\verb|x|", r"\usepackage{x}", r"\special{x}",
    r"\includegraphics{x}",
    r"\text{__import__}(x)", r"\mathrm{eval}(x)", r"\operatorname{exec}(x)", "\\", r"\\",
    r"\frac{9^{9^{9}}}{x}", r"\u0041",
}  # fmt: skip

HOSTILE_OF_ARRAYS = {
    "X.__class__", "X.T.__class__", "X.T()", "X.tofile('x')", "X.dump('/tmp/x')", "X.sum.__self__", "X.dot", "X.data",
    "X.sum(axis=X)", "X.sum(axis='0')", "X.sum(axis=10**9)", "X.sum(out=Y)", "X.sum(1, 2, 3)", "np.sum(X, dtype=Y)",
    "np.load('x')", "np.fromfile('x')", "np.dot.__globals__", "np.dot(X)", "np.dot(X, Y, Z1)", "np.linalg.inv(W1)",
    "np.zeros(10**9)", "np.ones((9999, 9999))", "np.eye(10**9)", "np.eye(n_h)[X]", "np.eye(10**9)[m]", "np.array(X)",
    "np.array('x')", "np.array([X, Y])", "np.array([[1, 2], [3, 4]])", "[X for X in Y]", "[*X]", "[]", "[[]]", "X[:]",
    "X[None]", "X[..., 0]", "X[-1]", "X[10**9]", "X[X]", "X[0, 0, 0]", "X[True]", "X['a']", "X[lambda: 1]", "X[0].T",
    "X ** 9**9**9", "X^9999", "np.power(X, 9**9)", "np.power(2, 10**10)", "matmul(X)", "X @", "@X", "X @ @ Y", "X.T.T.",
    "reshape(X, 9)", "reshape(X, 99999, 99999)", "reshape(X, m)", "X.reshape(-1)", "X.reshape((m,) * 9)",
    "reshape(m, 1, 1, 1, 1, 1, 1, 1, 1)", "concatenate(X, Y)", "concatenate()", "take(X, Y)", "X.T(" * 60, "X^T" * 700,
    r"X^{[" * 100, r"X^{[1]", r"X^{[\input{x}]}", r"X^{[1][2]}", r"\odot X", r"X^\catcode", "X_" * 900, "[" * 500,
    "softmax(" * 30 + "Z2" + ")" * 30, "dZ2.sum(axis=0).sum(axis=0).sum(axis=0)", "lambda: X", "X if", "(X := 1)",
    "f'{X}'", "X' Y", "X;Y", "X == Y", "X and Y", "~X", "X // Y", "X % Y", "X | Y", "\u0425 @ Y", "X\u200b",
}  # fmt: skip
