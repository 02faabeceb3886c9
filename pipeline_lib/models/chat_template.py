"""A model's chat template, written so that a row has the same prompt on any day and in any program.

A template may ask for today's date, open an empty block of thoughts, or write more before an answer than it writes at
the end of a prompt. `fixed_template` states all this in the template itself, which is saved with a trained model:
transformers, vLLM and llama.cpp then write the prompt of the training.
"""

import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline_lib.core.errors import UserError

FIXED = "{#- tare: fixed for training -#}"  # the template's first characters, if it was fixed before
_QUESTION, _ANSWER = "QUESTION", "ANSWER"
_ROLES = ("user", "assistant")
_DATE_FORMAT = re.compile(r"strftime_now\(\s*(['\"])(.*?)\1\s*\)")

Turn = Mapping[str, Any]


@dataclass(frozen=True)
class ChatTemplate:
    """What a tokenizer's chat template writes around a question and its answer.

    Raises UserError on first use where the template cannot write a conversation, or leaves the question or the answer
    out.
    """

    tokenizer: Any

    def prompt(self, question: str, before: Sequence[tuple[str, str]] = ()) -> str:
        """Return all that the template writes before the answer to `question`, without spaces at its end.

        before: questions with their answers, as earlier turns.
        """
        return self._conversation(question, before).rpartition(_ANSWER)[0].rstrip(" ")

    def request(self, question: str, add_generation_prompt: bool = True) -> str:
        """Return what other programs show the model of a question."""
        return self._write([self._turn("user", question)], add_generation_prompt)

    @cached_property
    def space(self) -> str:
        """The spaces between the prompt and the answer: tokenizers read a space with the word that follows it."""
        before = self._probe.rpartition(_ANSWER)[0]
        return " " * (len(before) - len(before.rstrip(" ")))

    @cached_property
    def before_space(self) -> str:
        """The last character of a prompt."""
        return self.prompt(_QUESTION)[-1:]

    @cached_property
    def ending(self) -> str:
        """What the template writes after an answer."""
        return self._probe.rpartition(_ANSWER)[2]

    @cached_property
    def _probe(self) -> str:
        return self._conversation(_QUESTION)

    @cached_property
    def _in_parts(self) -> bool:
        """Whether the template leaves out a text that is not a list of parts, as templates of image models may."""
        turns = [{"role": "user", "content": _QUESTION}, {"role": "assistant", "content": _ANSWER}]
        fault = UserError(
            "the model's chat template leaves out the question or the answer of a conversation: use another model, or "
            "correct its chat_template"
        )
        for parts in (False, True):
            try:
                text = self._write([{**turn, "content": _content(turn["content"], parts)} for turn in turns])
            except UserError as error:
                fault = fault if parts else error
                continue
            if _QUESTION in text.rpartition(_ANSWER)[0]:
                return parts
        raise fault

    def _turn(self, role: str, text: str) -> Turn:
        return {"role": role, "content": _content(text, self._in_parts)}

    def _conversation(self, question: str, before: Sequence[tuple[str, str]] = ()) -> str:
        pairs = [*before, (question, _ANSWER)]
        return self._write([self._turn(*turn) for pair in pairs for turn in zip(_ROLES, pair, strict=True)])

    def _write(self, turns: list[Any], add_generation_prompt: bool = False) -> str:
        """Return the turns as the chat template writes them. Raises UserError where it cannot."""
        try:
            return self.tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=add_generation_prompt
            )
        except Exception as error:  # a template is a program of the model's author, run in jinja2's sandbox
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"the model's chat template cannot write a conversation ({type(error).__name__}: {reason}): correct "
                "chat_template.jinja or chat_template in tokenizer_config.json, or name another model"
            ) from error


def fix_chat_template(tokenizer: Any, date: str) -> None:
    """Replace the tokenizer's chat template by one that has no thoughts, and `date` (YYYY-MM-DD) where it asks for one.

    Where a template writes something else before an answer than at the end of a prompt, such as an empty block of
    thoughts, it writes that at the end of a prompt too. A template that needs none of this, or was fixed before, stays
    as it is.
    """
    template = tokenizer.chat_template
    if isinstance(template, dict):  # several by name; a conversation without tools takes this one
        template = template.get("default")
    if not template or template.startswith(FIXED):
        return
    head = _head(template, date)
    tokenizer.chat_template = head + template
    chat = ChatTemplate(tokenizer)
    prompt = chat.prompt(_QUESTION)
    if chat.request(_QUESTION).rstrip(" ") != prompt:
        asked = chat.request(_QUESTION, add_generation_prompt=False)
        if prompt.startswith(asked):
            off = "{%- set asks_for_answer = add_generation_prompt %}{%- set add_generation_prompt = false %}"
            tail = "{%- if asks_for_answer %}{{- " + _quoted(prompt.removeprefix(asked)) + " }}{%- endif %}"
            tokenizer.chat_template = FIXED + off + head.removeprefix(FIXED) + template + tail


def _head(template: str, date: str) -> str:
    """Return what has to stand before the template; "" where it needs nothing."""
    head = ""
    if "enable_thinking" in template:
        head += "{%- set enable_thinking = false %}"
    formats = sorted({match[2] for match in _DATE_FORMAT.finditer(template)})
    if "strftime_now" in template:
        day = datetime.date.fromisoformat(date)
        cases = "".join(
            f"{{%- {'elif' if number else 'if'} format == {_quoted(form)} %}}{{{{- {_quoted(day.strftime(form))} }}}}"
            for number, form in enumerate(formats)
        )
        other = "{{- " + _quoted(date) + " }}"
        body = f"{cases}{{%- else %}}{other}{{%- endif %}}" if cases else other
        head += f"{{%- macro strftime_now(format) %}}{body}{{%- endmacro %}}"
    return FIXED + head + "{#- -#}" if head else ""


def _content(text: str, parts: bool) -> Any:
    return [{"type": "text", "text": text}] if parts else text


def _quoted(text: str) -> str:
    """Return a text as a literal of jinja."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"
