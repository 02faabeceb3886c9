"""Whether an answer is a refusal: a rule over English words, no model.

A company's assistant should refuse off-topic questions and no others, so the refusal rate is a metric of its own.
The rule looks for the speaker (I, we, this assistant) as well as for the refusal: "you cannot push without a remote" is
an answer, "I cannot answer that" is none. What we cannot do is often an answer, so "we" needs a plainer verb than "I".
"""

import re
import unicodedata

SENTENCES = 2  # at the start of an answer in which a refusal counts

# Contractions are written out first, so that each pattern knows one form.
_CONTRACTIONS = (
    (r"\bcan(?:'t| not)\b", "cannot"),
    (r"\bwon't\b", "will not"),
    (r"n't\b", " not"),
    (r"\bi'm\b", "i am"),
    (r"'re\b", " are"),
    (r"'ve\b", " have"),
    (r"'d\b", " would"),
    (r"\blet's\b", "let us"),
    (r"\b(that|this|it|there)'s\b", r"\1 is"),
)
_BOT = r"(?:this|your|our) (?:\w+ )?(?:ai|assistant|bot|chatbot|chat|help desk|team)"
_SPEAKER = rf"\b(?:i|we|{_BOT})"
_ADVERB = r"(?: (?:unfortunately|sadly|really|actually|just|simply|also|currently))?"
_NOT_ABLE = (
    r"(?: (?:cannot|could not|will not(?: be able to)?)"
    r"| (?:am|are|is) not (?:in a position|able|allowed|permitted|authori[sz]ed|supposed) to"
    r"| (?:am|are|is) (?:unable to|not sure (?:i|we) can))"
)
_THAT = r"(?:that|this|those|these|such|an? (?:answer|opinion)|(?:\w+ ){0,2}(?:advice|information|details|opinions?))"
_ANSWER_VERB = (
    r"(?:answer(?! (?:the|your) (?:phone|calls?|door))|help(?! but)|assist|discuss|comment|advise|respond|reply"
    r"|tell you|(?:talk|speak) (?:about|on)"
    rf"|(?:share|reveal|disclose|provide|give|offer) (?:you )?(?:with )?{_THAT})\b"
)
# What an assistant cannot do is a refusal, but for figures of speech: "I cannot recommend it enough".
_NO_IDIOM = (
    r"(?!(?:\w+ )?(?:wait|stress|emphasi[sz]e|imagine|think of|see|guarantee|promise|thank|be reached|help but)\b"
    r"|[^.]*\benough\b)"
)
_DESIGNED = r"(?:made|built|trained|taught|designed|programmed|set up|here|meant|intended)"
_ASSIST = r"(?:answer|help|assist|respond|discuss|talk|speak|know|cover|(?:deal with|handle) (?:questions|requests))"
_SCOPE = (
    r"(?:scope|area|expertise|knowledge|training|remit|field|competence|domain|instructions|abilities|capabilities"
    r"|business|department|documents|documentation)"
)
_KNOWLEDGE = r"(?:information|knowledge|data|details|answer|idea|opinions?|preferences|feelings)"

_PATTERNS = (
    # I cannot answer that; something we are not able to discuss.
    rf"{_SPEAKER}{_ADVERB}{_NOT_ABLE}{_ADVERB} {_ANSWER_VERB}",
    rf"\bi{_ADVERB}(?:{_NOT_ABLE}| may not| must not){_ADVERB} {_NO_IDIOM}",
    r"\bi do not (?:think|believe) (?:i|we) (?:can|could|am able|should)\b",
    r"\b(?:i|we) (?:do not|never) (?:comment|discuss|answer|speculate|give (?:\w+ )?(?:advice|opinions?))\b",
    rf"\b(?:not |im)possible for (?:me|us) to {_ANSWER_VERB}",
    r"\b(?:i|we) would (?:rather not|prefer not to)\b",
    r"\b(?:i|we) (?:must|have to|need to|will) (?:\w+ )?decline(?: to\b|$|[.,;])",
    r"\b(?:i|we) (?:do not feel|am not|are not) comfortable\b",
    r"\b(?:something|topic|subject|question) (?:that )?(?:i|we) (?:cannot|am not|are not|do not)\b",
    rf"\bnot (?:something|a (?:topic|subject|question)) (?:that )?{_SPEAKER}\b",
    r"\bi wish (?:i|we) could\b[^.]*\bbut\b|^i wish$",
    # I do not know; I have no information; I did not catch that.
    rf"{_SPEAKER}{_ADVERB} (?:do|does) not{_ADVERB} know(?! of\b)",
    rf"{_SPEAKER} (?:do|does) not (?:\w+ )?have (?:access to |any |an |a |the |enough |personal |that )*{_KNOWLEDGE}\b",
    rf"{_SPEAKER} ha(?:ve|s) no (?:\w+ )?{_KNOWLEDGE}\b",
    r"\bi lack\b",
    r"\bi (?:have not|have never|was not|was never) (?:been )?(?:learn(?:ed|t)|told|taught|heard|read)\b",
    rf"\bnothing (?:\w+ )?in (?:my|our) {_SCOPE}\b|\bnone of my business\b",
    rf"\b(?:my|our) {_SCOPE} (?:does|do) not (?:include|cover|contain|say|mention|extend)\b",
    r"\b(?:i|we) (?:could not|cannot|did not) find (?:any|anything|information|an answer)\b",
    r"\b(?:i|we) (?:did not|do not|could not|cannot) (?:\w+ )?(?:understand|catch|follow|get)"
    r" (?:you\b|your (?:question|request|message|meaning)|that|this|the question|what)",
    r"\b(?:i|we) (?:am|are) having (?:trouble|difficulty) understanding\b",
    r"^(?:(?:i am |we are )?(?:so |very )?sorry|(?:my |our )?apologies)\W*(?:but )?"
    r"(?:no idea|no clue|(?:that|this|it|your question|these|those) (?:is|are) (?:not (?:about|related)|unrelated))",
    # I can only help with; this assistant is only for.
    rf"\b(?:i|we)(?: can| may| am| are| was| were)? (?:only|just) (?:able to |allowed to |{_DESIGNED} to )?{_ASSIST}\b",
    rf"\b(?:i|we) can (?:help|assist|answer) (?:you )?only\b|\b(?:i|we) (?:am|are|was|were) only {_DESIGNED} to\b",
    r"\b(?:documentation|chat|chatbot|assistant|bot|help desk) (?:is )?only"
    r" (?:covers?|talks?|answers?|deals?|for|about)\b",
    rf"\b(?:i|we) (?:am|are|was|were|have) not (?:been )?{_DESIGNED} (?:to {_ASSIST}|on|for)\b",
    r"\bmy knowledge is limited\b",
    r"\b(?:i am|we are) not the right (?:one|person|place|assistant|bot|team)\b",
    # That is outside what I know.
    r"\b(?:is|are|falls?|lies?|goes|be) (?:\w+ )?(?:outside|beyond|out of)(?: of)? "
    rf"(?:(?:the |my |our )?{_SCOPE}\b|(?:what|anything|everything) (?:i|we)\b)",
    rf"\bnot my (?:\w+ )?(?:{_SCOPE}|job|place)\b",
    rf"\bnot (?:part of|within|in|covered (?:by|in)) (?:(?:the|my|our) (?:\w+ )?{_SCOPE}|what (?:i|we))\b",
    r"\bnot (?:a question (?:about|on|for|related)|related to (?:what|our|the topics))\b",
    # Let us keep to; please ask me something about.
    r"\b(?:let us(?: please)?|(?:can|could|shall) we) (?:keep|stick|stay|(?:get|go|come) back|return)"
    r"(?: \w+){0,3}? (?:to|on|with|about|relevant)\b",
    r"\bplease (?:only )?(?:ask|keep|stick)(?: me| us)?(?: only)? (?:to )?"
    r"(?:something|anything|(?:a )?questions?|about)\b",
    # As an AI, it cannot.
    r"^(?:as|being) an? (?:\w+ ){0,2}(?:ai|bot|chatbot|assistant|language model)\b(?! can)"
    r"[^.]*\b(?:cannot|lacks?|(?:do|does) not (?:have|hold)|not able|unable)\b",
    r"^no comment$",
)
_REFUSAL = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS))
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|«[^»]*»|`[^`]*`")
# What holds only in some case is no refusal now: "If we cannot help, you get your money back".
_CONDITION = re.compile(
    r"^(?:if|when|where|unless|should|in case) [^,]*,|\b(?:if|when|unless|in case|whether) (?:i|we)\b[^,]*"
)


def is_refusal(text: str) -> bool:
    """Return whether an English answer politely declines or deflects its question in its first two sentences.

    It does where it says that the speaker cannot, may not or would rather not answer, does not know or understand,
    or answers other questions only. What is quoted, or holds only in some case ("if we cannot help ..."), is not
    said by the speaker. An answer in another language, or none, is no refusal.

    Of sentences that the rule was not written for it finds about six in ten: read a rate of refusals as a lower bound.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("\u2018", "'")
    for short, long in _CONTRACTIONS:
        folded = re.sub(short, long, folded)
    sentences = [part for part in re.split(r"(?<=[.!?])\s+|\n+", _QUOTED.sub("", folded).strip()) if part]
    return any(_REFUSAL.search(_CONDITION.sub("", part.strip(" .!"))) for part in sentences[:SENTENCES])
