"""What goes wrong: fires, storms, thefts, debts, strikes, wars and neighbours.

How to run: not alone; articles.py uses FACTS. What comes out: facts.
"""

from generators.passages.grammar import (
    DATE,
    INSTITUTIONS,
    MONTH,
    PERSON,
    TOWN,
    TRADE,
    count,
    fact,
    lasting,
    later,
    money,
    number,
    pick,
    year,
)

FACTS = (
    fact(
        "fire",
        INSTITUTIONS,
        """
        On the night of <fire:{date} <fire:{fire}>> a fire broke out in {room}[, started by {spark}|]. It destroyed
        {lost} of {site}; the rest was saved by {saver}[, who {deed}|].

        {site} lost {lost} in the fire of <fire:{fire}>, which had begun in {room}. [{saver}, who {deed}, prevented
        worse.|] [The damage was put at {damage}.|]

        {spark} in {room} caused the fire that damaged {site} in <fire:{fire}>[; the loss came to {damage}|]. [Thanks
        to {saver} only {lost} was destroyed.|]
        """,
        """
        fire: When did flames damage {site}?
        room: Where did the flames start?
        spark: What set off the blaze?
        lost: What was burnt?
        saver: Who prevented greater losses in the blaze?
        deed: What did {saver~} do during the blaze?
        damage: How high was the loss caused by the flames?
        """,
        date=DATE,
        fire=year(9, 40),
        room=pick("a store room | the coal cellar | the paint shop | the porter's kitchen | a wooden shed", "room"),
        spark=pick("a dropped pipe | an oil lamp | a faulty stove | a firecracker | a stray rocket", "cause"),
        lost=pick(
            """
            the archive | all the furniture | half of the roof | the entire stock of paper | the great staircase
            """,
            "loss",
        ),
        saver=PERSON,
        deed=pick(
            """
            closed an iron door | rang the church bell | formed a chain of buckets | cut a hole in the wall | flooded
            the cellar
            """,
            "deed",
        ),
        damage=money(1900, 88000, 100),
    ),
    fact(
        "storm",
        INSTITUTIONS,
        """
        A storm in {month} {storm} tore off {torn}; the repairs took {repair}[ and cost {repair_cost}|]. [Until then
        {site} stayed shut.|]

        In {storm} {site} was hit by a storm that carried {torn} as far as {landed}[; {mender} mended the damage
        within {repair}|].

        The storm of {storm} left {site} without {torn}. {mender}, a local carpenter, took {repair} over the repairs[
        and asked {repair_cost} for them|].
        """,
        """
        storm: In which year did strong winds damage {site}?
        month: In what month did the storm come?
        torn: What did the wind carry off?
        repair: How long did it take to repair what the wind had damaged?
        repair_cost: How much was paid for the repairs after the storm?
        landed: Where did the wind drop what it had torn off?
        mender: Who did the repairs after the storm?
        """,
        month=MONTH,
        storm=year(6, 50),
        torn=pick(
            """
            the weather vane | forty metres of fence | the flagpole | a copper gutter | two chimneys | the
            wooden porch
            """,
            "part",
        ),
        repair=lasting(2, 9, "months"),
        repair_cost=money(310, 9400, 10),
        landed=TOWN,
        mender=PERSON,
    ),
    fact(
        "closure",
        INSTITUTIONS,
        """
        {site} was closed from {closed} to {reopened}, because <whyclosed:{cause}>[. {caretaker}, the only one left,
        slept there every night|].

        When {site} was shut in {closed}, since <whyclosed:{cause}>, {caretaker} stayed behind as caretaker[ for {pay}
        a month|]. [It opened again in {reopened}.|]

        {closed} was the year in which {site} had to close[; only in {reopened} did it open again|]. {caretaker}
        looked after everything for {pay} a month[ and grew {crop} in the yard|].
        """,
        """
        closed: When did {site} shut its doors for a time?
        reopened: From which year on was {site} open again?
        whyclosed: Why was {site} shut for a time?
        caretaker: Who remained while {site} was shut?
        pay: How much was {caretaker~} paid each month?
        crop: What did {caretaker~} plant?
        """,
        closed=year(20, 45),
        reopened=later("closed", 1, 9),
        cause=pick(
            """
            coal was short | cholera had broken out | the army needed the rooms | the insurer had withdrawn
            | no one could be found to run it | cracks had appeared in the foundations
            """,
            "reason",
        ),
        caretaker=PERSON,
        pay=money(8, 95),
        crop=pick("tobacco | turnips | beans | strawberries | tomatoes", "crop"),
    ),
    fact(
        "theft",
        INSTITUTIONS,
        """
        In {stolen}, {many} {stuff} were stolen from {site}. The thief, {thief}, a {trade}, was caught after {free}[
        in {caught_in}|].

        {thief}[, a {trade},|] stole {many} {stuff} from {site} in {stolen}[ by {means}|]; they were found in
        {hidden}.

        For {free} nobody knew who had taken {many} {stuff} from {site}. Then inspector {inspector} found them in
        {hidden}[ in {caught_in}|] and arrested {thief}.
        """,
        """
        stolen: When did the theft take place?
        many: How many {stuff} were stolen?
        thief: Who committed the theft?
        trade: What was the job of {thief~}?
        free: How long did the thief go undetected?
        caught_in: In which town did the search come to an end?
        means: How did the thief go about it?
        hidden: Where were the stolen {stuff} discovered?
        inspector: Which police officer solved the case?
        """,
        stolen=year(12, 60),
        many=number(13, 96),
        thief=PERSON,
        inspector=PERSON,
        trade=TRADE,
        free=lasting(3, 11, "weeks"),
        caught_in=TOWN,
        means=pick(
            """
            hiding in a cupboard overnight | posing as a plumber | climbing down a drainpipe | making a copy of a key
            | bribing a cleaner
            """,
            "means",
        ),
        hidden=pick("a beehive | a double bass | a piano | a coffin | a baker's oven", "hiding place"),
    ),
    fact(
        "debt",
        INSTITUTIONS,
        """
        By {owed_by} {the} owed {owed}[ to {lender}|]. {rescuer} averted the worst by {rescue}[, which brought in
        {raised}|].

        {lender}, to whom {the} owed {owed}, threatened to take everything in {owed_by}. [It was saved by {rescue}, an
        idea of {rescuer}.|]

        {rescuer} saved {the} from ruin in {owed_by}: {rescue} brought in {raised}[, slightly more than was owed to
        {lender}|].
        """,
        """
        owed_by: In what year was {the} close to ruin?
        owed: How large were the debts of {the}?
        lender: Who had lent the money?
        rescuer: Thanks to whom did {the} survive?
        rescue: By what means was {the} saved from its creditors?
        raised: How much money did the rescue bring in?
        """,
        owed_by=year(14, 60),
        owed=money(9100, 49000, 100),
        raised=money(50000, 99000, 500),
        lender=PERSON,
        rescuer=PERSON,
        rescue=pick(
            """
            selling the cellar's wine | a raffle for a horse | a masked ball | renting out the attic | a sponsored
            walk | auctioning the portraits
            """,
            "rescue",
        ),
    ),
    fact(
        "strike",
        INSTITUTIONS,
        """
        In {strike} the staff of {the} stopped work for {out}, demanding {demand}; {speaker_s}, who spoke for them,
        {outcome}.

        {speaker_s} led the staff of {the} when they stopped work in {strike}[ to obtain {demand}|]. After {out} the
        {head}, {boss}, gave in.

        The demand of the staff for {demand} was refused by {boss}, then {head} of {the}. [They stopped work for {out}
        in {strike}.|] [{speaker_s}, who spoke for them, {outcome}.|]
        """,
        """
        strike: When did the staff go on strike?
        out: How long did the strike last?
        demand: What did the strikers want?
        speaker_s: Who was at the head of the strikers?
        outcome: What happened to {speaker_s~} after the strike?
        boss: Who was {head} when the strike took place?
        """,
        strike=year(15, 60),
        out=lasting(2, 9, "weeks"),
        demand=pick(
            """
            warm gloves | a free Saturday | higher pay | shorter shifts | dry boots | paid holidays
            """,
            "demand",
        ),
        speaker_s=PERSON,
        boss=PERSON,
        outcome=pick(
            """
            was dismissed | was later elected mayor | emigrated soon after | was jailed for a week | founded a
            union
            """,
            "outcome",
        ),
    ),
    fact(
        "war",
        INSTITUTIONS,
        """
        During the occupation[, from {war} to {war_end},|] {site} served as {use}. {hider} hid {hidden_w} behind
        {behind}[ and never spoke about it|].

        Soldiers turned {site} into {use} in {war}. What they did not find was {hidden_w}, which {hider} had hidden
        behind {behind}[; only when the occupation ended, in {war_end}, did it come to light|].

        Under the occupation[, which ended in {war_end},|] {hider} kept {hidden_w} out of sight behind {behind},
        although {officer}, a {rank}, searched {site} {searched} times.
        """,
        """
        war: In which year did soldiers take over {site}?
        war_end: When did the occupation end?
        use: What was {site} used as under the occupation?
        hider: Who hid something from the soldiers?
        hidden_w: What was hidden from the soldiers?
        behind: Behind what was something hidden?
        officer: Who searched {site}?
        searched: How often was {site} searched?
        """,
        war=year(30, 60),
        war_end=later("war", 2, 5),
        use=pick("a hospital | a stable | a telegraph office | a potato store | an officers' mess", "use"),
        hider=PERSON,
        officer=PERSON,
        rank=pick("captain | major | colonel", "rank"),
        hidden_w=pick(
            """
            a church bell | a printing press | a family of refugees | the town silver | a crate of pistols
            """,
            "thing",
        ),
        behind=pick(
            """
            a false wall | a stack of firewood | a wardrobe | a row of barrels | a stage set
            """,
            "hiding place",
        ),
        searched=count(2, 9),
    ),
    fact(
        "neighbour",
        INSTITUTIONS,
        """
        A lawsuit brought by {plaintiff}, a neighbour[ and {trade}|], occupied {the} from {sued} on: {plaintiff.he}
        complained about {nuisance}[ and was awarded {damages}|].

        {plaintiff}, a {trade}, sued {the} in {sued} over {nuisance}. [The case dragged on for {dragged}.|] [In the
        end {judge_n}, the judge, dismissed it.|]

        It took {dragged} until the judge, {judge_n}, ruled on {nuisance}[, about which {plaintiff} had complained in
        {sued}|]; {the} had to pay {damages}.
        """,
        """
        plaintiff: Which neighbour went to court?
        trade: What was the profession of {plaintiff~}?
        sued: When did the neighbour go to court?
        nuisance: What was the subject of the lawsuit?
        damages: What sum was awarded by the court?
        dragged: How long did the case last?
        judge_n: Who decided the case?
        """,
        plaintiff=PERSON,
        judge_n=PERSON,
        trade=TRADE,
        sued=year(10, 70),
        nuisance=pick(
            """
            a crowing cock | the noise of pumps | falling leaves | a blocked drain | the light at night
            """,
            "nuisance",
        ),
        damages=money(15, 800, 5),
        dragged=lasting(3, 9, "years"),
    ),
)
