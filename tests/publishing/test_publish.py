"""publish: what is uploaded and what is refused, with the real client of the Hub against a server of this machine."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from huggingface_hub import constants
from huggingface_hub.utils import _http, close_session

from pipeline_lib.core.files import read_json, write_json, write_jsonl
from stages import publish
from tests.helpers.hub_server import TOKEN, hub_server
from tests.helpers.stages import error_of, refused, run_stage
from tests.helpers.training_outputs import contents

REPO, ROOT = "ann/impressions", Path(__file__).parents[2]
FIRST, SECOND = f"{1:040x}", f"{2:040x}"  # commits
IDENTITY = {
    "name": "toy", "revision": None, "sha256": "ab" * 32, "method": "lora", "settings": {"task": "impression"},
}  # fmt: skip
CARD = f"---\nlibrary_name: peft\n---\n\n# toy, tuned\n\n`{'ab' * 32}`\n"
UPLOADED = [
    "README.md",
    "adapter_config.json",
    "adapter_model.safetensors",
    "base.json",
    "prompt.txt",
    "tokenizer.json",
]


@pytest.fixture
def run(tmp_path):
    """A folder with a model whose prompts show training rows, and its card, as finetune and report write them."""
    model = tmp_path / "tuned"
    write_json(model / "base.json", IDENTITY)
    write_json(model / "adapter_config.json", {"base_model_name_or_path": "toy", "r": 8, "target_modules": ["q"]})
    write_json(model / "tokenizer.json", {"vocab": {"/root/x": 1}})
    (model / "adapter_model.safetensors").write_bytes(bytes(range(256)) * 8)
    (model / "prompt.txt").write_text("Findings: {observation}\n", encoding="utf-8")
    write_jsonl(model / "few_shot.jsonl", [{"source": f"secret {at}", "target": "none"} for at in range(3)])
    (tmp_path / "card").mkdir()
    (tmp_path / "card" / "README.md").write_text(CARD, encoding="utf-8")
    return tmp_path


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A Hub, a user who is logged in there, and no waiting between the client's attempts."""
    with hub_server() as server:
        (tmp_path / "token").write_text(TOKEN, encoding="utf-8")
        changes = {
            "ENDPOINT": server.endpoint, "HF_HUB_OFFLINE": False, "HF_HUB_DISABLE_XET": True,
            "HF_TOKEN_PATH": str(tmp_path / "token"),
        }  # fmt: skip
        for name, value in changes.items():
            monkeypatch.setattr(constants, name, value)
        monkeypatch.delenv("HF_TOKEN", raising=False)
        monkeypatch.setattr(_http, "time", SimpleNamespace(**vars(time) | {"sleep": lambda seconds: None}))
        close_session()
        yield server
    close_session()


def publish_run(run: Path, *words: str, repo: str = REPO) -> str:
    return run_stage(publish, "--model", run / "tuned", "--card", run / "card", "--repo", repo, *words)


def test_a_dry_run_shows_each_file_and_asks_nobody(run):
    assert publish_run(run, "--without-rows", "--dry-run") == (
        "            109 bytes  README.md\n"
        "             84 bytes  adapter_config.json\n"
        "          2,048 bytes  adapter_model.safetensors\n"
        "            186 bytes  base.json\n"
        "             24 bytes  prompt.txt\n"
        "             38 bytes  tokenizer.json\n"
        "          2,489 bytes in 6 files\n"
        "left out: few_shot.jsonl (quotes training rows)\n"
        "without it prompts show no similar rows: answers differ from those that the card's figures are of\n"
        "dry run, nothing was uploaded: this would be one commit to ann/impressions, if it is new private\n"
    )
    printed = publish_run(run, "--with-rows", "--dry-run", "--public")
    assert "few_shot.jsonl quotes 3 training rows word for word\n" in printed
    assert printed.endswith("if it is new public: anybody may read it\n")


def test_files_that_may_quote_rows_are_refused(run):
    refusal = (
        "files that quote rows are published only if you say so: few_shot.jsonl quotes 3 training rows{}; add "
        "--with-rows to upload them, or --without-rows to leave them out"
    )
    assert error_of(publish_run, run) == refusal.format("")
    for name in ("notes.txt", "checkpoint/test.jsonl", ".DS_Store"):
        (run / "tuned" / name).parent.mkdir(exist_ok=True)
        (run / "tuned" / name).write_text("row", encoding="utf-8")
    assert error_of(publish_run, run) == refusal.format(" and checkpoint/test.jsonl, notes.txt may quote rows")
    printed = publish_run(run, "--without-rows", "--dry-run")
    assert "left out: .DS_Store (hidden)\nleft out: checkpoint/test.jsonl (may quote rows)\n" in printed


def test_a_process_publishes_to_a_new_private_repository(run, hub):
    environment = os.environ | {
        "HF_ENDPOINT": hub.endpoint, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1",
        "HF_TOKEN_PATH": str(run / "token"),
    }  # fmt: skip
    words = f"--model {run}/tuned --card {run}/card --repo {REPO} --without-rows".split()
    command = [sys.executable, "-m", "stages.publish", *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"{REPO}: new, private\nuploaded: {hub.endpoint}/{REPO}/commit/{FIRST}\n")
    assert hub.repos[REPO]["private"]
    assert sorted(hub.files(REPO)) == [".gitattributes", *UPLOADED]
    wanted = contents(run / "tuned") | {"README.md": CARD.encode()}
    assert all(content == wanted[name] for name, content in hub.files(REPO).items() if name != ".gitattributes")
    assert TOKEN not in done.stdout + done.stderr


def test_a_repository_that_exists_gets_a_new_commit(run, hub):
    publish_run(run, "--with-rows", "--public")
    assert not hub.repos[REPO]["private"]
    assert "few_shot.jsonl" in hub.files(REPO)
    hub.files(REPO).update({"model.safetensors": b"old", "LICENSE": b"mine"})
    before = dict(hub.files(REPO))
    assert error_of(publish_run, run, "--without-rows") == (
        f"{REPO} is public: add --public to upload to it, or make it private in its settings"
    )
    assert hub.files(REPO) == before
    hub.may_create = False  # as with a token for this repository alone
    printed = publish_run(run, "--without-rows", "--public")
    assert printed.splitlines()[-4:] == [
        f"{REPO}: exists, public, gets a new commit on main",
        "deleted there, older commits keep them: few_shot.jsonl, model.safetensors",
        "other files there stay: LICENSE",
        f"uploaded: {hub.endpoint}/{REPO}/commit/{SECOND}",
    ]
    assert sorted(hub.files(REPO)) == [".gitattributes", "LICENSE", *UPLOADED]
    printed = publish_run(run, "--without-rows", "--public", "--revision", "second")
    assert printed.endswith(f"no file has changed since {hub.endpoint}/{REPO}/commit/{SECOND}\n")
    assert sorted(hub.files(REPO, "second")) == sorted(hub.files(REPO))


@pytest.mark.parametrize("at", ["storage", "/commit/"])
def test_an_upload_that_was_cut_goes_on(run, hub, at):
    for number in (1, 2):
        (run / "tuned" / f"model-0000{number}-of-00002.safetensors").write_bytes(bytes([number]) * 999)
    publish_run(run, "--without-rows", repo="ann/other")  # one large file of two is there
    hub.objects.pop(list(hub.objects)[-1])
    hub.requests.clear()
    hub.cut = (at,)
    message = error_of(publish_run, run, "--without-rows")
    assert message.startswith(f"the upload to {hub.endpoint} failed (RemoteProtocolError: ")
    assert message.endswith("): check the network; run the same command again, files that arrived stay")
    assert list(hub.files(REPO)) == [".gitattributes"]
    sent = len(set(hub.asked("PUT")))
    assert sent == 1
    hub.cut = ()
    hub.requests.clear()
    assert f"{REPO}: exists, private, gets a new commit on main\n" in publish_run(run, "--without-rows")
    assert len(hub.asked("PUT")) == (at == "storage")
    assert len(hub.files(REPO)) == len(UPLOADED) + 3


def test_what_the_hub_refuses_is_one_line(run, hub, monkeypatch):
    words = (run, "--without-rows")
    assert error_of(publish_run, *words, repo="bob/theirs") == (
        "the token may not write to bob/theirs (403): name a repository of yours, or make a token that may write to it "
        "and run hf auth login again"
    )
    hub.repos["bob/theirs"] = {"private": True, "commits": 0, "branches": {"main": {}}}
    refused(r"may not write to bob/theirs \(403\)", publish_run, *words, repo="bob/theirs")
    (run / "token").write_text("hf_wrong", encoding="utf-8")
    assert error_of(publish_run, *words) == (
        "the Hub does not accept the token (401), it is wrong or was revoked: run hf auth login again"
    )
    (run / "token").unlink()
    assert error_of(publish_run, *words) == (
        "publish needs a token of the Hub, there is none: make one that may write, run hf auth login"
    )
    (run / "token").write_text(TOKEN, encoding="utf-8")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    close_session()
    refused("while HF_HUB_OFFLINE is set: unset it", publish_run, *words)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:1")
    close_session()
    message = error_of(publish_run, *words)
    assert message.startswith("the upload to http://127.0.0.1:1 failed (ConnectError: ")
    assert message.endswith("check the network; nothing was uploaded")


def test_folders_that_cannot_be_published(run, tmp_path):
    def message(*words: str, repo: str = REPO) -> str:
        return error_of(publish_run, run, "--without-rows", "--dry-run", *words, repo=repo)

    for name in ("impressions", "a/b/c", "ann/im pressions", "ann/a--b"):
        assert message(repo=name).startswith("--repo must be USER/NAME: letters, digits, ")
    card, tuned = run / "card" / "README.md", run / "tuned"
    card.write_text(f"{CARD}{tmp_path}/tuned", encoding="utf-8")
    assert message().startswith(f"{card} names a path of this machine, {tmp_path}")
    card.write_text("# another", encoding="utf-8")
    assert message().startswith(f"{card} is the card of another model, it does not name the base model's hash abababab")
    write_json(tuned / "base.json", IDENTITY | {"method": "merged"})
    assert message() == f"{tuned} has no model*.safetensors: its weights are missing; train or export again"
    (tuned / "model.safetensors").write_bytes(b"w")
    assert message().startswith(f"{run}/card/README.merged.md is missing, the card of the model: run the report stage")
    write_json(tuned / "base.json", IDENTITY)
    card.write_text(CARD, encoding="utf-8")
    for path in ("/home/ann/models/toy", "~/models/toy", "C:\\models\\toy"):
        write_json(tuned / "adapter_config.json", {"base_model_name_or_path": path})
        assert message().startswith(f"{tuned}/adapter_config.json names a path of this machine, {path}: put the model")
    (tuned / "base.json").unlink()
    assert message() == f"{tuned} is no trained model, it has no base.json: name a folder of finetune or export"
    assert read_json(tuned / "adapter_config.json")  # nothing was changed
