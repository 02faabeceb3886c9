"""Write dvc_plots/index.html, the page of `dvc plots show`, or of `dvc plots diff` for two runs, for use offline.

    python -m tools.plots_page                       # the workspace
    python -m tools.plots_page main exp-name         # two runs in the same charts

DVC's own page loads Vega from a content delivery network; this one has it from the installed vl-convert-python.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import vl_convert

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tare: plots</title>
{refresh_tag}
<script>%s</script>
<style>
body { font-family: system-ui, sans-serif; margin: 1rem auto; max-width: 1100px; padding: 0 1rem; }
img { max-width: 100%%; height: auto; }
</style>
</head>
<body>
{plot_divs}
</body>
</html>
"""


def template() -> str:
    """Return an HTML template for DVC with Vega, Vega-Lite and Vega-Embed in it."""
    bundle = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub asks for what may be left out
    bundle = bundle.replace("</script", "<\\/script")
    return PAGE % bundle


def main() -> None:
    """Run dvc plots with the template."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("revisions", nargs="*", help="Git revisions or experiments to compare")
    args = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(template(), encoding="utf-8")
        command = ["diff", *args.revisions] if args.revisions else ["show"]
        done = subprocess.run(
            [sys.executable, "-m", "dvc", "plots", *command, "--html-template", str(page), "--out", "dvc_plots"],
            check=False,
        )
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
