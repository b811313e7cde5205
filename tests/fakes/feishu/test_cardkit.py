"""Card entities of the pretend Feishu: sequence, streaming, elements, and that nothing else changes them."""

import json
from typing import Any

import pytest

from tests.fakes.feishu.rest import Reply, Rest, asking, frozen
from tests.fakes.feishu.samples import button, card

CARDS = "/open-apis/cardkit/v1/cards"
Json = dict[str, Any]
TEXT: Json = {"tag": "markdown", "content": "…", "element_id": "answer"}


async def entity(rest: Rest, shown: Json | None = None) -> str:
    """Create an entity and return its id."""
    data = json.dumps(shown or card(TEXT, streaming_mode=True))
    return str((await rest.call("POST", CARDS, {"type": "card_json", "data": data})).data["card_id"])


async def send(rest: Rest, number: str) -> Reply:
    """Send an entity to Studio."""
    return await rest.create("interactive", {"type": "card", "data": {"card_id": number}})


async def test_an_entity_is_sent_once_and_streams_what_everybody_reads() -> None:
    """The whole text so far, with a growing sequence (reference section 6.3)."""
    async with asking() as rest:
        ann = rest.server.person("ann", locale="zh_cn")
        number = await entity(rest)
        message = rest.server.board.all[(await send(rest, number)).data["message_id"]]
        assert (await send(rest, number)).code == 230099
        path = f"{CARDS}/{number}/elements/answer/content"
        for sequence, content in ((1, "Once"), (2, "Once upon")):
            assert (await rest.call("PUT", path, {"content": content, "sequence": sequence})).code == 0
            assert ann.view(message).text == content
        assert (await rest.call("PUT", path, {"content": "again", "sequence": 2})).code == 300317
        assert (await rest.call("PUT", path, {"content": "x", "sequence": 3, "uuid": "u" * 65})).code == 200770
        assert [version.how for version in message.versions] == ["sent", "streamed", "streamed"]
        assert (await rest.patch(message, card())).code == 300317, "one API for each card"


async def test_streaming_ends_by_itself_and_by_the_settings() -> None:
    """After ten minutes, or when it is told so; then text is refused."""
    clock = frozen()
    async with asking(clock) as rest:
        for end in (lambda: clock.advance(601), None):
            number = await entity(rest)
            if end is not None:
                end()
            else:
                settings = json.dumps({"config": {"streaming_mode": False}})
                told = await rest.call("PATCH", f"{CARDS}/{number}/settings", {"settings": settings, "sequence": 1})
                assert told.code == 0
            path = f"{CARDS}/{number}/elements/answer/content"
            assert (await rest.call("PUT", path, {"content": "x", "sequence": 9})).code == 300309


async def test_elements_are_added_replaced_changed_and_deleted() -> None:
    """One at a time, or several in a batch of JSON in a string."""
    async with asking() as rest:
        number = await entity(rest, card(TEXT))
        base, sequence = f"{CARDS}/{number}", iter(range(1, 99))

        async def do(method: str, path: str, **form: Any) -> int:
            return (await rest.call(method, base + path, {**form, "sequence": next(sequence)})).code

        def shown() -> list[str]:
            body = rest.server.entities.all[number].card["body"]
            return [str(one.get("content") or one["tag"]) for one in body["elements"]]

        rule = json.dumps([{"tag": "hr", "element_id": "rule"}])
        assert await do("POST", "/elements", type="insert_before", target_element_id="answer", elements=rule) == 0
        assert await do("POST", "/elements", type="append", elements=json.dumps([button()])) == 0
        assert shown() == ["hr", "…", "button"]
        assert await do("PATCH", "/elements/answer", partial_element=json.dumps({"content": "done"})) == 0
        assert await do("PUT", "/elements/rule", element=json.dumps({"tag": "markdown", "content": "top"})) == 0
        assert shown() == ["top", "done", "button"]
        assert await do("DELETE", "/elements/answer") == 0
        assert await do("DELETE", "/elements/answer") == 300313
        assert await do("PATCH", "/elements/rule", partial_element="{}") == 300313
        actions = [{"action": "add_elements", "params": {"type": "append", "elements": [{"tag": "hr"}]}}]
        assert await do("POST", "/batch_update", actions=json.dumps(actions)) == 0
        assert await do("POST", "/batch_update", actions=json.dumps([{"action": "dance"}])) == 230001
        assert shown() == ["top", "button", "hr"]
        assert await do("PUT", "", card={"type": "card_json", "data": json.dumps(card())}) == 0
        assert shown() == ["hello"]


async def test_broken_and_old_entities_are_refused() -> None:
    """A card that is none, one that grows wrong, one of two weeks ago, one that never was."""
    clock = frozen()
    async with asking(clock) as rest:
        assert (await rest.call("POST", CARDS, {"type": "card_json", "data": "{}"})).code == 230099
        assert (await rest.call("POST", CARDS, {"type": "template", "data": "{}"})).code == 230001
        large = json.dumps(card({"tag": "markdown", "content": "x" * 31_000}))
        assert (await rest.call("POST", CARDS, {"type": "card_json", "data": large})).code == 200860
        number = await entity(rest)
        bad = {"element": json.dumps({"tag": "note"}), "sequence": 1}
        assert (await rest.call("PUT", f"{CARDS}/{number}/elements/answer", bad)).code == 230099
        clock.advance(14 * 86_400 + 1)
        await rest.login()
        for gone in (number, "7355"):
            assert (await rest.call("DELETE", f"{CARDS}/{gone}/elements/answer", {"sequence": 2})).code == 300315
        assert (await send(rest, "7355")).code == 230099


@pytest.mark.parametrize("sequence", [0, -1, None, "1", 2**31])
async def test_a_sequence_is_a_positive_number(sequence: Any) -> None:
    """Strictly increasing, 32 bits."""
    async with asking() as rest:
        number = await entity(rest)
        form = {"content": "x", "sequence": sequence}
        assert (await rest.call("PUT", f"{CARDS}/{number}/elements/answer/content", form)).code == 300317


async def test_a_card_takes_ten_operations_a_second() -> None:
    """Counted for each card (reference section 6.3)."""
    clock = frozen()
    async with asking(clock, limited=True) as rest:
        number = await entity(rest)
        path = f"{CARDS}/{number}/elements/answer/content"
        codes = [(await rest.call("PUT", path, {"content": "x", "sequence": index})).code for index in range(1, 12)]
        assert codes == [0] * 10 + [230020]
