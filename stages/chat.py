"""Talk to a model that was tuned on dialogues, in the terminal.

    python -m stages.chat --params recipes/dialogue/params.yaml --adapter recipes/dialogue/models/adapter

Say something and press Enter; the model's turn streams in as it is drawn. /reset begins anew, /save FILE writes the
dialogue as JSON that the recipe reads, /quit or Ctrl-D ends it; Ctrl-C stops a turn, and ends the talk where none is
under way. --script FILE reads what you say from a file, a line a turn. How tokens are drawn is the params file's
converse, the seed fixes them.
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
from pipeline_lib.inference.run import load_model
from pipeline_lib.inference.sampling import Sampling, next_turn
from pipeline_lib.models.device import device_and_dtype
from pipeline_lib.models.loading import load_tokenizer
from pipeline_lib.models.lora import load_base, read_identity
from pipeline_lib.models.transcript_encoder import TranscriptEncoder
from pipeline_lib.params import read_params

PARAMS = ("trust_remote_code", "precision", "seed", "prompt", "converse")
HELP = "/reset begins anew, /save FILE writes the dialogue, /quit ends it"


def main(argv: list[str] | None = None) -> None:
    """Read the command line, load, talk."""
    arguments = parser(__doc__)
    arguments.add_argument("--adapter", required=True, type=Path, help="folder of finetune, or one of its epochs")
    arguments.add_argument("--model", help="the base, where it is not found under its own name")
    arguments.add_argument("--you", default="Mia", help="your label (default: %(default)s)")
    arguments.add_argument("--it", default="", help="the model's label; left out: whoever the model says speaks")
    arguments.add_argument("--script", type=Path, help="a file with what you say, a line a turn")
    args = arguments.parse_args(argv)
    for option, name in (("--you", args.you), ("--it", args.it)):
        if not LABEL.fullmatch(f"{name}:") and (name or option == "--you"):
            raise UserError(
                f"{option} must be a name of at most 60 letters without a colon, not {name!r}: choose another"
            )
    params = read_params(args.params, PARAMS)
    trained_on = read_identity(args.adapter)["settings"].get("task")
    if trained_on != "dialogue":
        raise UserError(
            f"chat wants a model tuned on dialogues, {args.adapter} was trained for {trained_on}: name another"
        )
    base = load_base(args.adapter, args.model)
    reader = TranscriptEncoder(base, load_tokenizer(base, params["trust_remote_code"]))
    device, dtype = device_and_dtype(params["precision"])
    model = load_model(base, args.adapter, dtype, device, params["trust_remote_code"])
    settings = {name: value for name, value in params["converse"].items() if name not in ("prompts", "turns")}
    if not args.script:
        say(HELP)
    talk = _Talk(model, reader, Sampling(**settings), params["seed"], params["prompt"]["max_tokens"], args.it)
    for text in _lines(args.script, args.you):
        if not _command(text, talk):
            break
        if text and not text.startswith("/"):
            talk.answer({"speaker": args.you, "text": " ".join(text.split())})


class _Talk:
    """A dialogue under way."""

    def __init__(
        self, model: Any, reader: TranscriptEncoder, how: Sampling, seed: int, size: int, speaker: str
    ) -> None:
        self.model, self.reader, self.how, self.size, self.speaker = model, reader, how, size, speaker
        self.seed = seed
        self.reset()

    def reset(self) -> None:
        """Forget all turns; the draws begin anew as well."""
        self.turns: list[Turn] = []
        self.generator = torch.Generator().manual_seed(self.seed)

    def answer(self, turn: Turn) -> None:
        """Take a turn, and print the next one piece by piece; Ctrl-C keeps what was said so far."""
        self.turns.append(turn)
        said = ""
        pieces = next_turn(
            self.model, self.reader, self.turns, self.how, self.generator, size=self.size, speaker=self.speaker
        )
        try:
            self.reader.check("of this talk", [turn])
            for piece in pieces:
                shown = piece if said else piece.lstrip()
                # What a model draws may hold codes that a terminal would obey.
                print("".join(sign if sign.isprintable() else " " for sign in shown), end="", flush=True)
                said += piece
        except UserError as error:  # a turn that cannot be read ends no talk
            self.turns.pop()
            say(f"error: {error}")
            return
        except KeyboardInterrupt:
            print(" ...", end="")
        print(flush=True)
        speaker, text = split_label(said.strip())
        if self.speaker:  # whose turn it was is known, whatever follows the label
            speaker, text = self.speaker, said.removeprefix(f"{self.speaker}:")
        if text.strip():
            self.turns.append({"speaker": speaker or "?", "text": text.strip()})
        else:
            say("the model ends the dialogue here; go on, or /reset")


def _lines(script: Path | None, you: str) -> Iterator[str]:
    """Yield what the user says, line by line."""
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


def _command(text: str, talk: _Talk) -> bool:
    """Do what a line that begins with / says; return whether the talk goes on."""
    name, _, rest = text.partition(" ")
    if name == "/quit":
        return False
    if name == "/reset":
        talk.reset()
        say("a new dialogue")
    elif name == "/save":
        if not rest.strip() or not talk.turns:
            say("/save wants a file, and a dialogue to write: /save talk.json")
        else:
            try:
                write_text(rest.strip(), json.dumps([{"turns": talk.turns}], ensure_ascii=False, indent=2) + "\n")
                say(f"wrote {len(talk.turns)} turns to {rest.strip()}")
            except UserError as error:
                say(f"error: {error}")
    elif name.startswith("/"):
        say(f"{name} is no command: {HELP}")
    return True


if __name__ == "__main__":
    run(main)
