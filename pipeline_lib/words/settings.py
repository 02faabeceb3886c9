"""The settings of the word branch: vocabulary, word vectors and word pairs."""

from typing import Literal

from pipeline_lib.core.settings import Settings, setting


class Words(Settings):
    """What counts as a word of the vocabulary."""

    form: Literal["lemma", "stem", "word"] = setting(
        "The forms that count as one word: those of one lemma, those of one stem, or equal ones.", default="lemma"
    )
    language: str = setting(
        "Whose stop words, stems and lemmas: auto recognises it from the text, else an ISO 639 code such as de.",
        default="auto",
    )
    min_documents: int = setting("Fewest documents a word occurs in.", "documents", default=5, least=1)
    min_letters: int = setting("Shortest word.", "letters", default=3, least=1, most=50)
    names: Literal["drop", "keep"] = setting(
        "Words that look like names of people: drop them, since the word pairs go to Git, or keep them.", default="drop"
    )


class Embed(Settings):
    """How each word gets a vector."""

    method: Literal["encoder", "encoder_context", "model", "cooccurrence"] = setting(
        "Where vectors come from: an encoder that reads the word alone; an encoder or a language model that reads it "
        "in sentences; or counts of the words beside it.",
        default="encoder_context",
    )
    model: str = setting("The encoder, or for method model the language model.", default="minilm-l6-v2")
    revision: str | None = setting(
        "Commit, tag or branch of a Hub id; null for its default branch.", default=None, example="main"
    )
    batch_size: int = setting("Words or sentences read together.", "texts", default=64, least=1, most=65536)
    sentences: int = setting(
        "Sentences, at most, that each word is read in (methods encoder_context and model).",
        "sentences",
        default=20,
        least=1,
        most=100000,
    )
    layer: int = setting(
        "Whose hidden states are taken (method model): 0 is the embeddings, -1 the last.",
        "layers",
        default=8,
        least=-1000,
        most=1000,
    )
    window: int = setting(
        "Words to either side that count as beside a word (method cooccurrence).",
        "words",
        default=5,
        least=1,
        most=1000,
    )
    dimensions: int = setting("Length of a vector (method cooccurrence).", "numbers", default=100, least=2, most=4096)
    isotropy: Literal["none", "mean", "top", "whiten"] = setting(
        "Postprocessing of the vectors: mean removes their mean, top also their first principal components, whiten "
        "gives all components the same variance.",
        default="none",
    )


class Pairs(Settings):
    """Which word pairs are mined."""

    top: int = setting(
        "How many pairs are kept, those of the highest cosine.", "pairs", default=100, least=1, most=100000
    )
    kind: Literal["any", "interchangeable", "collocates", "opposite", "derivation"] = setting(
        "Which pairs: any, words that replace one another (small / tiny), words that occur together (pleural / "
        "effusion), opposites (left / right), or words formed of one stem (pancreas / pancreatic).",
        default="any",
    )
    block: int = setting(
        "Words compared at once; memory grows with it, the result is the same.",
        "words",
        default=4096,
        least=1,
        most=65536,
    )


class WordSettings(Settings):
    """Settings of the package words."""

    words: Words
    embed: Embed
    pairs: Pairs
