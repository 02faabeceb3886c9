"""Label rows with the untrained language model, shown training rows with their labels: baselines.

    python -m stages.classify_prompted --params recipes/sentiment_lm/params.yaml \\
        --data recipes/sentiment_lm/data/split --out recipes/sentiment_lm/predictions/prompted

Each prompt begins with the training rows most similar to its row, 3 and in a second round 6 of each label, as
generate_prompted shows them. 300 reviews take about five minutes on 2 cores. Writes what baselines writes:
OUT/test/prompted_3.jsonl and prompted_6.jsonl, each with the lines of classify_lm, and OUT/meanings.json.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_json, write_jsonl, written
from pipeline_lib.core.retrieval import with_demonstrations
from pipeline_lib.core.run_files import MEANINGS, labels_of, read_split_rows
from pipeline_lib.core.tasks import load
from pipeline_lib.inference.answer_lines import label_line
from pipeline_lib.inference.label_choices import label_ids
from pipeline_lib.inference.prompted import SHOWN, prompted_batch_size, prompted_meaning, prompted_name
from pipeline_lib.inference.run import load_model, logprobs_with_progress
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.length_limits import length_limits
from pipeline_lib.models.prompt_encoder import load_prompt_encoder
from pipeline_lib.models.tokenization import Encoded
from pipeline_lib.params import read_params

PARAMS = ("task", "model", "revision", "trust_remote_code", "precision", "prompt", "classify")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, label the test rows with each number of training rows, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split")
    arguments.add_argument("--out", required=True, type=Path, help="folder for the baselines' labels")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    device, dtype = device_and_dtype(params["precision"])
    prompt, task = params["prompt"], load(params["task"], "prompt")

    encoder = load_prompt_encoder(
        params["model"], params["revision"], params["trust_remote_code"], task, prompt["date"]
    )
    train, test_rows = (read_split_rows(args.data / f"{part}.jsonl") for part in ("train", "test"))
    if not train or not test_rows:
        raise UserError(f"{args.data / ('test' if train else 'train')}.jsonl holds no rows: run the split stage")
    for row in test_rows:
        labels_of(row, args.data / "test.jsonl")
    labels = [label_ids(row, encoder) for row in test_rows]
    longest = max((len(ids) for row in labels for ids in row), default=0)
    limits = length_limits(encoder, train, prompt, longest)
    model = load_model(encoder.base, None, dtype, device, params["trust_remote_code"])
    meanings, encoded = {}, list[Encoded]()
    with written(args.out, mark=MEANINGS) as folder:
        (folder / "test").mkdir(parents=True)
        for shown in SHOWN:
            rows = with_demonstrations(test_rows, train, shown)
            before, encoded = encoded, encoder.encode(rows, limits.prompt, limits.answer)
            if encoded == before:
                say(f"{prompted_name(shown)}: left out, no more training rows fit than with fewer")
                continue
            name, meaning = prompted_name(shown), prompted_meaning(shown, rows, encoded)
            meanings[name] = meaning
            say(f"{name}: {meaning}")
            logprobs = logprobs_with_progress(
                model,
                encoder.tokenizer,
                [(row.ids[: row.start], ids) for row, ids in zip(encoded, labels, strict=True)],
                batch_size=prompted_batch_size(shown, params["classify"]["batch_size"]),
                title=f"test rows, {shown} of each label shown",
                unit="row",
            )
            lines = [label_line(row, logp) for row, logp in zip(test_rows, logprobs, strict=True)]
            write_jsonl(folder / "test" / f"{name}.jsonl", lines)
        write_json(folder / MEANINGS, meanings)


if __name__ == "__main__":
    run(main)
