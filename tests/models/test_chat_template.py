"""Chat templates of every shape that models have: one prompt in training, in inference and in other programs."""

import copy
from typing import Any

import pytest
import torch
from accelerate import Accelerator
from transformers import AutoTokenizer

from pipeline_lib.inference.generation import generate
from pipeline_lib.inference.loglikelihood import PromptWithChoices
from pipeline_lib.models.chat_template import FIXED, ChatTemplate, fix_chat_template
from pipeline_lib.models.loading import load_causal, load_tokenizer, locate
from pipeline_lib.models.tokenization import PromptTemplate, encode
from pipeline_lib.training.loop import train
from tests.helpers import toys
from tests.helpers.stages import refused
from tests.helpers.toy_training import objective

DAY = "2026-03-09"
LOOP = "{% for m in messages %}{% if m.role == 'user' %}"
USER = "{{ '<U>' + m.content + '<E>' }}"
ASK = "{% if add_generation_prompt %}{{ '<A>' }}{% endif %}"


def shape(answer: str, ask: str = ASK, user: str = USER, head: str = "") -> str:
    """Return a template that writes a question as `user` and an answer as `answer`, and ends a prompt with `ask`."""
    return f"{head}{LOOP}{user}{{% else %}}{answer}{{% endif %}}{{% endfor %}}{ask}"


PLAIN = "{{ '<A>' + m.content + '<E>' }}"
THINK = "{{ '<A><think>\\n\\n</think>\\n' + m.content + '<E>' }}"
PARTS = "{% for part in m.content %}{% if part.type == 'text' %}{{ part.text }}{% endif %}{% endfor %}"
TODAY = "{{ 'Today: ' + strftime_now('%d %b %Y') + '\\n' }}"
NO_THOUGHT = "{% if not enable_thinking %}{{ '/nothink' }}{% endif %}"
THINKING = "{% if add_generation_prompt %}{{ '<A><think>\\n' }}{% endif %}"
SWITCHED = (
    "{% if add_generation_prompt %}{{ '<A><think>\\n' }}"
    "{% if enable_thinking is defined and not enable_thinking %}{{ '\\n</think>\\n' }}{% endif %}{% endif %}"
)
MACRO = (
    "{%- macro top() %}{% if strftime_now is defined %}"
    "{{ strftime_now(\"%Y-%m-%d\") }}/{{ strftime_now('%B') }}{% endif %}{% endmacro %}{{ top() }}"
)
SET_DATE = "{% if not date_string is defined %}{% set date_string = '26 Jul' %}{% endif %}{{ date_string }}"
# name: (template, the prompt of the question Q, what follows an answer, whether it has to be fixed)
SHAPES = {
    "nothing between": (shape(PLAIN), "<U>Q<E><A>", "<E>", False),
    "empty thought before the answer": (shape(THINK), "<U>Q<E><A><think>\n\n</think>\n", "<E>", True),
    "thought begun in the prompt": (shape(PLAIN, THINKING), "<U>Q<E><A>", "<E>", True),
    "thinking switched off": (shape(THINK, SWITCHED), "<U>Q<E><A><think>\n\n</think>\n", "<E>", True),
    "switch in the question": (shape(PLAIN, user="{{ '<U>' + m.content }}" + NO_THOUGHT + "{{ '<E>' }}"),
     "<U>Q/nothink<E><A>", "<E>", True),
    "newline after a thought": (shape("{{ '<A><think></think>\\n' + m.content }}"), "<U>Q<E><A><think></think>\n", "",
     True),
    "channel mark": (shape("{{ '<A><channel>final<message>' + m.content + '<R>' }}"),
     "<U>Q<E><A><channel>final<message>", "<R>", True),
    "space before the answer": (shape("{{ ' ' + m.content + ' ' + eos_token }}", "",
                                      "{{ bos_token + '[INST] ' + m.content + ' [/INST]' }}"),
     "<|im_start|>[INST] Q [/INST]", " <|im_end|>", False),
    "space in the prompt": (shape("{{ 'bot: ' + m.content + '\\n' }}",
                                  "{% if add_generation_prompt %}{{ 'bot: ' }}{% endif %}"), "<U>Q<E>bot:", "\n",
     False),
    "parts": (shape("{{ '<A>' }}" + PARTS + "{{ '<E>' }}", user="{{ '<U>' }}" + PARTS + "{{ '<E>' }}"), "<U>Q<E><A>",
     "<E>", False),
    "parts alone": (shape("{{ '<A>' + m.content[0].text + '<E>' }}", user="{{ '<U>' + m.content[0].text + '<E>' }}"),
     "<U>Q<E><A>", "<E>", False),
    "today": (shape(PLAIN, head=TODAY), "Today: 09 Mar 2026\n<U>Q<E><A>", "<E>", True),
    "today in a macro": (shape("{{ '<A><to>' + m.content + '<E>' }}", head=MACRO), "2026-03-09/March<U>Q<E><A><to>",
     "<E>", True),
    "today in a format of its own": (shape(PLAIN, head="{% set form = '%Y' %}{{ strftime_now(form) }}"),
     "2026-03-09<U>Q<E><A>", "<E>", True),
    "a date that is set": (shape(PLAIN, head=SET_DATE), "26 Jul<U>Q<E><A>", "<E>", False),
    "stripped": (shape("{{ '<A>' + m.content | trim + '<E>' }}", user="{{ '<U>' + m.content | trim + '<E>' }}"),
     "<U>Q<E><A>", "<E>", False),
}  # fmt: skip
ROW = {"id": "1", "source": "Q", "target": "small left effusion"}


def with_template(folder, text: str):
    tokenizer = load_tokenizer(locate(str(folder)))
    tokenizer.chat_template = text
    fix_chat_template(tokenizer, DAY)
    return tokenizer


def prompts(tokenizer) -> PromptTemplate:
    return PromptTemplate(tokenizer, lambda row: row["source"], "Answer:")


@pytest.mark.parametrize("name", SHAPES)
def test_training_and_inference_have_the_prompt_that_the_template_writes_before_an_answer(name, llama_folder, tmp_path):
    text, prompt, ending, fixed = SHAPES[name]
    tokenizer = with_template(llama_folder, text)
    words = prompts(tokenizer)
    assert (words.prompt_text(ROW), ChatTemplate(tokenizer).ending) == (prompt, ending)
    assert tokenizer.chat_template.startswith(FIXED) == fixed
    row = encode(ROW, words, words.eos_id(), 400)
    assert row.ids[: row.start] == words.prompt_ids(ROW) == tokenizer(prompt, add_special_tokens=False)["input_ids"]
    space = " " if name.startswith("space") else ""
    assert tokenizer.decode(row.ids[row.start : -1]) == f"{space}small left effusion"
    assert row.ids[-1] == words.eos_id()
    # Whatever program has the tokenizer shows the model the same prompt.
    tokenizer.save_pretrained(tmp_path)
    other: Any = AutoTokenizer.from_pretrained(tmp_path)
    turns: list[Any] = [{"role": "user", "content": [{"type": "text", "text": "Q"}] if "parts" in name else "Q"}]
    assert other.apply_chat_template(turns, tokenize=False, add_generation_prompt=True).rstrip(" ") == prompt
    again = copy.deepcopy(tokenizer)
    fix_chat_template(again, "2030-01-01")
    assert again.chat_template == tokenizer.chat_template, "fixed once"


def test_an_answer_after_a_space_has_the_tokens_of_the_whole_text(gpt2_folder, llama_folder):
    for folder in (gpt2_folder, llama_folder):
        tokenizer = with_template(folder, SHAPES["space before the answer"][0])
        words = prompts(tokenizer)
        text = f"{words.prompt_text(ROW)} {ROW['target']}"
        assert words.prompt_ids(ROW) + words.target_ids(ROW) == tokenizer(text, add_special_tokens=False)["input_ids"]


@pytest.mark.parametrize(
    "name", ["empty thought before the answer", "channel mark", "today", "space before the answer"]
)
def test_a_model_learns_to_answer_and_to_stop(name, llama_folder):
    tokenizer = with_template(llama_folder, SHAPES[name][0])
    words, model = prompts(tokenizer), load_causal(locate(str(llama_folder)), torch.float32)
    examples = [{**row, "target": row["target"].split(".")[0]} for row in toys.examples(3)]
    rows = [encode(row, words, words.eos_id(), 400) for row in examples]
    train(
        model, rows, [], objective(), accelerator=Accelerator(cpu=True), lr=0.01, epochs=40, batch_size=3,
        micro_batch_size=3, warmup_ratio=0.0, weight_decay=0.0, max_grad_norm=1.0, seed=1,
    )  # fmt: skip
    asked: list[PromptWithChoices] = [(words.prompt_ids(row), []) for row in examples]
    found = generate(model, tokenizer, asked, eos_id=words.eos_id(), max_new_tokens=60, batch_size=3)
    assert [(one.text, one.ended) for _, one in found] == [(row["target"], True) for row in examples]


@pytest.mark.parametrize(("text", "message"), [
    (shape(PLAIN, user="{{ '<U>' }}"), "leaves out the question or the answer of a conversation: use another model"),
    (shape("{{ '<A>' }}"), "leaves out the question or the answer of a conversation: use another model"),
    ("{{ raise_exception('only tools') }}", r"cannot write a conversation \(TemplateError: only tools\)"),
])  # fmt: skip
def test_a_template_without_question_or_answer_is_refused(text, message, llama_folder):
    refused(message, with_template, llama_folder, text)


def test_the_named_template_of_a_plain_conversation_is_fixed(llama_folder):
    tokenizer = load_tokenizer(locate(str(llama_folder)))
    tokenizer.chat_template = {"default": SHAPES["today"][0], "tool_use": "{{ 1 }}"}
    fix_chat_template(tokenizer, DAY)
    assert prompts(tokenizer).prompt_text(ROW) == SHAPES["today"][1]
    tokenizer.chat_template = None
    fix_chat_template(tokenizer, DAY)
    assert tokenizer.chat_template is None
