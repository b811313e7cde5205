"""Budgets, permissions and a second yes as Discord shows them: roles and channels are those that Discord tells."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from bot.core.job import State
from tests.fakes.discord_server import Person
from tests.platforms.discord.stage import PROMPT, DiscordStage, stage
from tests.stories.stage import SECTIONS


@asynccontextmanager
async def _stage(home: Path, house: Callable[[DiscordStage], Mapping[str, object]]) -> AsyncIterator[DiscordStage]:
    """Return a stage with sections of the settings that may name who is there."""
    at = DiscordStage(home)
    at.house = {name: SECTIONS[name].validate_python(said) for name, said in house(at).items()}
    async with at:
        yield at
        await at.keep_promises()


def _who(person: Person) -> str:
    return f"discord/{person.user.id}"


async def test_a_chart_of_what_was_spent_is_a_picture_in_the_answer(tmp_path: Path) -> None:
    """It comes as a file with the figures, for who asked alone, and its address stands nowhere."""
    async with stage(tmp_path) as at:
        ann = at.discord.person("ann")
        await at.make_video(ann)
        await at.finish()
        told = (await at.ask(ann, "usage", whose="me day")).message
        assert "1 order: 40 points" in told.text
        (file,) = told.now.files
        assert file.upload.data.startswith(b"\x89PNG")
        assert told.now.media == ("attachment://result-1.png",)
        assert "base64" not in told.text
        assert told.private_to is ann.user


async def test_somebody_else_approves_by_the_button_under_the_price(tmp_path: Path) -> None:
    """A press by who is no approver changes nothing; the approver's name stays in the message."""
    people: list[Person] = []

    def house(at: DiscordStage) -> Mapping[str, object]:
        people.extend((at.discord.person("ann"), at.discord.person("bob")))
        return {"approval": {"above": 30, "unit": "points", "people": [_who(people[1])]}}

    async with _stage(tmp_path, house) as at:
        ann, bob = people
        notice = await at.make_video(ann)
        assert "Waiting for somebody to approve" in notice.text
        await at.click(ann, notice, "Approve")
        assert at.charges == 0
        await at.click(bob, notice, "Approve")
        await at.finish()
        assert at.charges == 1
        assert "**Approved** by Bob" in notice.text


async def test_a_role_of_discord_may_what_others_may_not(tmp_path: Path) -> None:
    """Roles come with every command, so that one that is given or taken counts at once."""

    def house(at: DiscordStage) -> Mapping[str, object]:
        allow = {"effect": "allow", "role": f"discord/{at.discord.studio.id + 2}"}
        return {"rules": [allow, {"effect": "deny", "command": "video"}]}

    async with _stage(tmp_path, house) as at:
        ann, studio = at.discord.person("ann"), at.discord.studio
        await at.ask(ann, "video", prompt=PROMPT)
        (refused,) = at.messages("isn't open to you here")
        assert refused.private_to is ann.user
        assert await at.everybody() == []
        studio.members[ann.user.id].roles = (studio.id + 2,)
        assert "40 points" in (await at.ask(ann, "video", prompt=PROMPT)).message.text
        assert [job.state for job in await at.everybody()] == [State.PROPOSED]


async def test_only_a_channel_for_adults_is_one(tmp_path: Path) -> None:
    """As Discord says it of the channel, and of nothing else."""
    async with stage(tmp_path) as at:
        ann, seen = at.discord.person("ann"), []
        bold = at.discord.world.add_channel(at.discord.studio, "bold", nsfw=True)
        hear = at.service.studio.hear

        async def noted(heard: object) -> object:
            seen.append(heard.person.is_age_restricted)  # type: ignore[attr-defined] # what the studio hears
            return await hear(heard)  # type: ignore[arg-type] # passed on as it came

        at.service.studio.hear = noted  # type: ignore[method-assign,assignment] # to look at what comes in
        for where in (at.discord.general, bold):
            await at.ask(ann, "budget", change="list", where=where)
        assert seen == [False, True]
