"""Messages of the pretend Feishu over REST: what is taken, what is refused and with which code."""

import json
from typing import Any

import pytest

from tests.fakes.feishu.rest import IM, asking, frozen
from tests.fakes.feishu.samples import button, card
from tests.fakes.feishu_server import Chat
from tests.fakes.feishu_server.contents import MOST_CARD, MOST_TEXT
from tests.fakes.feishu_server.messages import wire_content

BOT = "/open-apis/bot/v3/info"
TEXT = {"text": "hello"}


async def test_the_bot_is_described_without_data_around_it() -> None:
    """`bot` stands at the top (reference section 3)."""
    async with asking() as rest:
        reply = await rest.call("GET", BOT)
        assert reply.body["bot"]["open_id"] == rest.server.app.bot_open_id
        rest.server.app.enabled = False
        assert (await rest.call("GET", BOT)).code == 99991662


async def test_a_message_is_written_read_listed_and_recalled() -> None:
    """The life of a text."""
    async with asking(frozen()) as rest:
        ann = rest.server.person("ann")
        sent = await rest.sent("text", TEXT, ann.user.open_id, by="open_id")
        assert ann.reads() == [sent]
        read = await rest.call("GET", f"{IM}/messages/{sent.id}")
        (item,) = read.data["items"]
        assert (item["sender"]["sender_type"], json.loads(item["body"]["content"])) == ("app", TEXT)
        rest.server.clock.advance(5)
        later = await ann.say("thanks")
        place = {"container_id_type": "chat", "container_id": ann.dm.id}
        page = (await rest.call("GET", f"{IM}/messages", **place, page_size="1")).data
        assert ([one["message_id"] for one in page["items"]], page["has_more"]) == ([sent.id], True)
        rest_of = (await rest.call("GET", f"{IM}/messages", **place, page_token=page["page_token"])).data
        assert [one["message_id"] for one in rest_of["items"]] == [later.id]
        since = str(int(later.created))
        young = (await rest.call("GET", f"{IM}/messages", **place, start_time=since)).data
        assert [one["message_id"] for one in young["items"]] == [later.id]
        assert (await rest.call("DELETE", f"{IM}/messages/{sent.id}")).code == 0
        assert (wire_content(sent), ann.reads()) == ("", [later])
        assert (await rest.call("DELETE", f"{IM}/messages/{later.id}")).code == 230050, "not the bot's"


async def test_the_same_uuid_within_the_hour_is_the_same_message() -> None:
    """Whatever it says the second time, for create and reply alike (reference section 0)."""
    clock = frozen()
    async with asking(clock) as rest:
        first = await rest.create("text", TEXT, uuid="job-1")
        clock.advance(3599)
        again = await rest.create("text", {"text": "other"}, uuid="job-1")
        assert again.data["message_id"] == first.data["message_id"]
        clock.advance(2)
        late = await rest.create("text", TEXT, uuid="job-1")
        assert late.data["message_id"] != first.data["message_id"]
        assert (await rest.create("text", TEXT, uuid="x" * 51)).code == 99992402
        assert len(rest.server.board.all) == 2


async def test_a_reply_knows_its_root_and_a_thread_goes_on() -> None:
    """parent_id, root_id and thread_id; no threads in a chat with one person."""
    async with asking() as rest:
        ann = rest.server.person("ann")
        asked = await ann.say("question", where=rest.server.studio)
        plain = (await rest.reply(asked, "text", TEXT)).data
        assert (plain["parent_id"], plain["root_id"], "thread_id" in plain) == (asked.id, asked.id, False)
        threaded = (await rest.reply(asked, "text", TEXT, reply_in_thread=True)).data
        assert threaded["thread_id"] == asked.thread
        inside = await ann.reply(asked, "more")
        assert (inside.thread, inside.root) == (asked.thread, asked)
        private = await ann.say("hello")
        assert (await rest.reply(private, "text", TEXT, reply_in_thread=True)).code == 230071


def dissolve(chat: Chat) -> None:
    """The group is gone."""
    chat.dissolved = True


def leave(chat: Chat) -> None:
    """The bot is out."""
    chat.with_bot = False


def mute(chat: Chat) -> None:
    """Only owners write."""
    chat.muted = True


def block(chat: Chat) -> None:
    """The audit stops it."""
    chat.blocked = {"hello"}


@pytest.mark.parametrize("change, code", [(dissolve, 232009), (leave, 230002), (mute, 230018), (block, 230028)])
async def test_where_the_bot_may_not_write_it_is_told_why(change: Any, code: int) -> None:
    """Nothing is written then."""
    async with asking() as rest:
        change(rest.server.studio)
        assert (await rest.create("text", TEXT)).code == code
        assert rest.server.board.all == {}


@pytest.mark.parametrize(
    "by, to, code",
    [
        ("open_id", "oc_x", 230034),
        ("chat_id", "oc_unknown", 230034),
        ("open_id", "foreign", 99992361),
        ("telegram", "x", 99992402),
        ("chat_id", "", 0),
    ],
)
async def test_the_receiver_fits_its_type(by: str, to: str, code: int) -> None:
    """An id of another type, an unknown one, a person's id in another application, no such type."""
    async with asking() as rest:
        ann = rest.server.person("ann")
        receiver = ann.user.foreign_open_id if to == "foreign" else to
        assert (await rest.create("text", TEXT, receiver, by=by)).code == code


async def test_people_who_cannot_be_written_to() -> None:
    """Outside the range, resigned, or they have stopped the bot."""
    async with asking() as rest:
        ann = rest.server.person("ann").user
        codes = []
        for name in ("stopped", "left", "available"):
            setattr(ann, name, name != "available")
            codes.append((await rest.create("text", TEXT, ann.open_id, by="open_id")).code)
            setattr(ann, name, name == "available")
        assert codes == [230053, 230029, 230013]


async def test_answers_to_what_is_gone_are_refused() -> None:
    """Recalled and deleted have their own codes (reference section 5)."""
    async with asking() as rest:
        ann = rest.server.person("ann")
        recalled, deleted = await ann.say("one"), await ann.say("two")
        await ann.recall(recalled)
        deleted.deleted = True
        assert [(await rest.reply(one, "text", TEXT)).code for one in (recalled, deleted)] == [230011, 230110]


def filled(kind: str, size: int) -> tuple[str, Any]:
    """Return a message whose whole request has so many bytes, in Studio and without a uuid."""
    contents: dict[str, Any] = {
        "text": {"text": ""},
        "post": {"en_us": {"title": "", "content": [[{"tag": "text", "text": ""}]]}},
        "interactive": card({"tag": "markdown", "content": "."}),
    }
    content = contents[kind]
    form = {"receive_id": "o" * 35, "msg_type": kind, "content": json.dumps(content)}
    missing = size - len(json.dumps(form).encode())
    text = json.dumps(content)
    place = '"text": "' if kind != "interactive" else '"content": "'
    at = text.rindex(place) + len(place)
    return kind, text[:at] + "x" * missing + text[at:]


@pytest.mark.parametrize("kind, most", [("text", MOST_TEXT), ("post", MOST_CARD), ("interactive", MOST_CARD)])
async def test_the_whole_body_has_a_limit(kind: str, most: int) -> None:
    """150 KB for a text, 30 KB for posts and cards, counted over the request."""
    async with asking() as rest:
        codes = []
        for size in (most, most + 1):
            reply = await rest.create(*filled(kind, size))
            assert abs(rest.server.calls.all[-1].size - size) <= 64
            codes.append(reply.code)
        exact = most - rest.server.calls.all[-2].size
        assert [(await rest.create(*filled(kind, most + exact + more))).code for more in (0, 1)] == [0, 230025], codes


@pytest.mark.parametrize(
    "kind, content, code",
    [
        ("text", {"text": ""}, 230001),
        ("text", {"txt": "x"}, 230001),
        ("text", "no json", 230001),
        ("text", "[]", 230001),
        ("post", {"title": "x", "content": []}, 230001),
        ("post", {"xx_yy": {"content": []}}, 230001),
        ("post", {"en_us": {"content": [[{"tag": "video"}]]}}, 230001),
        ("post", {"en_us": {"content": [[{"tag": "a", "text": "x"}]]}}, 230001),
        ("post", {"en_us": {"content": [[{"tag": "img", "image_key": "img_x"}]]}}, 230001),
        ("post", {"zh_cn": {"title": "题", "content": [[{"tag": "text", "text": "字"}], []]}}, 0),
        ("image", {"image_key": "img_x"}, 230001),
        ("media", {"file_key": "file_x"}, 230001),
        ("location", {}, 230054),
        ("hologram", {}, 230001),
        ("", {}, 99992402),
        ("share_chat", {"chat_id": "oc_x"}, 0),
        ("share_chat", {}, 230001),
        ("post", {"en_us": {"title": "x"}}, 230001),
        ("post", {"en_us": {"content": ["x"]}}, 230001),
        ("post", {"en_us": {"content": [[{"tag": "text"}]]}}, 230001),
        ("post", {"en_us": {"content": [[{"tag": "media", "file_key": "file_x"}]]}}, 230001),
    ],
)
async def test_contents_are_checked(kind: str, content: Any, code: int) -> None:
    """Each type of message has its own form."""
    async with asking() as rest:
        assert (await rest.create(kind, content)).code == code


async def test_a_card_is_patched_only_when_it_is_shared_and_young_and_a_text_never() -> None:
    """`update_multi` before and after, 14 days, and only cards (reference sections 5 and 6.3)."""
    clock = frozen()
    async with asking(clock) as rest:
        shared, text = await rest.sent("interactive", card()), await rest.sent("text", TEXT)
        private = await rest.sent("interactive", {**card(), "config": {}})
        assert (await rest.patch(shared, card(button("Go")))).code == 0
        assert (await rest.patch(shared, {**card(), "config": {}})).code == 230001
        assert (await rest.patch(private, card())).code == 230001
        assert (await rest.patch(text, card())).code == 230054
        assert (await rest.patch(shared, card({"tag": "markdown", "content": "x" * MOST_CARD}))).code == 230025
        clock.advance(14 * 86_400)
        await rest.login()
        assert (await rest.patch(shared, card())).code == 0
        clock.advance(1)
        assert (await rest.patch(shared, card())).code == 230031
        shared.recalled = True
        assert (await rest.patch(shared, card())).code == 230011
        assert [version.how for version in shared.versions] == ["sent", "patched", "patched"]


async def test_a_text_has_twenty_edits_and_a_card_ignores_them() -> None:
    """PUT on a card succeeds without any effect."""
    async with asking() as rest:
        text, notice = await rest.sent("text", TEXT), await rest.sent("interactive", card())
        codes = [(await rest.put(text, "text", {"text": f"{index}"})).code for index in range(21)]
        assert codes == [0] * 20 + [230072]
        assert (await rest.put(text, "post", {})).code == 230001
        assert (await rest.put(notice, "interactive", card(button("New")))).code == 0
        assert (len(notice.versions), len(text.versions)) == (1, 21)


async def test_reactions_have_names_and_belong_to_somebody() -> None:
    """An unknown name is refused; only one's own can be taken back."""
    async with asking() as rest:
        ann = rest.server.person("ann")
        sent = await ann.say("hello")
        path = f"{IM}/messages/{sent.id}/reactions"
        added = (await rest.call("POST", path, {"reaction_type": {"emoji_type": "OnIt"}})).data
        assert (await rest.call("POST", path, {"reaction_type": {"emoji_type": "Nonsense"}})).code == 231001
        assert len((await rest.call("GET", path)).data["items"]) == 1
        assert (await rest.call("DELETE", f"{path}/{added['reaction_id']}")).code == 0
        assert (await rest.call("DELETE", f"{path}/{added['reaction_id']}")).code == 231007
        assert sent.reactions == []


async def test_a_missing_scope_is_named() -> None:
    """The doctor can say which one (reference section 15)."""
    async with asking() as rest:
        rest.server.app.scopes -= {"im:resource"}
        reply = await rest.image(b"x")
        assert reply.code == 99991672
        assert "im:resource:upload" in [one["subject"] for one in reply.body["error"]["permission_violations"]]


async def test_chats_are_described_and_listed() -> None:
    """Only groups, only with the bot in them."""
    async with asking() as rest:
        ann, studio = rest.server.person("ann"), rest.server.studio
        rest.server.world.add_group("Without", with_bot=False)
        listed = (await rest.call("GET", f"{IM}/chats")).data["items"]
        assert [one["chat_id"] for one in listed] == [studio.id]
        assert (await rest.call("GET", f"{IM}/chats/{studio.id}")).data["chat_mode"] == "group"
        assert (await rest.call("GET", f"{IM}/chats/{ann.dm.id}")).data["chat_mode"] == "p2p"
        members = (await rest.call("GET", f"{IM}/chats/{studio.id}/members")).data["items"]
        assert [one["member_id"] for one in members] == [ann.user.open_id]
        studio.dissolved = True
        assert (await rest.call("GET", f"{IM}/chats/{studio.id}")).code == 232009
        assert (await rest.call("GET", f"{IM}/chats/oc_x")).code == 230001


async def test_a_personal_application_may_only_answer() -> None:
    """230101 for create (reference section 9)."""
    async with asking() as rest:
        rest.server.app.personal = True
        sent = await rest.server.person("ann").say("x")
        assert (await rest.create("text", TEXT)).code == 230101
        assert (await rest.reply(sent, "text", TEXT)).code == 0


async def test_what_is_asked_of_the_wrong_message_is_refused() -> None:
    """Unknown, another's, gone, of another type; a group that is no more."""
    async with asking() as rest:
        ann = rest.server.person("ann")
        theirs, text = await ann.say("x"), await rest.sent("text", TEXT)
        image = await rest.sent("share_chat", {"chat_id": "oc_x"})
        notice, gone = await rest.sent("interactive", card()), await rest.sent("text", TEXT)
        gone.recalled = True
        path = f"{IM}/messages/"
        emoji = {"reaction_type": {"emoji_type": "DONE"}}
        assert (await rest.call("GET", f"{path}om_x")).code == 230001
        assert (await rest.put(theirs, "text", TEXT)).code == 230050
        assert (await rest.put(image, "text", TEXT)).code == 230075
        assert (await rest.call("DELETE", f"{path}{gone.id}")).code == 230011
        assert (await rest.call("POST", f"{path}{gone.id}/reactions", emoji)).code == 231003
        gone.deleted = True
        assert (await rest.call("GET", f"{path}{gone.id}")).code == 230110
        rest.server.studio.dissolved = True
        assert (await rest.patch(notice, card())).code == 232009
        rest.server.studio.with_bot = False
        assert (await rest.call("GET", f"{path}{text.id}")).code == 230002


@pytest.mark.parametrize(
    "query, code",
    [
        ({"container_id_type": "chat", "container_id": "oc_x"}, 230001),
        ({"container_id_type": "room"}, 99992402),
        ({"container_id_type": "thread", "container_id": "THREAD"}, 0),
        ({"container_id_type": "chat", "container_id": "STUDIO", "sort_type": "ByCreateTimeDesc"}, 0),
    ],
)
async def test_messages_are_listed_by_chat_or_thread(query: dict[str, str], code: int) -> None:
    """Newest first where it is asked for; mentions come as ids."""
    async with asking(frozen()) as rest:
        ann = rest.server.person("ann")
        first = await ann.say("topic", where=rest.server.studio)
        rest.server.clock.advance(1)
        inside = await ann.reply(first, "inside", in_thread=True)
        known = {"THREAD": first.thread, "STUDIO": rest.server.studio.id}
        query = {key: known.get(value, value) for key, value in query.items()}
        reply = await rest.call("GET", f"{IM}/messages", **query)
        assert reply.code == code
        if code == 0:
            items = reply.data["items"]
            order = [inside, first] if "sort_type" in query else [first, inside]
            assert [item["message_id"] for item in items] == [message.id for message in order]
            assert {item["mentions"][0]["id"] for item in items} == {rest.server.app.bot_open_id}


@pytest.mark.parametrize(
    "body, code", [(b"{", 230001), (b"[]", 230001), (b'{"receive_id": ""}', 99992402), (b'{"receive_id": 5}', 99992402)]
)
async def test_a_body_is_an_object_of_json(body: bytes, code: int) -> None:
    """Anything else is a bad request, not a crash."""
    async with asking() as rest:
        assert (await rest.call("POST", f"{IM}/messages", data=body, receive_id_type="chat_id")).code == code


async def test_without_the_bots_ability_nothing_is_sent_and_nothing_connects_without_the_application() -> None:
    """230006, and 403 for the long connection."""
    async with asking() as rest:
        app = rest.server.app
        app.bot_enabled = False
        assert (await rest.create("text", TEXT)).code == 230006
        app.enabled = False
        form = {"AppID": app.app_id, "AppSecret": app.secret}
        assert (await rest.call("POST", "/callback/ws/endpoint", form, bearer="")).code == 403


async def test_an_unknown_route_is_noted() -> None:
    """With the platform's plain 404."""
    async with asking() as rest:
        reply = await rest.call("GET", "/open-apis/im/v9/telepathy")
        assert (reply.status, reply.body) == (404, None)
        assert [call.path for call in rest.server.calls.to("unknown")] == ["/open-apis/im/v9/telepathy"]
