"""Answers that need no model, for the rows held out: what the tuned model has to beat.

    python -m stages.baselines --data data/split --out data/baselines

Which baselines there are is the task's (pipeline_lib/scoring/). They learn from training rows alone, a choice like how
many sentences to copy included. Takes a few seconds. Writes OUT/eval/NAME.jsonl and OUT/validation/NAME.jsonl ({id,
prediction, reference} a line, and probabilities where a baseline gives them) and OUT/meanings.json (what each baseline did,
in words).
"""

from functools import partial
from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.files import read_jsonl, write_json, write_jsonl, written
from pipeline_lib.evaluation.baselines import answer_baseline
from pipeline_lib.evaluation.scoring import load_scoring
from pipeline_lib.params import read_params

PARAMS = ("task",)
MEANINGS = "meanings.json"


def main(argv: list[str] | None = None) -> None:
    """Read the command line, answer, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split: train, validation, eval .jsonl")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the baselines' answers")
    args = arguments.parse_args(argv)
    scoring = load_scoring(read_params(args.params, PARAMS)["task"])
    train = read_jsonl(args.data / "train.jsonl")

    parts = {part: read_jsonl(args.data / f"{part}.jsonl") for part in ("validation", "test")}
    asked = [row for rows in parts.values() for row in rows]
    # Both parts at once: what a baseline learns from the training rows it learns once.
    score = partial(scoring.score, **scoring.learn(train))
    baselines = {name: answer_baseline(name, train, asked, score) for name in scoring.BASELINES}
    meanings = {name: made.meaning for name, made in baselines.items()}

    with written(args.out, mark=MEANINGS) as folder:
        for part, rows in parts.items():
            (folder / part).mkdir(parents=True)
            start = 0 if part == "validation" else len(parts["validation"])
            for name in baselines if rows else ():
                made = baselines[name]
                answers = [
                    {"id": row["id"], "prediction": made.answers[start + at], "reference": row["target"]}
                    | ({"probabilities": made.probabilities[start + at]} if made.probabilities else {})
                    for at, row in enumerate(rows)
                ]
                write_jsonl(folder / part / f"{name}.jsonl", answers)
        write_json(folder / MEANINGS, meanings)
    for name, meaning in meanings.items():
        say(f"{name}: {meaning}")


if __name__ == "__main__":
    run(main)
