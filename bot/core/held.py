"""What is said about results that are kept where only we reach them, and about many buttons, in English.

The rules of ``wording`` hold here too.
"""

from bot.text import Phrase

P = Phrase

TOO_LARGE = P("It's finished and kept safely, but it's too large for this chat. Your admin can get it for you.")
NOT_BROUGHT = P("It's finished and kept safely, but I couldn't bring it here. Your admin can get it for you.")
KEPT = P("The file is kept where it was made; your admin can get it for you.")
MORE = P("More to do with it")
