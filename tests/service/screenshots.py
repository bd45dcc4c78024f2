"""Makes the pictures of the README anew, of the demo course in a real browser:

python -m tests.service.screenshots
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from tests.service.conftest import PROJECT
from tests.service.pages.browsing import PHONE
from tests.service.pages.demonstration import Demo, served

FOLDER = PROJECT / "docs" / "screenshots"
DESK = {"width": 1180, "height": 860}


class Picture(NamedTuple):
    """Who looks at what, as `Demo.path` takes it; the heading of the section that is shown, if not all; and how."""

    who: str
    place: str
    section: str = ""
    options: dict[str, Any] = {}  # noqa: RUF012  # never changed


PICTURES = {
    "report": Picture("whitfield", "{two-layer} 2", options={"viewport": {"width": 1180, "height": 1160}}),
    "circuit": Picture("clarke", "{sigmoid-neuron} 1", "The circuit"),
    "numerical-check": Picture("whitfield", "{two-layer} 2", "The numerical check, step by step"),
    "class": Picture("morita", "/courses/{course}/class?assignment={two-layer}"),
    "overview": Picture("morita", "/courses/{course}", options={"color_scheme": "dark"}),
    "phone": Picture("suzuki", "{logistic-regression} 1", options={"viewport": PHONE, "locale": "ja"}),
}


def take(demo: Demo, name: str, picture: Picture) -> None:
    """Writes the picture into FOLDER."""
    options = {"viewport": DESK, "reduced_motion": "reduce", **picture.options}
    with demo.as_(picture.who, **options) as reader:
        page, language = reader.page, options.get("locale", "en")
        if page.evaluate("document.documentElement.lang") != language:
            page.locator(f"button[lang={language}]").click()
        reader.go(demo.path(reader, picture.place))
        target = reader.see(picture.section) if picture.section else page
        if picture.section:
            target.locator("svg").first.wait_for()
        target.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
        assert reader.complaints == []


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as demo:
        for name, picture in PICTURES.items():
            take(demo, name, picture)
            print(f"{name}.png  {(FOLDER / f'{name}.png').stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
