"""What is said on Discord alone: the names of its commands and menus, and what its rules make us say, in English.

The rules of ``wording`` hold here too. A command's English name is its name in code; these are translated.
"""

from collections.abc import Collection, Mapping

from bot.core import listings
from bot.core.cards import Card
from bot.text import Listing, Phrase

P = Phrase

SLASH: Mapping[str, tuple[Phrase, Phrase]] = {
    "video": (P("video"), P("make a video from words")),
    "image": (P("image"), P("make a picture from words")),
    "animate": (P("animate"), P("turn your picture into a video")),
    "edit": (P("edit"), P("change your picture as you describe")),
    "music": (P("music"), P("make music")),
    "speak": (P("speak"), P("read a text aloud")),
    "ask": (P("ask"), P("ask a question")),
    "upscale": (P("upscale"), P("make a picture larger")),
    "cutout": (P("cutout"), P("remove what is behind the subject of a picture")),
    "describe": (P("describe"), P("describe a picture or a video of yours in words")),
    "extend": (P("extend"), P("make a video of yours longer")),
    "enhance": (P("enhance"), P("make your words richer, free")),
    "models": (P("models"), P("show models, prices and times")),
    "model": (P("model"), P("choose the model to always use")),
    "prefs": (P("prefs"), P("show what I remember about you")),
    "jobs": (P("jobs"), P("show what is under way")),
    "cancel": (P("cancel"), P("cancel your newest open order, or the one with this code")),
    "history": (P("history"), P("show what you've had made")),
    "balance": (P("balance"), P("show what is left in the account")),
    "careful": (P("careful"), P("be asked before every order")),
    "budget": (P("budget"), P("show what may still be spent")),
    "usage": (P("usage"), P("show what was made and what it cost")),
    "receipt": (P("receipt"), P("show what one order cost")),
    "forget": (P("forget"), P("forget what I know about you, after asking once more")),
    "lang": (P("language"), P("choose the language")),
    "help": (P("help"), P("show what I can do")),
}
"""Each command as it is listed: its name in other languages, and what it does."""

SLASH_OPTIONS: Mapping[str, tuple[Phrase, Phrase]] = {
    "prompt": (P("prompt"), P("what you'd like, in your own words")),
    "text": (P("text"), P("the words to read aloud")),
    "question": (P("question"), P("what you'd like to know")),
    "picture": (P("picture"), P("the picture to start from")),
    "second": (P("second"), P("another picture, for example the last frame")),
    "use": (P("use"), P("what two pictures are for")),
    "model": (P("model"), P("which model makes it; leave it out for our recommendation")),
    "duration": (P("duration"), P("how many seconds")),
    "resolution": (P("resolution"), P("how sharp")),
    "aspect_ratio": (P("aspect ratio"), P("the shape, such as 16:9")),
    "count": (P("count"), P("how many at once")),
    "kind": (P("kind"), P("what kind of thing")),
    "code": (P("code"), P("the code of the order, as /jobs shows it")),
    "of": (P("result"), P("the code of an earlier result to start from, as /history shows it")),
    "scale": (P("scale"), P("how many times larger")),
    "sort": (P("order"), P("what comes first")),
    "name": (P("name"), P("part of the name of a model or a service")),
    "change": (P("change"), P("for admins: what to set, such as set person day 50 points")),
    "whose": (P("whose"), P("whose: yours, or for admins the team's or everybody's")),
    "language": (P("language"), P("the language I speak with you")),
    "always": (P("always"), P("on: before every order; off: as the rule of this place says")),
}
"""Each thing that can be filled in: its name in other languages, and what it is for."""

SLASH_KINDS: Mapping[str, Phrase] = {
    "video": P("video"),
    "image": P("image"),
    "animate": P("video from a picture"),
    "edit": P("changed picture"),
    "frames": P("video from first and last frame"),
    "reference": P("video after reference pictures"),
    "music": P("music"),
    "speech": P("speech"),
    "answer": P("answer"),
    "upscale": P("larger picture"),
    "cutout": P("picture without its background"),
    "description": P("description"),
    "extend": P("longer video"),
    "restyle": P("changed video"),
}
SLASH_SORTS: Mapping[str, Phrase] = {
    "popular": P("popular first"),
    "price": P("cheapest first"),
    "speed": P("fastest first"),
}
SLASH_USES: Mapping[str, Phrase] = {
    "frames": P("first and last frame"),
    "reference": P("it should look like this"),
}
SLASH_WHOSE: Mapping[str, Phrase] = {
    "me": P("mine this month"),
    "me day": P("mine today"),
    "team": P("this team's this month"),
    "team day": P("this team's today"),
    "all": P("everybody's this month"),
    "all day": P("everybody's today"),
}
SLASH_ONS: Mapping[str, Phrase] = {"on": P("on"), "off": P("off")}
SLASH_FORGET = P("our recommendation")
MENUS: Mapping[str, Phrase] = {
    "animate": P("Animate this image"),
    "edit": P("Edit this image"),
    "frame": P("Use as first frame"),
}
HELP_FIELDS = P("Type / and choose a command. Each setting has its own place there; with no model I recommend one.")
HELP_MENUS = P("On a message with a picture, look under Apps: {menus}.")
HELP_BUTTONS = P("Only you can press the buttons of your orders. I don't read what is said here otherwise.")
MENU_PROMPT = P("What should happen?")
MENU_LAST = P("The last frame, if you have one")
MENU_LATE = P("I no longer have that picture. Please choose it again.")
BUTTON_SHOW = P("Show result")
FETCH = P("I can't write here by myself. Press Show result when the time is up.")
STILL_MADE = P("⏳ Still being made…")
NOT_SHOWN_HERE = P("The rules of this place keep me from showing that here. Type /jobs to get it.")
TOO_BIG_HERE = P("The file is too big for this place, and its link works only where I run.")
OUTDATED = P("This command has changed. Please restart Discord, then choose it again.")
MISSED = P("I was away for a moment and didn't get that. Nothing was spent; please ask again.")


def welcome(missing: Collection[str] = ()) -> Card:
    """Return what Limner can do, for people who choose commands from a list and are heard in no other way.

    ``missing`` are the commands that nobody here can serve.
    """
    served = {name: what for name, (_, what) in SLASH.items() if name not in missing}
    commands = tuple(listings.HELP_ITEM(command=f"/{name}", what=what()) for name, what in served.items())
    menus = Listing(tuple(phrase() for phrase in MENUS.values()))
    ways = (HELP_FIELDS(), HELP_MENUS(menus=menus), HELP_BUTTONS())
    return Card(title=listings.HELP_TITLE(), lines=(listings.HELP_INTRO(), *commands, *ways))
