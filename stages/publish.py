"""Upload a trained model to the Hugging Face Hub. Not a stage of the pipeline: run it by hand.

    python -m stages.publish --model models/tuned --card models/card --repo USER/NAME --dry-run
    python -m stages.publish --model models/tuned --card models/card --repo USER/NAME

Uploads the adapter, or the weights that training or export wrote, the tokenizer, base.json, prompt.txt and the card as
README.md, in one commit; a new repository is private unless --public. --dry-run shows each file and its size, and needs
no network. A repository that exists gets a new commit: files of a model that are not in this upload are deleted from
it, all others stay.

Files that quote training rows (few_shot.jsonl, where prompts show similar rows), and files that may, are refused unless
--with-rows or --without-rows says what to do. The token is the one of `hf auth login`. After a cut connection run the
same command again: files that arrived are not sent again.
"""

from pathlib import Path

from pipeline_lib.cli.command import parser, run, say
from pipeline_lib.publishing.hub_upload import Repository, check_name, log_in, open_repository, outdated, upload
from pipeline_lib.publishing.model_files import FEW_SHOT, Publication, Rows, publication

PARAMS = ()  # the model's folder has its settings


def main(argv: list[str] | None = None) -> None:
    """Read the command line, check the files, upload."""
    arguments = parser(__doc__)
    arguments.add_argument("--model", required=True, type=Path, help="folder of finetune or export")
    arguments.add_argument("--card", required=True, type=Path, help="folder of the model card that report wrote")
    arguments.add_argument("--repo", required=True, help="the repository, USER/NAME")
    arguments.add_argument("--public", action="store_true", help="anybody may read it (default: private)")
    arguments.add_argument("--revision", help="branch to commit to (default: main)")
    arguments.add_argument("--dry-run", action="store_true", help="show what would be uploaded, and stop")
    quoting = arguments.add_mutually_exclusive_group()
    quoting.add_argument("--with-rows", action="store_true", help="upload also files that quote training rows")
    quoting.add_argument("--without-rows", action="store_true", help="leave these files out")
    args = arguments.parse_args(argv)

    check_name(args.repo)
    rows: Rows = "with" if args.with_rows else "without" if args.without_rows else "refuse"
    found = publication(args.model, args.card, rows)
    _say_files(found)
    visible = "public: anybody may read it" if args.public else "private"
    if args.dry_run:
        say(f"dry run, nothing was uploaded: this would be one commit to {args.repo}, if it is new {visible}")
        return
    repository = open_repository(args.repo, log_in(), args.public, args.revision)
    _say_repository(repository, found)
    message = f"{found.base} tuned for {found.task}"
    say(upload(repository, found.files, message))


def _say_files(found: Publication) -> None:
    """Print each file with its size, and each that is left out with the reason."""
    for file in found.files:
        say(f"{file.size:>15,} bytes  {file.name}")
    say(f"{sum(file.size for file in found.files):>15,} bytes in {len(found.files)} files")
    for name, reason in found.left_out.items():
        say(f"left out: {name} ({reason})")
    if FEW_SHOT in found.left_out:
        say("without it prompts show no similar rows: answers differ from those that the card's figures are of")
    if found.quoted_rows:
        say(f"{FEW_SHOT} quotes {found.quoted_rows} training rows word for word")


def _say_repository(repository: Repository, found: Publication) -> None:
    """Print what the repository is, and what happens to the files that it has."""
    visible = "private" if repository.is_private else "public"
    if repository.is_new:
        say(f"{repository.name}: new, {visible}")
        return
    say(f"{repository.name}: exists, {visible}, gets a new commit on {repository.revision}")
    deleted, kept = outdated(repository, found.files)
    if deleted:
        say(f"deleted there, older commits keep them: {', '.join(deleted)}")
    if kept:
        say(f"other files there stay: {', '.join(kept)}")


if __name__ == "__main__":
    run(main)
