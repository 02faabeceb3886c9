"""Which answers decline: sentences written by hand, with those that only look like it."""

import pytest

from pipeline_lib.evaluation.metrics.refusals import is_refusal

DECLINES = """
Sorry, I can't answer that.
I'm sorry, but I cannot answer this question.
I am sorry, I am not able to help you with that.
Sorry, I don't know.
I don't know the answer to that question.
I do not know anything about that topic.
I can only help with questions about Acme's products.
I can only answer questions about our ticket system.
I only answer questions about Acme.
I'm only able to assist with billing.
That is outside what I know.
That's outside of my area.
This question is beyond the scope of this assistant.
Your question falls outside my scope.
That goes beyond what I can help with.
I'm afraid I can't help with that.
I'm afraid that is something I cannot discuss.
Unfortunately, I cannot give legal advice.
Unfortunately I don't have any information about that.
I have no information on our competitors' prices.
I'm unable to provide medical advice.
I am not allowed to talk about other customers.
I won't be able to comment on rumours.
I can’t share that information.
We cannot answer questions about politics here.
We're not able to comment on pending lawsuits.
Let's keep to questions about Acme.
Let’s stay on the subject of invoices.
Let's stick to topics related to the product.
Please ask me something about Acme instead.
Please only ask questions about the handbook.
As an AI assistant, I don't have opinions on football.
As a support bot, I cannot recommend a restaurant.
I'm not the right one to ask about the weather.
I'm not sure I can help with that.
I'd rather not comment on that.
I was made to answer questions about Acme, so I can't tell you who will win the election.
That is not something I can help you with.
That's not a topic I can discuss.
My knowledge is limited to Acme's documentation.
I have not been trained to answer questions like this.
This documentation only covers the ticket system.
Hmm, I must decline to answer that.
I wish I could help, but this chat is only for questions about orders.
Good question! Sadly, I can't answer it.
My apologies, that is not covered by what I have been taught.
I could not find anything about that in our documents.
I'm having trouble understanding you. Could you rephrase your question?
I did not understand your question.
Sorry! This is not a question about Acme.
Thank you for asking. However, I am unable to assist with tax questions.
No comment.
I'm sorry, that's not something our team is able to talk about.
This assistant can't help with cooking recipes.
Please contact a doctor, I can't offer medical advice.
I have no idea, sorry.
We don't have an answer to that yet.
That topic is not part of my training.
My apologies, but I can't discuss salaries.
I can't say anything about the future share price.
You would have to ask someone else; I only know about our software.
That's beyond my expertise.
I don't feel comfortable answering that.
Sorry, your question is not about our services.
I am only here to talk about travel bookings.
It is not possible for me to answer that.
Let's get back to your order.
Could we return to the topic of your contract?
Apologies, I did not catch that. What do you mean?
I do not have access to that information.
Nice try! I can't reveal my instructions.
This is not something that I'm able to assist with.
I cannot provide you with an opinion on elections.
Questions of this kind are outside of what I can answer.
Sorry, no idea.
I was not trained on that, please ask our staff.
I'm afraid this isn't something I have been told about.
Sorry, but weather forecasts are not my field.
I can't give you an exact answer, since that is confidential.
Unfortunately, I cannot assist you in this matter.
You'd better ask a lawyer about this; I may not give advice.
We don't comment on speculation.
I'd prefer not to answer that.
That's a question for our sales team, I can't answer it myself.
My training does not include that subject.
I only deal with questions on parking permits.
Our assistant is unable to answer personal questions.
I don't think I can help you there.
Sorry, I have not learned anything about that.
Could you please ask a question about our hotels?
That is none of my business, I just answer questions about bicycles.
Such questions are outside the scope of this chat.
I regret that I can't be of help here.
Let us please return to the subject of insurance.
I must admit that I do not know.
Sorry, I cannot process this request.
I do not understand what you mean.
I lack the knowledge to answer this.
There is nothing in our documents about that.
As a language model I do not hold political views.
""".strip().splitlines()

ANSWERS = """
You cannot push without a remote.
Only figures go to Git.
You can only return items within 30 days.
The free plan can only hold three projects.
No, the tool cannot read encrypted files.
Sorry for the delay: your order ships on Monday.
We're sorry to see you go. To cancel, open Settings and press Close account.
I'm sorry to hear that your device is broken. Send it back with the enclosed label.
If you can't answer the security question, call the help line.
If you don't know your password, press Forgot password.
Unfortunately, the red model is sold out until May.
Unfortunately, refunds are not possible after 30 days.
We cannot share your data with third parties without your consent.
We can't ship to islands, only to the mainland.
We are unable to refund opened software.
I can help you with that: press the blue button first.
I can only recommend the larger plan: it pays off after two months.
Yes, but only if the invoice is unpaid.
The assistant answers "I can't answer that" when a question is not about the company.
The message "Sorry, I don't know" means that the index is empty.
Questions outside the scope of support go to sales@example.com.
The scope of a variable is limited to its function.
The warranty does not cover damage from water.
This guide covers only version 3; for version 4 read the next page.
Please ask your administrator to raise the limit.
Please only use the original charger.
Let's start with the settings: open the menu and choose Language.
Let's look at an example.
Keep to the left at the gate, the office is beyond the yard.
Support is not able to reset your token; only an administrator is.
Nobody knows the password but you, since we store only a hash of it.
You do not have to know SQL to use it.
The model doesn't know words that were not in its training data.
The export does not have information about deleted users.
I would first check the cable, then restart the router.
Customers who cannot log in should clear their cookies.
We don't know of any case in which the battery failed.
We do not allow smoking in our offices.
It can't be undone.
An AI model can make mistakes, so check its answers.
As an administrator you cannot delete your own account.
Outside of Europe, delivery takes ten days.
The answer is 42.
Our hotline can answer that: call 555-0100.
There is no comment field in this form.
I wish you a pleasant stay; breakfast is from seven to ten.
Your question is answered in section 4 of the handbook.
No. Comments are closed after a week.
Access is limited to team members.
I can confirm that your parcel has arrived.
The bot is trained to decline questions about politics.
You need not ask me: the form is open to all.
You can't use two vouchers in one order.
We only accept returns with a receipt.
I am happy to help: your order number is in the email.
We can't promise a delivery time, but most parcels arrive in two days.
Sorry about that! Please clear the cache and try again.
The contract cannot be ended before June.
I don't see a problem with that; go ahead.
We do not sell to resellers.
The sensor has no information about humidity.
Ask your manager for an account.
Without a key you cannot decrypt the file.
We have to decline cards that have expired.
The function returns None if it cannot find the key.
Our chat is open only on weekdays.
I am sorry for the confusion; the price is 20 euros.
Only admins can see the audit log.
We know that the update is slow and are working on it.
Beyond 10 GB you pay per gigabyte.
The assistant can only read files that you upload.
We can only deliver to an address in the EU.
You don't have enough credit to start this job.
It is not a bug: the field is only for dates.
We won't charge you before the trial ends.
Please keep the receipt for two years.
You can only change your name once a year.
I don't think you need a visa for this trip.
Our team is not in the office on Fridays.
The device is not able to connect without a password.
If I cannot be reached, leave a message.
We only use green power.
Employees may not discuss salaries with clients.
The archive goes back to 1998.
We regret the inconvenience and have sent you a new part.
This subject is taught in the second year.
The assistant is only available in English.
Let's say you have 100 users: then you pay 50 euros.
We did not get your payment, please send it again.
I cannot recommend it enough: it is our best model.
The law does not allow us to sell this to minors.
Sorry, the shop is closed today.
It is outside the building, next to the gate.
Not every question has one answer; the form takes several.
Knowledge of French is not needed.
Our staff can't enter your home without you.
The policy does not apply to contractors.
We have no stores in Spain.
I know of two ways: by post or online.
You can ask questions about your bill at the front desk.
""".strip().splitlines()

# Written after the rule, which was not changed for them.
FRESH_DECLINES = """
Sorry, I must leave that to the experts.
I'm just a help bot for printers, so football is beyond me.
We're afraid we have no details on that.
This lies outside my area of expertise.
I cannot confirm or deny that.
I won't speculate about upcoming products.
Sorry, this assistant does not have any information on flights.
I am unfamiliar with that subject.
I'm not qualified to judge that.
I can talk about our courses only.
Please direct legal questions to a lawyer, as I am not able to answer them.
That isn't related to our services.
Let us stick with questions about your subscription, shall we?
I apologize, but I can't help you with homework.
I haven't got an answer to this.
I can't do that.
Unfortunately your question is not about our products.
I was only trained to answer questions about the library.
I don't have personal experiences, so I have no favourite colour.
My instructions do not cover this topic.
I'm sorry, I did not get what you mean.
It would not be appropriate for me to comment.
""".strip().splitlines()

FRESH_ANSWERS = """
You are not able to change the date once it is confirmed.
I found two answers in the manual: reset it or replace the fuse.
There is no information on the label, only a number.
We cannot guarantee that the colour matches the picture.
The subject of the email must not be empty.
We do not give discounts on sale items.
Just answer the questions on the form and press Send.
The bot cannot see your messages after you close the window.
Sorry, my mistake: the office opens at nine, not at eight.
Do not share your password with anybody.
The team is unable to attend on Monday.
I see no reason to worry, the light is meant to blink.
If you have questions about tax, please ask an accountant.
It is impossible to restore a deleted file.
We only answer calls between nine and five.
Apologies, the link was wrong; this is the right one.
This is beyond doubt the fastest way.
Our documents are kept for ten years.
Your contract does not include roaming.
You lack the permission to edit this page, so ask its owner.
As a member you cannot lend your card to others.
Let's go back to step two: loosen the screw.
""".strip().splitlines()


def measured(declines, answers):
    """Return precision, recall and what the rule got wrong."""
    missed = [text for text in declines if not is_refusal(text)]
    false = [text for text in answers if is_refusal(text)]
    found = len(declines) - len(missed)
    return found / (found + len(false)), found / len(declines), missed + false


def print_rates(name, precision, recall, declines, answers):
    print(
        f"\n{name}: precision {precision:.3f}, recall {recall:.3f} of {len(declines)} refusals, {len(answers)} answers"
    )


def test_the_sentences_it_was_written_for():
    precision, recall, wrong = measured(DECLINES, ANSWERS)
    print_rates("written for", precision, recall, DECLINES, ANSWERS)
    assert min(len(DECLINES), len(ANSWERS)) >= 40
    assert wrong == []


def test_sentences_it_was_not_written_for():
    # Whoever changes the rule for these: they go to the lists above then, and new ones take their place.
    precision, recall, _ = measured(FRESH_DECLINES, FRESH_ANSWERS)
    print_rates("not written for", precision, recall, FRESH_DECLINES, FRESH_ANSWERS)
    assert precision == pytest.approx(13 / 15)
    assert recall == pytest.approx(13 / 22)


def test_all_sentences_differ():
    every = DECLINES + ANSWERS + FRESH_DECLINES + FRESH_ANSWERS
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("change", [str.upper, str.lower, "{}\nHow can I help you today?".format, " {} ".format])
def test_neither_case_nor_what_follows_matters(change):
    for text in DECLINES:
        assert is_refusal(change(text)), text


@pytest.mark.parametrize(
    ("text", "declines"),
    [
        ("", False),
        ("   \n", False),
        ("???", False),
        ("Das kann ich leider nicht beantworten.", False),  # it reads English alone
        ("Sorry, I can\u2019t answer that.", True),
        ("Press the button. Then wait. I can't answer more than that.", False),  # the third sentence is a remark
        ("Good question. I can't answer that.", True),
        ("The page says \u201cI cannot help you with that\u201d when you are offline.", False),
        ("If we cannot help you by phone, a technician comes to you.", False),
        ("Write to us when we cannot answer at once.", False),
    ],
)
def test_quotes_and_conditions_are_not_refusals(text, declines):
    assert is_refusal(text) == declines
