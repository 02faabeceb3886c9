"""Words that go with any thing reviewed: strong adjectives, last words, people, days, numbers.

How to run: not alone; wording.py uses it. What comes out: lists, in pairs (good, bad) where they have a polarity.
"""

from generators.reviews.grammar import Pair, lines, words

STRONG: Pair = (
    words(
        "brilliant, superb, wonderful, excellent, fantastic, marvellous, terrific, outstanding, amazing, magnificent"
    ),
    words("awful, dreadful, terrible, horrible, appalling, atrocious, lousy, abysmal, pathetic, dismal"),
)
LIKED: Pair = (words("liked, enjoyed, loved"), words("disliked, hated, loathed"))
LIKE: Pair = (words("like, enjoy, love"), words("dislike, hate"))
RECOMMEND: Pair = (
    lines("""
        highly recommended
        a recommendation to everybody
        recommended to young and old
        warmly recommended
        the best I know
    """),
    lines("""
        strongly discouraged
        a warning to everybody
        a waste of time and money
        the worst I know
        a complete waste
    """),
)
BECAME: Pair = (words("better, stronger"), words("worse, weaker"))
VERDICTS: Pair = (
    lines("""
        I'd recommend it to anyone
        it's a yes from me
        it won me over
        I came away happy
        it gets my vote
        two thumbs up
        the good wins by a mile
        I'm glad I gave it a chance
        I'd choose it again
        it deserves every star it gets
        it was worth {cost}
        I'm a fan
        I ended up smiling
        it earned its praise
        I've told all my friends to try it
    """),
    lines("""
        I'd warn anyone off
        it's a no from me
        it lost me
        I came away cross
        it loses my vote
        two thumbs down
        the bad wins by a mile
        I'm sorry I gave it a chance
        once was more than enough
        it deserves a single star
        it was a waste of {cost}
        I'm out
        I ended up sighing
        I regret {doing}
        I'll spare my friends this one
    """),
)
OTHERS = {  # slots without a polarity
    "who": words(
        "my sister, my brother, my husband, my wife, my mother, my flatmate, my neighbour, my boss, my aunt, Anna"
    ),
    "day": words("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday"),
    "few": words("two, three, four, five, six"),
    "many": words("ten, twenty, thirty, forty, fifty"),
    "times": words("twice, three times, four times, five times"),
    "nth": words("third, fourth, fifth, tenth"),
    "hour": words("one in the morning, two in the morning, three in the morning, dawn"),
    "price": words("ten euros, fifteen euros, thirty euros, forty pounds, sixty dollars"),
    "really": words("really, truly, very, so"),
}
