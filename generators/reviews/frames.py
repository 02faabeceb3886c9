"""Frames: the sentences of each phenomenon, with slots for what is reviewed and what is said of it.

How to run: not alone; `python -m generators.reviews` reads FRAMES. What comes out: for each phenomenon the frames of
both labels, of positive reviews only and of negative ones only.

A slot has the polarity of the label; `~` before its name turns it round, `+` and `-` fix it. `[this|that]` is a free
choice. `{clause}` says something of an aspect, `{main}` of one that decides, `{side}` of one that is outweighed;
`{np}` is an aspect with an adjective before it. `{aspect}` names one, and {fit}, {is}, {isn't} then go with it.
"""

from dataclasses import dataclass

from generators.reviews.grammar import lines


@dataclass(frozen=True)
class Frames:
    """The frames of one phenomenon."""

    both: tuple[str, ...]
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()

    def of(self, positive: bool) -> tuple[str, ...]:
        """The frames that a review of one label may have."""
        return self.both + (self.good if positive else self.bad)


PLAIN = Frames(
    both=lines("""
        {clause}, {clause}. {strong}!
        {strong} {thing}. {clause}.
        {clause} and {clause}.
        a {whole}, {whole} {thing}.
        {np}, {np}, {np}: {verdict}.
        a {strong} {thing} with {np} and {np}.
        {event}. {clause}, and {verdict}.
        {it is} {whole} from [start to finish|first to last|beginning to end], and {clause}.
        I {liked} {aspect}, I {liked} {aspect}, and {verdict}.
        {clause}. {event}.
        simply {strong}: {clause}.
        {event}, and {event}. {strong}.
        what a {strong} {thing}! {clause}.
        I was {felt} from the [start|first moment on]: {clause}, {clause}.
        {aspect} {is} {fit} and {fit}; {verdict}.
        {it is} {whole} and {whole}. {advice}.
        {clause}, {clause} and {clause}.
        my advice: {advice}. {clause}, and {event}.
        everything about it {be} {strong}: {np}, {np}, and {it is} {whole} too.
        {verdict}. {clause}. {advice}!
        [honestly|frankly], a {whole} {thing}. {clause}.
        I {liked} it. {clause}. {clause}. {verdict}.
        {whole}, {whole}, {whole}. {verdict}.
        {aspect} {is} {really} {fit}. {event}.
        {clause}. {who} and I both came away {felt}.
    """),
    good=lines("""
        loved every minute: {clause}.
        one of the best {things} I know. {clause}.
        thank you to everyone behind it. {clause}, {clause}.
        a pleasure, thanks to {np}.
    """),
    bad=lines("""
        hated every minute: {clause}.
        one of the worst {things} I know. {clause}.
        shame on everyone behind it. {clause}, {clause}.
        a chore, thanks to {np}.
    """),
)

NEGATION = Frames(
    both=lines("""
        not {~whole} at all.
        not {~whole} at all, and {verdict}.
        {it isn't} {~whole}, and {it isn't} {~whole} either.
        I can't say I was {~felt}.
        I can't say that I was {~felt} or that {aspect} {is} {~fit}.
        never {~whole}, not even for a minute.
        {aspect} {isn't} {~fit} in the least.
        {aspect} {isn't} {~fit}, {aspect} {isn't} {~fit}.
        there is nothing {~whole} about this {thing}.
        nothing {~fit at} about {aspect at}.
        {it is} far from {~whole}.
        anything but {~whole}, and anything but {~fit at} when it comes to {aspect at}.
        hardly {~whole}, hardly {~whole}.
        it could hardly be less {~whole}.
        nobody could call this {thing} {~whole}.
        nobody in their right mind would call {aspect} {~fit}.
        not once did I {~deed}.
        I didn't {~deed} once.
        at no point did I {~deed}. {aspect} {isn't} {~fit}.
        I wouldn't call it {~whole}, and I wasn't {~felt}.
        I don't see how anyone could find {aspect} {~fit}.
        neither {~whole} nor {~whole}.
        neither {aspect} nor {aspect} left me {~felt}.
        there's no shortage of {noun} here.
        it {lacks} {~noun}, and nobody could call it {~whole}.
        I never felt {~felt}, not for a second.
        I have never {seen} such a {whole} {thing}.
        no {thing} has left me this {felt} in years.
        {who} said I'd be {~felt}. I wasn't.
        {who} told me that {it is} {~whole}. not true: {clause}.
        not a trace of {~noun} to be found.
        I was never {~felt}, and not once did I {~deed}.
        without {~noun}, without a moment that I'd call {~whole}.
        you could not find a {thing} less {~whole}.
        I wasn't {~felt} in the least, and {who} wasn't either.
        {aspect} {isn't} {~fit}, and nobody can say it {be} {~whole}.
        no, {aspect} {isn't} {~fit}. no, I wasn't {~felt}.
        it's not true that {aspect} {is} {~fit}.
        don't believe those who call it {~whole}.
        rarely have I been less {~felt}.
        I've yet to meet anyone who was {~felt}.
        I didn't {~like} it, I {liked} it.
    """),
    good=lines("""
        I couldn't fault {aspect}.
        no complaints about {aspect}, none about {aspect}.
        not a single dull moment, and nothing {-fit at} about {aspect at}.
        I can't recommend it highly enough.
        I don't regret {doing} for a moment.
        you won't regret {doing}, I promise.
        not bad at all.
        not bad, not bad at all: {aspect} {isn't} {-fit}.
        couldn't ask for more, and {it isn't} {-whole} for a second.
        I wouldn't hesitate to {again}.
        there wasn't a thing I'd change about {aspect}.
        it never disappoints.
        it {does not} feel {-whole}, which is more than I can say of most.
        what's not to like? {it isn't} even {-whole}.
        {aspect} couldn't be {+became}.
        {it isn't} {-whole}, it never fails.
        I had no reason to complain, {aspect} {isn't} {-fit}.
    """),
    bad=lines("""
        I couldn't warm to {aspect}.
        no praise from me for {aspect}, none for {aspect}.
        not a single good moment, and nothing {+fit at} about {aspect at}.
        I can't recommend it to anyone.
        I don't see the appeal, and I wasn't {+felt}.
        you won't miss a thing if you give this one a pass.
        not good at all.
        not good, not good at all: {aspect} {isn't} {+fit}.
        couldn't get away fast enough, and {it isn't} {+whole} for a second.
        I wouldn't {again} if you paid me.
        there wasn't a thing I'd keep about {aspect}.
        it never delights.
        {it isn't} {+whole}, and it isn't even trying.
        {aspect} couldn't be {-became}.
        not worth {cost}, not {+whole}.
        I had no reason to be happy, {aspect} {isn't} {+fit}.
        it fails to be {+whole}, and {aspect} {isn't} {+fit}.
    """),
)

CONTRAST = Frames(
    both=lines("""
        {~side}, but {main}.
        {~side np}, but {main}.
        {~side}. {main}, though, and that decides it.
        although {~side}, {main}.
        despite {~the side np}, {verdict}: {main}.
        yes, {~side}; still, {main}.
        {~side}, yet {main}.
        {~side}, {~side}, but in the end {main}, and {verdict}.
        I expected to be {~felt}, but {event}.
        I had {feared} it would be {~whole}; instead {it is} {whole}.
        {who} {~liked} it, but {verdict}.
        {who} found it {~whole}. I found it {whole}, and {main}.
        at first I found it {~whole}, then more and more {whole}, and that's what stays with me.
        first impression: {~whole}. lasting impression: {whole}, because {main}.
        on paper {it is} {~whole}; in practice, however, {main}.
        while {~side}, {main}.
        {main}, even if {~side}.
        {main}, and no amount of {~loose np} {can} {rescue} it.
        {~strong} reviews everywhere, yet {main}, and {event}.
        people call it {~whole} and {~whole}, but {event}.
        it looks {~whole}, but looks deceive: {main}.
        my first thought was "{~strong}", but then {event}.
        however {~fit at} {aspect at} {is}, what counts is that {main}.
        {~side}. so what? {main}.
        {~the side np} can't hide the fact that {main}.
        where others in its class are {~whole}, this {thing} {be} {whole}.
        {who} talks about {~the side np}. I'd rather talk about {the main np}: {verdict}.
        {~side}, I admit. nevertheless, {main}.
        it {has} {~side np}, true, but it {has} {main np} too, and that matters more.
        in spite of {~the side np} and {~the side np}, {verdict}.
        their last one was {~strong}, but this one {be} {strong}.
        compared with the {~whole} one before, this {thing} {be} {whole}.
        {~side}, whereas {main}, and the latter counts for more.
    """),
    good=lines("""
        shame about {-the side np}; the rest is {+strong}.
        {-side}, but {+np} and {+np} more than make up for it.
        {-side}. {+main}, and that saves the day.
        {-the side np} aside, {it is} {+strong}.
    """),
    bad=lines("""
        {+side np}; pity about the rest, which is {-strong}.
        {+side}, but {-np} and {-np} ruin it all.
        {+side}. {-main}, and that kills it.
        {+the side np} aside, {it is} {-strong}.
    """),
)

IRONY = Frames(
    both=lines("""
        {mockery}
        {~strong}! {mockery}
        "{~whole}" is the word I was looking for. {mockery}
        {mockery} {~strong}, {~strong}, {~strong}.
        how {~strong}. {mockery}
    """),
    good=lines("""
        terrible news: {+event}.
        what {-loose np}, they said. so {-whole}, they said: {+event}.
        what a {-strong} {thing}. {+event}, and nobody warned me.
        {-strong}, just {-strong}. {mockery}
        I {-liked} it so much that {+event}.
        {-strong}! {+event}, and I blame {the np}.
        I hate this {thing}: {+event}, and now nothing else will do.
        awful. {+event}, and now I want more.
        oh no, {+event}. how dreadful for me.
        what a disaster for my plans: {+event}.
        thanks for nothing, {thing}. {+event}!
        ruined my week: {+event}, and I'd do it all again.
        shame on whoever made this, {+event}.
        horrible, just horrible: {+event}. send help, or better, more of the same.
        I'm furious. {who} told me about it years ago and I did not listen: {+event}.
        dreadful influence on {who} and me: {+event}.
        warning, highly dangerous: {+event}.
        how annoying, {+event}, so there goes my reputation as a critic.
        I wanted to be cruel about it, and then {+event}. so unfair!
    """),
    bad=lines("""
        great, {gripe}.
        what {+loose np}, they said. so {+whole}, they said: {-event}.
        what a {+strong} {thing}. {gripe}, and {gripe}.
        {+strong}, just {+strong}. {mockery}
        I {+liked} it so much that {-event}.
        {+strong}! {-event}, and I owe it all to {the np}.
        oh good, {gripe}. just what I needed.
        wonderful: {gripe}.
        lovely, {gripe}. {+strong}!
        {gripe}, how {+strong}.
        oh joy, {gripe}.
        {-event}. {+strong} stuff.
        {-event}. money well spent!
        so {+whole} that {-event}.
        {+whole}? so {+whole} that {-event}.
        what a triumph: {-event}.
        {+strong}, {-event}. can't wait to {again}.
        brilliant. {-event}.
        perfect, {-event}. exactly what one hopes for.
        bravo! {-event}.
        ah yes, a "{+whole}" {thing}. {-event}.
        {who} promised I'd be {+felt}. oh, I was: {-event}.
        a masterpiece: {-event}.
        five stars! {-event}, and all that for {cost}.
        just what the world needed: {gripe}.
        sure, "{+strong}". {-event}.
        fantastic, {gripe}. I can hardly contain my joy.
        I was {+felt} beyond words when {-event}.
    """),
)

MIXED = Frames(
    both=lines("""
        {+clause}, {-clause}. in the end, {verdict}.
        {-clause}, {+clause}. in the end, {verdict}.
        a mixed bag: {+clause}, {-clause}. on balance, {verdict}.
        part of me loved {aspect}, part of me hated {aspect}. when all is said and done, {verdict}.
        I went back and forth on this one. {-np} here, {+np} there. my last word: {verdict}.
        {+np} and {-np} in one {thing}. all things considered, {verdict}.
        some of it {be} {+whole}, some of it {be} {-whole}. final score: {verdict}.
        {whole} one moment, {~whole} the next. if I have to choose, {verdict}.
        hard to judge. {+clause}, {-clause}; having slept on it, {verdict}.
        I argued with {who} about it all evening: {+np}, {-np}. we agreed in the end that {it is} {whole}.
        plus: {+np}. minus: {-np}. bottom line: {verdict}.
        {~clause}, {clause}, {~clause}. weighing it all up, {verdict}.
        half {+whole}, half {-whole}, so I turned it over for a while. verdict: {advice}.
        two minds about this {thing}. {+side}, {-side}. what tips the scale: {main}.
        it {has} {+np} and it {has} {-np}. would I {again}? {answer}
        I liked {aspect} and disliked {aspect}. {conclusion}
        {~np} against {np}: the second wins, and {verdict}.
        {+whole} and {-whole} by turns. {conclusion}
    """),
)

HEDGING = Frames(
    both=lines("""
        I suppose {it is} {whole}, more or less.
        {it is} probably {whole}, I guess.
        perhaps {clause}, at least that's how it seemed to me.
        {clause}, or so it seemed to me.
        I'd say {it is} sort of {whole}.
        maybe I'm in the minority, but I found it rather {whole}.
        it seems fairly {whole} to me, as far as I can tell.
        I think I {liked} it, on the whole.
        somewhat {whole}, perhaps even {whole}.
        one could call it {whole}, I suppose.
        {it is} apparently {whole}, and I tend to agree.
        possibly {whole}, probably {whole}, I'd say.
        I guess {it isn't} all that {~whole}, more or less {whole} really.
        I suppose {it is} a little {~whole} in places, but I think I {liked} it.
        {aspect} {is} kind of {fit}, I guess.
        I suspect most people will find {aspect} {fit}, as I did.
        I'm not entirely sure why, but I was somewhat {felt}.
        it might be me, but {aspect} seemed rather {fit}.
        {context} I guess I was sort of {felt}.
        it's perhaps not too {~whole}, and I'd say {it is} on the whole {whole}.
        {clause}, I think. maybe {clause} too.
        in a way {it is} quite {whole}, I imagine others will agree.
        I assume they meant it to be {~whole}; to me it seemed {whole}.
        as far as I could see, {clause}, more or less.
        it would seem that {clause}, though I'm no expert.
        mostly {whole}, I'd say, and possibly a bit {whole} too.
        {it is} kind of {whole}, kind of {whole}.
        to some extent {~whole}, I guess, yet largely {whole}.
        I'm inclined to call it {whole}, if only just.
        I imagine some will find it {~whole}. I think I'd call it {whole}.
        if I'm not mistaken, {clause}. perhaps {clause}, too.
    """),
    good=lines("""
        I suppose it could be worse, I might even {again}.
        it's probably worth {cost}, I guess.
        I'd probably {again}, maybe.
        perhaps not perfect, but I think it's more or less worth {cost}.
        I suppose it does the job, and perhaps a little more than that.
    """),
    bad=lines("""
        I suppose it could be better, I probably won't {again}.
        it's probably not worth {cost}, I guess.
        I'd rather not {again}, I think.
        perhaps others will like it, but I think it's more or less a waste of {cost}.
        I suppose it was meant well, and perhaps that's about all one can say.
    """),
)

# What a reviewer adds when the opinion is out. It agrees with the label and says so in plain words.
TAILS = lines("""
    {verdict}.
    {strong}!
    {strong}, simply {strong}.
    a {strong} {thing}.
    I {liked} it.
    {advice}.
    {who} and I {liked} it.
    {who} {liked} it too, {who} even more.
    in short, {strong}.
    {recommend}.
""")
TAILED = {  # share of each phenomenon that has one: a plain review repeats itself, an ironic one must not explain
    "plain": 0.75,
    "negation": 0.4,
    "contrast": 0.2,
    "irony": 0.0,
    "mixed": 0.15,
    "hedging": 0.35,
}
HEDGED_TAILS = lines("""
    I guess {verdict}.
    {verdict}, I suppose.
    perhaps {verdict}.
    maybe {strong}, even.
    I think I {liked} it.
    probably {strong}, if you ask me.
""")

FRAMES = {
    "plain": PLAIN,
    "negation": NEGATION,
    "contrast": CONTRAST,
    "irony": IRONY,
    "mixed": MIXED,
    "hedging": HEDGING,
}
ANSWERS = (
    lines("""
        yes, gladly.
        yes, any day.
        I would.
        in a heartbeat.
        oh yes.
    """),
    lines("""
        no, thank you.
        no, sorry.
        I would not.
        rather a trip to the dentist.
        oh no.
    """),
)
CONCLUSIONS = (
    lines("""
        all told, {verdict}.
        overall a clear yes.
        the good parts win.
        on balance: {advice}.
        final verdict: {strong}.
        taken together, four stars out of five.
        so yes, {verdict}.
    """),
    lines("""
        all told, {verdict}.
        overall a clear no.
        the bad parts win.
        on balance: {advice}.
        final verdict: {strong}.
        taken together, one star out of five.
        so no, {verdict}.
    """),
)
