"""Restaurants: their aspects and what happens at the table.

How to run: not alone; `python -m generators.reviews` reads DOMAIN. What comes out: one domain.
"""

from generators.reviews.grammar import Domain, aspect, lines, words

ASPECTS = (
    aspect(
        "food",
        "fresh, tasty, delicious, hearty, imaginative",
        "bland, cold, greasy, tasteless, overpriced",
        """
        was full of flavour
        was worth every minute of the drive
        tasted like a holiday
        """,
        """
        came out of a packet
        was a disgrace
        upset my stomach
        """,
        kind="mass",
    ),
    aspect(
        "service",
        "friendly, quick, attentive, warm, charming",
        "rude, slow, careless, cold, chaotic",
        """
        made us feel at home
        ran like clockwork
        went the extra mile
        """,
        """
        was a joke
        fell apart by eight o'clock
        made us feel like intruders
        """,
        kind="mass",
    ),
    aspect(
        "steak",
        "tender, juicy, tasty",
        "tough, dry, burnt",
        """
        melted in the mouth
        was cooked to perfection
        """,
        """
        could have soled a shoe
        arrived raw and went back twice
        """,
        only="steakhouse, restaurant, bistro, pub",
    ),
    aspect(
        "pasta",
        "fresh, tasty, delicious, silky",
        "soggy, bland, salty, cold",
        """
        tasted of Italy
        was out of this world
        """,
        """
        swam in oil
        stuck together like glue
        """,
        kind="mass",
        only="Italian restaurant, trattoria, bistro, restaurant",
    ),
    aspect(
        "pizza",
        "crisp, tasty, delicious, light",
        "soggy, greasy, burnt, doughy",
        """
        took me back to Naples
        had the perfect crust
        """,
        """
        dripped with fat
        tasted like wet cardboard
        """,
        only="pizzeria, Italian restaurant, trattoria",
    ),
    aspect(
        "noodles",
        "tasty, fresh, fragrant, delicious",
        "soggy, bland, greasy, salty",
        """
        had just the right bite
        warmed me to the bones
        """,
        """
        tasted of dishwater
        came cold and clumped together
        """,
        kind="plural",
        only="noodle bar, Thai restaurant",
    ),
    aspect(
        "waiter",
        "friendly, attentive, charming, helpful",
        "rude, grumpy, sloppy, bored-looking",
        """
        read our wishes from our eyes
        made our evening
        """,
        """
        rolled his eyes at us
        ignored us all evening
        """,
    ),
    aspect(
        "soup",
        "tasty, rich, fragrant, delicious",
        "watery, lukewarm, bland, salty",
        """
        was a poem
        warmed the heart
        """,
        """
        tasted of dishwater
        had a hair in it
        """,
        kind="count",
    ),
    aspect(
        "portions",
        "generous, hearty, decent",
        "tiny, mean, stingy",
        """
        would feed a family
        left us happily stuffed
        """,
        """
        would leave a mouse hungry
        sent us straight to the chip shop
        """,
        kind="plural",
    ),
    aspect(
        "decor",
        "lovely, cosy, stylish, elegant",
        "shabby, gloomy, tacky, ugly",
        """
        was a feast for the eyes
        made us want to stay for ever
        """,
        """
        belonged in a waiting room
        was an eyesore
        """,
        kind="mass",
        main=False,
    ),
    aspect(
        "view",
        "beautiful, lovely, stunning",
        "dreary, ugly, gloomy",
        """
        was breathtaking
        belonged on a postcard
        """,
        """
        took in the bins
        was a brick wall
        """,
        main=False,
    ),
    aspect(
        "music",
        "lovely, pleasant, soft, cheerful",
        "loud, dreary, annoying, tinny",
        """
        set just the right mood
        had us tapping our feet
        """,
        """
        made talking impossible
        gave us a headache
        """,
        kind="mass",
        main=False,
    ),
    aspect(
        "chairs",
        "comfortable, stylish, elegant",
        "wobbly, hard, uncomfortable",
        """
        were a pleasure to sink into
        were pretty as a picture
        """,
        """
        ruined my back
        creaked at every breath
        """,
        kind="plural",
        main=False,
    ),
    aspect(
        "wine list",
        "interesting, generous, clever",
        "short, overpriced, dull",
        """
        was a delight
        had a gem on every page
        """,
        """
        was an insult
        was a rip-off
        """,
        main=False,
    ),
    aspect(
        "car park",
        "handy, spacious, tidy",
        "cramped, muddy, dirty",
        """
        was easy to find
        had plenty of room
        """,
        """
        was a swamp
        was a nightmare
        """,
        main=False,
    ),
)

DOMAIN = Domain(
    things=words(
        "restaurant, restaurant, place, place, bistro, café, pub, steakhouse, pizzeria, trattoria, Italian restaurant, "
        "noodle bar, Thai restaurant, tapas bar"
    ),
    past=True,
    aspects=ASPECTS,
    whole=(
        words("welcoming, cosy, charming, pleasant, friendly, enjoyable, memorable, lovely, relaxed, inviting"),
        words("overpriced, noisy, chaotic, unfriendly, gloomy, dirty, stressful, shabby, joyless, unpleasant"),
    ),
    felt=(
        words("impressed, delighted, charmed, pleased, satisfied, thrilled"),
        words("disappointed, annoyed, ignored, let down, cheated, rushed"),
    ),
    nouns=(words("charm, warmth, flavour, atmosphere, care, style"), words("flaws, hiccups, bad surprises, hassle")),
    deeds=(
        words("smile, taste anything fresh, feel welcome, see a clean glass, want a second bite"),
        words("look at the clock, wait, feel hurried, look for the salt, want to leave, complain"),
    ),
    events=(
        lines("""
            we stayed until they closed
            I wiped the plate clean with the last piece of bread
            we booked again before we had paid
            {who} asked for the recipe
            I ordered dessert {times}
            the chef came out and gave {who} a second helping
            we have been back {few} times since
            I dreamt of the [dumplings|pancakes|meatballs] that night
            the whole table went quiet at the first bite, and then all asked for more
            they brought us a little extra dish and would take no money for it
            we left the waiter the biggest tip of the year
        """),
        lines("""
            we waited an hour for a glass of water
            they forgot our order {times}
            we left hungry and went for chips
            I found a hair in the soup
            {who} was ill all night
            the bill had {few} dishes on it that we never saw
            they ran out of [bread|rice|chicken] at seven
            our reservation had vanished, and so had our table
            the starters came after the desserts
            we sat by the toilet door and heard everything
            I sent the fish back {times}
        """),
    ),
    advice=(
        words("book a table, go hungry, take your parents, ask for the corner table, go before everyone else does"),
        words("eat at home, go somewhere else, walk past, save your money, get a sandwich instead"),
    ),
    verdicts=(
        lines("""
            we'll be back
            we've already booked again
            it's our new favourite place
            I left full and happy
        """),
        lines("""
            that was our last visit
            we'll eat elsewhere
            I left hungry and cross
            I'd sooner cook for myself
        """),
    ),
    contexts=lines("""
        We went on {day}.
        Dinner for {few}, early in the evening.
        It was {who}'s birthday.
        Stopped here on the way to the coast.
        First visit.
        We had booked a table for {few}.
        Lunch with {who}.
        It's just round the corner from the office.
    """),
    seen="visited",
    again="go back",
    doing="going there",
    costs=words("the money, {price}, an evening, the petrol"),
    gripes=lines("""
        another hour of my life spent looking for a waiter
        a side salad of one leaf and one tomato
        cold soup in a hot room
        {price} for a carrot on a slate
        a table next to the toilets
        three kinds of foam and still hungry
        the same pop song {few} times, at full volume
        chips from the freezer, with a sprig of parsley for the price
    """),
    mockery=(
        lines("""
            Dreadful news for my diet: I've been back {few} times in a week.
            I blame the chef, my own cooking now tastes of nothing and I eat here every {day}.
            Avoid the [cheesecake|apple pie|bread] at all costs, I ate {few} helpings and had to be rolled out.
            Shame on them, I can't button my trousers and I'd do it again tonight.
            Horrible place. Please stop going there, I want a table on {day} too!
            Our only complaint: we had just one stomach each.
            Thanks a lot, now {who} expects this from my kitchen.
        """),
        lines("""
            If you enjoy cold soup and cold looks, this is the {thing} for you.
            Loved the hour we spent guessing which waiter was ours.
            What a clever idea to serve the dessert before the starter, or was it the starter?
            How thoughtful of them to burn both sides.
            My favourite course was the one they forgot to put on the bill.
            Nothing says romance like a table beside the toilets.
            Thank you for the parsley, it was the only thing on the plate that had seen a garden.
            Who needs cutlery? It came {many} minutes after the food anyway.
            Five stars for the tap water, which arrived within the hour.
            The bread was warm, I suppose from the waiter's thumb.
            So generous: we paid for {few} main courses and they kept one of them in the kitchen.
            I had no idea that you could charge {price} for regret.
        """),
    ),
)
