"""Hold recipes/qa/data/passages.json against its generator, its format, its English and what answers without reading.

How to run:     pytest tests/test_generate_passages.py -s      (seconds; -s shows the floors)
What comes out: token F1 of the sentence that shares most words with the question, of never answering, and the accuracy
of telling from a question alone whether it has an answer.
"""

import json
import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from generators.passages.__main__ import main
from generators.passages.articles import THEMES, make_article, make_articles
from generators.passages.asking import MENTION, OCCUPATIONS, PLAIN, Asker, question_word
from generators.passages.grammar import Ask, fact, later, number, pick, three, year
from generators.passages.kinds import KINDS
from generators.passages.memory import Article, Deck
from generators.passages.names import FAMILIES, MEN, TOWNS, WOMEN
from generators.passages.wording import SLOT, compose, resolved
from pipeline_lib.core.text import normalised
from pipeline_lib.data.near_duplicates import near_duplicates

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "recipes" / "qa" / "data" / "passages.json"
ARTICLES, SEED = 42, 7
KEYS = {"id", "question", "answers", "is_impossible"}
WORDS_AROUND = {"the", "place", "far", "region", "currency", "site", "he", "his", "him", "He", "His", "Him"}


@pytest.fixture(scope="module")
def data():
    return json.loads(FILE.read_text(encoding="utf-8"))["data"]


@pytest.fixture(scope="module")
def paragraphs(data):
    return [paragraph for article in data for paragraph in article["paragraphs"]]


@pytest.fixture(scope="module")
def asked(data):
    """All questions, as (title, context, question)."""
    return [
        (article["title"], paragraph["context"], one)
        for article in data
        for paragraph in article["paragraphs"]
        for one in paragraph["qas"]
    ]


def spans(one):
    return one["plausible_answers"] if one["is_impossible"] else one["answers"]


# The file


def test_the_committed_file_is_what_the_documented_command_writes(tmp_path):
    out = tmp_path / "passages.json"
    assert main(["--articles", str(ARTICLES), "--seed", str(SEED), "--out", str(out)]) == 0
    written = out.read_bytes()
    assert written == FILE.read_bytes()
    assert written.startswith(b'{\n  "version": "v2.0",\n  "data": [\n')
    assert b"\r" not in written
    assert [path.name for path in tmp_path.iterdir()] == ["passages.json"]


def test_more_articles_begin_with_the_same_articles(data):
    assert make_articles(ARTICLES + 3, SEED)[:ARTICLES] == data
    assert make_articles(5, SEED) == data[:5]


def test_another_seed_gives_other_passages(paragraphs):
    others = {paragraph["context"] for article in make_articles(10, SEED + 1) for paragraph in article["paragraphs"]}
    assert not others & {paragraph["context"] for paragraph in paragraphs}


def test_a_hundred_articles_can_be_had():
    titles = [article["title"] for article in make_articles(100, 0)]
    assert len(set(titles)) == 100


@pytest.mark.parametrize(("option", "value"), [("--articles", "0"), ("--articles", "101"), ("--seed", "-7")])
def test_a_bad_number_is_one_line(tmp_path, capsys, option, value):
    assert main([option, value, "--out", str(tmp_path / "passages.json")]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert option in message
    assert value in message
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_file_to_write(tmp_path, capsys):
    assert main(["--articles", "1", "--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"cannot write the file {tmp_path}: it is a folder; name a file in it\n"


# The format


def test_schema(data):
    for article in data:
        assert set(article) == {"title", "paragraphs"}
        for paragraph in article["paragraphs"]:
            assert set(paragraph) == {"context", "qas"}
            for one in paragraph["qas"]:
                assert set(one) == (KEYS | {"plausible_answers"} if one["is_impossible"] else KEYS)
                assert one["is_impossible"] == (not one["answers"])
                assert spans(one)
                assert all(set(span) == {"text", "answer_start"} for span in spans(one))


def test_counts(data, paragraphs, asked):
    assert len(data) == ARTICLES
    assert len({article["title"] for article in data}) == ARTICLES
    assert all(2 <= len(article["paragraphs"]) <= 4 for article in data)
    assert len(paragraphs) >= 120
    assert len(asked) >= 900
    assert all(6 <= len(paragraph["qas"]) <= 9 for paragraph in paragraphs)
    assert len({one["id"] for _, _, one in asked}) == len(asked)
    words = [len(paragraph["context"].split()) for paragraph in paragraphs]
    assert min(words) >= 60
    assert max(words) <= 140


def test_every_kind_of_article_is_there(data):
    titles = [article["title"] for article in data]
    assert len(KINDS) >= 10
    for kind in KINDS:
        patterns = [re.sub(r"\{\w+\}", r"\\w[\\w ]*", pattern) for pattern in kind.titles]
        assert any(re.fullmatch(pattern, title) for pattern in patterns for title in titles), kind.name


def test_every_answer_is_a_span_of_whole_words_at_its_start(asked):
    for _, context, one in asked:
        texts = [span["text"] for span in spans(one)]
        assert 1 <= len(texts) <= 3
        assert len(set(texts)) == len(texts)
        for span in spans(one):
            start, end = span["answer_start"], span["answer_start"] + len(span["text"])
            assert context[start:end] == span["text"]
            assert span["text"] == span["text"].strip()
            assert 1 <= len(span["text"].split()) <= 12
            assert not re.match(r"\w", context[end : end + 1])
            assert start == 0 or not re.match(r"\w", context[start - 1])


def test_a_third_has_no_answer(paragraphs, asked):
    share = sum(one["is_impossible"] for _, _, one in asked) / len(asked)
    assert 0.30 <= share <= 0.37
    without = [sum(one["is_impossible"] for one in paragraph["qas"]) for paragraph in paragraphs]
    assert sum(count == 0 for count in without) <= 2  # a passage may tell all that is asked, and name nobody else
    assert all(2 * count <= len(paragraph["qas"]) for count, paragraph in zip(without, paragraphs, strict=True))


def test_no_question_twice_and_none_gives_its_answer_away(paragraphs):
    for paragraph in paragraphs:
        questions = [normalised(one["question"]) for one in paragraph["qas"]]
        assert len(set(questions)) == len(questions)
        for one in paragraph["qas"]:
            assert one["question"].endswith("?")
            for span in spans(one):
                assert f" {normalised(span['text'])} " not in f" {normalised(one['question'])} "


def test_question_words_are_spread(asked):
    words = Counter(question_word(one["question"]) for _, _, one in asked)
    print("\n" + ", ".join(f"{word} {count}" for word, count in words.most_common()))
    assert words[""] == 0
    for word in ("who", "what", "when", "where", "which", "how many", "how long", "how much", "why"):
        assert 0.04 <= words[word] / len(asked) <= 0.16, word


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("In which year did the ferry sink?", "which"),
        ("How many of those who came paid?", "how many"),
        ("For how long was it shut?", "how long"),
        ("To whom did it belong?", "whom"),
        ("Name the builder.", ""),
    ],
)
def test_question_word(question, word):
    assert question_word(question) == word


# The passages


def test_passages_are_no_near_duplicates(paragraphs):
    contexts = [paragraph["context"] for paragraph in paragraphs]
    assert len(set(contexts)) == len(contexts)
    assert near_duplicates(contexts, threshold=0.25) == []


def test_a_passage_has_two_people_and_two_years(paragraphs):
    person = re.compile(rf"\b(?:{'|'.join(WOMEN + MEN)}) (?:{'|'.join(FAMILIES)})\b")
    few = 0
    for paragraph in paragraphs:
        people = set(person.findall(paragraph["context"]))
        years = set(re.findall(r"\b[12]\d{3}\b", paragraph["context"]))
        few += len(people) < 2 or len(years) < 2
    assert few <= 0.05 * len(paragraphs)


def test_names_have_no_part_in_common():
    assert len(set(FAMILIES)) == len(FAMILIES) >= 200
    assert len(set(TOWNS)) == len(TOWNS) >= 250
    assert not set(WOMEN) & set(MEN)
    assert not set(WOMEN + MEN) & set(FAMILIES)


@pytest.mark.parametrize(
    "mistake",
    [
        r"[{}\[\]|~<>]",
        r"  |\s$|^\s",
        r" [.,;:!?]",
        r"\.\.|,,|[!?;:][.,]|[.,;:][.,;:]",
        r"\b[Aa] \"?(?=[aeioAEIO]|un(?!i))",
        r"\b[Aa]n \"?(?=[bcdfgjklmnpqrstvwxyz]|uni)",
        r"\b([a-z]+) \1\b",
        r"\bi\b",
        r"\b(?:the|a|an) (?:the|a|an)\b",
        r"[.!?] +[a-z]",
        r"\b1 (?:crowns|florins|thalers|guilders|marks|ducats|metres|kilometres|tons)\b",
        r"\b(?:of|in|by|and|from) [.,;]",
    ],
)
def test_no_text_has(paragraphs, mistake):
    texts = [paragraph["context"] for paragraph in paragraphs]
    texts += [one["question"] for paragraph in paragraphs for one in paragraph["qas"]]
    assert [text for text in texts if re.search(mistake, text)] == []


# The facts


def every_fact():
    return [(theme, one) for theme, facts in THEMES.items() for one in facts]


def test_names_of_facts_are_used_once_in_a_theme():
    for theme, facts in THEMES.items():
        assert len({one.name for one in facts}) == len(facts), theme


@pytest.mark.parametrize(
    ("theme", "one"), [pytest.param(*both, id=f"{both[0]}: {both[1].name}") for both in every_fact()]
)
def test_a_fact_says_what_its_questions_ask_for(theme, one):
    said = " ".join(one.says)
    marked = set(re.findall(r"<(\w+):", said))
    told = {name for name, _ in SLOT.findall(said)} | marked
    mentioned = {name for ask in one.asks for name, _ in MENTION.findall(ask.text)}
    words = (told | mentioned) - marked - set(one.slots) - WORDS_AROUND
    after = {slot.after for slot in one.slots.values()}
    assert set(one.slots) <= told | after
    assert {ask.answer for ask in one.asks} <= told
    assert len(one.says) >= 2
    assert len(one.asks) >= 4
    for kind in KINDS:
        if kind.name in one.kinds and theme in kind.themes:
            assert words <= set(kind.words)


def test_people_known_to_have_no_occupation_are_slots():
    named = {name for _, one in every_fact() for name in one.slots}
    assert named >= PLAIN | OCCUPATIONS
    assert not PLAIN & OCCUPATIONS


def test_every_wording_of_every_fact_can_be_written_for_every_kind():
    deck = Deck(Random(3))
    for kind in KINDS:
        for theme in kind.themes:
            for one in THEMES[theme]:
                if kind.name not in one.kinds:
                    continue
                for frame in one.says:
                    article = make_article(deck, kind)
                    passage = compose(deck.rng, article, [(one, "{the}. " + resolved(deck.rng, frame, article))])
                    assert not re.search(r"[{}\[\]|<>]", passage.text), passage.text
                    for span in passage.spans:
                        assert passage.text[span.start : span.start + len(span.text)] == span.text


# A question with no answer


def small(says, *asks, **slots):
    return fact("f", "museum", says, "\n".join(asks), **slots)


def bridge():
    kind = next(kind for kind in KINDS if kind.name == "bridge")
    return make_article(Deck(Random(1)), kind)


def test_what_is_left_out_is_asked_for_and_tempts():
    article = bridge()
    told = small(
        "{the} opened in {born}.", "born: When?", "died: When was it pulled down?", born=year(0, 5), died=year(9, 9)
    )
    passage = compose(article.rng, article, [(told, told.says[0])])
    possible, impossible = Asker(article.rng).candidates(article, passage)
    opened = passage.values[0]["born"]
    start = passage.text.index(opened)
    assert [(one.text, one.answers) for one in possible] == [("When?", ((opened, start), (f"in {opened}", start - 3)))]
    assert [(one.text, one.answers) for one in impossible] == [
        ("When was it pulled down?", ((opened, start), (f"in {opened}", start - 3)))
    ]


def test_what_follows_from_the_rest_is_never_called_unanswerable():
    article = bridge()
    told = small("{the} opened in {born}.", "died!: When was it pulled down?", born=year(0, 5), died=year(9, 9))
    assert told.asks == (Ask("died", "", True, "When was it pulled down?"),)
    passage = compose(article.rng, article, [(told, told.says[0])])
    assert Asker(article.rng).candidates(article, passage) == ([], [])


def test_a_question_on_another_value_of_the_passage_has_no_answer():
    article = bridge()
    colours = pick("red | green", "colour")
    first = small("{the} of {a} is {c}.", "c: What colour has {a~}?", a=pick("Ayle | Boll", "town"), c=colours)
    second = small("It is not in {b}.", b=pick("Cray | Dorn", "town"))
    passage = compose(article.rng, article, [(first, first.says[0]), (second, second.says[0])])
    possible, impossible = Asker(article.rng).candidates(article, passage)
    right, wrong, colour = passage.values[0]["a"], passage.values[1]["b"], passage.values[0]["c"]
    answer = ((colour, passage.text.index(colour)),)
    assert [(one.text, one.possible, one.answers) for one in possible + impossible] == [
        (f"What colour has {right}?", True, answer),
        (f"What colour has {wrong}?", False, answer),
    ]


def test_two_facts_that_tell_the_same_make_no_unanswerable_question():
    article = bridge()
    first = small("{the} of {a} is {c}.", "c: What colour has {a~}?", a=pick("Ayle", "town"), c=pick("red", "colour"))
    second = small("The one of {b} is {c}.", b=pick("Cray", "town"), c=pick("blue", "colour"))
    passage = compose(article.rng, article, [(first, first.says[0]), (second, second.says[0])])
    assert Asker(article.rng).candidates(article, passage)[1] == []


# The slots


def test_slots_draw_what_they_say():
    article = Article(Deck(Random(2)), {}, 1900)
    values = {}
    first = year(2, 4)
    values["first"] = first.draw(article, values)
    assert 1902 <= int(values["first"]) <= 1904
    assert int(later("first", 5, 6).draw(article, values)) - int(values["first"]) in (5, 6)
    assert re.fullmatch(r"[12],\d00 metres", number(1000, 2900, 100, "metres").draw(article, values))
    listed = three("a | b | c | d", "letters").draw(article, values)
    assert re.fullmatch(r"[a-d], [a-d] and [a-d]", listed)
    assert len(set(re.findall(r"\b[a-d]\b", listed.replace(" and ", " , ")))) == 3


def test_no_year_comes_twice_even_where_the_range_is_used_up():
    article = Article(Deck(Random(2)), {}, 1900)
    assert sorted(article.year(1900, 1902) for _ in range(5)) == ["1898", "1899", "1900", "1901", "1902"]
    assert int(article.year(2030, 2040)) == 2024


def test_a_deck_deals_all_options_before_one_twice():
    deck = Deck(Random(5))
    dealt = [deck.deal(("a", "b", "c")) for _ in range(6)]
    assert Counter(dealt[:3]) == Counter(dealt[3:]) == Counter("abc")


# What answers without reading


def tokens(text):
    """SQuAD's normalisation: lower case, no punctuation, no articles."""
    return [word for word in re.sub(r"[^\w\s]", "", text.lower()).split() if word not in ("a", "an", "the")]


def token_f1(said, wanted):
    """Token F1 as SQuAD's script has it: an empty answer is right only where there is none."""
    first, second = tokens(said), tokens(wanted)
    if not first or not second:
        return float(first == second)
    common = sum((Counter(first) & Counter(second)).values())
    return 2 * common / (len(first) + len(second))


def test_token_f1():
    assert token_f1("the red barn", "a red barn!") == 1
    assert token_f1("red barn door", "barn") == 0.5
    assert token_f1("", "") == 1
    assert token_f1("x", "") == token_f1("", "x") == 0


def best_sentence(context, question):
    """The sentence with most of the question's words, the first of equals."""
    wanted = set(tokens(question))
    return max(re.split(r"(?<=[.])\s+", context), key=lambda sentence: len(wanted & set(tokens(sentence))))


def test_no_floor_solves_it(asked):
    scores, none, found = [], [], []
    for _, context, one in asked:
        golden = [span["text"] for span in one["answers"]] or [""]
        sentence = best_sentence(context, one["question"])
        scores.append(max(token_f1(sentence, gold) for gold in golden))
        none.append(float(golden == [""]))
        if one["answers"]:
            found.append(golden[0] in sentence)
    print(f"\nbest-overlap sentence: token F1 {sum(scores) / len(scores):.3f} on {len(scores)} questions", end="")
    print(f"; the answer is in it for {sum(found) / len(found):.3f} of those that have one")
    print(f"always 'no answer': token F1 {sum(none) / len(none):.3f}")
    assert sum(scores) / len(scores) < 0.2
    assert sum(none) / len(none) < 0.37
    assert sum(found) / len(found) < 0.8


def test_a_question_alone_does_not_tell_whether_it_has_an_answer(asked):
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression(max_iter=1000))
    questions = [one["question"] for _, _, one in asked]
    labels = [one["is_impossible"] for _, _, one in asked]
    titles = [title for title, _, _ in asked]
    said = cross_val_predict(model, questions, labels, groups=titles, cv=GroupKFold(5))
    right = sum(guess == label for guess, label in zip(said, labels, strict=True)) / len(labels)
    most = 1 - sum(labels) / len(labels)
    print(f"\nfrom the question alone: accuracy {right:.3f}, always 'has an answer': {most:.3f}")
    assert right < most + 0.03


def test_questions_are_not_the_sentences_turned_round(asked):
    copied = 0
    for title, context, one in asked:
        name = normalised(title)
        words = normalised(one["question"]).replace(name, "").split()
        text = f" {normalised(context).replace(name, '')} "
        copied += any(f" {' '.join(words[at : at + 5])} " in text for at in range(len(words) - 4))
    print(f"\n{copied} of {len(asked)} questions share five words in a row with their passage")
    assert copied <= 0.05 * len(asked)


def test_answers_of_one_article_are_rarely_those_of_another(asked):
    where = {}
    for title, _, one in asked:
        for span in one["answers"]:
            where.setdefault(span["text"], set()).add(title)
    answerable = [one for _, _, one in asked if one["answers"]]
    shared = sum(len(where[one["answers"][0]["text"]]) > 1 for one in answerable)
    print(f"\n{shared} of {len(answerable)} answers occur in more than one article")
    assert shared <= 0.25 * len(answerable)
