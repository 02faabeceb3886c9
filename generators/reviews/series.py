"""Series: their aspects and what happens on the sofa.

How to run: not alone; `python -m generators.reviews` reads DOMAIN. What comes out: one domain.
"""

from generators.reviews.grammar import Domain, aspect, lines, words

ASPECTS = (
    aspect(
        "writing",
        "sharp, witty, smart, confident, honest",
        "lazy, clumsy, weak, lifeless, careless",
        """
        gets better with every episode
        is sharp as a razor
        treats you like an adult
        """,
        """
        gets worse with every episode
        insults the audience
        is one cliché after another
        """,
        kind="mass",
    ),
    aspect(
        "cast",
        "charming, strong, likeable, lively, convincing",
        "wooden, bland, weak, irritating, lifeless",
        """
        works together like a family
        shines in every episode
        makes the most of every line
        """,
        """
        sleepwalks through every episode
        looks as tired as I felt
        mumbles from start to finish
        """,
    ),
    aspect(
        "plot",
        "gripping, clever, tight, surprising, original",
        "confusing, thin, predictable, messy, slow",
        """
        hooks you within minutes
        had me on the edge of the sofa
        pays off beautifully
        """,
        """
        drags on for ever
        lost me by the second episode
        is stretched like chewing gum
        """,
    ),
    aspect(
        "humour",
        "dry, sharp, warm, clever, fresh",
        "forced, crude, stale, childish, lame",
        """
        had us howling
        hits the mark every time
        """,
        """
        falls flat
        is as fresh as last week's bread
        """,
        kind="mass",
        only="sitcom, comedy series, cartoon",
    ),
    aspect(
        "season finale",
        "thrilling, moving, bold, satisfying, clever",
        "rushed, silly, feeble, predictable, dull",
        """
        blew me away
        had us cheering at the screen
        """,
        """
        made a fool of anyone who had waited for it
        spoiled the whole season
        """,
    ),
    aspect(
        "characters",
        "likeable, complex, vivid, believable, charming",
        "bland, irritating, flat, shallow, unlikeable",
        """
        feel like old friends
        are people you root for
        """,
        """
        are impossible to tell apart
        get on your nerves
        """,
        kind="plural",
    ),
    aspect(
        "pilot",
        "strong, funny, confident, gripping",
        "slow, weak, clumsy, confusing",
        """
        sets everything up with style
        promises a lot and keeps it
        """,
        """
        is a chore
        crams in far too much
        """,
        main=False,
    ),
    aspect(
        "dialogue",
        "witty, natural, sharp, believable",
        "stilted, corny, wooden, flat",
        """
        is a joy to listen to
        snaps along
        """,
        """
        hurts the ears
        sounds machine-made
        """,
        kind="mass",
    ),
    aspect(
        "theme tune",
        "catchy, lovely, charming",
        "grating, dreary, annoying",
        """
        gets everyone dancing
        is a little gem
        """,
        """
        drives me up the wall
        sounds like a broken alarm clock
        """,
        main=False,
    ),
    aspect(
        "costumes",
        "gorgeous, elegant, beautiful, stylish",
        "shabby, cheap, ugly, silly",
        """
        are a delight
        are worth freezing the picture for
        """,
        """
        look like carnival leftovers
        are laughable
        """,
        kind="plural",
        main=False,
    ),
    aspect(
        "locations",
        "stunning, beautiful, lovely, striking",
        "drab, dull, ugly, dreary",
        """
        make you want to pack a suitcase
        are breathtaking
        """,
        """
        look like one car park after another
        are a bore
        """,
        kind="plural",
        main=False,
    ),
    aspect(
        "lighting",
        "warm, elegant, beautiful",
        "murky, ugly, harsh",
        """
        makes every room glow
        is a small wonder
        """,
        """
        turns every scene into soup
        strains the eyes
        """,
        kind="mass",
        main=False,
    ),
    aspect(
        "guest stars",
        "funny, charming, likeable",
        "dull, annoying, wooden",
        """
        steal every scene
        are a treat
        """,
        """
        embarrass themselves
        look lost
        """,
        kind="plural",
        main=False,
    ),
)

DOMAIN = Domain(
    things=words("series, series, show, show, sitcom, crime series, comedy series, cartoon, period drama"),
    past=False,
    aspects=ASPECTS,
    whole=(
        words("addictive, gripping, funny, clever, moving, charming, exciting, entertaining, original, watchable"),
        words("boring, dull, tedious, predictable, pointless, slow, silly, repetitive, annoying, forgettable"),
    ),
    felt=(
        words("hooked, impressed, moved, entertained, charmed, delighted"),
        words("bored, disappointed, annoyed, confused, let down, irritated"),
    ),
    nouns=(words("charm, wit, heart, suspense, imagination, style"), words("clichés, padding, filler, nonsense")),
    deeds=(
        words("laugh, care who did it, forget the time, want another episode, feel for anyone"),
        words("reach for the remote, yawn, look at my phone, skip ahead, lose interest, want to give up"),
    ),
    events=(
        lines("""
            I watched the whole season in a weekend
            we were still on the sofa at {hour}, begging for one more
            I called in sick to see how it ends
            {who} and I have started again from the first episode
            my whole office is hooked, and so am I
            I cheered at the television like a fool
            we were so glued to it that the pizza burnt
            I hugged the cushion all through the last episode
            we saved the last episode for a week because we could hardly bear it to be over
            I have told everyone on my street to watch it
            we named the [cat|dog|hamster] after the detective
        """),
        lines("""
            I gave up after {few} episodes
            {who} was asleep before the title came up
            I did the ironing and missed very little
            I went to make tea {times} and stayed in the kitchen
            we turned it off and played cards
            I needed {few} attempts to get through the first episode
            I watched the last episodes at double speed to get it over with
            the [cat|dog] left the room, and I envied it
            I had forgotten everyone's name by the next morning
            {who} asked whether we could watch the news instead
            I cancelled my subscription the same evening
        """),
    ),
    advice=(
        words("start it tonight, clear your weekend, give it a go, watch it from the beginning, tell your friends"),
        words("skip it, watch something else, read a book instead, cancel it, leave it on the shelf"),
    ),
    verdicts=(
        lines("""
            bring on the next season
            I could start again tomorrow
            I'll miss it now that it's over
            it's the best thing on television this year
        """),
        lines("""
            one season is one too many
            I won't be back for the next season
            it's the worst thing on television this year
            I'm glad it's over
        """),
    ),
    contexts=lines("""
        Started it with {who} on {day}.
        We watched an episode a night.
        It was on after the news.
        A colleague had mentioned it.
        Second season now.
        I watched it with subtitles.
        Ten episodes of fifty minutes each.
        I had a week off and a sofa.
    """),
    seen="seen",
    again="start it again",
    doing="watching it",
    costs=words("ten hours, a week of evenings, a whole weekend, a subscription"),
    gripes=lines("""
        another detective with a drinking problem and a dead wife
        ten hours that could have been ninety minutes
        yet another cliffhanger instead of an ending
        a flashback inside a flashback
        a whole episode about a [lost key|parking space|missing cat]
        {few} more seasons of people staring out of windows
        a musical episode, because why would you let a plot get in the way
        a laugh track to tell me where the jokes would have been
    """),
    mockery=(
        lines("""
            I'd like to complain: it's {hour}, I have work tomorrow, and I'm starting the next episode.
            Thanks for nothing, I meant to watch one episode and now it's Monday and I'm happy.
            This {thing} has ruined me for all others, I hope they're proud.
            Terrible for the household: the dishes are piling up and everybody is on the sofa, grinning.
            Curse {who} for telling me about it, I had a life until {day}.
            Do not start this {thing} if you have plans, you'll be hooked within minutes and grateful for it.
            The only thing wrong with it is that it ends.
        """),
        lines("""
            I liked the bit where the screen asked if I was still watching.
            Five stars for the recap, it saved me the trouble of staying awake.
            If you like people staring at phones for ten hours, you're in luck.
            Who knew that a murder could be this relaxing? I slept like a baby.
            What a treat, {few} episodes about a parking permit.
            So much for the show of the year.
            I'm told it gets good in season {few}, so only {many} hours to go!
            Nothing says suspense like knowing the killer after {few} minutes.
            Thank you for the slow motion, without it the season might have been over by Christmas.
            The remote control has never felt so precious to me.
            Even my plants looked bored, and they are [plastic|dead].
        """),
    ),
)
