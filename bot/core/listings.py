"""What the free commands say, in English: help, models, preferences, orders, balances. Rules: see ``wording``."""

from collections.abc import Mapping

from bot.text import Phrase

P = Phrase

HELP_TITLE = P("What I can do")
HELP_ITEM = P("{command} – {what}")
HELP_INTRO = P("I tell you the price first, make it once, and bring it here with a link to copy.")
HELP: tuple[tuple[str, Phrase], ...] = (
    ("/video", P("make a video from words")),
    ("/image", P("make a picture from words")),
    ("/animate", P("turn your picture into a video; with two pictures add use=frames or use=reference")),
    ("/edit", P("change your picture as you describe")),
    ("/music", P("make music")),
    ("/speak", P("read a text aloud")),
    ("/upscale", P("make a picture larger: /upscale scale=4 with a picture, or of= and the code of a result")),
    ("/cutout", P("remove what is behind the subject of a picture")),
    ("/describe", P("describe a picture or a video of yours in words")),
    ("/extend", P("make a video of yours longer: /extend of= and its code")),
    ("/enhance", P("make your words richer, free: /enhance a cat")),
    ("/ask", P("ask a question, for example /ask model=grok why is the sky blue?")),
    ("/models", P("show models, prices and times, for example /models video, or /models image price")),
    ("/model", P("always use one model, for example /model video Wan 2.6; /model video auto forgets it")),
    ("/prefs", P("show what I remember about you")),
    ("/jobs", P("show what is under way")),
    ("/cancel", P("cancel your newest open order, or /cancel and its code")),
    ("/history", P("show what you've had made")),
    ("/balance", P("show what is left in the account")),
    ("/careful", P("be asked before every order: /careful on; /careful off follows the rule of this place")),
    ("/budget", P("show what may still be spent")),
    ("/usage", P("show what you had made this month: /usage day for today")),
    ("/receipt", P("show what one order cost: /receipt and its code")),
    ("/forget", P("forget what I know about you, after asking once more: /forget me")),
    ("/lang", P("choose the language: /lang en, /lang zh")),
    ("/help", P("show this")),
)
HELP_SETTINGS = P("Settings go in front: /video 5s 1080p 16:9 x2 model=wan a puppy. You can also say cheapest or best.")
HELP_OF = P("To go on from a result, say of= and its code: /edit of=a1b2c3 at night")
HELP_ALWAYS = P("Say “always use Kling O1” and I'll remember it.")

TASK_NAMES: Mapping[str, Phrase] = {
    "text_to_video": P("video from words"),
    "image_to_video": P("video from a picture"),
    "first_last_frame_to_video": P("video from first and last frame"),
    "reference_image_to_video": P("video after reference pictures"),
    "text_to_image": P("picture from words"),
    "image_to_image": P("changed picture"),
    "text_to_music": P("music"),
    "text_to_speech": P("speech"),
    "text_to_text": P("answers"),
    "upscale_image": P("larger picture"),
    "remove_background": P("picture without its background"),
    "image_to_text": P("description of a picture"),
    "rework_image": P("one step on from a picture"),
    "video_to_video": P("changed video"),
    "extend_video": P("longer video"),
    "video_to_text": P("description of a video"),
}
BALANCE_TITLE = P("What is left in the account")
BALANCE_ITEM = P("{service}: {left}")
BALANCE_MONEY = P("{service}: {left} (about {money})")
BALANCE_UNREAD = P("{service}: I can't read it right now")
MODELS_TITLE = P("Models: {task}")
MODELS_ITEM = P("{model}: {cost}, {expected}")
MODELS_ITEM_TRAIT = P("{model}: {cost}, {expected}, {trait}")
MODELS_NONE = P("None of the models fits that. Please leave a word out.")
ENHANCED = P("✨ Richer words:")
ENHANCED_NEXT = P("Use them after /image or /video. This was free.")
PREFS_TITLE = P("What I remember about you")
PREFS_ALWAYS = P("{task}: always {model}")
PREFS_LAST = P("{task}: last used {model}")
PREFS_NONE = P("Nothing yet. I remember the model you used last, and what you ask me to always use.")
PREFS_CAREFUL = P("I ask you before every order.")
CAREFUL_ON = P("✅ From now on I ask you before every order.")
CAREFUL_OFF = P("✅ From now on I ask you when the rule of this place says so.")
PREFS_LANGUAGE = P("Language: {language}")
REMEMBERED = P("✅ Got it: from now on {model} for {tasks}.")
FORGOTTEN = P("✅ Forgotten: {tasks} will use our recommendation.")
MODEL_USAGE = P("Tell me which one, for example: /model video Wan 2.6. To see them all, type /models.")
JOBS_TITLE = P("Your open orders")
JOBS_NONE = P("Nothing is under way.")
JOBS_LINK = P("{code}: {url}")
JOBS_ITEM = P("{code}: {model}, {state}, {cost}")
HISTORY_TITLE = P("What you've had made")
HISTORY_NONE = P("Nothing yet. Try /video a puppy runs across a meadow.")
HISTORY_ITEM = P("{code}: {model}, {state}, {cost}, {when}")
HISTORY_FOUND = P("{code}: {service} has it after all, made {when}")
HISTORY_FOUND_LINK = P("{code}: {service} has it after all, made {when}: {url}")
HISTORY_OTHERS = P("{service} made {when} with {model}: “{prompt}”")
STATES: Mapping[str, Phrase] = {
    "proposed": P("waiting for your yes"),
    "confirmed": P("about to start"),
    "submitting": P("being ordered"),
    "running": P("being made"),
    "succeeded": P("ready"),
    "refused": P("not started"),
    "failed": P("didn't work out"),
    "cancelled": P("cancelled"),
    "expired": P("offer ran out"),
    "in_doubt": P("unclear whether it was ordered"),
    "undelivered": P("made, but this chat didn't take it yet"),
}
LANGUAGE_SET = P("✅ I'll speak English with you.")
LANGUAGE_NAME = P("English")
