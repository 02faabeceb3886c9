"""What several experiments say together: which setting, which seed, how many rows. Not a stage: run it by hand.

    dvc exp run --queue -S lr=1e-3,3e-4 && dvc queue start
    python -m stages.study                        # all experiments on this commit, and the committed run
    python -m stages.study gentle-newt brave-fox  # these
    python -m stages.study --rev main --metrics-dir recipes/qa/metrics --json

Groups the runs by the params that differ. Other settings: the validation rows choose one, and the test rows are asked
about that one alone, with its p adjusted for how many runs they have been shown. Three or more seeds: how far they are
apart, and a verdict over seeds and rows together. Another split.train: the learning curve, and whether the last step
helped. Queued, running and failed experiments are named and left out. Reads params.yaml and the metrics of each run,
loads no model, takes seconds. Writes OUT/study.json, OUT/study.png and OUT/study.html, which quote no row; OUT is in no
commit unless you put it there. --verdict also writes seeds.json into the metrics, where the report finds the verdict
over the seeds of the committed setting; commit it with them.
"""

import json
from pathlib import Path

from pipeline_lib.cli.command import count, parser, run, say
from pipeline_lib.core.files import write_json
from pipeline_lib.core.run_files import read_object
from pipeline_lib.report.seeds_verdict import SEEDS
from pipeline_lib.study.seeds_file import seeds_summary
from pipeline_lib.study.study import study
from pipeline_lib.study.study_figure import draw_study
from pipeline_lib.study.study_page import write_page
from pipeline_lib.study.study_text import lines

PARAMS = ()


def main(argv: list[str] | None = None) -> None:
    """Read the command line, study, write, print."""
    arguments = parser(__doc__)
    arguments.add_argument("names", metavar="EXPERIMENT", nargs="*", help="experiments; none: all on the commit")
    arguments.add_argument("--rev", help="the commit that they were started from (default: the current one)")
    arguments.add_argument("--metrics-dir", default="metrics", help="the folder to read (default: %(default)s)")
    arguments.add_argument("--out", type=Path, help="folder to write (default: study, beside the metrics)")
    arguments.add_argument("--seed", type=count, default=0, help="seed of the resampling (default: %(default)s)")
    arguments.add_argument("--verdict", action="store_true", help="write seeds.json into the metrics, for the report")
    arguments.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    args = arguments.parse_args(argv)

    found, params = study(args.names, args.rev, args.metrics_dir, args.seed)
    out = args.out or Path(args.metrics_dir).parent / "study"
    write_json(out / "study.json", found)
    draw_study(out / "study.png", found)
    write_page(out / "study.html", found)
    if args.verdict:
        definitions = read_object(Path(args.metrics_dir) / "definitions.json", ["train_rows"], "run score again")
        write_json(Path(args.metrics_dir) / SEEDS, seeds_summary(found, params, definitions["train_rows"]))
    if args.json:
        say(json.dumps(found, allow_nan=False))
        return
    for line in lines(found):
        say(line)
    say(f"\nopen {out / 'study.html'} in a browser")


if __name__ == "__main__":
    run(main)
