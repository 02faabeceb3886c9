"""Talk in the terminal to a model that was trained on dialogues. Not a stage of the pipeline: run it by hand.

    python -m stages.chat --params recipes/dialogue/params.yaml --tuned recipes/dialogue/models/tuned

Write a line and press Enter; the model's turn appears as it is sampled. /reset starts a new dialogue, /save FILE writes
the dialogue as JSON that the recipe reads, /quit or Ctrl-D ends it; Ctrl-C stops a turn, and ends the program between
turns. --script FILE reads your lines from a file. The params file's sample says how tokens are drawn, seed makes it
repeatable.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.core.dialogues import LABEL, Turn, split_label
from pipeline_lib.core.errors import UserError
from pipeline_lib.core.files import write_text
from pipeline_lib.core.run_files import read_identity
from pipeline_lib.core.settings import AUTO
from pipeline_lib.inference.run import load_model
from pipeline_lib.inference.sampling import Sampling, next_turn
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.loading import load_tokenizer, positions
from pipeline_lib.models.lora import load_base
from pipeline_lib.models.transcript_encoder import TranscriptEncoder
from pipeline_lib.params import read_params

PARAMS = ("trust_remote_code", "precision", "seed", "prompt", "sample")
HELP = "/reset starts a new dialogue, /save FILE writes the dialogue, /quit ends it"


def main(argv: list[str] | None = None) -> None:
    """Read the command line, load the model, talk."""
    arguments = parser(__doc__)
    arguments.add_argument("--tuned", required=True, type=Path, help="folder of finetune, or of one of its epochs")
    arguments.add_argument("--model", help="the base model, where it is not found by the name in base.json")
    arguments.add_argument("--you", default="Mia", help="your label (default: %(default)s)")
    arguments.add_argument("--it", default="", help="the model's label (default: the model writes a label)")
    arguments.add_argument("--script", type=Path, help="a file with your lines, one a turn")
    args = arguments.parse_args(argv)
    for option, name in (("--you", args.you), ("--it", args.it)):
        if not LABEL.fullmatch(f"{name}:") and (name or option == "--you"):
            raise UserError(
                f"{option} must be a name of at most 60 letters without a colon, not {name!r}: choose another"
            )
    params = read_params(args.params, PARAMS)
    trained = read_identity(args.tuned)["settings"]
    task = trained.get("task")
    if task != "dialogue":
        raise UserError(f"chat needs a model trained on dialogues, {args.tuned} was trained on {task}: name another")
    base = load_base(args.tuned, args.model)
    remote = params["trust_remote_code"]
    encoder = TranscriptEncoder(base, load_tokenizer(base, remote), positions(base, remote))
    device, dtype = device_and_dtype(params["precision"])
    model = load_model(base, args.tuned, dtype, device, remote)
    # A chat has no training rows to measure: what finetune found of them stands in base.json.
    max_prompt = params["prompt"]["max_tokens"]
    max_prompt = trained["prompt"]["max_tokens"] if max_prompt == AUTO else max_prompt
    settings = {name: value for name, value in params["sample"].items() if name not in ("prompts", "turns")}
    if not args.script:
        say(HELP)
    chat = _Chat(model, encoder, Sampling(**settings), params["seed"], max_prompt, args.it)
    for text in _lines(args.script, args.you):
        if not _command(text, chat):
            break
        if text and not text.startswith("/"):
            chat.answer({"speaker": args.you, "text": " ".join(text.split())})


class _Chat:
    """The dialogue so far, and the model that answers."""

    def __init__(
        self, model: Any, encoder: TranscriptEncoder, sampling: Sampling, seed: int, max_prompt: int, speaker: str
    ) -> None:
        self.model, self.encoder, self.sampling = model, encoder, sampling
        self.seed, self.max_prompt, self.speaker = seed, max_prompt, speaker
        self.reset()

    def reset(self) -> None:
        """Start a new dialogue, with the random generator at its seed."""
        self.turns: list[Turn] = []
        self.generator = torch.Generator().manual_seed(self.seed)

    def answer(self, turn: Turn) -> None:
        """Add a turn, and print the next one piece by piece; Ctrl-C keeps the pieces printed so far."""
        self.turns.append(turn)
        line = ""
        pieces = next_turn(
            self.model, self.encoder, self.turns, self.sampling, self.generator,
            max_prompt=self.max_prompt, speaker=self.speaker,
        )  # fmt: skip
        try:
            self.encoder.check_turns("of this chat", [turn])
            for piece in pieces:
                shown = piece if line else piece.lstrip()
                # A sampled text may hold control codes for a terminal.
                print("".join(char if char.isprintable() else " " for char in shown), end="", flush=True)
                line += piece
        except UserError as error:  # the chat goes on without a turn that cannot be encoded
            self.turns.pop()
            say(f"error: {error}")
            return
        except KeyboardInterrupt:
            print(" ...", end="")
        print(flush=True)
        speaker, text = split_label(line.strip())
        if self.speaker:  # given, whatever follows the label
            speaker, text = self.speaker, line.removeprefix(f"{self.speaker}:")
        if text.strip():
            self.turns.append({"speaker": speaker or "?", "text": text.strip()})
        else:
            say("the model ends the dialogue here; go on, or /reset")


def _lines(script: Path | None, you: str) -> Iterator[str]:
    """Yield the user's lines."""
    if script:
        try:
            lines = script.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"cannot read {script} as UTF-8 text ({error}): name a file with a line a turn") from error
        for line in lines:
            print(f"{you}: {line.strip()}", flush=True)
            yield line.strip()
        return
    while True:
        try:
            yield input(f"{you}: " if sys.stdin.isatty() else "").strip()
        except (EOFError, KeyboardInterrupt):
            print(file=sys.stderr)
            return


def _command(text: str, chat: _Chat) -> bool:
    """Carry out a line that begins with /; return whether the chat goes on."""
    name, _, rest = text.partition(" ")
    if name == "/quit":
        return False
    if name == "/reset":
        chat.reset()
        say("a new dialogue")
    elif name == "/save":
        if not rest.strip() or not chat.turns:
            say("/save needs a file, and a dialogue to write: /save talk.json")
        else:
            try:
                write_text(rest.strip(), json.dumps([{"turns": chat.turns}], ensure_ascii=False, indent=2) + "\n")
                say(f"wrote {len(chat.turns)} turns to {rest.strip()}")
            except UserError as error:
                say(f"error: {error}")
    elif name.startswith("/"):
        say(f"{name} is no command: {HELP}")
    return True


if __name__ == "__main__":
    run(main)
