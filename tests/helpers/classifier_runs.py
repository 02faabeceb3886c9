"""Reviews whose words decide their label, a split of them, and a random BERT that learns them in a few steps."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from pipeline_lib.core.files import write_jsonl
from tests.helpers.training_outputs import listed as listed

LABELS = ["negative", "positive"]
SMALL = {"task": "sentiment", "max_tokens": 32, "classify": {"batch_size": 8}, "batch_size": 6, "micro_batch_size": 6}
SMALL |= {"epochs": 8, "lr": 0.02, "warmup_ratio": 0.1}
WORDS = {"positive": ("the lungs are clear", "the heart is normal"), "negative": ("acute fracture", "a small effusion")}
PLACES = ("chest", "knee", "left", "right", "weeks", "history")


def reviews(rows: int, first: int = 1) -> list[dict]:
    """Return `rows` examples as the split stage writes them, whose words decide the label."""
    made = []
    for number in range(first, first + rows):
        label = LABELS[number % 2]
        text = f"{PLACES[number % 6]} {PLACES[number // 6 % 6]}: {WORDS[label][number // 2 % 2]}"
        common = {"id": str(number), "group": str(number), "stratum": label, "labels": LABELS}
        made.append({**common, "source": text, "target": label, "leak": ""})
    return made


def split_of(folder: Path, **parts: list[dict]) -> None:
    for name, rows in ({"train": reviews(18), "validation": reviews(6, 19), "test": reviews(8, 25)} | parts).items():
        write_jsonl(folder / "split" / f"{name}.jsonl", rows)


def write_bert(folder: Path) -> Path:
    """Write a random BERT as toys.write_encoder does, but one that learns in a few steps, and the same in every run.

    Its weights are ten times as large. Its vocabulary is a list: a trained one would have another order in each run.
    """
    letters = "abcdefghijklmnopqrstuvwxyz:"
    words = [*PLACES, *WORDS["positive"], *WORDS["negative"], "and then impression exam of gallbladder"]
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = dict.fromkeys([*special, *" ".join(words).split(), *letters, *(f"##{letter}" for letter in letters)])
    plain = Tokenizer(WordPiece({piece: place for place, piece in enumerate(pieces)}, unk_token="[UNK]"))
    plain.normalizer = BertNormalizer(lowercase=True)
    plain.pre_tokenizer = BertPreTokenizer()
    plain.post_processor = BertProcessing(("[SEP]", special.index("[SEP]")), ("[CLS]", special.index("[CLS]")))
    names = {f"{name[1:-1].lower()}_token": name for name in special}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, model_max_length=128, **names)
    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
    }  # fmt: skip
    config = BertConfig(
        vocab_size=len(tokenizer), max_position_embeddings=128, pad_token_id=0, initializer_range=0.2, **sizes
    )
    BertModel(config).eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
