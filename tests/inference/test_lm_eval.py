"""Our figures on arc_easy equal those of lm-evaluation-harness to the last digit it prints."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
import torch

from pipeline_lib.data.choice_items import read_items
from pipeline_lib.evaluation.metrics.choice_accuracy import pick, standard_error
from pipeline_lib.inference import multiple_choice as arc
from pipeline_lib.inference.loglikelihood import choice_logprobs
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate

ABSENT = "lm-eval is not installed: requirements-dev.txt has it"
pytestmark = pytest.mark.skipif(find_spec("lm_eval") is None, reason=ABSENT)

# Choices of one token and of many, of equal text lengths and very unlike ones, in other letters; three to five of them.
QUESTIONS = [
    ("Which is a bone?", ["femur", "heart", "liver", "spleen"], "A"),
    ("What does a lung hold?", ["air", "stones", "a small left pleural effusion", "ink"], "A"),
    ("How many kidneys has a person?", ["1", "2", "3", "4"], "B"),
    ("Where is the meniscus?", ["in the knee", "in the ear", "in the eye"], "A"),
    ("Which is seen in MRI but not in a radiograph, as a rule?", ["a tear of the medial meniscus", "lead", "a nail"],
     "A"),
    ("Which is a gas?", ["iron", "oxygen", "salt", "glass", "wood"], "B"),
    ("What is größer?", ["ein Käfer", "ein Wal", "ein Ei", "ein Öhr"], "B"),
    ("Which word is longest?", ["a", "an", "the", "hydronephrosis"], "D"),
    ("12 mm is how many cm?", ["0.12", "1.2", "12", "120"], "B"),
    ("Which is normal?", ["No acute fracture.", "Fracture.", "Hemorrhage.", "Effusion."], "A"),
    ("What is on the left?", ["left", "right", "up", "down"], "A"),
    ("Which organ pumps?", ["The heart.", "The gallbladder.", "The knee.", "The lung."], "A"),
    ("What stores bile?", ["the gallbladder", "the heart", "the right knee", "a ligament"], "A"),
    ("Which of these is a symptom that lasts for two weeks here?", ["cough", "gallstone", "CT", "view"], "A"),
    ("What is 12 mm?", ["a length", "a mass", "a time", "a charge"], "A"),
    ("Which one is an exam?", ["MRI", "pain", "edema", "tear"], "A"),
    ("What burns?", ["wood", "water", "stone", "sand"], "A"),
    ("Which joint bends?", ["the skull", "the knee", "the tooth", "the sternum", "none"], "B"),
    ("What is not intact?", ["a torn ligament", "a whole one", "glass", "a new nail"], "A"),
    ("Which comes last?", ["z", "y", "x", "w"], "A"),
]  # fmt: skip


def write_items(folder: Path) -> Path:
    """Write the questions as the Hub's ai2_arc has them, every second with numbers for labels."""
    rows = []
    for number, (question, choices, key) in enumerate(QUESTIONS):
        labels = list("ABCDE" if number % 2 else "12345")[: len(choices)]
        answer = labels["ABCDE".index(key)]
        rows.append({"id": f"Q{number}", "question": question, "choices": {"text": choices, "label": labels}})
        rows[-1]["answerKey"] = answer
    path = folder / "items.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def theirs(folder: Path, model: Path, items: Path, batch_size: int) -> tuple[list[list[float]], dict[str, float]]:
    """Return the log-likelihood of each choice and the four figures of the harness's task on our file."""
    import lm_eval
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    task = {
        "include": str(Path(lm_eval.__file__).parent / "tasks/arc/arc_easy.yaml"),
        "task": "arc_of_ours",
        "dataset_path": "json",
        "dataset_name": None,
        "dataset_kwargs": {"data_files": {"test": str(items)}, "cache_dir": str(folder / "cache")},
        "training_split": None,
        "validation_split": None,
    }
    tasks = folder / "tasks"
    tasks.mkdir()
    (tasks / "arc_of_ours.yaml").write_text(json.dumps(task), encoding="utf-8")  # JSON is YAML
    found = lm_eval.simple_evaluate(
        model=HFLM(pretrained=str(model), device="cpu", dtype="float32", batch_size=batch_size),
        tasks=["arc_of_ours"],
        task_manager=TaskManager(include_path=str(tasks), include_defaults=False),
    )
    samples = sorted(found["samples"]["arc_of_ours"], key=lambda sample: sample["doc_id"])
    figures = found["results"]["arc_of_ours"]
    names = ("acc", "acc_stderr", "acc_norm", "acc_norm_stderr")
    return [[logp for logp, _ in sample["filtered_resps"]] for sample in samples], {
        name: figures[f"{name},none"] for name in names
    }


def ours(model: Path, items: Path, batch_size: int) -> tuple[list[list[float]], dict[str, float]]:
    """Return the same figures with this project."""
    base = locate(str(model))
    tokenizer = load_tokenizer(base)
    rows = read_items(items, None, 1)
    found = choice_logprobs(
        load_causal(base, torch.float32), [arc.encode_item(tokenizer, row) for row in rows],
        pad_id=tokenizer.pad_token_id, batch_size=batch_size,
    )  # fmt: skip
    figures = {}
    picked = [pick(logp, arc.choice_lengths(row)) for logp, row in zip(found, rows, strict=True)]
    for rule in ("acc", "acc_norm"):
        right = [float(choice[rule] == row["answer"]) for choice, row in zip(picked, rows, strict=True)]
        figures[rule] = sum(right) / len(right)
        figures[f"{rule}_stderr"] = standard_error(right)
    return found, figures


@pytest.mark.parametrize("kind", ["llama", "gemma", "gpt2"])
def test_the_same_figures_on_the_same_items(kind, request, tmp_path):
    model = request.getfixturevalue(f"{kind}_folder")
    items = write_items(tmp_path)
    wanted, their_figures = theirs(tmp_path, model, items, batch_size=4)
    found, our_figures = ours(model, items, batch_size=4)
    assert [len(row) for row in found] == [len(choices) for _, choices, _ in QUESTIONS]
    for own, other in zip(found, wanted, strict=True):
        assert own == pytest.approx(other, abs=1e-4)
    assert our_figures.keys() == their_figures.keys()
    assert {name: f"{value:.4f}" for name, value in our_figures.items()} == {
        name: f"{value:.4f}" for name, value in their_figures.items()
    }
    # A test that both fail alike would say nothing.
    assert 0 < our_figures["acc"] < 1
    assert our_figures["acc"] != our_figures["acc_norm"]
