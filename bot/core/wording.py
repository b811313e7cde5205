"""Every sentence a person can read, in English. The other languages are in ``locales``; who says what is in ``speech``.

Rules: short, kind, what to do next; named placeholders only; never a vendor's word, code or setting name.
"""

from collections.abc import Mapping

from bot.core import treasury, waiting
from bot.core.job import Reason
from bot.errors import RefusalCode
from bot.text import Phrase, Text
from providers.errors import FailureCode
from providers.models import MediaKind, Privacy, Trait
from providers.outcomes import ExtraKind, Refund

P = Phrase

# --- numbers and names -------------------------------------------------------------------------------------------

UNITS: Mapping[str, Phrase] = {
    "points": P("{count} point", "{count} points"),
    "credits": P("{count} credit", "{count} credits"),
    "plan_uses": P("{count} use of the account's plan", "{count} uses of the account's plan"),
    "usd": P("${count}", "${count}"),
}
SPAN_SECONDS = P("{low}–{high} s")
SPAN_MINUTES = P("{low}–{high} s (about {fewest}–{most} min)")
PRICE_RANGE = P("{low} to {high}")
PRICE_UNKNOWN = P("price when you ask")

TRAITS: Mapping[Trait, Phrase] = {
    Trait.POPULAR: P("most popular"),
    Trait.NEWEST: P("newest"),
    Trait.BEST: P("best quality"),
    Trait.BUDGET: P("easy on the budget"),
    Trait.FAST: P("fast"),
    Trait.BALANCED: P("good balance"),
}
TRAIT_NONE = P("another style")
SETTING_NAMES: Mapping[str, Phrase] = {
    "duration": P("duration"),
    "resolution": P("resolution"),
    "aspect_ratio": P("aspect ratio"),
    "size": P("size"),
    "quality": P("quality"),
    "sound": P("sound"),
    "negative_prompt": P("things to avoid"),
    "fast": P("fast mode"),
    "uhd": P("fine detail"),
    "assistant": P("help with the prompt"),
    "output_format": P("file format"),
    "answer_length": P("longest answer"),
    "seed": P("seed"),
    "style": P("style"),
    "stylize": P("styling"),
    "chaos": P("variety"),
    "weird": P("strangeness"),
    "mode": P("speed"),
    "tile": P("seamless pattern"),
    "version": P("version"),
    "scale": P("how many times larger"),
    "moderation": P("content filter"),
    "reasoning": P("thinking effort"),
    "web_search": P("looking things up"),
    "sequence": P("pictures that tell a story"),
    "storyboard": P("the same characters throughout"),
}
SETTING_OTHER = P("setting “{name}”")
SETTING_OF = P("{setting} {value}")
SETTING_DURATION = P("{duration} long")
SOUND_ON = P("with sound")
SOUND_OFF = P("without sound")

# --- the notice --------------------------------------------------------------------------------------------------

NOTICE: Mapping[MediaKind, Phrase] = {
    MediaKind.IMAGE: P("🎨 What your picture will take"),
    MediaKind.VIDEO: P("🎬 What your video will take"),
    MediaKind.AUDIO: P("🎵 What your audio will take"),
    MediaKind.TEXT: P("💬 What your answer will take"),
}
FACT_MODEL = P("Model")
FACT_EXPECTED = P("Expected time")
FACT_COST = P("Cost")
FACT_SETTINGS = P("Settings")
FACT_MONEY = P("In money")
FACT_TOOK = P("Time")
FACT_PRIVACY = P("Privacy")
FACT_REFERENCE = P("Order number")
FACT_TOKENS = P("Pieces of text")
FACT_SIZE = P("Size")
COST_AT_MOST = P("at most {total}")
COST_PLAN = P("nothing extra: it counts as {total}")
PRIVACY: Mapping[Privacy, Phrase] = {
    Privacy.ANONYMIZED: P("Anonymized: whoever runs the model can read it, without knowing whose it is"),
    Privacy.PRIVATE: P("Private: it stays with the service itself"),
    Privacy.SEALED: P("Sealed: end-to-end encrypted, into hardware that proves what it runs"),
}
PRIVACY_SHORT: Mapping[Privacy, Phrase] = {
    Privacy.ANONYMIZED: P("Anonymized"),
    Privacy.PRIVATE: P("Private"),
    Privacy.SEALED: P("Sealed"),
}
COST_TIMES = P("{total} ({units} × {each})")
TOOK = P("expected {expected}, took {actual}")
WHY: Mapping[Reason, Phrase] = {
    Reason.EXPLICIT: P("You asked for {model}."),
    Reason.ALWAYS: P("{model} is the model you always want."),
    Reason.HABIT: P("{model} is the model you used last."),
    Reason.DEFAULT: P("{model} is our recommendation."),
    Reason.CHEAPEST: P("Of all I can compare, {model} costs the least."),
    Reason.BEST: P("{model} gives the best quality."),
}
SHIFTED = P("{wished} isn't available right now, so this uses {model}.")
CHEAPER = P("Want to spend less? {models}")
CHEAPER_ITEM = P("{model} ({cost})")
PRICE_READ = P("Price read {age} ago.")
PRICE_CHANGED = P("The price is no longer what I told you. Nothing has been spent: please look at the new price.")
SEVERAL_AT_ONCE = P("You get {count} result for this.", "You get {count} results for this.")
NOTHING_SPENT_YET = P("Nothing is spent until you press Confirm.")
STARTS_NOW = P("It starts right away.")
BUTTON_CONFIRM = P("Confirm")
BUTTON_CANCEL = P("Cancel")
BUTTON_SWITCH = P("Use {model} ({cost})")
BUTTON_AGAIN = P("Try again")
BUTTON_MAY_CHARGE = P("Order again (may cost twice)")
BUTTON_LOOK = P("Look again")
BUTTON_STOP = P("Stop it")
BUTTON_CLOSE = P("Leave it")
BUTTON_WAIT = P("Keep waiting")
BUTTON_LEAVE = P("Stop asking me")
BUTTON_ANIMATE = P("Animate this")
BUTTON_CONTINUE = P("Continue this video")
BUTTON_ENHANCE = P("Richer words (free)")
BUTTON_UPSCALE = P("Larger")
BUTTON_CUTOUT = P("Remove background")
BUTTON_DESCRIBE = P("Describe this")
FACT_STEP = P("What")
FACT_CODE = P("Code")


# --- progress ----------------------------------------------------------------------------------------------------

STARTING: Mapping[MediaKind, Phrase] = {
    MediaKind.IMAGE: P("🎨 Starting your picture…"),
    MediaKind.VIDEO: P("🎬 Starting your video…"),
    MediaKind.AUDIO: P("🎵 Starting your audio…"),
    MediaKind.TEXT: P("💬 Asking…"),
}
WORKING: Mapping[MediaKind, Phrase] = {
    MediaKind.IMAGE: P("⏳ Making your picture… {percent}%"),
    MediaKind.VIDEO: P("⏳ Making your video… {percent}%"),
    MediaKind.AUDIO: P("⏳ Making your audio… {percent}%"),
    MediaKind.TEXT: P("⏳ Working on your answer… {percent}%"),
}
WRITING = P("✍️ Writing…")
QUEUED = P("⏸️ Waiting for its turn")
QUEUED_BEHIND = P("{count} order of yours comes first.", "{count} orders of yours come first.")
QUEUED_WHY = P("This service makes one thing at a time for each person. Yours starts by itself.")
WAITED = P("{waited} so far, {longest} at the longest.")
NEARLY = P("{waited} so far. Nearly there, just a little longer…")
LATE = P("{waited} so far. It takes longer than usual, but it is still being made.")
STILL_WAITING = P("This is taking unusually long ({waited}). Shall I keep you waiting?")
STILL_PAID = P("The order is already placed, so I'll bring the result whenever it comes.")
KEEP_WAITING_DONE = P("All right, I'll keep watching.")
LEAVE_DONE = P("I'll stop asking. If it still arrives, I'll bring it here.")

# --- the result --------------------------------------------------------------------------------------------------

READY: Mapping[MediaKind, Phrase] = {
    MediaKind.IMAGE: P("✅ Your picture is ready"),
    MediaKind.VIDEO: P("✅ Your video is ready"),
    MediaKind.AUDIO: P("✅ Your audio is ready"),
    MediaKind.TEXT: P("✅ Your answer is ready"),
}
ANSWER_CUT = P("The answer broke off here; the rest didn't arrive.")
EXTRAS = P("There is also:")
EXTRA: Mapping[ExtraKind, Phrase] = {
    ExtraKind.THUMBNAIL: P("Small picture: {url}"),
    ExtraKind.PREVIEW: P("Silent preview: {url}"),
    ExtraKind.FINAL_FRAME: P("Last frame: {url}"),
    ExtraKind.SMALLER: P("Smaller file: {url}"),
}
RECEIPT = P("🧾 Receipt")
TOKENS = P("{read} read, {written} written")
SIZE = P("{width} × {height}")
LASTS = P("{width} × {height}, {duration}")
FINISHED = P("Finished. The result is below.")
SOME_LOST = P("{count} of the results didn't work out.", "{count} of the results didn't work out.")
LINK = P("🔗 Link to copy and share:")
NO_LINK = P("This service gives no link to share. Please save what you want to keep from the message above.")
EXPIRES = P("The link works until {when}, so save what you want to keep.")

# --- endings -----------------------------------------------------------------------------------------------------

FAILED_TITLE: Mapping[MediaKind, Phrase] = {
    MediaKind.IMAGE: P("❌ The picture didn't work out"),
    MediaKind.VIDEO: P("❌ The video didn't work out"),
    MediaKind.AUDIO: P("❌ The audio didn't work out"),
    MediaKind.TEXT: P("❌ The answer didn't work out"),
}
NOT_STARTED_TITLE: Mapping[MediaKind, Phrase] = {
    MediaKind.IMAGE: P("❌ The picture couldn't be started"),
    MediaKind.VIDEO: P("❌ The video couldn't be started"),
    MediaKind.AUDIO: P("❌ The audio couldn't be started"),
    MediaKind.TEXT: P("❌ The question couldn't be asked"),
}
SUGGEST = P("You could try:")
ALTERNATIVE = P("{model}: {trait}, {cost}")
NOT_CHARGED = P("Nothing was charged.")
MONEY: Mapping[Refund, Phrase] = {
    Refund.NOT_CHARGED: NOT_CHARGED,
    Refund.RETURNED: P("The {cost} came back to the account."),
    Refund.COMING: P("The {cost} should be back in the account within five minutes."),
    Refund.KEPT: P("It still cost {cost}."),
    Refund.UNKNOWN: P("I can't see whether the {cost} came back; your admin can look at the account's records."),
}
IN_DOUBT_TITLE = P("❓ I can't tell whether your order arrived")
IN_DOUBT_WHY = P("I got no clear answer when I ordered. It may be running, and it may cost {cost}.")
IN_DOUBT_NEXT = P("I won't order twice by myself. Your admin can see in the account's records whether it ran.")
IN_DOUBT_LOOKED = P("I looked again and still can't tell.")
IN_DOUBT_CLOSED = P("Left as it is. Nothing was ordered again.")
CANCELLED = P("Cancelled. Nothing was spent.")
EXPIRED = P("This offer has run out. Nothing was spent. Ask again whenever you like.")
CANNOT_CANCEL = P("It's already ordered and can't be stopped any more. I'll still bring the result.")
CONFIRMED_TOAST = P("On it!")
CANCELLED_TOAST = P("Cancelled.")
SENT_BELOW = P("Here is the new offer.")

FAILURES: Mapping[FailureCode, Phrase] = {
    FailureCode.KEY_INVALID: P("Limner's access to this service isn't valid. Please tell your admin."),
    FailureCode.NO_POINTS: P(
        "The account doesn't have enough left for this. Please tell your admin, or choose a cheaper model."
    ),
    FailureCode.SUBSCRIPTION_NEEDED: P("This model needs a bigger plan than the account has. Another model will do."),
    FailureCode.PRICE_MISMATCH: P("The price changed while ordering. Please ask again to see the new price."),
    FailureCode.NO_SUCH_COMBINATION: P("These settings aren't offered together. Please change duration or resolution."),
    FailureCode.MODEL_MISMATCH: P("These settings don't fit this model. Please try another model."),
    FailureCode.SETTINGS_REFUSED: P(
        "One of the settings isn't accepted. Please change the duration, the size or the resolution."
    ),
    FailureCode.CATALOGUE_STALE: P("The list of models has just changed. Please ask again."),
    FailureCode.SIZE_TOO_SMALL: P("The size is too small for this model. Please choose a larger one."),
    FailureCode.PICTURE_REFUSED: P("The picture couldn't be used. Please check it or take another one."),
    FailureCode.CONTENT_REFUSED: P(
        "This model doesn't make that kind of content, such as real people or brands. "
        "Please rephrase it or take another model."
    ),
    FailureCode.GENERATION_FAILED: P("Something went wrong while it was being made. Another model may do better."),
    FailureCode.RESULT_DELETED: P("It was made but is no longer there. Please try again."),
    FailureCode.MODEL_UNAVAILABLE: P("This model is resting at the moment. Please take another one."),
    FailureCode.BUSY: P("There are too many orders right now. Please wait a moment and try again."),
    FailureCode.UNAVAILABLE: P("The service has trouble at the moment. Please try again later or take another model."),
    FailureCode.UNREACHABLE: P("I can't reach the service right now. Please try again in a few minutes."),
    FailureCode.TIMED_OUT: P("It took too long. A faster model may do better."),
    FailureCode.UNREADABLE: P("The service answered in a way I don't understand. Please try again later."),
    FailureCode.RULE_BROKEN: P("This model doesn't take all of that together. Please leave something out."),
    FailureCode.BROKEN_OFF: P("The answer stopped in the middle and can't be had any more. Please ask again."),
    FailureCode.STOPPED: P("It was stopped at the service before it was finished."),
    FailureCode.CANNOT_STOP: P("It can't be stopped any more. I'll still bring the result."),
    FailureCode.PRIVACY_UNPROVEN: P(
        "The model couldn't prove its privacy just now, so I sent nothing. Please try again or take another model."
    ),
    FailureCode.UNKNOWN: P("Something went wrong. Please try again or take another model."),
}

# --- refusals ----------------------------------------------------------------------------------------------------

REFUSALS: Mapping[RefusalCode, Phrase] = {
    RefusalCode.UNKNOWN_COMMAND: P("I don't know /{word}. Type /help to see what I can do."),
    RefusalCode.NOT_A_COMMAND: P(
        "Tell me what to make, for example: /video a puppy runs across a meadow. Type /help for more."
    ),
    RefusalCode.EMPTY_PROMPT: P("Please say what you'd like, for example: {command} a puppy runs across a meadow."),
    RefusalCode.SAID_TWICE: P("You said both “{first}” and “{second}”. Which one do you mean? Please say just that."),
    RefusalCode.EMPTY_QUESTION: P("Please ask something, for example: /ask why is the sky blue?"),
    RefusalCode.PROMPT_TOO_LONG: P(
        "That's {length} characters; this model reads at most {longest}. Please shorten it."
    ),
    RefusalCode.UNKNOWN_SETTING: P("{model} has no {setting}. It has: {allowed}."),
    RefusalCode.NO_SETTINGS: P("{model} has no settings to choose. Please leave them out."),
    RefusalCode.VALUE_NOT_OFFERED: P("{model} doesn't offer “{value}” for {setting}. Please choose {allowed}."),
    RefusalCode.COMBINATION_NOT_OFFERED: P(
        "With {setting} {value}, {model} can't do {other} {banned}. Please choose {other} {allowed}."
    ),
    RefusalCode.COUNT_NOT_OFFERED: P("{model} makes 1 to {most} at once. Please choose a number in between."),
    RefusalCode.UNKNOWN_MODEL: P("I don't know a model called “{name}” for this. There is {allowed}."),
    RefusalCode.AMBIGUOUS_MODEL: P("“{name}” could be {allowed}. Which one do you mean?"),
    RefusalCode.AGAINST_RULES: P("{rule} Nothing was spent."),
    RefusalCode.NOT_OFFERED: P("None of the services here does that. Your admin can add one that does."),
    RefusalCode.ON_OR_OFF: P("Please say /careful on or /careful off."),
    RefusalCode.NO_BALANCE: P("The services here don't tell what is left. Your admin can look it up in the account."),
    RefusalCode.UNKNOWN_ROLE: P("“{name}” isn't something pictures can be used for. Please say use= and {allowed}."),
    RefusalCode.ROLES_DIFFER: P(
        "You said what {said} pictures are for and sent {count}. Please name one purpose for each picture."
    ),
    RefusalCode.NO_MODELS: P("There is no model for this at the moment. Please try again later."),
    RefusalCode.UNKNOWN_KIND: P("I don't know “{name}”. Please say {allowed}."),
    RefusalCode.UNKNOWN_LANGUAGE: P("I speak {allowed}. For example: /lang {example}"),
    RefusalCode.PICTURE_NEEDED: P("Please add a picture, or its https:// address."),
    RefusalCode.TOO_MANY_PICTURES: P(
        "{model} takes at most {count} picture. Please send fewer.",
        "{model} takes at most {count} pictures. Please send fewer.",
    ),
    RefusalCode.NO_PICTURES: P("{model} takes no pictures. Please leave them out or take another model."),
    RefusalCode.TWO_FRAMES_NEEDED: P("Please add exactly two pictures: the first frame and the last one."),
    RefusalCode.ROLE_NEEDED: P(
        "What are the pictures for? Add use=frames (first and last frame) "
        "or use=reference (they should look like this)."
    ),
    RefusalCode.PICTURE_NOT_HTTPS: P("Please use an address that starts with https:// or upload the picture."),
    RefusalCode.PICTURE_PRIVATE: P("That address isn't on the public internet. Please upload the picture instead."),
    RefusalCode.PICTURE_UNREACHABLE: P("I couldn't get the picture from that address. Please upload it instead."),
    RefusalCode.PICTURE_TOO_BIG: P("The picture is larger than {megabytes} MB. Please send a smaller one."),
    RefusalCode.PICTURE_NOT_A_PICTURE: P("That isn't a picture I can read. PNG, JPEG, WebP and GIF work."),
    RefusalCode.RESULT_NEEDED: P(
        "Which video do you mean? Please say of= and its code, as it stands under the video and in /history."
    ),
    RefusalCode.NO_SUCH_RESULT: P("I find no result of yours with the code {name}. Type /history to see the codes."),
    RefusalCode.RESULT_UNFIT: P("I can't do that with this result. Please take another one."),
    RefusalCode.CATALOGUE_UNREACHABLE: P(
        "I can't read the list of models and prices right now. Nothing was spent; please try again soon."
    ),
    RefusalCode.ACCESS_INVALID: P(
        "Limner's access to the models isn't valid. Nothing was spent; please tell your admin."
    ),
    RefusalCode.NO_EXACT_PRICE: P(
        "There is no exact price for these settings, so I won't order them. Please change the settings: {allowed}."
    ),
    RefusalCode.NOT_YOURS: P("Only the person who asked can decide about this. You can ask for your own."),
    RefusalCode.ALREADY_STARTED: P("It's already under way."),
    RefusalCode.OVER: P("This one is already finished."),
    RefusalCode.EXPIRED: P("This offer has run out. Nothing was spent. Ask again whenever you like."),
    RefusalCode.NO_SUCH_JOB: P("I don't find that one. Type /jobs to see yours."),
    RefusalCode.NOTHING_TO_CANCEL: P("There is nothing of yours to cancel."),
    RefusalCode.MESSAGE_TOO_LONG: P("That message is too long for me. Please shorten it."),
    RefusalCode.STORE_FULL: P(
        "I can't write anything down right now, so I won't order anything. Please tell your admin."
    ),
    RefusalCode.STORE_BUSY: P("I'm very busy right now and have not started anything. Please try again in a moment."),
    **treasury.REFUSALS,
    **waiting.REFUSALS,
}

# --- the terminal ------------------------------------------------------------------------------------------------

TERMINAL_HELLO = P(
    "Tell me what to make, for example /video a puppy runs across a meadow. Type a number to press a button."
)
TERMINAL_LEFT = P("I'll go on with it. Type /jobs to see how it is doing.")
DEMO_BANNER = P("This is a demo: nothing is real and nothing is charged. Waiting goes {speed} times faster.")


def setting_label(name: str, label: str = "") -> Text:
    """Return what people call a setting."""
    known = SETTING_NAMES.get(name)
    return known() if known is not None else SETTING_OTHER(name=label or name.replace("_", " "))
