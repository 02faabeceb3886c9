"""What a file is for, guessed from its headers and its cells."""

import pytest

from pipeline_lib.core.errors import UserError
from pipeline_lib.preview.guess import guess, guess_file
from pipeline_lib.preview.split_sizes import split_sizes

TEXT = "The {} is on the table of room number {}."
CELLS = {  # what stands in a column of a table below, by the sign behind its header
    ":": lambda at: TEXT.format(("cup", "plate", "lamp")[at % 3], at),
    "?": lambda at: f"Where is thing number {at}?",
    "+": lambda at: f"Thing number {at} is here. " * 5,
    "!": lambda at: f"Small left pleural effusion, {at} mm. The lungs are clear. " * 2,
    "=": lambda at: ("yes", "no")[at % 2],
    "1": lambda at: at % 2,
    "5": lambda at: at % 5 + 1,
    "#": lambda at: at,
    "@": lambda at: [{"role": ("user", "assistant")[turn % 2], "content": f"text {at}"} for turn in range(2)],
    "&": lambda at: [{"speaker": ("Ana", "Ben")[turn % 2], "text": f"text {at}"} for turn in range(2)],
}


def rows(headers):
    """Return 40 rows with the columns of "text: label= id#"."""
    return [{name[:-1]: CELLS[name[-1]](at) for name in headers.split()} for at in range(40)]


@pytest.mark.parametrize(
    ("headers", "recipe", "columns"),
    [
        ("Findings: IMPRESSION:", "impression", {"observation": "Findings", "impression": "IMPRESSION"}),
        ("uid# findings: impression: indication:", "impression",
         {"observation": "findings", "impression": "impression", "history": "indication"}),
        ("Findings: Impression: Hx:", "impression",
         {"observation": "Findings", "impression": "Impression", "history": "Hx"}),
        ("body! short!", "impression", {"observation": "body", "impression": "short"}),
        ("question? context: answer:", "qa", {"question": "question", "context": "context", "answer": "answer"}),
        ("id# Question? Passage: answers: answer:", "qa",
         {"id": "id", "question": "Question", "context": "Passage", "answers": "answers"}),
        ("paragraphs: title:", "qa", {}),
        ("Question? Answer: Category=", "company", {"question": "Question", "answer": "Answer", "topic": "Category"}),
        ("instruction: input: output:", "company", {"question": "instruction", "answer": "output"}),
        ("question? answer=", "company", {"question": "question", "answer": "answer"}),
        ("a: b?", "company", {"question": "b", "answer": "a"}),
        ("article: summary:", "company", {"question": "article", "answer": "summary"}),
        ("notes:", "company", {"text": "notes"}),
        ("messages@", "company", {}),
        ("chat@ id#", "company", {"messages": "chat"}),
        ("chat&", "dialogue", {"turns": "chat"}),
        ("sentence: label1", "sentiment", {"text": "sentence", "label": "label"}),
        ("Review_Text: Stars5 id#", "sentiment", {"text": "Review_Text", "label": "Stars"}),
        ("prompt: completion=", "sentiment", {"text": "prompt", "label": "completion"}),
        ("remark: kind= id#", "sentiment", {"text": "remark", "label": "kind"}),
    ],
)  # fmt: skip
def test_a_task_and_its_columns(headers, recipe, columns):
    found = guess([name[:-1] for name in headers.split()], rows(headers))
    assert (found.recipe, found.columns) == (recipe, columns)
    assert found.reason
    asked = guess([name[:-1] for name in headers.split()], rows(headers), recipe)
    assert (asked.recipe, asked.columns) == (recipe, columns)


@pytest.mark.parametrize(
    ("header", "words", "unsure"),
    [
        ("label1", {"0": "class 0", "1": "class 1"}, True),
        ("sentiment1", {"0": "negative", "1": "positive"}, True),
        ("spam1", {"0": "not spam", "1": "spam"}, True),
        ("rating5", {str(at): f"{at} star{'s' * (at > 1)}" for at in range(1, 6)}, False),
        ("label=", {}, False),
    ],
)
def test_labels_that_are_numbers_get_words_to_correct(header, words, unsure):
    found = guess(["text", header[:-1]], rows(f"text: {header}"))
    assert found.labels == words
    assert bool(found.unsure) == unsure


@pytest.mark.parametrize("headers", ["id#", "word1= word2= score#", "id# question= key="])
def test_a_file_without_texts_is_refused(headers):
    with pytest.raises(UserError, match=r"^what this file is for cannot be told from its columns \(.*\): a task needs"):
        guess([name[:-1] for name in headers.split()], rows(headers))


@pytest.mark.parametrize(
    ("name", "text", "recipe"),
    [
        ("a.txt", "Ana: Hello.\nBen: Hi.\n\nAna: Bye.\nBen: Bye.\n", "dialogue"),
        ("a.txt", "[01.02.24, 10:00:00] Ana: Hello.\n[01.02.24, 10:01:00] Ben: Hi.\n", "dialogue"),
        ("a.json", '[{"Ana": "Hello.", "Ben": "Hi.", "Ana": "Bye."}]', "dialogue"),
        ("a.json", '[[{"speaker": "A", "text": "Hi."}, {"speaker": "B", "text": "Yes."}]]', "dialogue"),
        ("a.json", '{"data": [{"title": "t", "paragraphs": []}]}', "qa"),
    ],
)
def test_files_that_are_no_tables(tmp_path, name, text, recipe):
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert guess_file(tmp_path / name).recipe == recipe


def test_a_first_line_that_is_a_row_is_refused(tmp_path):
    lines = "".join(
        f"{TEXT.format('cup', at)}\t{TEXT.format('lamp', at)} It is long and it goes on.\n" for at in range(9)
    )
    (tmp_path / "a.tsv").write_text(lines, encoding="utf-8")
    with pytest.raises(UserError, match="must begin with headers, its first line looks like a row"):
        guess_file(tmp_path / "a.tsv")


@pytest.mark.parametrize(
    ("rows_and_groups", "kind", "asked", "sizes"),
    [
        ((360, 360), "answers", 1, (243, 45, 72)),
        ((330, 284), "answers", 1, (224, 35, 56)),
        ((100, 100), "labels", 1, (58, 12, 30)),
        ((10, 10), "answers", 3, (6, 1, 3)),
        ((2, 2), "answers", 1, (1, 0, 1)),
        ((20_000, 20_000), "answers", 1, (2000, 300, 300)),
        ((70_000, 60_000), "labels", 1, (10_000, 1000, 1000)),
        ((3000, 3000), "answers", 3, (2000, 100, 100)),
    ],
)
def test_sizes_of_a_split(rows_and_groups, kind, asked, sizes):
    found = split_sizes(rows_and_groups[0], rows_and_groups[1], kind, asked)
    assert (found.train, found.validation, found.test) == sizes
    assert len(found.why) == 1 + (sizes[0] in (2000, 10_000))
