"""What to make of how we stand with Feishu: what is well or wrong, and the next step. Asking is in ``checkup``.

Each step names the page of the developer console by its English title, and the permission where one is missing.
"""

from dataclasses import dataclass

from bot.findings import Finding, Level, note, ok, problem
from bot.platforms.feishu.client import Application, NotTaken
from bot.platforms.feishu.connection import REPAIRS
from bot.platforms.feishu.events import Kind
from bot.platforms.feishu.scopes import HEARING, Need
from bot.platforms.feishu.trial import HANDSHAKE
from bot.platforms.feishu.webhook import PATH
from bot.platforms.feishu.wire import DEAD_TOKEN, DOMAINS, Bot, Code

GUIDE = "docs/platforms/feishu.md"

_ACTIVE = 2
_STATES = {
    0: "its installation is not finished",
    1: "an admin has switched it off",
    3: "it is installed and not switched on yet",
    4: "it was upgraded and not switched on again",
    5: "its licence has run out",
    6: "the organisation's plan has run out",
}
"""What ``activate_status`` says of a bot; 2 is in use."""

_NOT_GRANTED = frozenset({Code.SCOPE_MISSING, Code.SCOPE_OF_USER_MISSING, Code.NO_PERMISSION, Code.UPLOAD_FORBIDDEN})
_BUSY = frozenset({408, 429})
_TROUBLE = 500

NO_APP = problem(
    "application",
    "there is none",
    f"`limner setup feishu` makes one with a code to scan; or make it by hand as {GUIDE} shows, and set feishu.app_id",
)
NO_SECRET = problem(
    "application",
    "feishu.app_id is set, but there is no secret",
    "copy App Secret from the console, page Credentials & Basic Info, into a file, and name it in "
    "feishu.app_secret_file",
)
NO_LIKELY_SECRET = problem(
    "application",
    "its id or its secret has blanks or other characters that neither has",
    "put App ID into feishu.app_id and App Secret into the file, and nothing else: no name, no second line",
)


@dataclass(frozen=True, slots=True)
class Console:
    """The pages of an application in the developer console."""

    app: Application

    @property
    def home(self) -> str:
        """Where the application is."""
        return f"{self.app.domain}/app/{self.app.id}"

    @property
    def region(self) -> str:
        """The region by its setting's name; nothing for an address of the operator's own."""
        return next((region for region, domain in DOMAINS.items() if domain == self.app.domain), "")

    def page(self, name: str) -> str:
        """Return how to get to a page."""
        return f"{self.home}, page {name}"

    def grant(self, scope: str) -> str:
        """Return how a permission is granted."""
        return (
            f"add {scope} at {self.home}/auth?q={scope} (page Permissions & Scopes), "
            "then publish a new version (page Version Management & Release)"
        )


def lacks(no: NotTaken) -> bool:
    """Whether a permission is missing."""
    return no.code in _NOT_GRANTED


def is_about_the_call(no: NotTaken) -> bool:
    """Whether Feishu refused what was asked, after it had found that we may ask it."""
    elsewhere = no.code in _STANDING or no.code in {Code.QUOTA, Code.LIMITED} or no.code in DEAD_TOKEN
    return bool(no.code) and not elsewhere and not no.unclear and no.status not in _BUSY


def unread(part: str, no: NotTaken, console: Console) -> Finding:  # noqa: PLR0911 - one answer for each kind of no
    """Return why Feishu could not be asked something, or did not take it."""
    if no.code in {Code.BAD_SECRET, Code.UNKNOWN_APP}:
        said = f"Feishu does not take the application's id and secret ({no.code})"
        step = (
            f"compare both with {console.page('Credentials & Basic Info')}, and feishu.region with where the "
            "application was made: Feishu and Lark do not know each other's"
        )
        return problem("token", said, step)
    if no.code in _STANDING:
        said, page = _STANDING[no.code]
        return problem(part, f"{said} ({no.code})", f"look at {console.page(page)}")
    if no.code == Code.QUOTA:
        return problem(
            part, "this month's calls are used up (99991403)", "an admin can buy more, or wait for next month"
        )
    if no.status in _BUSY or no.code == Code.LIMITED:
        return problem(part, "Feishu asks for a pause", "look again in a minute; if it stays, who else uses the app?")
    if no.code in DEAD_TOKEN:
        return problem(part, f"Feishu does not take its own token ({no.code})", "look again; if it stays, report it")
    if not no.code and no.status >= _TROUBLE:
        return problem(part, f"Feishu itself has trouble (HTTP {no.status})", "wait, and look again")
    if not no.code and (not no.status or no.unclear):
        return problem(part, f"no answer that can be read ({no})", _network(console))
    step = f"look at {console.page('Add Features')} whether Bot is on; if it is, report this line"
    return problem(part, f"an unexpected answer ({no})", step)


_STANDING = {
    int(Code.APP_OFF): ("the application is switched off", "Credentials & Basic Info"),
    int(Code.NOT_INSTALLED): ("no version of the application is released here", "Version Management & Release"),
    int(Code.IP_FORBIDDEN): ("this machine's address is not in the application's list", "Security Settings"),
    int(Code.BOT_OFF): ("the application has no bot", "Add Features"),
}


def _network(console: Console) -> str:
    if console.region:
        return "look at this machine's network, its name service and its firewall; proxies are not used"
    return f"look whether what feishu.base_url names ({console.app.domain}) is running and speaks for Feishu"


def account(bot: Bot, console: Console) -> Finding:
    """Return whose application it is, and whether its bot is in use."""
    name = "".join(letter for letter in bot.app_name if letter.isprintable())[:60]
    if bot.activate_status != _ACTIVE:
        why = _STATES.get(bot.activate_status, f"Feishu calls its state {bot.activate_status}")
        step = f"publish a version and have an admin approve it: {console.page('Version Management & Release')}"
        return problem("bot", f"{name} is not in use: {why}", step)
    if not bot.open_id:
        return problem("bot", "the application has no bot", f"switch it on at {console.page('Add Features')}")
    return ok("bot", f"{name} ({bot.open_id}), of the application {console.app.id}")


def granted(need: Need) -> Finding:
    """Return that a permission is there."""
    return ok("scopes", f"{need.scope} is granted")


def missing(need: Need, console: Console) -> Finding:
    """Return that a permission is not there."""
    level = Level.PROBLEM if need.vital else Level.NOTE
    return Finding(level, "scopes", f"{need.scope} is missing: {need.without}", console.grant(need.scope))


def unconnected(no: NotTaken, console: Console) -> Finding:
    """Return why there is no long connection."""
    if no.code == Code.WRONG_DOMAIN:
        other = "lark" if console.region == "feishu" else "feishu"
        said = f"the application belongs to the other region ({no.code})"
        return problem("connection", said, f'set region = "{other}" in [feishu]')
    if no.code == Code.TOO_MANY_CONNECTIONS:
        step = "stop what else uses this application; each environment needs an application of its own"
        return problem("connection", f"50 connections are open, which is the most there can be ({no.code})", step)
    if no.code in REPAIRS:
        step = f"look at {console.page('Credentials & Basic Info')}; only self-built applications may connect"
        return problem("connection", f"{REPAIRS[no.code]} ({no.code})", step)
    if no.code in _BUSY_LINE:
        return problem("connection", f"Feishu is busy ({no.code})", "wait, and look again; a service keeps trying")
    if no.detail.startswith(HANDSHAKE):
        step = "let this machine open WebSocket connections (wss, port 443) to it; proxies are not used"
        return problem("connection", f"it does not open ({no})", step if console.region else _network(console))
    return unread("connection", no, console)


_BUSY_LINE = frozenset({Code.SYSTEM_BUSY, Code.BUSY, Code.CONNECTION_INTERNAL})


def unseen(console: Console) -> Finding:
    """Return what nobody can ask Feishu for, and how to find out."""
    unasked = ", ".join(need.scope for need in HEARING)
    step = (
        "write /help to the bot, alone and with @ in a group. No answer? Then add what is named here at "
        f"{console.page('Permissions & Scopes')}, and at Events & Callbacks, tab Event Configuration, and publish a "
        "new version"
    )
    return note("events", f"whether messages come cannot be asked: {unasked}, {Kind.MESSAGE.value}", step)


OFFERED = ok("connection", "Feishu offers one")
OPENED = ok("connection", "it opens. If a service runs elsewhere: what came to us meanwhile, Feishu sends it again")
NOT_CONNECTED = problem(
    "connection",
    "a service is running and is not connected at the moment",
    "look in its log for feishu_turned_down and feishu_disconnected: they say why",
)


def running(silent_for: int | None, reconnects: int) -> Finding:
    """Return that a running service is connected; ``silent_for`` is in seconds."""
    heard = "nothing was heard yet" if silent_for is None else f"heard {silent_for} s ago"
    return ok("connection", f"a running service has it: {heard}, {reconnects} reconnects")


def webhook(console: Console) -> Finding:
    """Return what cannot be seen from here where Feishu connects to us."""
    step = (
        f"an address that ends in {PATH} has to stand at {console.page('Events & Callbacks')}, in both tabs; "
        "Feishu tries it when it is saved"
    )
    return note("webhook", "events come to a public address, which cannot be tried from here", step)


# --- the card ---------------------------------------------------------------------------------------------------------


def unknown_receiver(to: str) -> Finding:
    """Return that nobody is meant by this."""
    said = f"{to!r} is nobody: a person's open_id begins with ou_, a chat's id with oc_"
    return problem("card", said, "`limner setup feishu` prints your open_id; a group's settings show its id")


def unsent(no: NotTaken, console: Console) -> Finding:
    """Return why the card was not sent."""
    if no.code == Code.FOREIGN_PERSON:
        said = "this open_id belongs to another application: each application knows people by other ids"
        return problem("card", said, "use the chat's id (oc_), or the open_id that this application knows")
    if no.code in {Code.PERSON_UNAVAILABLE, Code.PERSON_GONE}:
        step = f"add them to the availability: {console.page('Version Management & Release')}"
        return problem("card", "this person may not use the application", step)
    if no.code in {Code.NOT_IN_CHAT, Code.BAD_RECEIVER, Code.BAD_PARAMETER}:
        return problem("card", f"it cannot be sent there ({no.code})", "add the bot to that chat; look at the id again")
    if no.code in {Code.CHAT_FORBIDS, Code.MUTED}:
        return problem(
            "card", f"bots may not write in that chat ({no.code})", "its owner can allow it, or use another one"
        )
    return unread("card", no, console)


def sent(seconds: float) -> Finding:
    """Return that the card is there and its button is waited for."""
    return ok("card", f"it is sent; press its button within {seconds:g} s (Ctrl-C ends it)")


SENT_FOR_OTHERS = note(
    "card",
    "it is sent; a running service answers its button with the list of commands",
    f"press it; if Feishu shows an error there, the table in {GUIDE} knows it",
)
PRESSED = ok("card", "the press has arrived and was answered: callbacks work")


def unpressed(seconds: float, console: Console) -> Finding:
    """Return that no press arrived."""
    step = (
        f"did Feishu show 200340 there? Then at {console.page('Events & Callbacks')}, tab Callback Configuration, "
        "choose the long connection, add card.action.trigger, and publish a new version. Did a list of commands "
        "come? Then a running service took the press, and all is well"
    )
    return problem("card", f"no press arrived within {seconds:g} s", step)
