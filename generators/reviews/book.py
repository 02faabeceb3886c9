"""Books: their aspects and what happens while reading.

How to run: not alone; `python -m generators.reviews` reads DOMAIN. What comes out: one domain.
"""

from generators.reviews.grammar import Domain, aspect, lines, words

ASPECTS = (
    aspect(
        "plot",
        "clever, gripping, original, tight, surprising",
        "predictable, thin, messy, confusing, far-fetched",
        """
        kept me turning the pages
        clicks into place like a lock
        springs one surprise after another
        """,
        """
        unravels halfway through
        limps from chapter to chapter
        depends on silly coincidences
        """,
    ),
    aspect(
        "prose",
        "elegant, vivid, crisp, beautiful, warm",
        "clumsy, flowery, flat, pompous, lifeless",
        """
        sings
        is a pleasure on every page
        made me read sentences aloud
        """,
        """
        is hard going
        chokes on its own adjectives
        reads like a tax form
        """,
        kind="mass",
    ),
    aspect(
        "story",
        "touching, honest, gripping, original, wise",
        "tired, sentimental, flat, shallow, predictable",
        """
        broke my heart and mended it again
        grabs you on the first page
        lingers for weeks
        """,
        """
        fizzles out
        takes {many} pages to start and then stops
        is copied from better books
        """,
        only="novel, book, paperback, first novel, crime novel",
    ),
    aspect(
        "argument",
        "clear, convincing, fresh, sharp",
        "weak, muddled, shallow, tired",
        """
        changed the way I think
        is laid out beautifully
        """,
        """
        contradicts itself
        would fit on a postcard
        """,
        only="history book, biography, science book",
    ),
    aspect(
        "characters",
        "vivid, believable, likeable, complex, lovable",
        "flat, bland, irritating, wooden, unlikeable",
        """
        leap off the page
        are like friends by the end
        """,
        """
        are paper dolls
        talk like greeting cards
        """,
        kind="plural",
        only="novel, book, paperback, first novel, crime novel, fantasy novel",
    ),
    aspect(
        "ending",
        "satisfying, moving, bold, clever, wise",
        "rushed, silly, feeble, sentimental, predictable",
        """
        is perfect
        made me start again from page one
        """,
        """
        is a cheat
        made me throw it across the room
        """,
    ),
    aspect(
        "narrator",
        "funny, charming, wise, engaging",
        "tiresome, whiny, smug, irritating",
        """
        is wonderful company
        had me from the first line
        """,
        """
        wore me out
        is a crashing bore
        """,
        only="novel, memoir, first novel, paperback, short novel",
    ),
    aspect(
        "middle chapters",
        "gripping, lively, rich, funny",
        "slow, repetitive, dry, tedious",
        """
        fly by
        are the best of all
        """,
        """
        are a swamp
        go on and on
        """,
        kind="plural",
    ),
    aspect(
        "cover",
        "beautiful, striking, elegant, lovely",
        "ugly, cheap, garish, dull",
        """
        is a work of art
        would look good on any shelf
        """,
        """
        looks like an advert for insurance
        is an eyesore
        """,
        main=False,
    ),
    aspect(
        "maps",
        "beautiful, helpful, charming, detailed",
        "useless, messy, ugly, tiny",
        """
        are a joy to get lost in
        deserve a frame
        """,
        """
        are impossible to read
        look like spilled noodles
        """,
        kind="plural",
        main=False,
        only="history book, fantasy novel, biography, travel book",
    ),
    aspect(
        "translation",
        "smooth, elegant, lively, careful",
        "clumsy, stiff, careless, awkward",
        """
        reads like an original
        is a fine piece of work
        """,
        """
        stumbles over every idiom
        sounds like a phrase book
        """,
        main=False,
    ),
    aspect(
        "paper",
        "lovely, thick, smooth",
        "flimsy, cheap, rough",
        """
        feels good under the fingers
        smells wonderful
        """,
        """
        tears if you look at it
        is see-through
        """,
        kind="mass",
        main=False,
    ),
    aspect(
        "chapter titles",
        "funny, clever, witty",
        "silly, lame, pretentious",
        """
        made me smile
        are little poems
        """,
        """
        made me wince
        give everything away
        """,
        kind="plural",
        main=False,
    ),
)

DOMAIN = Domain(
    things=words(
        "book, book, novel, novel, memoir, crime novel, first novel, paperback, short novel, fantasy novel, "
        "history book, biography, travel book, science book"
    ),
    past=False,
    aspects=ASPECTS,
    whole=(
        words("gripping, moving, funny, wise, readable, clever, original, touching, charming, entertaining"),
        words("boring, dull, tedious, predictable, pointless, pretentious, slow, forgettable, shallow, repetitive"),
    ),
    felt=(
        words("moved, impressed, gripped, hooked, charmed, delighted"),
        words("bored, disappointed, annoyed, confused, irritated, let down"),
    ),
    nouns=(words("charm, wit, heart, wisdom, tension, imagination"), words("clichés, padding, waffle, nonsense")),
    deeds=(
        words("smile, care what happened next, forget the time, learn something new, want to read on"),
        words("skip a page, yawn, count the pages left, want to put it down, lose interest, look at the clock"),
    ),
    events=(
        lines("""
            I read it in one night
            I missed my stop {times} on the train
            I have bought {few} copies for friends
            I read the last page and turned straight back to the first
            {who} took it from my bedside table and is reading it under the blanket
            our whole book club talked past midnight
            I laughed out loud on a crowded bus
            I underlined half of it
            I slowed down near the end to make it last
            I let my dinner burn over chapter {few}
            I carried it around for weeks after I had finished it
        """),
        lines("""
            I gave up on page {many}
            I fell asleep over it {times}
            I used it to prop up a table
            I skipped {many} pages and missed very little
            I left it on a park bench, and nobody took it
            I needed {few} months to get through it
            {who} gave it back to me after one chapter
            our book club talked about the biscuits instead
            I found myself reading the back of the cereal box
            I threw it across the room
            the charity shop has it now
        """),
    ),
    advice=(
        words("read it, buy two and give one away, put it on your list, pack it for the holidays, borrow it today"),
        words("skip it, leave it in the shop, save your money, read something else, give it a miss"),
    ),
    verdicts=(
        lines("""
            I'd happily read it again
            it goes on the shelf of favourites
            I've already ordered the author's next one
            it was over far too soon
        """),
        lines("""
            I wish I had those evenings back
            it goes straight to the charity shop
            I'm done with this author
            it was a relief to reach the last page
        """),
    ),
    contexts=lines("""
        Read it for my book club.
        Took it along on holiday.
        A present from {who}.
        Picked it up at the station.
        Found it in the library on {day}.
        Four hundred pages in small print.
        I listened to half of it in the car.
        Finished it on {day}.
    """),
    seen="read",
    again="read it again",
    doing="reading it",
    costs=words("a week of evenings, a rainy day, three evenings, a weekend"),
    gripes=lines("""
        another four hundred pages about a writer who can't write
        a dream sequence of {many} pages
        one more family secret in one more attic
        {few} narrators, all with the same voice
        a murderer I had guessed on page {many}
        a chapter about the author's garden
        a sequel, as if one had left anything unsaid or unslept through
        footnotes to the footnotes
    """),
    mockery=(
        lines("""
            I hate this author: I had an exam the next morning and read until {hour}.
            A disgrace, it made me cry on the bus in front of strangers, and I thanked it for that.
            Thanks to this {thing} I missed my stop, my lunch and a meeting, and I would again.
            Terrible purchase. I lent it to {who} and will never see it again, so I bought another.
            The author owes me {few} nights of sleep and I hope for a sequel to lose more.
            My only complaint is that it has a last page.
            Beware: you will bore your friends with it for weeks, as I do.
        """),
        lines("""
            I loved it most when I closed it.
            Excellent for propping up a table, the {few} hundred pages are just the right height.
            If you have trouble sleeping, I can't recommend chapter {few} highly enough.
            Congratulations to the author on finding {many} words for rain and none for a plot.
            How thoughtful of the publisher to leave blank pages at the end, they were the best.
            Who needs characters when you can have {few} pages about a [sofa|hedge|hat]?
            Oh joy, a hero who is clever, handsome, rich, and sad about it.
            What a page-turner: I turned them as fast as I could to get it over with.
            A triumph of the printing press, if of little else.
            My favourite part was the author's thanks to everyone who had let this happen.
            Surely the most gripping thing about it is the glue in the binding.
        """),
    ),
)
