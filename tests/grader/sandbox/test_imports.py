"""Imports: what is here, and placeholders for what is not."""

import pytest

from grader.candidate import Missing
from grader.sandbox import Answers, Sandbox
from grader.sandbox.inside.modules import AVAILABLE
from tests.grader.sandbox.jobs import first, number, script


def run(sandbox: Sandbox, source: str) -> Answers:
    return first(sandbox.run(script(source)))


@pytest.mark.parametrize("module", AVAILABLE)
def test_every_module_that_is_told_available_can_be_imported(sandbox: Sandbox, module: str) -> None:
    assert number(run(sandbox, f"import {module}; dx = 1").candidates["dx"]) == 1.0


@pytest.mark.parametrize(
    "use",
    [
        "np.linalg.svd(np.eye(3))[1].sum() + np.linalg.inv(np.eye(3)).sum()",
        "np.linalg.eigvals(np.eye(6)).real.sum()",
        "abs(np.fft.fft(np.ones(6))).sum()",
        "np.einsum('ij,jk,kl->', np.eye(6), np.eye(6), np.eye(6), optimize=True)",
        "6 * (np.random.default_rng().normal() < np.inf)",
        "6 * np.random.permutation(3).size / 3",
        "(np.ones((300, 300)) @ np.ones((300, 300)))[0, 0] / 50",
        "np.polyval(np.polyfit([0, 1, 2], [2, 4, 6], 1), 2)",
        "np.median(np.arange(13)) + np.percentile(np.zeros(3), 50)",
        "np.unique([1] * 6, return_counts=True)[1].sum()",
        "np.nansum([6, np.nan])",
        "len(str(np.arange(3))) - 1",
        "len(np.array2string(np.arange(3), precision=3)) - 1",
        "6 * (time.time() > 0) * (time.perf_counter() > 0) * (datetime.now().year > 2000)",
        "6 * (len(f'{0.1:.3f}') == 5)",
        "len(json.dumps([1, 2]))",
        "6 * (re.match('a+', 'aa') is not None)",
        "copy.deepcopy({'a': np.array(6.0)})['a']",
        "6 * (len(list(itertools.permutations(range(3)))) == 6)",
        "6 * (pickle.loads(pickle.dumps(1)) == 1)",
        "np.sort(np.random.rand(10**6)).size / 10**6 * 6",
        "np.vectorize(lambda v: v)(np.array([6]))[0]",
        "np.loadtxt(io.StringIO('6'))",
    ],
)
def test_what_students_do_with_numpy_and_python_works_when_locked(sandbox: Sandbox, use: str) -> None:
    source = f"import copy, io, itertools, json, pickle, re, time\nfrom datetime import datetime\ndx = {use}"
    found = run(sandbox, source)
    assert found.raised is None
    assert number(found.candidates["dx"]) == pytest.approx(6.0)


@pytest.mark.parametrize(
    "source",
    [
        "import matplotlib.pyplot as plt",
        "import torch, sklearn.datasets, tkinter",
        "from matplotlib import pyplot as plt",
        "from common.layers import *",
        "from dataset.mnist import load_mnist",
        "import torch.nn.functional as F\nstyle = F.relu.anything.at_all",
        "def draw():\n    import seaborn\n",
        "try:\n    import cupy\nexcept ImportError:\n    cupy = None",
    ],
)
def test_an_import_of_what_is_not_here_does_no_harm(sandbox: Sandbox, source: str) -> None:
    found = run(sandbox, f"{source}\ndx = 2 * x")
    assert number(found.candidates["dx"]) == 6.0
    assert (found.raised, found.notes) == (None, ())


@pytest.mark.parametrize(
    "use",
    [
        "plt.plot([1])",
        "plt.style.use('x')",
        "plt[0]",
        "list(plt.x)",
        "plt.x + 1",
        "1 - plt.x",
        "float(plt.x)",
        "bool(plt.x)",
        "len(plt.x)",
        "np.asarray(plt.x)",
        "class C(plt.x): pass",
        "with plt.x: pass",
    ],
)
def test_using_it_says_what_is_missing_and_where_it_was_imported(sandbox: Sandbox, use: str) -> None:
    head = "y = 1\nfrom drawing import pyplot as plt" if use == "plt[0]" else "y = 1\nimport drawing as plt"
    found = run(sandbox, f"{head}\ndx = 2 * x\n{use}")
    assert number(found.candidates["dx"]) == 6.0
    assert found.raised is not None
    assert (found.raised.type, found.raised.line) == ("ModuleNotFoundError", 4)
    assert found.raised.message == "drawing is not available here (imported in line 2)"
    assert found.notes == (("module_not_available", {"module": "drawing", "import_line": 2}),)


def test_a_name_that_a_star_import_should_have_brought_is_explained(sandbox: Sandbox) -> None:
    found = run(sandbox, "from common.layers import *\ndx = Affine(x)")
    assert found.candidates["dx"] == Missing()
    assert found.raised is not None
    assert found.raised.type == "NameError"
    assert found.notes == (("name_from_missing_module", {"name": "Affine", "module": "common.layers"}),)


def test_a_name_that_an_available_module_lacks_is_an_import_error(sandbox: Sandbox) -> None:
    found = run(sandbox, "dx = 1\nfrom numpy import nothing_of_that_name")
    assert found.raised is not None
    assert (found.raised.type, found.raised.line) == ("ImportError", 2)


def test_a_placeholder_is_no_answer(sandbox: Sandbox) -> None:
    found = run(sandbox, "import torch\ndx = torch.tensor")
    assert type(found.candidates["dx"]).__name__ == "NotArray"
