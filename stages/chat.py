"""Ask a trained model in the terminal. Not a stage of the pipeline: run it by hand.

    python -m stages.chat --tuned models/tuned
    python -m stages.chat --params recipes/dialogue/params.yaml --tuned recipes/dialogue/models/tuned

Write a line and press Enter; the answer appears as it is written. Each line is a question of its own, in the main
column (observation, question, text); /set COLUMN TEXT and /read COLUMN FILE give the other columns, such as a passage,
to all that follow. A model that was trained on dialogues remembers the turns, and samples its own as the params file
says: sample and seed, which makes it repeatable. /reset starts anew, /save FILE writes what was said as JSON, /quit or
Ctrl-D ends it; Ctrl-C stops an answer, and between answers the program. --script FILE reads your lines from a file.
"""

import argparse
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
from pipeline_lib.prediction.language_model import LanguageModel
from pipeline_lib.prediction.question_chat import QuestionChat

PARAMS = ("trust_remote_code", "precision", "seed", "prompt", "sample")
HELP = "/reset starts a new dialogue, /save FILE writes the dialogue, /quit ends it"
COLUMNS = "/set COLUMN TEXT or /read COLUMN FILE gives a column to all that follow"


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
    identity = read_identity(args.tuned)
    if "labels" in identity:
        raise UserError(
            f"chat needs a model that writes, {args.tuned} gives a text one of {len(identity['labels'])} labels: use "
            f"python -m stages.predict --model {args.tuned} --row TEXT"
        )
    dialogue = identity["settings"].get("task") == "dialogue"
    chat = _dialogue(args) if dialogue else _Questions(LanguageModel(args.tuned, args.model))
    if not args.script:
        say(HELP if dialogue else f"{HELP}; {COLUMNS}")
    for text in _lines(args.script, args.you if dialogue else "question"):
        if not _command(text, chat):
            break
        if text and not text.startswith("/"):
            chat.answer(text)


def _dialogue(args: argparse.Namespace) -> "_Dialogue":
    """Return a dialogue with the model in the folder --tuned."""
    params = read_params(args.params, PARAMS)
    trained = read_identity(args.tuned)["settings"]
    base = load_base(args.tuned, args.model)
    remote = params["trust_remote_code"]
    encoder = TranscriptEncoder(base, load_tokenizer(base, remote), positions(base, remote))
    device, dtype = device_and_dtype(params["precision"])
    model = load_model(base, args.tuned, dtype, device, remote)
    # A chat has no training rows to measure: what finetune found of them stands in base.json.
    max_prompt = params["prompt"]["max_tokens"]
    max_prompt = trained["prompt"]["max_tokens"] if max_prompt == AUTO else max_prompt
    settings = {name: value for name, value in params["sample"].items() if name not in ("prompts", "turns")}
    return _Dialogue(model, encoder, Sampling(**settings), params["seed"], max_prompt, args.you, args.it)


class _Questions(QuestionChat):
    """Questions and answers in the terminal."""

    def answer(self, text: str) -> None:
        """Print the answer piece by piece; Ctrl-C keeps the pieces printed so far."""
        try:
            self.keep(text, _print(self.pieces(text)))
        except UserError as error:
            say(f"error: {error}")

    def said(self) -> list[dict[str, Any]]:
        """Return what /save writes."""
        return self.rows


class _Dialogue:
    """The dialogue so far, and the model that answers."""

    def __init__(
        self,
        model: Any,
        encoder: TranscriptEncoder,
        sampling: Sampling,
        seed: int,
        max_prompt: int,
        you: str,
        speaker: str,
    ) -> None:
        self.model, self.encoder, self.sampling = model, encoder, sampling
        self.seed, self.max_prompt, self.you, self.speaker = seed, max_prompt, you, speaker
        self.reset()

    def reset(self) -> None:
        """Start a new dialogue, with the random generator at its seed."""
        self.turns: list[Turn] = []
        self.generator = torch.Generator().manual_seed(self.seed)

    def said(self) -> list[dict[str, Any]]:
        """Return what /save writes, as the recipe reads it."""
        return [{"turns": self.turns}] if self.turns else []

    def answer(self, text: str) -> None:
        """Add a turn, and print the next one piece by piece; Ctrl-C keeps the pieces printed so far."""
        turn = {"speaker": self.you, "text": " ".join(text.split())}
        self.turns.append(turn)
        pieces = next_turn(
            self.model, self.encoder, self.turns, self.sampling, self.generator,
            max_prompt=self.max_prompt, speaker=self.speaker,
        )  # fmt: skip
        try:
            self.encoder.check_turns("of this chat", [turn])
            line = _print(pieces)
        except UserError as error:  # the chat goes on without a turn that cannot be encoded
            self.turns.pop()
            say(f"error: {error}")
            return
        speaker, reply = split_label(line.strip())
        if self.speaker:  # given, whatever follows the label
            speaker, reply = self.speaker, line.removeprefix(f"{self.speaker}:")
        if reply.strip():
            self.turns.append({"speaker": speaker or "?", "text": reply.strip()})
        else:
            say("the model ends the dialogue here; go on, or /reset")


def _print(pieces: Iterator[str]) -> str:
    """Print pieces as they come, and return them joined; Ctrl-C ends them."""
    line = ""
    try:
        for piece in pieces:
            shown = piece if line else piece.lstrip()
            # The text may hold control codes for a terminal.
            print("".join(char if char.isprintable() else " " for char in shown), end="", flush=True)
            line += piece
    except KeyboardInterrupt:
        print(" ...", end="")
    print(flush=True)
    return line


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


def _command(text: str, chat: "_Dialogue | _Questions") -> bool:
    """Carry out a line that begins with /; return whether the chat goes on."""
    name, _, rest = text.partition(" ")
    column, _, given = rest.strip().partition(" ")
    if name == "/quit":
        return False
    if name == "/reset":
        chat.reset()
        say("a new dialogue")
    elif name == "/save":
        _save(rest.strip(), chat.said())
    elif name in ("/set", "/read") and isinstance(chat, _Questions):
        _set(chat, column, given.strip(), from_file=name == "/read")
    elif name.startswith("/"):
        say(f"{name} is no command: {HELP}" + (f"; {COLUMNS}" if isinstance(chat, _Questions) else ""))
    return True


def _save(path: str, said: list[dict[str, Any]]) -> None:
    if not path or not said:
        say("/save needs a file, and a dialogue to write: /save talk.json")
        return
    try:
        write_text(path, json.dumps(said, ensure_ascii=False, indent=2) + "\n")
        say(f"wrote {sum(len(one.get('turns', [one])) for one in said)} turns to {path}")
    except UserError as error:
        say(f"error: {error}")


def _set(chat: _Questions, column: str, given: str, from_file: bool) -> None:
    if not column or (from_file and not given):
        say(f"a column needs a name and a value: {COLUMNS}")
        return
    try:
        if from_file:
            chat.read_column(column, Path(given))
        else:
            chat.set_column(column, given)
    except UserError as error:
        say(f"error: {error}")


if __name__ == "__main__":
    run(main)
