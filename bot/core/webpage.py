"""What the web page says of itself, in English. What Limner says on it is in ``wording``, as everywhere.

The rules of ``wording`` hold here too.
"""

from collections.abc import Mapping

from bot.text import Phrase

P = Phrase

PAGE: Mapping[str, Phrase] = {
    "empty_title": P("What shall we make?"),
    "empty_hint": P("Say what you'd like. You see the price first, and nothing is spent before you agree."),
    "example_video": P("/video a puppy runs across a sunny meadow"),
    "example_image": P("/image a lighthouse in the fog, watercolour"),
    "example_models": P("/models video"),
    "example_help": P("/help"),
    "placeholder": P("Say what to make, or /help"),
    "message": P("Message"),
    "send": P("Send"),
    "attach": P("Add pictures"),
    "detach": P("Remove this picture"),
    "drop_here": P("Drop your pictures here"),
    "copy": P("Copy"),
    "copied": P("Copied"),
    "copy_by_hand": P("Please mark the address and copy it yourself."),
    "channel": P("Channel"),
    "here_now": P("Here now"),
    "conversation": P("Conversation"),
    "you": P("You"),
    "guest": P("Guest {number}"),
    "profile": P("Your name and language"),
    "name": P("Name"),
    "language": P("Language"),
    "save": P("Save"),
    "close": P("Close"),
    "progress": P("Progress"),
    "working": P("Limner is working…"),
    "reconnecting": P("Connection lost. Reconnecting…"),
    "reload": P("Reload"),
    "earlier": P("Earlier messages"),
    "newest": P("New messages"),
    "private": P("Only you can see this"),
    "pictures": P("📎 {count} picture", "📎 {count} pictures"),
    "not_shown": P("This can't be shown here. The link still leads to it:"),
    "kept_not_shown": P("This can't be shown here. Perhaps it can still be saved:"),
    "download": P("Save the file"),
    "preview": P("How far the picture is"),
    "not_sent": P("Not sent."),
    "send_again": P("Send again"),
    "unreachable": P("I can't be reached right now. Please try again in a moment."),
    "access_title": P("This Limner asks for a code"),
    "access_hint": P("Whoever set it up can tell you the access code."),
    "access_code": P("Access code"),
    "access_enter": P("Come in"),
}
PAGE_REFUSALS: Mapping[str, Phrase] = {
    "access_needed": P("Please enter the access code first."),
    "access_wrong": P("That isn't the right code. Please try again."),
    "bad_language": P("I don't speak that language yet. Please choose one from the list."),
    "bad_name": P("A name has 1 to {name} characters. Please choose another one."),
    "empty": P("Please write something or add a picture."),
    "host_not_ours": P("Limner doesn't answer at this address. Please use the one you were given."),
    "no_such_page": P("There is nothing here. Please go back to the conversation."),
    "origin_not_ours": P("That came from another page, so I did nothing."),
    "page_out_of_date": P("This page is out of date. Please reload it."),
    "picture_too_big": P("A picture may have up to {megabytes} MB. Please send a smaller one."),
    "not_a_picture": P("Only pictures work here: PNG, JPEG, WebP or GIF."),
    "text_too_long": P("That's too long: a message has at most {text} characters. Please shorten it."),
    "too_big": P("That's too much at once. Please send less."),
    "result_too_big": P("This file is too large for this page. Your admin can get it for you."),
    "too_many_pictures": P("Up to {pictures} pictures go with one message. Please send fewer."),
    "too_slow": P("That took too long to arrive. Please try again."),
    "trouble": P("Something went wrong on my side. Please try again in a moment."),
    "unreadable": P("I couldn't read that. Please reload the page and try again."),
}
