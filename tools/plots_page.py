"""Write dvc_plots/index.html, the plots of every pipeline on one page that works without the network.

    python -m tools.plots_page                       # the workspace
    python -m tools.plots_page main exp-name         # two runs: pictures below one another, charts with both

The main pipeline comes first, then the recipes. Pictures and charts are those of `dvc plots`; DVC's own page mixes all
pipelines, and loads Vega from a content delivery network, while this one has it from the installed vl-convert-python.
"""

import argparse
import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pipeline_lib.core.files import write_text
from pipeline_lib.report.explorer.word_page import vega
from pipeline_lib.report.offline_page import offline_page

OUT = Path("dvc_plots/index.html")
OWN = Path(__file__)


def dvc_plots(revisions: Sequence[str], folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return what DVC has to draw of all pipelines, by the name of the plot; its pictures are copied to `folder`.

    Of each plot one entry for a picture of a revision, or one for a chart: {type, revisions, url or content}.
    """
    command = ["diff", *revisions] if revisions else ["show"]
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "plots", *command, "--json", "--out", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(done.returncode)
    found: dict[str, list[dict[str, Any]]] = json.loads(done.stdout).get("data", {})
    return found


def pipelines(files: Sequence[Path], plots: Mapping[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return what the page shows of each dvc.yaml that has plots: name, about, pictures, charts, and what is missing.

    files: relative to the project. The order of the plots is that of dvc.yaml.
    """
    found = []
    for file in files:
        entries = YAML(typ="safe", pure=True).load(file).get("plots", [])
        names = [entry if isinstance(entry, str) else next(iter(entry)) for entry in entries]
        if not names:
            continue
        folder, key = file.parent, "main" if file.parent == Path() else file.parent.name
        shown: dict[str, Any] = {"key": key, "pictures": [], "charts": [], "missing": []}
        shown["name"] = "Main pipeline" if key == "main" else key
        shown["about"] = f"{file.as_posix()}; dvc plots show {file.as_posix()} shows these alone."
        for name in names:
            # DVC leaves the file out of a name that no other pipeline has.
            path = (folder / name).as_posix()
            drawn = next((plots[one] for one in (f"{file.as_posix()}::{name}", path, name) if plots.get(one)), [])
            if not drawn:
                shown["missing"].append(name)
            elif drawn[0]["type"] == "image":
                versions = [{"revision": one["revisions"][0], "source": _source(Path(one["url"]))} for one in drawn]
                shown["pictures"].append({"name": path, "versions": versions})
            else:
                chart = f"{key}-chart-{len(shown['charts'])}"
                shown["charts"].append({"key": chart, "name": name, "content": _content(drawn[0]["content"])})
        found.append(shown)
    return found


def page(shown: Sequence[Mapping[str, Any]], revisions: Sequence[str]) -> str:
    """Return the page of some pipelines."""
    of = f"Of {', '.join(revisions)}." if revisions else "Of the workspace."
    values = {"of": of, "several": len(revisions) > 1, "pipelines": shown}
    scripts = (vega(), OWN.with_suffix(".js").read_text(encoding="utf-8"))
    return offline_page(OWN.with_suffix(".html"), values, sheets=[OWN.with_suffix(".css")], scripts=scripts)


def _source(picture: Path) -> str:
    """Return a picture as a data URL."""
    kind = "svg+xml" if picture.suffix == ".svg" else picture.suffix[1:]
    return f"data:image/{kind};base64,{base64.b64encode(picture.read_bytes()).decode('ascii')}"


def _content(chart: Any) -> Any:
    """Return a chart as an object; DVC gives it as text or as an object."""
    return json.loads(chart) if isinstance(chart, str) else chart


def main() -> None:
    """Run dvc plots and write the page."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("revisions", nargs="*", help="Git revisions or experiments to compare")
    args = arguments.parse_args()
    files = [Path("dvc.yaml"), *sorted(Path("recipes").glob("*/dvc.yaml"))]
    with tempfile.TemporaryDirectory() as folder:
        plots = dvc_plots(args.revisions, Path(folder))
        write_text(OUT, page(pipelines([file for file in files if file.exists()], plots), args.revisions))
    print(f"open {OUT} in a browser")


if __name__ == "__main__":
    main()
