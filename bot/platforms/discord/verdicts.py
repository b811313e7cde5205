"""What to make of how we stand with Discord: what is well or wrong, and the next step. Asking is in ``checkup``."""

from collections.abc import Iterator, Sequence

from bot.findings import Finding, Level, note, ok, problem
from bot.platforms.discord.permissions import NEEDS, WANTED, Need, missing, person_link, server_link
from bot.platforms.discord.quoting import visible
from bot.platforms.discord.roster import Difference
from bot.platforms.discord.sessions import SESSIONS_KEPT
from bot.platforms.discord.standing import Application, Channel, Server, User, is_absent, is_hidden
from bot.platforms.discord.transport import NotTaken
from bot.platforms.discord.wire import Gateway

PORTAL = "https://discord.com/developers/applications"
GUIDE = "docs/platforms/discord.md"

_UNKNOWN, _TOO_MANY, _TROUBLE = 401, 429, 500
_PRIVILEGED = {
    "Presence": 1 << 12 | 1 << 13,
    "Server Members": 1 << 14 | 1 << 15,
    "Message Content": 1 << 18 | 1 << 19,
}
"""The privileged intents, by the two flags of an application that each has: with and without Discord's review."""

_MOST_NAMED = 20
"""Findings about servers before the rest is only counted."""

NO_TOKEN = problem(
    "token",
    "there is none",
    f"make a bot at {PORTAL}, put its token into a file and name the file in discord.token_file; {GUIDE} shows how",
)
NO_LIKELY_TOKEN = problem(
    "token",
    "it has blanks or other characters that no token has",
    "put the token into the file and nothing else: no name, no quotation marks, no second line",
)


def unread(part: str, no: NotTaken, api_base: str) -> Finding:
    """Return why Discord could not be asked something."""
    if no.status == _UNKNOWN:
        step = f"make a new one at {PORTAL}, page Bot, Reset Token, and put it into discord.token_file or discord.token"
        return problem("token", "Discord does not know it", step)
    if no.status == 0:
        step = "look at this machine's network, its name service and its proxy settings"
        if api_base:
            step = f"look whether what discord.api_base names ({api_base}) is running and speaks for Discord"
        return problem(part, f"no answer that can be read ({no})", step)
    if no.status == _TOO_MANY:
        step = "wait ten minutes; if it stays, look for other programs with this token or at this address"
        return problem(part, "Discord asks for a pause (HTTP 429)", step)
    if no.status >= _TROUBLE:
        step = "wait; https://discordstatus.com tells when it is over"
        return problem(part, f"Discord itself has trouble (HTTP {no.status})", step)
    step = "look again later, and report it if it stays"
    if api_base:
        step = f"discord.api_base ({api_base}) has to end with the version of the API, such as /api/v10"
    return problem(part, f"an unexpected answer ({no})", step)


def account(me: User, application: Application) -> Finding:
    """Return whose token it is."""
    names = f"{visible(me.username)}, of the application {visible(application.name)} ({application.id})"
    return ok("token", f"Discord knows it; the bot is {names}")


def portal(application: Application) -> Iterator[Finding]:
    """Return what stands in the developer portal and is in the way, or is not needed."""
    if application.interactions_endpoint_url:
        said = "commands go to a web address of another program, so none comes to Limner"
        yield problem("portal", said, f"clear Interactions Endpoint URL at {PORTAL}, page General Information")
    if application.bot_require_code_grant:
        said = "nobody can add it to a server while it requires a code grant"
        yield problem("portal", said, f"switch Requires OAuth2 Code Grant off at {PORTAL}, page Bot")
    if application.bot_public:
        said = "anybody who has a link can install it, and whoever uses it spends from your account"
        yield note("portal", said, f"switch Public Bot off at {PORTAL}, page Bot, unless that is meant")
    on = [name for name, flags in _PRIVILEGED.items() if application.flags & flags]
    if on:
        step = "switch it off at the page Bot, unless another program with this token needs it"
        yield note("intents", f"privileged and on, but not needed: {', '.join(on)}", step)
    else:
        yield ok("intents", "no privileged intent is on, and none is needed")


def install(application: Application) -> Iterator[Finding]:
    """Return the links to install it with, and whether the portal allows that."""
    ways, page = application.integration_types_config, f"at {PORTAL}, page Installation"
    if ways is None:
        yield note("install", "Discord does not say which ways to install are on", f"look {page}")
    if ways is not None and "0" not in ways:
        yield problem("install", "it cannot be added to servers", f"tick Guild Install {page}")
    if ways is not None and "1" not in ways:
        said = "people cannot bring it along to other servers and their DMs"
        yield note("install", said, f"tick User Install {page}, if they should")
    yield ok("install", f"for a server  {server_link(application.id)}")
    yield ok("install", f"for a person  {person_link(application.id)}")
    yield ok("install", f"permissions {WANTED} are {', '.join(need.name for need in NEEDS)}")


def gateway(found: Gateway) -> Finding:
    """Return whether there is room for another connection today."""
    limit = found.session_start_limit
    left = f"{limit.remaining} of {limit.total} new connections are left today, {found.shards} needed for a start"
    if limit.remaining - found.shards >= SESSIONS_KEPT:
        return ok("gateway", left)
    said = f"{left}, and {SESSIONS_KEPT} are kept for restarts by hand, so Limner waits"
    hours = limit.reset_after / 3_600_000
    step = f"look in the log what ended so many (discord_connection_ended); there are new ones in {hours:.1f} h"
    return problem("gateway", said, step)


def closed_gateway(address: str, why: str, *, own: bool) -> Finding:
    """Return that nobody answers where events come from; ``own``: the settings name that address."""
    step = "let this machine open connections to it; a firewall may know discord.com only"
    if own:
        step = "look at discord.gateway_url, and whether what it names is running"
    return problem("gateway", f"{address} cannot be reached ({why})", step)


def commands(difference: Difference, wanted: int) -> Finding:
    """Return whether Discord lists the commands that there are."""
    if difference.is_none:
        return ok("commands", f"all {wanted} are listed, in every language")
    step = "start `limner run`, or restart it: when it connects, it tells Discord what has changed"
    if len(difference.absent) == wanted and not difference.foreign:
        return problem("commands", "Discord has not been told any yet", step)
    kinds = (
        ("not listed", difference.absent),
        ("listed in another form", difference.changed),
        ("not ours", difference.foreign),
    )
    said = "; ".join(f"{kind}: {visible(', '.join(names))}" for kind, names in kinds if names)
    return problem("commands", said, step)


def texts(found: Sequence[str]) -> Iterator[Finding]:
    """Return which sentences do not fit into Discord."""
    for what in found:
        language = what.partition(":")[0]
        yield problem("texts", what, f"mend the sentence in locales/{language}/LC_MESSAGES/limner.po")
    if not found:
        yield ok("texts", "every name and message fits, in every language")


def servers(there: Sequence[Server], media_mode: str) -> Iterator[Finding]:
    """Return what is missing in which server, channels aside."""
    if not there:
        yield note("servers", "it is in none yet", "open one of the install links")
        return
    found = [
        _lacking(f"server {visible(server.name)}", need, "Server Settings, Roles, its role; or open the link again")
        for server in there
        for need in missing(server.permissions, media_mode)
    ]
    yield from found[:_MOST_NAMED]
    if rest := found[_MOST_NAMED:]:
        level = max((f.level for f in rest), key=lambda level: level is Level.PROBLEM)
        yield Finding(level, "servers", f"and {len(rest)} more of the same kind in other servers")
    if not found:
        yield ok("servers", f"in {len(there)}, with every permission it needs")


def channel(place: Channel, may: int, media_mode: str) -> Iterator[Finding]:
    """Return what is missing in a channel."""
    part = f"channel {visible(place.name or '') or place.id}"
    lacking = missing(may, media_mode, in_thread=place.is_thread)
    for need in lacking:
        yield _lacking(part, need, "Edit Channel, Permissions: allow it for its role")
    if not lacking:
        yield ok(part, "every permission it needs")


def unseen_channel(name: str, no: NotTaken, api_base: str) -> Finding:
    """Return why a channel could not be looked at."""
    part = f"channel {name}"
    if is_hidden(no):
        need = NEEDS[0]
        said = f"{need.name} is missing, or Limner is not in its server: {need.without}"
        return problem(part, said, "Edit Channel, Permissions: allow it for its role; or open the install link")
    if is_absent(no):
        return no_channel(name)
    return unread(part, no, api_base)


def no_channel(name: str) -> Finding:
    """Return that there is no channel with an id."""
    step = "copy the id in Discord: right click on the channel, Copy Channel ID (Settings, Advanced, Developer Mode)"
    return problem(f"channel {visible(name)}", "there is none with this id", step)


def _lacking(part: str, need: Need, step: str) -> Finding:
    level = Level.PROBLEM if need.vital else Level.NOTE
    return Finding(level, part, f"{need.name} is missing: {need.without}", step)
