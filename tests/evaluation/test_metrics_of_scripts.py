"""Metrics that count words, in scripts other than Latin: against the reference of each, named in its docstring."""

import numpy as np
import pytest
import sacrebleu
from lm_eval.tasks.mlqa.utils import exact_match_score, f1_score
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh

from pipeline_lib.core.retrieval import nearest_rows
from pipeline_lib.data.containment import containment_groups
from pipeline_lib.data.near_duplicates import near_duplicates
from pipeline_lib.evaluation.metrics import bleu
from pipeline_lib.evaluation.metrics.meteor import meteor
from pipeline_lib.evaluation.metrics.replies import fit_relevance, relevance
from pipeline_lib.evaluation.metrics.rouge import ROUGE, rouge, rouge_l
from pipeline_lib.evaluation.metrics.squad import exact, f1

# (language, a text, another that shares words with it, a third that shares none)
TEXTS = [
    ("fr", "Épanchement à côté du cœur.", "Un épanchement où, à gauche?", "Merci, monsieur"),
    ("zh", "今天的天气很好，我们去公园。", "今天天气不好，他们也去公园！", "谢谢"),
    ("ja", "今日は天気がいいです。", "明日も天気がいいでしょう。", "ケーキ"),
    ("ru", "Сегодня хорошая погода, мы идём в парк.", "Завтра мы снова идём в парк!", "Спасибо"),
    ("ar", "الطقس جميل اليوم، سنذهب إلى الحديقة.", "غدا سنذهب إلى الحديقة أيضا؟", "شكرا"),
    ("hi", "आज मौसम अच्छा है। हम बगीचे में जाते हैं।", "कल भी हम बगीचे में जाते हैं।", "धन्यवाद"),
    ("th", "วันนี้อากาศดีมาก", "พรุ่งนี้อากาศไม่ดี", "เชิญ"),
    ("ko", "오늘은 날씨가 좋아서 공원에 갑니다.", "내일도 공원에 갑니다!", "감사합니다"),
]
EVERY = pytest.mark.parametrize(("language", "text", "other", "third"), TEXTS)


class Spaced:
    """A tokenizer for rouge_score: words between spaces, once signs and marks of punctuation are parted by spaces."""

    def tokenize(self, text):
        parted = TokenizerZh()(text) if any("\u4e00" <= sign <= "\u9fff" for sign in text) else text
        return [word for each in parted.lower().split() if (word := each.strip(",.!?，。！।؟،"))]


@EVERY
def test_a_text_has_1_with_itself_0_with_another_and_between_in_between(language, text, other, third):
    figures = {
        "rouge": lambda one, two: rouge(one, two)["rougeL"],
        "rouge_l": lambda one, two: rouge_l([one], [two])[0, 0],
        "squad": lambda one, two: f1(one, [two]),
        "relevance": lambda one, two: relevance(one, two, fit_relevance([text, other, third])),
    }
    for name, figure in figures.items():
        assert figure(text, text) == pytest.approx(1), name
        assert 0.1 < figure(text, other) < 0.95, name
        assert figure(text, third) == 0, name
    assert meteor(text, [text], None) > 0.99 > meteor(text, [other], None) > 0.1
    assert near_duplicates([text, f"«{text}»", third]) == [(0, 1, 1.0)]
    assert containment_groups([text, f"{third} {text}", third]) == [0, 0, 2]
    train = [{"group": str(place), "source": one} for place, one in enumerate((third, other))]
    assert nearest_rows(train, [{"group": "9", "source": text}], 1)[0].tolist() == [[1]]


@pytest.mark.parametrize(("language", "text", "other", "third"), [r for r in TEXTS if r[0] in "fr zh ru ar hi ko"])
def test_rouge_is_googles_over_words_between_spaces_and_chinese_signs(language, text, other, third):
    theirs = RougeScorer(list(ROUGE), tokenizer=Spaced()).score(other, text)
    assert rouge(text, other) == pytest.approx({name: theirs[name].fmeasure for name in ROUGE})


def test_bleu_of_chinese_is_sacrebleus_with_its_zh_tokenizer():
    _, text, other, _ = TEXTS[1]
    for one, two in ((text, other), (text + "iPhone 3.5，（好）", text + "iPhone 3.5。"), (text, text)):
        counts = bleu.statistics(one, [two])
        theirs = sacrebleu.BLEU(tokenize="zh").corpus_score([one], [[two]])
        assert float(bleu.value(*map(np.asarray, counts.values()))) == pytest.approx(theirs.score / 100)


@pytest.mark.parametrize(("language", "text", "other", "third"), [TEXTS[1], TEXTS[5]])
def test_squad_is_mlqas(language, text, other, third):
    for one, two in ((text, other), (f"“{text}”", text), (f" {text[:4]} {text[4:]}", text), (third, text)):
        assert f1(one, [two]) == f1_score(one, two, language)
        assert exact(one, [two]) == exact_match_score(one, two, language)
