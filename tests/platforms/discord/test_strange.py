"""Words and values nobody expects: they are stored, shown as they were written, and do nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.platforms.discord.quoting import MOST_LINES, fenced, visible
from tests.fakes.discord_server import Ack
from tests.fakes.discord_server.refusals import Json
from tests.platforms.discord.stage import PROMPT, DiscordStage, stage

NASTY = {
    "everyone": "@everyone and @here, look",
    "person": "<@123> <@&5> <#1>",
    "masked link": "[x](//evil.example) [y](mailto:a@evil.example) <evil.example>",
    "fence": "```\nout of the block\n``` @everyone",
    "many ticks": "`` ` ``` ```` ~~~",
    "headers": "# big\n-# small\n> quote\n1. one",
    "spoiler": "||secret|| **bold** __line__",
    "zero width": "un\u200bse\u2060en\ufeff bla\u00adnks\u034f",
    "turned around": "\u202eevil\u202c \u2066x\u2069 \u061cy \u200fz",
    "custom emoji": "<:limner:123> <a:limner:123>",
    "time stamp": "<t:1> <t:1:R> </help:1> <id:customize>",
    "half a character": "a\ud83d b\udc00",
    "controls": "a\x00b\x1bc\x7fd\x85e\u2028f",
    "lines": "\n".join("abcdefghijklmnopqrstuvwxyz"),
    "long": "wort " * 800,
    "emoji": "👨\u200d👩\u200d👧" * 200,
}


async def test_a_prompt_does_nothing_wherever_it_is_shown(tmp_path: Path) -> None:
    """In the offer, in its progress, in its end and with its result: it rings nobody and is no markup."""
    async with stage(tmp_path) as at:
        ann, bob = at.discord.person("ann"), at.discord.person("bob")
        prompts = {name: words.replace("123", str(bob.user.id))[:4000] for name, words in NASTY.items()}
        for name, words in prompts.items():
            notice = (await at.ask(ann, prompt=words)).message
            assert fenced(words) in notice.text, name
            await at.click(ann, notice, "Confirm")
        await at.finish()
        await at.seconds(60)
        messages = list(at.discord.board.all.values())
        outside = "".join(part for m in messages for text in m.history for part in text.split("```")[::2])
        for name, words in prompts.items():
            assert len([m for m in messages if fenced(words) in m.text]) == 2, name
            assert visible(words).strip() not in outside, name
        assert not bob.user.pings
        assert not [m for m in messages if m.everyone]
        assert not at.discord.calls.to("*", code=50035)
        assert at.charges == len(prompts)


async def test_every_message_says_whom_it_may_call(tmp_path: Path) -> None:
    """Discord calls whoever is named unless it is told otherwise, with every single message."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        await at.finish()
        await at.seconds(60)
        said = [c.payload for c in at.discord.calls if isinstance(c.payload, dict)]
        worded = [p for p in said if p.get("content") or p.get("components")]
        assert len(worded) > 5
        for payload in worded:
            assert payload["allowed_mentions"]["parse"] == []
            assert set(payload["allowed_mentions"].get("users", ())) <= {str(ann.user.id)}


def test_a_tall_prompt_is_cut_with_a_sign() -> None:
    """A hundred short lines would push everything else off the screen."""
    lines = fenced("\n".join(str(n) for n in range(100))).splitlines()
    assert len(lines) == MOST_LINES + 2
    assert lines[-2] == "…"


# --- values that no list offered -----------------------------------------------------------------------------------

UNLISTED: dict[str, tuple[str, dict[str, Any], str]] = {
    "duration": ("video", {"prompt": PROMPT, "duration": 7}, "duration"),
    "resolution": ("video", {"prompt": PROMPT, "resolution": "9p"}, "9p"),
    "aspect ratio": ("video", {"prompt": PROMPT, "aspect_ratio": "7:1"}, "7:1"),
    "model": ("video", {"prompt": PROMPT, "model": "no such model"}, "no such model"),
    "half a model": ("video", {"prompt": PROMPT, "model": "x\ud83d"}, "x?"),
    "count": ("video", {"prompt": PROMPT, "count": 99}, "1 to 4"),
    "use": ("video", {"prompt": PROMPT, "use": "nonsense"}, "What your video will take"),
    "kind": ("models", {"kind": "nonsense"}, "nonsense"),
    "always": ("model", {"kind": "video", "model": "\ud83d"}, "?"),
    "language": ("lang", {"language": "tlh"}, "English"),
    "code": ("cancel", {"code": "\ud83d"}, "/jobs"),
}


async def test_a_value_that_was_not_offered_is_explained(tmp_path: Path) -> None:
    """A client can send anything: what it sends is looked at again, and the answer says what there is."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        for name, (command, options, told) in UNLISTED.items():
            asked = await at.done(await ann.slash(command, options, checked=False))
            (said,) = asked.messages
            assert told in said.text, name
            assert not said.thinking, name
        assert at.charges == 0


async def _stale(at: DiscordStage, spoil: Any, **options: Any) -> str:
    ann = at.discord.person("ann")
    asked = await at.done(await ann.slash("video", {"prompt": PROMPT} | options, checked=False, mangle=spoil))
    (said,) = asked.messages
    assert asked.ack is Ack.THINKING
    assert said.private_to is ann.user
    return said.text


def _renamed(event: Json) -> None:
    event["data"]["name"] = "film"


def _without_its_prompt(event: Json) -> None:
    event["data"]["options"] = []


@pytest.mark.parametrize("spoil", [_renamed, _without_its_prompt])
async def test_a_command_of_yesterday_is_answered(tmp_path: Path, spoil: Any) -> None:
    """A client that has not heard of an update sends what we no longer list: nobody is left with a bare failure."""
    async with stage(tmp_path) as at:
        assert "This command has changed" in await _stale(at, spoil)


async def test_completion_of_a_command_of_yesterday_breaks_nothing(tmp_path: Path) -> None:
    """There is nothing to say to somebody who still types; the next command is answered."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        sent = at.discord.gateway.publish
        at.discord.gateway.publish = lambda event, data, guild: sent(event, _spoiled(data), guild)  # type: ignore[method-assign] # as an old client
        before = len(at.discord.calls)
        await ann.autocomplete("video", "model", "wan")
        at.discord.gateway.publish = sent  # type: ignore[method-assign] # as a new one again
        assert "What your video will take" in (await at.ask(ann)).message.text
        assert len(at.discord.calls.to("interactions.callback")) == 1
        assert len(at.discord.calls) > before


def _spoiled(data: Json) -> Json:
    changed: Json = json.loads(json.dumps(data))
    changed["data"]["name"] = "film"
    return changed
