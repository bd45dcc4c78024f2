"""Lower floors know nothing of the upper ones, and the grader nothing of the service."""

import ast
from pathlib import Path

import pytest

import grader

FLOORS = (
    {"candidate", "exercises", "messages", "rules", "submission", "yaml12"},
    {"report", "shapes"},
    {"elementwise", "structural"},
    {"compare", "gates", "sandbox"},
    {"expressions", "nodes"},
    {"fused", "moved"},
    {"backward"},
    {"latex", "program"},
    {"notation"},
    {"typeset", "ways"},
    {"interface"},
    {"exercise", "exact", "finite", "provided"},
    {"reading", "trials", "terminal"},
    {"known_rules", "lines"},
    {"assigned", "curve", "diagnose", "diagram", "handout", "mistakes", "raised", "symbolic", "validate"},
    {"judging", "proof", "taken"},
    {"explain", "fifty_digits", "two_by_two", "unsteady"},
    {"convention"},
    {"precision", "reporting"},
    {"grade_symbols"},
    {"grade"},
    {"cli"},
)
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}
ROOT = Path(grader.__file__).parent
FILES = sorted(p for p in ROOT.rglob("*.py") if p != ROOT / "__init__.py")


def imported(path: Path) -> set[str]:
    """The names of the project's modules that the file imports, as dotted paths."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found |= {node.module} if node.module != "grader" else {f"grader.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_from_the_floors_below_it(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    for name in imported(path):
        assert not name.startswith("service"), f"{own} knows the service"
        if name.startswith("grader."):
            other = name.split(".")[1]
            assert other == own or FLOOR[other] < FLOOR[own], (
                f"{own} (floor {FLOOR[own]}) imports {other} ({FLOOR[other]})"
            )


def test_every_module_has_its_floor() -> None:
    assert {p.relative_to(ROOT).parts[0].removesuffix(".py") for p in FILES} == set(FLOOR)


def test_the_grader_needs_no_web_no_queue_and_no_database() -> None:
    outside = {name.split(".")[0] for path in FILES for name in imported(path)}
    assert not outside & {"flask", "celery", "sqlalchemy", "redis", "kombu", "werkzeug", "jinja2"}


def test_the_service_knows_the_grader_through_its_front_door_only() -> None:
    service = ROOT.parent / "service"
    for path in service.rglob("*.py"):
        if "demo/submissions" in path.as_posix():
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "grader":
                assert node.module == "grader", f"{path.name} imports {node.module}"
