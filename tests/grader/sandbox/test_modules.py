"""Modules that a course hands out: found under their names, by every kind of import."""

from typing import Any

import numpy as np
import pytest

from grader.candidate import Missing
from grader.sandbox import Answers, Call, Failed, Finished, Job, Sandbox
from tests.grader.sandbox.jobs import codes, failed, first, number

MODULES = {
    "dnn_utils": "import numpy as np\ndef relu(Z):\n    return np.maximum(0, Z), Z\nscale = 10.0",
    "common.functions": "def twice(x):\n    return 2 * x\n_hidden = 1",
    "common.layers": (
        "from common.functions import twice\n"
        "class Twice:\n    def forward(self, x):\n        return twice(x)\n"
        "def backward(x):\n    return -x"
    ),
}
BACKWARD: dict[str, Any] = {
    "kind": "function",
    "function": "backward",
    "arguments": [{"name": "x", "pattern": "x"}],
    "returns": ["dx"],
}
SCRIPT: dict[str, Any] = {"kind": "script", "reads": [{"names": ["dx"], "pattern": "dx"}]}


def run(
    sandbox: Sandbox, source: str, interface: dict[str, Any] = SCRIPT, modules: dict[str, str] = MODULES
) -> Finished | Failed:
    return sandbox.run(Job(source, False, (interface,), ("x",), (Call({"x": np.array(3.0)}, ("dx",)),), modules))


def answers(sandbox: Sandbox, source: str, interface: dict[str, Any] = SCRIPT) -> Answers:
    return first(run(sandbox, source, interface))


@pytest.mark.parametrize(
    ("imports", "use"),
    [
        ("from common.functions import *", "twice(x)"),
        ("from common.functions import twice", "twice(x)"),
        ("from common.functions import twice as double", "double(x)"),
        ("import common.functions", "common.functions.twice(x)"),
        ("import common.functions as F", "F.twice(x)"),
        ("from common import functions", "functions.twice(x)"),
        ("from common import layers, functions as F", "layers.Twice().forward(x)"),
        ("from common.layers import *", "Twice().forward(x)"),
        ("import common", "common.functions.twice(x)"),
        ("from common import *\nfrom common.layers import Twice", "Twice().forward(x)"),
        ("from dnn_utils import *", "relu(2 * x)[0]"),
        ("from dnn_utils import relu, scale, np", "relu(np.array(x) * scale / 5)[0]"),
        ("from .functions import *", "twice(x)"),
        ("from ..functions import twice", "twice(x)"),
        ("from . import functions, layers", "functions.twice(x)"),
        ("from .dnn_utils import relu", "relu(2 * x)[0]"),
        ("import sys, os\nsys.path.append(os.pardir)\nfrom common.functions import *", "twice(x)"),
        ("import dnn_utils, matplotlib.pyplot as plt, common.layers", "dnn_utils.relu(2 * x)[0]"),
    ],
)
@pytest.mark.parametrize("kind", ["script", "function"])
def test_every_form_of_import_finds_it(sandbox: Sandbox, imports: str, use: str, kind: str) -> None:
    if kind == "script":
        found = answers(sandbox, f"{imports}\ndx = {use}")
    else:
        found = answers(sandbox, f"{imports}\ndef backward(x):\n    return {use}", BACKWARD)
    assert found.raised is None
    assert number(found.candidates["dx"]) == 6.0
    assert found.notes == ()


def test_it_may_be_imported_within_a_function(sandbox: Sandbox) -> None:
    source = "def backward(x):\n    from .functions import twice\n    import common.layers\n    return twice(x)"
    assert number(answers(sandbox, source, BACKWARD).candidates["dx"]) == 6.0


@pytest.mark.parametrize("imports", ["from common.functions import *", "from common.functions import twice"])
@pytest.mark.parametrize("interface", [SCRIPT, BACKWARD], ids=["script", "function"])
def test_a_name_that_the_student_defines_stays_the_students_wherever_the_import_is(
    sandbox: Sandbox, imports: str, interface: dict[str, Any]
) -> None:
    own = "def twice(x):\n    return 7.0\n"
    rest = "dx = twice(x)\n" if interface is SCRIPT else "def backward(x):\n    return twice(x)\n"
    for source in (f"{imports}\n{own}{rest}", f"{own}{imports}\n{rest}", f"{own}{rest}{imports}\n"):
        assert number(answers(sandbox, source, interface).candidates["dx"]) == 7.0


def test_so_it_does_across_the_cells_of_a_notebook(sandbox: Sandbox) -> None:
    cells = ["def twice(x): return 7.0", "from common.functions import *\nx_train = 1", "dx = twice(x)"]
    listed = ", ".join(f'{{"cell_type": "code", "source": {cell!r}}}'.replace("'", '"') for cell in cells)
    source = f'{{"cells": [{listed}]}}'.replace("\n", "\\n")
    job = Job(source, True, (SCRIPT,), ("x",), (Call({"x": np.array(3.0)}, ("dx",)),), MODULES)
    assert number(first(sandbox.run(job)).candidates["dx"]) == 7.0


def test_the_students_own_name_is_not_the_modules(sandbox: Sandbox) -> None:
    source = "from common.layers import Twice\ndef twice(x):\n    return 7.0\ndx = Twice().forward(x)"
    assert number(answers(sandbox, source).candidates["dx"]) == 6.0


@pytest.mark.parametrize(
    "source",
    [
        "from common.layers import *",
        "from common.layers import backward",
        "from .layers import backward",
        "import common.layers as backward",
    ],
)
def test_what_is_asked_must_be_defined_by_the_student(sandbox: Sandbox, source: str) -> None:
    told = failed(run(sandbox, source, BACKWARD))
    assert (told.code, told.parameters) == ("no_interface_fits", {"expected": "def backward(x)"})


def test_what_a_module_lacks_complains_only_when_it_is_used(sandbox: Sandbox) -> None:
    imports = "from common.layers import Twice, Convolution\n"
    assert number(answers(sandbox, imports + "dx = Twice().forward(x)").candidates["dx"]) == 6.0
    raised = answers(sandbox, imports + "dx = Convolution()").raised
    assert raised is not None
    assert (raised.type, raised.line) == ("ModuleNotFoundError", 2)
    assert raised.message == "common.layers.Convolution is not available here"


def test_a_name_that_it_never_had_is_an_error_like_any_other(sandbox: Sandbox) -> None:
    found = answers(sandbox, "from common.functions import *\ndx = thrice(x)")
    assert found.candidates["dx"] == Missing()
    assert found.raised is not None
    assert found.raised.type == "NameError"
    assert codes(found.notes) == []


@pytest.mark.parametrize("source", ["from testCases import *", "from public_tests import *", "from .layers import *"])
def test_other_modules_stay_placeholders(sandbox: Sandbox, source: str) -> None:
    modules = {"dnn_utils": MODULES["dnn_utils"]}
    assert number(first(run(sandbox, f"{source}\ndx = 2 * x", modules=modules)).candidates["dx"]) == 6.0


@pytest.mark.parametrize("imports", ["from . import layers", "from .layers import Affine", "from ... import x as y"])
def test_a_relative_import_without_a_package_does_no_harm(sandbox: Sandbox, imports: str) -> None:
    assert number(first(run(sandbox, f"{imports}\ndx = 2 * x", modules={})).candidates["dx"]) == 6.0


def test_a_module_is_run_only_where_it_is_imported_and_once(sandbox: Sandbox) -> None:
    modules = {"noisy": "print('run')\nvalue = 6.0", "never": "raise SystemExit"}
    outcome = run(sandbox, "import noisy\nfrom noisy import value\ndx = value", modules=modules)
    assert number(first(outcome).candidates["dx"]) == 6.0
    assert isinstance(outcome, Finished)
    assert outcome.stdout == "run\n"


def test_what_the_student_does_to_a_module_harms_nobody_else(sandbox: Sandbox) -> None:
    answers(sandbox, "import dnn_utils, numpy\ndnn_utils.relu = numpy.maximum = None\ndx = 1")
    assert number(answers(sandbox, "from dnn_utils import relu\ndx = relu(6.0)[0]").candidates["dx"]) == 6.0
