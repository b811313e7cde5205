"""Clicks on the pretend Feishu's cards: what reaches the bot, what its answer does, and what a person sees."""

from typing import Any

import pytest

from tests.fakes.feishu.receiver import answering, heard, receiving
from tests.fakes.feishu.rest import Rest, asking, frozen
from tests.fakes.feishu.samples import button, card, form, menu
from tests.fakes.feishu_server import Click, Message, Person

Json = dict[str, Any]


async def clicked(rest: Rest, person: Person, *elements: Json) -> Message:
    """Send somebody a card with buttons."""
    return await rest.sent("interactive", card(*elements), person.dm.id)


async def test_a_click_brings_the_value_and_the_answer_replaces_the_card() -> None:
    """Toast in the reader's language, and the card for everybody."""
    async with receiving() as (rest, receiver):
        ann = rest.server.person("ann", locale="zh_cn")
        message = await clicked(rest, ann, button("Go"))
        toast = {"type": "success", "content": "started", "i18n": {"zh_cn": "已开始"}}
        receiver.script = answering(
            toast=toast, card={"type": "raw", "data": card({"tag": "markdown", "content": "wait"})}
        )
        click = await ann.answered(await ann.click(message, "Go"))
        event = await heard(rest, receiver)
        assert (event["action"]["value"], event["action"]["tag"]) == ({"act": "Go"}, "button")
        assert event["context"] == {"open_message_id": message.id, "open_chat_id": ann.dm.id}
        assert (click.toast, click.toast_type, click.replaced, click.code) == ("已开始", "success", True, 0)
        assert (ann.view(message).text, message.now.how) == ("wait", "answered")
        with pytest.raises(AssertionError, match="no button"):
            await ann.click(message, "Go")


async def test_without_a_card_in_the_answer_the_client_snaps_back() -> None:
    """A patch between click and answer is not seen by who has clicked, until the next one (reference section 6.3)."""
    async with receiving() as (rest, receiver):
        ann, bob = rest.server.person("ann"), rest.server.person("bob")
        message = await rest.sent("interactive", card({"tag": "markdown", "content": "old"}, button("Go")))
        receiver.script = lambda _: None
        click = await ann.click(message, "Go")
        await heard(rest, receiver)
        await rest.patch(message, card({"tag": "markdown", "content": "new"}))
        assert (ann.view(message).text, bob.view(message).text, message.crossed) == ("old", "new", 1)
        rest.server.lines.drop()
        await ann.answered(click)
        assert (click.code, click.snapped_back, ann.view(message).text) == (200342, True, "old")
        await rest.patch(message, card({"tag": "markdown", "content": "newer"}))
        assert ann.view(message).text == "newer"


@pytest.mark.parametrize(
    "answer, code",
    [
        ({"code": 500}, 200671),
        ({"code": 200, "data": "no base64!"}, 200672),
        ({"code": 200, "data": "WzFd"}, 200672),
        ({"toast": {"type": "party"}}, 200672),
        ({"toast": {"content": "x", "i18n": {"english": "x"}}}, 200672),
        ({"text": "x"}, 200672),
        ({"card": {"type": "raw"}}, 200672),
        ({"card": {"type": "raw", "data": card({"tag": "note"})}}, 200673),
        ({"card": {"type": "raw", "data": {"elements": [{"tag": "hr"}]}}}, 200830),
        ({}, 0),
    ],
)
async def test_a_bad_answer_is_a_code_on_the_screen(answer: Json, code: int) -> None:
    """And the card stays as it was."""
    async with receiving() as (rest, receiver):
        ann = rest.server.person("ann")
        message = await clicked(rest, ann, button("Go"))
        receiver.script = (lambda _: answer) if "code" in answer else answering(**answer)
        click = await ann.answered(await ann.click(message, "Go"))
        assert (click.code, click.replaced, len(message.versions)) == (code, False, 1)


async def test_a_click_that_is_not_answered_in_three_seconds_never_comes_again() -> None:
    """200341 on the screen, one attempt only."""
    clock = frozen()
    async with receiving(clock) as (rest, receiver):
        ann = rest.server.person("ann")
        message = await clicked(rest, ann, button("Go"))
        receiver.script = lambda _: None
        click = await ann.click(message, "Go")
        await heard(rest, receiver)
        clock.advance(3)
        assert ((await ann.answered(click)).code, click.latency) == (200341, 3)
        clock.advance(100_000)
        assert click.delivery is not None
        assert (len(click.delivery.attempts), click.delivery.state) == (1, "given up")


async def test_without_the_callback_in_the_console_a_click_fails_at_once() -> None:
    """200340: the separate tab that is easily forgotten (reference section 15)."""
    async with asking() as rest:
        ann = rest.server.person("ann")
        rest.server.app.callbacks.clear()
        click = await ann.click(await clicked(rest, ann, button("Go")), "Go")
        assert (click.code, rest.server.deliveries.all) == (200340, [])


async def test_forms_menus_and_overflows_bring_what_was_chosen() -> None:
    """Values by name, options by what they say; what a client would not let through fails the test."""
    async with receiving() as (rest, receiver):
        ann = rest.server.person("ann")
        size: Json = {"tag": "input", "name": "size", "required": True}
        options = [{"text": {"tag": "plain_text", "content": "More"}, "value": "more"}]
        behaviors = [{"type": "callback", "value": {"of": "overflow"}}]
        chosen = menu("language", "de", "en", behaviors=[{"type": "callback", "value": {"of": "menu"}}])
        settings = form(menu("model", "wan", "kling", initial_option="wan"), size)
        message = await clicked(
            rest, ann, settings, chosen, {"tag": "overflow", "options": options, "behaviors": behaviors}
        )
        with pytest.raises(AssertionError, match="size is required"):
            await ann.submit(message, {"model": "KLING"})
        with pytest.raises(AssertionError, match="submitted, not clicked"):
            await ann.click(message, "Save")
        with pytest.raises(AssertionError, match="offers only"):
            await ann.select(message, "language", "fr")
        await ann.submit(message, {"size": "9:16"}, "Save")
        await ann.select(message, "language", "EN")
        await ann.click(message, "More")
        await heard(rest, receiver, 3)
        actions = [event["event"]["action"] for event in receiver.events]
        assert actions[0]["form_value"] == {"model": "wan", "size": "9:16"}
        assert (actions[0]["name"], actions[0]["value"]) == ("save", {"act": "Save"})
        assert (actions[1]["option"], actions[1]["value"]) == ("en", {"of": "menu"})
        assert (actions[2]["option"], actions[2]["value"]) == ("more", {"of": "overflow"})


async def test_a_disabled_button_and_a_link_are_not_clicked() -> None:
    """No client sends an event for them."""
    async with asking() as rest:
        ann = rest.server.person("ann")
        link = button("Open", behaviors=[{"type": "open_url", "default_url": "https://a.example"}])
        message = await clicked(rest, ann, button("Off", disabled=True), link)
        with pytest.raises(AssertionError, match="disabled"):
            await ann.click(message, "Off")
        with pytest.raises(AssertionError, match="opens an address"):
            await ann.click(message, "Open")
        assert ann.view(message).button("Open").links == ["https://a.example"]


async def test_a_click_is_updated_later_by_its_token_but_only_after_its_answer_and_twice() -> None:
    """30 minutes, HTTP 200 whatever the code (reference sections 6.3 and 8)."""
    clock = frozen()
    async with receiving(clock) as (rest, receiver):
        ann = rest.server.person("ann")
        message = await clicked(rest, ann, button("Go"))
        receiver.script = lambda _: None
        click = await ann.click(message, "Go")
        await heard(rest, receiver)

        async def update(of: Click) -> tuple[int, int]:
            form = {"token": of.token, "card": card({"tag": "markdown", "content": "later"}, button("Again"))}
            reply = await rest.call("POST", "/open-apis/interactive/v1/card/update", form)
            return reply.status, reply.code

        assert await update(click) == (200, 300040)
        clock.advance(3)
        await ann.answered(click)
        assert await update(click) == (200, 0)
        assert (ann.view(message).text, message.now.how) == ("later", "delayed")
        assert [await update(click), await update(click)] == [(200, 0), (200, 300020)]
        late = await ann.click(message, "Again")
        clock.advance(1801)
        await ann.answered(late)
        assert await update(late) == (200, 300030)
