"""A person's settings on a card: opened, changed and sent in, in their own chat with us."""

from pathlib import Path

from bot.platforms.feishu.limits import Form, problems
from tests.fakes.feishu_server import Message, Person
from tests.platforms.feishu.stage import FeishuStage, stage


async def opened(at: FeishuStage, person: Person, button: str = "My settings") -> Message:
    """Return the card with the form on it."""
    await at.write(person, "hello")
    card = person.cards()[-1]
    click = await at.click(person, card, button)
    assert (click.code, click.replaced) == (0, True)
    return card


async def test_the_form_shows_what_is_set(tmp_path: Path) -> None:
    """The language of their program, and no model of their own; and it is a card as Feishu takes them."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        card = await opened(at, ann)
        menus = {menu.name: menu.element for menu in ann.view(card).menus}
        assert {name: menu["initial_option"] for name, menu in menus.items()} == {
            "lang": "en",
            "video": "auto",
            "image": "auto",
            "careful": "off",
        }
        assert "Wan 2.6" in str(menus["video"]["options"])
        assert not problems(Form.CARD, card.content, {"content": card.content})


async def test_what_is_sent_in_holds_from_then_on(tmp_path: Path) -> None:
    """The form shows it at once, in the new language, and the next order follows it."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        card = await opened(at, ann)
        click = await ann.submit(card, {"lang": "zh_Hans", "video": "Kling O1", "careful": "Always ask me"})
        await ann.answered(click)
        await at.settle()
        assert (click.code, click.toast, click.replaced) == (0, "Saved.", True)
        assert "你的设置" in ann.view(card).text
        chosen = {menu.name: menu.element["initial_option"] for menu in ann.view(card).menus}
        assert chosen["lang"] == "zh_Hans"
        assert (chosen["image"], chosen["careful"]) == ("auto", "on")
        assert "kling" in chosen["video"]
        await at.write(ann, "/video a puppy")
        assert "Kling O1" in ann.transcript()[-1]
        back = await ann.submit(card, {"lang": "en", "video": "auto"})
        await ann.answered(back)
        await at.seconds(5)
        await at.write(ann, "/video a puppy")
        assert "Wan 2.6" in ann.transcript()[-1]


async def test_what_was_not_changed_is_not_said(tmp_path: Path) -> None:
    """Sending the form in as it is does nothing."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        card = await opened(at, ann)
        before = len(ann.reads())
        await ann.answered(await ann.submit(card, {}))
        await at.settle()
        assert len(ann.reads()) == before


async def test_in_a_group_nobody_sees_anothers_form(tmp_path: Path) -> None:
    """There the button answers in words, and the card stays everybody's."""
    async with stage(tmp_path) as at:
        ann, group = at.feishu.person("ann"), at.feishu.studio
        await at.write(ann, "hello", where=group)
        (card,) = ann.cards(group)
        click = await at.click(ann, card, "My settings")
        assert not click.replaced
        assert "What I remember about you" in ann.transcript(group)[-1]


async def test_a_catalogue_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """In the toast, and the card stays as it is."""
    async with stage(tmp_path) as at:
        ann = at.feishu.person("ann")
        await at.sandbox.close()
        await at.write(ann, "hello")
        click = await at.click(ann, ann.cards()[-1], "My settings")
        assert click.toast_type == "warning"
        assert not click.replaced
