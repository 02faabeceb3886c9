"""The file of sentences: what is written is read, and a broken file is a user's error."""

import re

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.words.corpus.sentences import Sentence, read_sentences, stream_sentences, write_sentences
from tests.helpers.stages import refused

SENTENCES = [
    Sentence("No effusion or pneumothorax.", 3, [1, 4], [0, 1]),
    Sentence("Größe \u2028 =1+1 <script>", 1, [2, 2]),
]


def test_sentences_are_read_as_they_were_written_whole_or_a_line_at_a_time(tmp_path):
    path = tmp_path / "s.jsonl"
    refused(r"is missing: run preprocess_text \(dvc repro\)", read_sentences, path)
    assert write_sentences(path, iter(SENTENCES)) == 2
    assert path.read_bytes().decode() == (
        '{"text": "No effusion or pneumothorax.", "count": 3, "words": [1, 4], "phrases": [0, 1]}\n'
        '{"text": "Größe \u2028 =1+1 <script>", "count": 1, "words": [2, 2], "phrases": []}\n'
    )
    assert read_sentences(path) == SENTENCES
    assert write_sentences(path, []) == 0
    assert read_sentences(path) == []
    (tmp_path / "s.jsonl").write_text('{"text": "Clear.", "count": 1, "words": [0]}\nbroken\n')
    stream = stream_sentences(tmp_path / "s.jsonl")
    assert next(stream) == Sentence("Clear.", 1, [0])
    refused("line 2 is no sentence", next, stream)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "is no sentence (Expecting property name"),
        (b"\xff", "is no sentence ('utf-8' codec can't decode byte"),
        (b"[]", "is no sentence (list indices must be"),
        (b'{"text": "a", "count": 1}', "is no sentence ('words')"),
        (b'{"text": 1, "count": 1, "words": []}', "text must be text, all else numbers from 0"),
        (b'{"text": "a", "count": 1, "words": [-1]}', "text must be text, all else numbers from 0"),
        (b'{"text": "a", "count": 1, "words": [0.5]}', "text must be text, all else numbers from 0"),
        (b'{"text": "a", "count": true, "words": [1]}', "text must be text, all else numbers from 0"),
        (b'{"text": "a", "count": 1, "words": 5}', "is no sentence (Value after * must be an iterable"),
        (b'{"text": "a", "count": 1, "words": [1, 2], "phrases": [0]}', "words and phrases differ in number"),
    ],
)
def test_a_broken_line_is_a_users_error(tmp_path, line, message):
    path = tmp_path / "s.jsonl"
    path.write_bytes(b'{"text": "a", "count": 1, "words": [0]}\n' + line + b"\n")
    with pytest.raises(UserError, match=re.escape(message)) as caught:
        read_sentences(path)
    assert str(caught.value).startswith(f"{path} line 2 ")
    assert str(caught.value).endswith(": run preprocess_text again")
