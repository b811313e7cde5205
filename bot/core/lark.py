"""What is said on Feishu and Lark alone: why something is only a link, and what its rules make us say, in English.

The rules of ``wording`` hold here too.
"""

from collections.abc import Mapping
from enum import StrEnum

from bot.text import Phrase

P = Phrase


class Why(StrEnum):
    """Why a result is not shown in place but only given as a link."""

    TOO_BIG = "too_big"
    NO_TOOLS = "no_tools"
    FORMAT = "format"
    UNREACHABLE = "unreachable"
    FORBIDDEN_ADDRESS = "forbidden_address"
    NOT_TAKEN = "not_taken"
    NO_PERMISSION = "no_permission"
    REFUSED = "refused"


ONLY_A_LINK: Mapping[Why, Phrase] = {
    Why.TOO_BIG: P("It's larger than this chat can show, so I'm giving you the link instead."),
    Why.NO_TOOLS: P("I can't prepare media for this chat at the moment, so I'm giving you the link instead."),
    Why.FORMAT: P("This chat can't show its format, so I'm giving you the link instead."),
    Why.UNREACHABLE: P("I couldn't fetch it to show it here, so I'm giving you the link instead."),
    Why.FORBIDDEN_ADDRESS: P("I mustn't fetch from its address, so I'm giving you the link instead."),
    Why.NOT_TAKEN: P("The chat didn't take the file, so I'm giving you the link instead."),
    Why.NO_PERMISSION: P("I'm not allowed to bring files in here. Please tell your admin; the link works meanwhile."),
    Why.REFUSED: P("This chat's content check doesn't let it through, so I'm giving you the link instead."),
}
ELSEWHERE = P("I can't write in the chat where you asked, so I'm telling you here.")
HELD_BACK = P("This chat's content check doesn't let me repeat your words here.")
REPLY_INSTEAD = P("Buttons don't work here. Reply “confirm” to this message to go ahead, or “cancel” to leave it.")
SURE = P("Are you sure?")

WELCOME = P("Hello! I make pictures, videos and more from your words")
WELCOME_HOW = P("Write for example: /video a puppy runs across a meadow. In a group, mention me first.")
WELCOME_PICTURE = P("To use a picture, send it together with your words, or reply to it: /animate the cat jumps.")
ALL_COMMANDS = P("All commands")
MODELS_AND_PRICES = P("Models and prices")
MY_SETTINGS = P("My settings")
MY_ORDERS = P("My orders")
ANSWER_BELOW = P("The answer is below.")
RECEIVED_LATE = P("This reached me late: you wrote it {ago} ago. I only start if you still want it.")
YES_CAME_LATE = P("Your answer reached me late, so I haven't started. If you still want it, please say so again.")
PICTURE_ALONE = P("What should I do with your picture? Reply to it, for example: /animate the cat jumps.")
PICTURE_UNREADABLE = P("I can't read that picture. Please send it to me directly.")
UNREADABLE = P("I can read words and pictures, but not this kind of message.")
STILL_AT_IT = P("I've got it, but it takes longer than usual. You'll see here what came of it.")
YOUR_SETTINGS = P("Your settings")
SETTING_LANGUAGE = P("Language")
SETTING_VIDEO = P("Model for videos")
SETTING_IMAGE = P("Model for pictures")
SETTING_CAREFUL = P("Before an order")
CAREFUL_ALWAYS = P("Always ask me")
CAREFUL_RULE = P("As the rule here says")
RECOMMENDED = P("What you recommend")
SAVE = P("Save")
SETTINGS_SAVED = P("Saved.")

DOCTORS_CARD = P("A check by Limner's doctor")
DOCTORS_CARD_HOW = P("Please press the button. It shows whether buttons work here.")
DOCTORS_CARD_DONE = P("Buttons work here.")
