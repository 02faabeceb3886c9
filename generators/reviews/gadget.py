"""Gadgets: their aspects and what happens at home.

How to run: not alone; `python -m generators.reviews` reads DOMAIN. What comes out: one domain.
"""

from generators.reviews.grammar import Domain, aspect, lines, words

ASPECTS = (
    aspect(
        "battery",
        "reliable, long-lasting, powerful, solid",
        "weak, unreliable, feeble, poor",
        """
        lasts for days
        outlives the longest day
        charges in no time
        """,
        """
        dies by noon
        swelled up after a month
        drains while you look at it
        """,
        only="phone, tablet, laptop, camera, speaker, cordless drill, toothbrush, e-reader, smartwatch, robot vacuum",
    ),
    aspect(
        "screen",
        "sharp, bright, crisp, beautiful",
        "dim, blurry, dull, scratchy",
        """
        is a joy to look at
        is easy to read in full sun
        """,
        """
        flickers like a candle
        cracked within a week
        """,
        only="phone, tablet, laptop, camera, e-reader, smartwatch",
    ),
    aspect(
        "sound",
        "rich, clear, warm, full",
        "tinny, muddy, harsh, thin",
        """
        fills the whole room
        made me fall in love with my records again
        """,
        """
        crackles at every bass note
        hisses like a snake
        """,
        kind="mass",
        only="speaker, radio, tablet, phone, alarm clock",
    ),
    aspect(
        "software",
        "smooth, fast, simple, reliable",
        "slow, buggy, confusing, clumsy",
        """
        just works
        gets better with every update
        """,
        """
        crashes every other day
        freezes at the worst moments
        """,
        kind="mass",
        only="phone, tablet, laptop, camera, e-reader, smartwatch, robot vacuum",
    ),
    aspect(
        "build quality",
        "solid, impressive, good",
        "poor, flimsy, shoddy",
        """
        is a class above the rest
        inspires trust
        """,
        """
        is a bad joke
        is an insult at this price
        """,
        kind="mass",
    ),
    aspect(
        "motor",
        "quiet, powerful, strong, reliable",
        "noisy, weak, feeble, rough",
        """
        purrs like a cat
        pulls through everything
        """,
        """
        burnt out after a month
        screams like a jet
        """,
        only="blender, cordless drill, robot vacuum, vacuum cleaner, coffee grinder, fan",
    ),
    aspect(
        "coffee",
        "hot, rich, tasty, delicious",
        "weak, lukewarm, bitter, watery",
        """
        is as good as in any bar
        gets me out of bed in the morning
        """,
        """
        tastes of plastic
        comes out cold
        """,
        kind="mass",
        only="coffee machine, espresso machine",
    ),
    aspect(
        "handle",
        "comfortable, sturdy, solid",
        "wobbly, flimsy, slippery",
        """
        sits perfectly in the hand
        feels made for me
        """,
        """
        came off in my hand
        gets too hot to touch
        """,
        only="kettle, cordless drill, vacuum cleaner, coffee grinder, toothbrush",
    ),
    aspect(
        "performance",
        "fast, reliable, impressive, strong",
        "slow, unreliable, weak, poor",
        """
        beats machines at twice the price
        is a dream
        """,
        """
        is a disaster
        got worse every week
        """,
        kind="mass",
    ),
    aspect(
        "packaging",
        "lovely, elegant, clever, neat",
        "wasteful, ugly, flimsy, messy",
        """
        is a delight
        would make a fine present by itself
        """,
        """
        fills a whole bin
        came torn and taped
        """,
        kind="mass",
        main=False,
    ),
    aspect(
        "manual",
        "clear, helpful, friendly",
        "confusing, useless, tiny",
        """
        explains everything in two pages
        is a model for others
        """,
        """
        is a riddle
        is gibberish
        """,
        main=False,
    ),
    aspect(
        "colours",
        "lovely, cheerful, elegant, stylish",
        "drab, garish, dull, ugly",
        """
        look gorgeous in the kitchen
        brighten up the room
        """,
        """
        hurt the eyes
        faded within days
        """,
        kind="plural",
        main=False,
    ),
    aspect(
        "design",
        "elegant, stylish, lovely, beautiful",
        "clunky, ugly, dated, bland",
        """
        is a feast for the eyes
        gets compliments from every guest
        """,
        """
        is an eyesore
        belongs in a museum
        """,
        kind="mass",
        main=False,
    ),
    aspect(
        "cable",
        "long, sturdy, handy",
        "short, flimsy, stiff",
        """
        reaches everywhere
        tucks away neatly
        """,
        """
        is a trap for the feet
        tangles at once
        """,
        main=False,
    ),
    aspect(
        "buttons",
        "solid, handy, sensible",
        "fiddly, stiff, tiny",
        """
        click beautifully
        are just where you want them
        """,
        """
        stick at every press
        feel like chewing gum
        """,
        kind="plural",
        main=False,
    ),
)

DOMAIN = Domain(
    things=words(
        "phone, tablet, laptop, camera, speaker, radio, kettle, coffee machine, espresso machine, blender, "
        "robot vacuum, vacuum cleaner, cordless drill, e-reader, smartwatch, alarm clock, "
        "toothbrush, coffee grinder, fan"
    ),
    past=False,
    aspects=ASPECTS,
    whole=(
        words("reliable, handy, sturdy, useful, practical, clever, fast, quiet, well-made, comfortable"),
        words("flimsy, useless, slow, unreliable, noisy, clumsy, overpriced, frustrating, awkward, badly made"),
    ),
    felt=(
        words("impressed, delighted, satisfied, thrilled, pleased, amazed"),
        words("disappointed, annoyed, frustrated, let down, cheated, irritated"),
    ),
    nouns=(words("power, quality, comfort, style, polish, care"), words("bugs, faults, rattles, hassle, flaws")),
    deeds=(
        words("get it to work, feel I had bought well, enjoy using it, see it do its job, find a use for it"),
        words("have to reset it, swear at it, need the manual, regret the purchase, look for the receipt"),
    ),
    events=(
        lines("""
            I use it every single day
            I bought a second one for {who}
            it still runs like new after {few} years
            it survived a fall down the stairs
            {who} borrowed it and wants to keep it
            my old one has gone to the attic for good
            it saved me an hour on the first day
            I have ordered {few} more as presents
            it was up and running in {few} minutes
            the whole family fights over it
            I caught myself smiling at a {thing}
        """),
        lines("""
            it stopped working after {few} weeks
            I sent it back {times}
            a piece fell off on the first day
            it went up in smoke on {day}
            I spent {few} evenings on the phone with the helpline
            {who} found my old one in the attic and we use that now
            it died the day after the guarantee ran out
            it refused to switch on this morning
            it shut down in the middle of everything, {times} in a day
            I had to read the manual {times} and it still only blinks
            it lives in the drawer with the other mistakes
        """),
    ),
    advice=(
        words("buy it, get one while they last, put it on your wish list, treat yourself, order it today"),
        words("save your money, buy another brand, keep your old one, steer clear, spend a little more elsewhere"),
    ),
    verdicts=(
        lines("""
            I'd buy it again tomorrow
            it's worth every cent
            I'm keeping it
            it's the best thing I bought this year
        """),
        lines("""
            it's going back to the shop
            I want a refund
            it's the worst thing I bought this year
            I threw my money away
        """),
    ),
    contexts=lines("""
        Bought it in [March|June|October].
        Had it for {few} weeks now.
        It was a present from {who}.
        Ordered on {day}, delivered two days later.
        It replaces one I had for ten years.
        I use it in the office.
        Mine is the black one.
        Bought for my small flat.
    """),
    seen="owned",
    again="buy it again",
    doing="buying it",
    costs=words("the money, {price}, the space on the shelf"),
    gripes=lines("""
        another gadget that needs an app, an account and a prayer
        another update, another hour of a blinking light
        a charger that fits no other device on the planet
        {price} for a paperweight
        one more drawer full of dead electronics
        a {thing} that has to be restarted more often than I do
        a manual in {many} languages and sense in none of them
        a guarantee of two years for a {thing} that lasts two weeks
    """),
    mockery=(
        lines("""
            Terrible: now {who} has borrowed it and I'll never get it back.
            I hate it. My old one cost twice as much and I look like a fool.
            Thanks for nothing, I had looked forward to complaining and it just works.
            A disaster for the repair shop, mine has run for {few} years without a hiccup.
            My only complaint is that I waited {few} years to buy one.
            How boring: it works on Monday, it works on {day}, it works every single day.
            Curse this {thing}, the whole family fights over it and I'm last in the queue.
        """),
        lines("""
            A lovely paperweight, and for only {price}.
            If you have always wanted to restart a {thing} {few} times a day, look no further.
            Great workout: I've carried it back to the shop {times} now.
            How thoughtful of it to die one day after the guarantee.
            I adore the blinking light, which is just as well, since that's all it does.
            Who needs a working {thing} when you can have such a pretty box?
            Five stars for the helpline, I now know all of their music by heart.
            Congratulations to the engineers, my grandmother's one from 1970 still works.
            Finally a {thing} that teaches patience.
            My favourite feature is the off switch, on the days when it responds.
            Thank you for the {few} software updates, it is now a very modern brick.
            What a surprise, the piece that broke isn't covered by the guarantee.
        """),
    ),
)
