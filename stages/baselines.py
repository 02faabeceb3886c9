"""Baselines' answers to validation and test rows, without a language model.

    python -m stages.baselines --data data/split --out predictions/baselines

The task's scoring module (pipeline_lib/tasks/<task>/scoring.py) names its baselines. They are fitted to training rows
alone, settings such as the number of sentences to copy included. Takes a few seconds. Writes OUT/test/NAME.jsonl and
OUT/validation/NAME.jsonl ({id, prediction, reference} a line, and probabilities where a baseline has them) and
OUT/meanings.json (what each baseline did, in words).
"""

from functools import partial
from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import write_json, write_jsonl, written
from pipeline_lib.core.run_files import MEANINGS, read_split_rows
from pipeline_lib.evaluation.baselines import answer_baseline
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.params import read_params

PARAMS = ("task",)


def main(argv: list[str] | None = None) -> None:
    """Read the command line, answer, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train, validation, test .jsonl")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the baselines' answers")
    args = arguments.parse_args(argv)
    scoring = load_scoring(read_params(args.params, PARAMS)["task"])
    train = read_split_rows(args.data / "train.jsonl")

    parts = {part: read_split_rows(args.data / f"{part}.jsonl") for part in ("validation", "test")}
    rows = [row for part in parts.values() for row in part]  # both parts at once, so that each baseline is fitted once
    score = partial(scoring.score, **scoring.fit(train))
    baselines = {name: answer_baseline(name, train, rows, score) for name in scoring.BASELINES}
    meanings = {name: baseline.meaning for name, baseline in baselines.items()}

    with written(args.out, mark=MEANINGS) as folder:
        start = 0
        for part, part_rows in parts.items():
            (folder / part).mkdir(parents=True)
            for name, baseline in baselines.items() if part_rows else ():
                answers = [
                    {"id": row["id"], "prediction": baseline.answers[place], "reference": row["target"]}
                    | ({"probabilities": baseline.probabilities[place]} if baseline.probabilities else {})
                    for place, row in enumerate(part_rows, start)
                ]
                write_jsonl(folder / part / f"{name}.jsonl", answers)
            start += len(part_rows)
        write_json(folder / MEANINGS, meanings)
    for name, meaning in meanings.items():
        say(f"{name}: {meaning}")


if __name__ == "__main__":
    run(main)
