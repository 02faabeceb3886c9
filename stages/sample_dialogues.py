"""Sample one dialogue for each prompt from each epoch's model, so that a person can compare the epochs.

    python -m stages.sample_dialogues --params recipes/dialogue/params.yaml --data recipes/dialogue/data/split \\
        --epochs recipes/dialogue/models/epochs --out recipes/dialogue/predictions/conversations.jsonl \\
        --page recipes/dialogue/pages/conversations.html

Each dialogue begins with the first turn of a validation dialogue; epoch 0 is the untrained model. The seed fixes the
draws, so that two epochs differ by their model alone. generate.batch_size dialogues are sampled together. Takes about a
minute on 2 cores. Writes OUT, {epoch, prompt, turns} a line, and PAGE, the dialogues side by side.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.cli.progress import Progress
from pipeline_lib.core.dialogues import opening
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import read_jsonl, write_jsonl
from pipeline_lib.inference.run import load_model
from pipeline_lib.inference.sampling import Sampling, sample_dialogue
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.length_limits import length_limits
from pipeline_lib.models.loading import load_tokenizer, locate, positions
from pipeline_lib.models.transcript_encoder import TranscriptEncoder
from pipeline_lib.params import read_params
from pipeline_lib.report.dialogue_samples import write_page

PARAMS = ("model", "revision", "trust_remote_code", "precision", "seed", "prompt", "generate", "sample")


def main(argv: list[str] | None = None) -> None:
    """Read the command line, sample from each epoch's model, write."""
    arguments = parser(__doc__)
    arguments.add_argument("--data", required=True, type=Path, help="folder of split")
    arguments.add_argument("--epochs", required=True, type=Path, help="folder of finetune: epoch-1, epoch-2, ...")
    arguments.add_argument("--out", required=True, help="JSONL file for the dialogues")
    arguments.add_argument("--page", required=True, help="HTML file for a person to read them")
    args = arguments.parse_args(argv)
    params = read_params(args.params, PARAMS)
    settings = dict(params["sample"])
    prompts, turns, batch_size = settings.pop("prompts"), settings.pop("turns"), params["generate"]["batch_size"]
    openings = {row["group"]: opening(row["turns"]) for row in read_jsonl(args.data / "validation.jsonl")}
    if not openings:
        raise UserError("sampling begins with validation dialogues, there are none: raise split.validation")
    chosen = dict(list(openings.items())[:prompts])
    device, dtype = device_and_dtype(params["precision"])
    base = locate(params["model"], params["revision"])
    remote = params["trust_remote_code"]
    encoder = TranscriptEncoder(base, load_tokenizer(base, remote), positions(base, remote))
    limits = length_limits(encoder, read_jsonl(args.data / "train.jsonl"), params["prompt"], settings["max_new_tokens"])
    folders = {int(path.name.split("-")[1]): path for path in args.epochs.glob("epoch-*")}
    if not folders:
        raise UserError(f"{args.epochs} holds no epochs: train again (dvc repro)")
    lines = []
    with Progress((1 + len(folders)) * len(chosen), "sample", "dialogue") as progress:
        for epoch in (0, *sorted(folders)):
            model = load_model(base, folders.get(epoch), dtype, device, remote)
            for at in range(0, len(chosen), batch_size):
                names = list(chosen)[at : at + batch_size]
                dialogues = sample_dialogue(
                    model, encoder, [chosen[name] for name in names], Sampling(**settings), seed=params["seed"],
                    turns=turns, max_prompt=limits.prompt,
                )  # fmt: skip
                lines += [
                    {"epoch": epoch, "prompt": name, "turns": d} for name, d in zip(names, dialogues, strict=True)
                ]
                progress.advance(len(names))
    write_jsonl(args.out, lines)
    write_page(args.page, lines)
    say(f"{len(lines)} dialogues of {len(chosen)} prompts and {len(folders)} epochs; open {args.page} in a browser")


if __name__ == "__main__":
    run(main)
