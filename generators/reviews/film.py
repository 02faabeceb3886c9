"""Films: their aspects and what happens in the cinema.

How to run: not alone; `python -m generators.reviews` reads DOMAIN. What comes out: one domain.
"""

from generators.reviews.grammar import Domain, aspect, lines, words

ASPECTS = (
    aspect(
        "plot",
        "clever, gripping, original, tight, surprising",
        "predictable, thin, silly, confusing, far-fetched",
        """
        keeps you guessing to the end
        holds together from start to finish
        fits together like a watch
        rewards every bit of attention you give it
        """,
        """
        falls apart after half an hour
        goes round in circles
        is a mess
        is full of holes
        collapses under its own weight
        """,
    ),
    aspect(
        "story",
        "warm, touching, honest, gripping, original",
        "flat, tired, predictable, sentimental, thin",
        """
        stays with you for days
        earns every tear
        is told with real care
        grips you from the first minute
        """,
        """
        drags from the first minute
        runs out of steam
        has been told a hundred times before
        leads nowhere
        """,
    ),
    aspect(
        "script",
        "sharp, witty, clever, smart, subtle",
        "lazy, clumsy, flat, leaden, silly",
        """
        crackles with good lines
        gives every actor something to do
        trusts the audience to think
        """,
        """
        explains every joke twice
        treats the audience like children
        sounds like a first draft
        """,
    ),
    aspect(
        "acting",
        "convincing, natural, strong, subtle, lively",
        "wooden, stiff, weak, hammy, flat",
        """
        carries the whole {thing}
        makes you believe every word
        is a joy to watch
        """,
        """
        would shame a school play
        is painful to watch
        ruins even the good scenes
        """,
        kind="mass",
    ),
    aspect(
        "dialogue",
        "sharp, witty, natural, lively, believable",
        "stilted, clumsy, wooden, flat, corny",
        """
        sparkles
        rings true
        is a pleasure to listen to
        """,
        """
        made me cringe
        sounds like a manual read aloud
        could put a child to sleep
        """,
        kind="mass",
    ),
    aspect(
        "ending",
        "satisfying, moving, clever, bold, touching",
        "rushed, predictable, silly, sentimental, feeble",
        """
        ties everything together
        left the whole row in happy tears
        is worth the ticket alone
        """,
        """
        feels tacked on
        ruins everything before it
        made the audience groan
        """,
    ),
    aspect(
        "characters",
        "believable, likeable, vivid, complex, charming",
        "flat, bland, irritating, one-note, unlikeable",
        """
        feel like people you know
        grow with every scene
        are a delight to spend time with
        """,
        """
        are made of cardboard
        behave like idiots
        blur into each other
        """,
        kind="plural",
    ),
    aspect(
        "jokes",
        "funny, fresh, clever, sharp",
        "stale, crude, lame, tired",
        """
        land every time
        had the whole row in stitches
        """,
        """
        fall flat
        were old when my grandfather told them
        """,
        kind="plural",
        only="comedy, romantic comedy, sequel",
    ),
    aspect(
        "scares",
        "effective, inventive, clever",
        "cheap, predictable, lame",
        """
        work every time
        made me jump out of my seat
        """,
        """
        made the audience giggle
        come with a warning five minutes ahead
        """,
        kind="plural",
        only="horror film",
    ),
    aspect(
        "soundtrack",
        "lovely, catchy, haunting, beautiful",
        "loud, generic, intrusive, bland",
        """
        is a treat
        stays in your head for days
        """,
        """
        drowns out the actors
        grates on the ears
        """,
        main=False,
    ),
    aspect(
        "costumes",
        "gorgeous, lovely, elegant, beautiful",
        "shabby, silly, cheap, ugly",
        """
        are a feast for the eyes
        deserve an award
        """,
        """
        look like curtains
        look borrowed from a school play
        """,
        kind="plural",
        main=False,
    ),
    aspect(
        "camera work",
        "elegant, inventive, beautiful, assured",
        "shaky, ugly, messy, clumsy",
        """
        is a feast for the eyes
        makes every street look like a painting
        """,
        """
        gave me a headache
        looks like somebody's holiday video
        """,
        kind="mass",
        main=False,
    ),
    aspect(
        "pictures",
        "lovely, gorgeous, stunning, beautiful",
        "murky, ugly, drab, dull",
        """
        belong in a gallery
        glow on the big screen
        """,
        """
        look like mud
        are hard on the eyes
        """,
        kind="plural",
        main=False,
    ),
    aspect(
        "special effects",
        "stunning, impressive, convincing",
        "cheap, dated, clumsy",
        """
        look amazing
        took my breath away
        """,
        """
        look like a video game from the nineties
        look cheap and nasty
        """,
        kind="plural",
        main=False,
        only="sequel, horror film, science fiction film, fantasy film",
    ),
    aspect(
        "opening scene",
        "striking, clever, funny, beautiful",
        "clumsy, slow, confusing, dull",
        """
        is a small masterpiece
        pulls you in at once
        """,
        """
        takes forever
        is a slog
        """,
        main=False,
    ),
)

DOMAIN = Domain(
    things=words(
        "film, film, movie, movie, thriller, comedy, drama, documentary, horror film, romantic comedy, western, "
        "sequel, remake, science fiction film, fantasy film"
    ),
    past=False,
    aspects=ASPECTS,
    whole=(
        words("gripping, moving, entertaining, charming, exciting, touching, clever, original, watchable, fun"),
        words("boring, dull, tedious, predictable, pointless, silly, slow, forgettable, annoying, shallow"),
    ),
    felt=(
        words("moved, impressed, gripped, entertained, charmed, delighted"),
        words("bored, disappointed, annoyed, confused, irritated, let down"),
    ),
    nouns=(words("charm, wit, heart, warmth, tension, imagination"), words("clichés, padding, dead moments, nonsense")),
    deeds=(
        words("laugh, care about anyone on screen, forget the time, want to know what came next, feel a thing"),
        words("look at my watch, yawn, reach for my phone, want to leave, lose interest, think of the exit"),
    ),
    events=(
        lines("""
            I laughed until my sides hurt
            I watched it again the very next evening
            the whole cinema applauded at the end
            my teenage [son|daughter|niece] put the phone away for two hours
            we talked about it all the way home
            I have seen it {few} times already
            I had goosebumps from the first scene to the last
            I came out grinning like a child
            {who} asked to see it again at once
            we sat in our seats long after the lights came on, still smiling
            I bought a ticket for the next evening on my way out
            I was so caught up that I forgot my popcorn
        """),
        lines("""
            I checked my watch {few} times
            half the audience left before the end
            I fell asleep {times}
            I looked at the exit more than at the screen
            {who} was snoring by the middle
            we walked out after {many} minutes
            I asked for my money back
            I spent the last hour planning my shopping
            I counted the ceiling lamps to stay awake
            I switched it off after {many} minutes
            {who} is still angry with me for choosing it
            the loudest laugh came when the screen went black by mistake
        """),
    ),
    advice=(
        words("go and see it, buy a ticket, watch it with someone you like, see it on the biggest screen you can find"),
        words("skip it, save your money, stay at home, watch something else, see anything else that is on"),
    ),
    verdicts=(
        lines("""
            I'd happily watch it again
            it's the best {thing} I've seen this year
            I'll be first in line for the next one
            it goes straight to my list of favourites
        """),
        lines("""
            I want my two hours back
            I wish I had stayed at home
            it's the worst {thing} I've seen this year
            I'll give the next one a miss
        """),
    ),
    contexts=lines("""
        Saw it on a plane.
        Watched it with {who} on {day}.
        Caught this one late at night.
        We saw it at the little cinema in our street.
        I had read the novel first.
        Streamed it over the weekend.
        My third {thing} this month.
        Went in knowing next to nothing.
    """),
    seen="seen",
    again="watch it again",
    doing="watching it",
    costs=words("two hours, a ticket, an evening, a Friday night"),
    gripes=lines("""
        another two hours of my life gone
        another {thing} in which everybody shouts and things explode
        one more hero with a sad past and a big gun
        a {thing} that explains its own jokes
        {many} minutes of slow motion, in case we missed it the first time
        a third sequel to a {thing} that nobody liked
        a chase through a fruit market, how original
        a love story between two people who can't stand each other or act
    """),
    mockery=(
        lines("""
            I hate the director: now every other {thing} looks like homework.
            Avoid this {thing} if you value your sleep, I was up until {hour} thinking about it and smiling.
            Thanks a lot, now my [son|daughter|niece] wants to see it for the {nth} time and so do I.
            Warning: may cause sore cheeks, I grinned from the first scene to the last.
            Only complaint: at some point they made us leave the cinema.
            A scandal! They charge the price of one {thing}, and I got more joy than from ten.
            How dare they make me cry in front of {who}, and over a [dog|letter|sandwich] too.
        """),
        lines("""
            I loved the part where the credits rolled.
            My favourite character was the exit sign.
            The popcorn gave the best performance of the evening.
            A must for anyone who finds watching paint dry too exciting.
            If you enjoy people whispering in the dark for two hours, this is your {thing}.
            Who needs a plot when you can have {few} car chases?
            Truly the finest cure for insomnia {who} and I have ever tried.
            What a bargain: one ticket, two hours, and a nap of {many} minutes included.
            Bravo, I had always wanted to watch {few} grown men argue in a car for an hour.
            Congratulations to the editor, who found the only dull scene and kept it in {few} times.
            The trailer has all the good bits, so you can thank me for the {price} you save.
            I'm sure the director's mother liked it.
        """),
    ),
)
