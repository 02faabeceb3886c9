"""Toys of the real thing: random models of two layers with real fast tokenizers, saved as transformers saves them.

What each is for: `write_project_model` the default (Llama, ChatML, pad == eos as SmolLM2 has it), `write_gemma` what
google/gemma-2b-it is (bos in the template, <end_of_turn>), `write_gemma2` soft-capped logits, `write_gemma3` sliding
attention, `write_gemma3_chat` that in the shape and with the kind of tokenizer of those that are shipped, `write_gpt2`
no chat template, `write_encoder` a BERT, `write_distilbert` one without a pooler, `write_roberta` one whose positions
begin at 2. Each takes under a second, and no network.
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertForMaskedLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GemmaConfig,
    GemmaForCausalLM,
    GemmaTokenizer,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
)
from transformers.tokenization_utils_base import generate_merges

from pipeline_lib.core.files import write_jsonl
from pipeline_lib.params import load_params

ROOT = Path(__file__).resolve().parents[2]
VOCABULARY = 320  # 256 bytes, the special tokens, and a few dozen merges
SENTENCES = [
    "Write the impression of this radiology report: the main findings only, in one or two sentences.",
    "Exam: CT chest. History: cough for two weeks. Findings: the lungs are clear without effusion or pneumothorax.",
    "There is a small left pleural effusion with adjacent atelectasis. The heart size is normal.",
    "Impression: small left pleural effusion. No acute fracture. No acute intracranial hemorrhage.",
    "MRI of the right knee: tear of the medial meniscus, moderate joint effusion; ligaments are intact.",
    "No hydronephrosis. The gallbladder is normal. Mild fatty liver, 12 mm gallstone.",
]

# SmolLM2's own, word for word but for the system turn's name.
CHATML = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a helpful AI assistant.<|im_end|>\n' }}{% endif %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
# gemma-2b-it's: it writes bos itself, calls the assistant "model" and strips messages.
GEMMA_CHAT = (
    "{{ bos_token }}{% for message in messages %}"
    "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}"
    "{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)


def write_project_model(folder: str | Path) -> Path:
    """Write a random Llama of two layers with a ChatML tokenizer whose pad is its eos, as SmolLM2's was."""
    return _write(folder, chatml_tokenizer(), llama)


def write_encoder(folder: str | Path) -> Path:
    """Write a random BERT of two layers, hidden 32, with a WordPiece tokenizer."""
    tokenizer = wordpiece_tokenizer()
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=128, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return _write(folder, tokenizer, BertModel(config))


def write_distilbert(folder: str | Path) -> Path:
    """Write a random DistilBERT of two layers, hidden 32, as distilbert-base-uncased comes: with a masked head."""
    tokenizer = wordpiece_tokenizer()
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"dim": 32, "hidden_dim": 64, "n_layers": 2, "n_heads": 4, "max_position_embeddings": 128}
    config = DistilBertConfig(
        vocab_size=len(tokenizer), pad_token_id=tokenizer.pad_token_id, initializer_range=0.2, **sizes
    )
    return _write(folder, tokenizer, DistilBertForMaskedLM(config))


def write_roberta(folder: str | Path) -> Path:
    """Write a random RoBERTa in the manner of roberta-base: byte-level BPE, 128 tokens read, 130 positions."""
    tokenizer = roberta_tokenizer()
    torch.manual_seed(0)
    config = RobertaConfig(**_sizes(tokenizer) | {"max_position_embeddings": 130}, type_vocab_size=1)
    return _write(folder, tokenizer, RobertaForMaskedLM(config))


def write_gemma(folder: str | Path) -> Path:
    """Write a random Gemma in the manner of google/gemma-2b-it: one key-value head, tied, its chat template."""
    return _write(folder, gemma_tokenizer(), gemma)


def write_gemma2(folder: str | Path) -> Path:
    """Write a random Gemma 2: its logits pass through a tanh."""
    return _write(folder, gemma_tokenizer(), gemma2)


def write_gemma3(folder: str | Path) -> Path:
    """Write a random Gemma 3 base model: no chat template, most layers see a window only."""
    return _write(folder, gemma_tokenizer(chat=False), gemma3)


def write_gemma3_chat(folder: str | Path) -> Path:
    """Write a random Gemma 3 of the shape that llama.cpp knows: each sixth layer sees all, heads are 256 wide."""
    tokenizer = sentencepiece_tokenizer()
    torch.manual_seed(0)
    sizes = _sizes(tokenizer) | {"num_hidden_layers": 6, "num_key_value_heads": 1, "head_dim": 256}
    return _write(folder, tokenizer, Gemma3ForCausalLM(Gemma3TextConfig(**sizes, sliding_window=16)))


def write_gpt2(folder: str | Path, positions: int = 512) -> Path:
    """Write a random GPT-2: no chat template, no pad token, no bos before a text, a table of `positions`."""
    return _write(folder, gpt2_tokenizer(), partial(gpt2, positions=positions))


def llama(tokenizer: Any) -> LlamaForCausalLM:
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**_sizes(tokenizer), num_key_value_heads=2, tie_word_embeddings=True))


def gemma(tokenizer: Any) -> GemmaForCausalLM:
    torch.manual_seed(0)
    return GemmaForCausalLM(GemmaConfig(**_sizes(tokenizer), num_key_value_heads=1, head_dim=8))


def gemma2(tokenizer: Any) -> Gemma2ForCausalLM:
    torch.manual_seed(0)
    capped: dict[str, Any] = {
        "final_logit_softcapping": 0.5, "attn_logit_softcapping": 50.0, "query_pre_attn_scalar": 8,
    }  # fmt: skip
    config = Gemma2Config(**_sizes(tokenizer), num_key_value_heads=1, head_dim=8, sliding_window=16, **capped)
    return Gemma2ForCausalLM(config)


def gemma3(tokenizer: Any) -> Gemma3ForCausalLM:
    torch.manual_seed(0)
    window: dict[str, Any] = {
        "sliding_window": 16, "query_pre_attn_scalar": 8, "layer_types": ["sliding_attention", "full_attention"],
    }  # fmt: skip
    return Gemma3ForCausalLM(Gemma3TextConfig(**_sizes(tokenizer), num_key_value_heads=1, head_dim=8, **window))


def gpt2(tokenizer: Any, positions: int) -> GPT2LMHeadModel:
    torch.manual_seed(0)
    sizes: dict[str, Any] = {
        "n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": positions, "initializer_range": 0.2,
    }  # fmt: skip
    none: dict[str, Any] = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    ids: dict[str, Any] = {"bos_token_id": tokenizer.eos_token_id, "eos_token_id": tokenizer.eos_token_id}
    return GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), **sizes, **none, **ids))


def chatml_tokenizer() -> PreTrainedTokenizerFast:
    """Byte-level BPE; <|im_end|> ends a turn, ends a text and pads a batch."""
    bpe = byte_level(["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    made = PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>"
    )
    made.chat_template = CHATML
    return made


def gemma_tokenizer(chat: bool = True) -> PreTrainedTokenizerFast:
    """<bos> before a text, <eos> after it, <end_of_turn> after an answer: three ids, and a pad of its own."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
    bpe = byte_level(special)
    bos = ("<bos>", bpe.token_to_id("<bos>"))
    bpe.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[bos])
    made = PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>"
    )
    made.add_special_tokens({"additional_special_tokens": ["<start_of_turn>", "<end_of_turn>"]})
    if chat:
        made.chat_template = GEMMA_CHAT
    return made


def sentencepiece_tokenizer() -> GemmaTokenizer:
    """Gemma's as it is shipped: characters merged, bytes for those it does not know, blocks for spaces."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "<start_of_turn>", "<end_of_turn>"]
    made = Tokenizer(models.BPE())
    blocks = [text.replace(" ", "\u2581") for text in SENTENCES]
    made.train_from_iterator(blocks, trainers.BpeTrainer(vocab_size=160, show_progress=False))
    learnt = sorted(made.get_vocab(), key=made.get_vocab().__getitem__)
    tokens = [*special, *(f"<0x{byte:02X}>" for byte in range(256)), *learnt]
    vocab = {token: at for at, token in enumerate(tokens)}
    merges = generate_merges(vocab, {token: -at for token, at in vocab.items()})
    tokenizer = GemmaTokenizer(vocab=vocab, merges=merges, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>")
    tokenizer.add_special_tokens({"additional_special_tokens": special[-2:]})
    bos = ("<bos>", vocab["<bos>"])
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[bos])
    tokenizer.chat_template = GEMMA_CHAT
    return tokenizer


def gpt2_tokenizer() -> PreTrainedTokenizerFast:
    """One special token for everything, and no pad."""
    return PreTrainedTokenizerFast(
        tokenizer_object=byte_level(["<|endoftext|>"]), bos_token="<|endoftext|>", eos_token="<|endoftext|>"
    )


def wordpiece_tokenizer() -> PreTrainedTokenizerFast:
    """BERT's: lower case, [CLS] words [SEP]."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.decoder = decoders.WordPiece()
    made.train_from_iterator(
        SENTENCES, trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=special, show_progress=False)
    )
    ends = [("[CLS]", made.token_to_id("[CLS]")), ("[SEP]", made.token_to_id("[SEP]"))]
    made.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    names = {"unk": "[UNK]", "pad": "[PAD]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"}
    return PreTrainedTokenizerFast(
        tokenizer_object=made, model_max_length=128, **{f"{name}_token": token for name, token in names.items()}
    )


def roberta_tokenizer() -> PreTrainedTokenizerFast:
    """<s> text </s>, bytes merged, <pad> 1."""
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    bpe = byte_level(special)
    ends = [(token, bpe.token_to_id(token)) for token in ("<s>", "</s>")]
    bpe.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    names = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>"}
    names |= {"pad": "<pad>", "unk": "<unk>", "mask": "<mask>"}
    return PreTrainedTokenizerFast(
        tokenizer_object=bpe, model_max_length=128, **{f"{name}_token": token for name, token in names.items()}
    )


def byte_level(special: list[str]) -> Tokenizer:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(
        SENTENCES,
        trainers.BpeTrainer(
            vocab_size=VOCABULARY, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )  # fmt: skip
    return made


def write_split(folder: Path) -> Path:
    """Return the folder, with a split of 10 training, 3 validation and 4 test rows in it."""
    made = examples(17)
    for name, rows in (("train", made[:10]), ("validation", made[10:13]), ("test", made[13:])):
        write_jsonl(folder / "split" / f"{name}.jsonl", rows)
    return folder


def write_params(path: str | Path, model: str | Path, changes: dict[str, Any] | None = None) -> Path:
    """Write the committed params.yaml, with small settings for a toy, with dotted `changes` ({"lora.r": 2})."""
    content = load_params(ROOT / "params.yaml")
    small = {"model": str(model), "precision": "fp32", "lr": 0.01, "epochs": 2, "batch_size": 4, "micro_batch_size": 4}
    small |= {
        "prompt.max_tokens": 400, "prompt.few_shot": 2, "lora.r": 4, "lora.alpha": 8, "generate.max_new_tokens": 8,
    }  # fmt: skip
    for name, value in (small | (changes or {})).items():
        group, _, key = name.rpartition(".")
        (content[group] if group else content)[key] = value
    Path(path).write_text(json.dumps(content, indent=2), encoding="utf-8")  # JSON is YAML 1.2
    return Path(path)


def change_adapter(model: Any, std: float = 1.0) -> None:
    """Draw the weights of a LoRA adapter that are zero at first, so that it changes the model's output."""
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.normal_(std=std, generator=torch.Generator().manual_seed(1))


def reports(rows: int) -> Iterator[dict[str, str]]:
    """Yield distinct short reports in the schema of data/reports.csv, three modalities in turn."""
    exams = ("CT chest", "MRI knee", "X-ray pelvis")
    findings = ("effusion", "fracture", "atelectasis", "nodule", "tear", "hernia", "edema")
    for number in range(rows):
        finding, side = findings[number % 7], ("left", "right")[number // 7 % 2]
        yield {
            "Report Name": exams[number % 3],
            "History": "document attached" if number % 4 == 0 else f"pain for {number} days",
            "Observation": f"There is a {number + 3} mm {side} {finding}. The heart is normal.\nNo free air.",
            "Impression": f"{number + 3} mm {side} {finding}.",
        }


def examples(rows: int) -> list[dict[str, str]]:
    """Return `rows` examples as the split stage writes them, of differing lengths."""
    return [
        {
            "id": str(number), "group": str(number), "stratum": "ct", "title": report["Report Name"],
            "history": report["History"], "source": report["Observation"] * (1 + number % 3),
            "target": report["Impression"],
        }
        for number, report in enumerate(reports(rows), start=1)
    ]  # fmt: skip


def _sizes(tokenizer: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 2048,
        "initializer_range": 0.2,  # logits far enough apart that greedy decoding does not depend on rounding
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
    }


def _write(folder: str | Path, tokenizer: Any, model: Any) -> Path:
    """Write a model, or what a function makes for the tokenizer, and return the folder."""
    model = model if isinstance(model, torch.nn.Module) else model(tokenizer)
    model.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return Path(folder)
