"""A random language model and a random encoder of two layers, as transformers saves them, with real fast tokenizers."""

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

TEXTS = ["There is a small nodule in segment one. The heart is normal.", "Write the impression of this report."]
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
_SIZES: dict[str, Any] = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
}  # fmt: skip


def write_language_model(folder: Path) -> None:
    """Write a Llama that reads bytes, with a chat template."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    alphabet, special = pre_tokenizers.ByteLevel.alphabet(), ["<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=300, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(TEXTS, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>"
    )
    tokenizer.chat_template = CHATML
    torch.manual_seed(0)
    config = LlamaConfig(**_SIZES, vocab_size=len(tokenizer), max_position_embeddings=2048, pad_token_id=1)
    _write(folder, tokenizer, LlamaForCausalLM(config))


def write_encoder(folder: Path) -> None:
    """Write a BERT that reads letters and a few words."""
    special = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    letters = [*TEXTS, "abcdefghijklmnopqrstuvwxyz 0123456789"]
    made.train_from_iterator(
        letters, trainers.WordPieceTrainer(vocab_size=200, special_tokens=[*special.values()], show_progress=False)
    )
    ends = [(token, made.token_to_id(token)) for token in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made, model_max_length=128, **{f"{name}_token": token for name, token in special.items()}
    )
    torch.manual_seed(0)
    config = BertConfig(**_SIZES, vocab_size=len(tokenizer), max_position_embeddings=128)
    _write(folder, tokenizer, BertModel(config))


def _write(folder: Path, tokenizer: PreTrainedTokenizerFast, model: Any) -> None:
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
