"""People in front of the pretend Feishu: what they can do, what the bot is told of it, and what they see."""

import json

import pytest

from tests.fakes.feishu.receiver import heard, receiving
from tests.fakes.feishu.rest import asking
from tests.fakes.feishu.samples import NOTICE, card, mp4, png


async def test_a_private_message_is_an_event_with_ids_but_no_employee_number() -> None:
    """`user_id` and the agent's language need scopes of their own (reference section 3)."""
    async with receiving() as (rest, receiver):
        ann = rest.server.person("ann", locale="zh_cn")
        sent = await ann.say("画一只船")
        event = await heard(rest, receiver)
        assert event["sender"]["sender_id"] == {
            "open_id": ann.user.open_id,
            "union_id": ann.user.union_id,
            "user_id": None,
        }
        message = event["message"]
        assert (message["message_id"], message["chat_id"], message["chat_type"]) == (sent.id, ann.dm.id, "p2p")
        assert json.loads(message["content"]) == {"text": "画一只船"}
        assert {"mentions", "user_agent", "parent_id", "thread_id"}.isdisjoint(message)
        rest.server.app.scopes |= {"contact:user.employee_id:readonly", "im:user_agent:read"}
        await ann.say("again")
        event = await heard(rest, receiver, 2)
        assert event["sender"]["sender_id"]["user_id"] == ann.user.user_id
        assert "LarkLocale/zh_CN" in event["message"]["user_agent"]


async def test_in_a_group_the_bot_hears_what_mentions_it() -> None:
    """Placeholders stand for those who are mentioned; everything else only with the scope for it."""
    async with receiving() as (rest, receiver):
        ann, bob = rest.server.person("ann"), rest.server.person("bob")
        studio = rest.server.studio
        await ann.say("nobody in particular", where=studio, mention=False)
        await ann.say("/draw for @bob and @all", where=studio)
        message = (await heard(rest, receiver))["message"]
        assert json.loads(message["content"]) == {"text": "@_user_1 /draw for @_user_2 and @_all"}
        who = [(one["key"], one["id"]["open_id"], one["mentioned_type"]) for one in message["mentions"]]
        assert who == [("@_user_1", rest.server.app.bot_open_id, "bot"), ("@_user_2", bob.user.open_id, "user")]
        rest.server.app.scopes.add("im:message.group_msg")
        await bob.say("among ourselves", where=studio, mention=False)
        assert "mentions" not in (await heard(rest, receiver, 2))["message"]
        assert ann.transcript(studio) == [
            "ann: nobody in particular",
            "ann: @Limner /draw for @bob and @all",
            "bob: among ourselves",
        ]


async def test_what_the_application_may_not_hear_is_never_sent() -> None:
    """Without the scope, the subscription, the bot's ability, or the bot in the group."""
    async with receiving() as (rest, receiver):
        ann, app = rest.server.person("ann"), rest.server.app
        app.scopes.discard("im:message.p2p_msg:readonly")
        await ann.say("no scope")
        app.scopes.add("im:message.p2p_msg")
        app.events.discard("im.message.receive_v1")
        await ann.say("no subscription")
        app.events.add("im.message.receive_v1")
        app.bot_enabled = False
        await ann.say("no bot")
        app.bot_enabled, rest.server.studio.with_bot = True, False
        await ann.say("not there", where=rest.server.studio)
        assert rest.server.deliveries.all == []
        await ann.say("now")
        assert json.loads((await heard(rest, receiver))["message"]["content"]) == {"text": "now"}


async def test_text_and_picture_in_one_message_come_as_a_post_without_languages() -> None:
    """The main way to animate a picture (reference section 3)."""
    async with receiving() as (rest, receiver):
        ann = rest.server.person("ann")
        sent = await ann.post("animate this", png(), title="boat", where=rest.server.studio)
        message = (await heard(rest, receiver))["message"]
        content = json.loads(message["content"])
        tags = [[one["tag"] for one in line] for line in content["content"]]
        assert (message["message_type"], content["title"], tags) == ("post", "boat", [["at", "text"], ["img"]])
        assert ann.image(sent).data == png()


@pytest.mark.parametrize("name, data, kind", [("a.mp4", mp4(), "media"), ("a.txt", b"text", "file")])
async def test_files_come_as_what_they_are(name: str, data: bytes, kind: str) -> None:
    """A video has a length and a cover of its own."""
    async with receiving() as (rest, receiver):
        await rest.server.person("ann").send_file(name, data)
        message = (await heard(rest, receiver))["message"]
        content = json.loads(message["content"])
        assert (message["message_type"], content["file_name"], "duration" in content) == (kind, name, kind == "media")


async def test_other_types_come_as_they_are() -> None:
    """Stickers, places, forwarded messages."""
    async with receiving() as (rest, receiver):
        ann = rest.server.person("ann")
        await ann.send_other("sticker", {"file_key": "file_x"})
        assert (await heard(rest, receiver))["message"]["message_type"] == "sticker"
        assert ann.transcript() == ['ann: [sticker {"file_key": "file_x"}]']


async def test_an_answer_names_its_parent_and_root_and_in_a_topic_group_the_thread() -> None:
    """`U2` on a result, and a question inside a topic."""
    async with receiving() as (rest, receiver):
        ann = rest.server.person("ann")
        topics = rest.server.world.add_group("Topics", [ann.user], topics=True)
        result = await rest.sent("text", {"text": "result"}, ann.dm.id)
        await ann.reply(result, "U2")
        assert (await heard(rest, receiver))["message"]["parent_id"] == result.id
        first = await ann.say("a topic", where=topics)
        inside = await ann.reply(first, "more")
        message = (await heard(rest, receiver, 3))["message"]
        assert (message["root_id"], message["thread_id"]) == (first.id, first.thread)
        assert inside.thread == first.thread != ""


async def test_menu_entering_moving_recalling_and_reacting_are_events() -> None:
    """With what each of them carries; a menu has no chat."""
    async with receiving() as (rest, receiver):
        ann, studio = rest.server.person("ann"), rest.server.studio
        await ann.menu("help")
        await ann.enter()
        await ann.remove_bot(studio)
        await ann.add_bot(studio)
        sent = await ann.say("oops")
        await ann.recall(sent)
        await ann.react(await ann.say("good"))
        await ann.disband(studio)
        await heard(rest, receiver, 9)
        told = {event["header"]["event_type"]: event["event"] for event in receiver.events}
        assert told["application.bot.menu_v6"]["event_key"] == "help"
        assert "chat_id" not in told["application.bot.menu_v6"]
        assert told["im.chat.access_event.bot_p2p_chat_entered_v1"]["chat_id"] == ann.dm.id
        assert told["im.chat.member.bot.added_v1"]["chat_id"] == studio.id
        assert told["im.chat.member.bot.deleted_v1"]["operator_id"]["open_id"] == ann.user.open_id
        assert told["im.message.recalled_v1"]["message_id"] == sent.id
        assert told["im.message.reaction.created_v1"]["reaction_type"] == {"emoji_type": "THUMBSUP"}
        assert told["im.chat.disbanded_v1"]["chat_id"] == studio.id
        assert [message.id for message in ann.reads(ann.dm)][-1] != sent.id


async def test_each_reads_a_card_in_their_language() -> None:
    """Texts, title, summary, buttons; whoever has no translation reads the default."""
    async with asking() as rest:
        notice = await rest.sent("interactive", NOTICE)
        seen = {
            locale: rest.server.person(locale, locale=locale).view(notice) for locale in ("zh_cn", "en_us", "ja_jp")
        }
        assert seen["zh_cn"].text == "确认生成\n**模型** wan2.6"
        assert seen["en_us"].text == seen["ja_jp"].text == "Confirm generation\n**Model** wan2.6"
        assert (seen["zh_cn"].summary, seen["zh_cn"].colour) == ("生成确认：约 48 点", "orange")
        assert [one.label for one in seen["zh_cn"].buttons] == ["生成"]


async def test_everything_on_a_card_is_read() -> None:
    """Fields, tables, pictures per language, panels, subtitles, tags."""
    async with asking() as rest:
        keys = [(await rest.image(png(side))).data["image_key"] for side in (1, 2, 3)]
        plain = [{"tag": "plain_text", "content": word} for word in ("Details", "Model", "wan", "beta", "by ann")]
        shown = card(
            {"tag": "collapsible_panel", "header": {"title": plain[0]}, "elements": [{"tag": "hr"}]},
            {"tag": "div", "text": plain[1], "fields": [{"is_short": True, "text": plain[2]}]},
            {"tag": "img", "img_key": keys[0], "i18n_img_key": {"zh_cn": keys[1]}, "alt": plain[0]},
            {"tag": "img_combination", "combination_mode": "double", "img_list": [{"img_key": keys[2]}]},
            {"tag": "table", "columns": [{"name": "a", "display_name": "Price"}], "rows": [{"a": "48"}]},
        )
        tags = [{"tag": "text_tag", "text": plain[3]}]
        header = {"title": plain[1], "subtitle": plain[4], "text_tag_list": tags}
        notice = await rest.sent("interactive", {**shown, "header": header})
        seen = rest.server.person("ann", locale="zh_cn").view(notice)
        assert seen.lines == ["by ann", "beta", "Details", "Model", "wan", "Price", "48"]
        assert seen.images == [keys[1], keys[2]]
        assert rest.server.person("bob").view(notice).images == [keys[0], keys[2]]


async def test_media_are_judged_as_a_client_shows_them() -> None:
    """A video without cover is a grey tile, without length it has none, and what is no mp4 does not play."""
    async with asking() as rest:
        ann = rest.server.person("ann")
        cover = (await rest.image(png())).data["image_key"]
        for data, more, covered in (
            (mp4(), {"duration": "5000"}, True),
            (mp4(), {}, False),
            (b"\x1aE\xdf\xa3", {}, True),
        ):
            content = {"file_key": (await rest.file(data, **more)).data["file_key"]}
            await rest.sent("media", {**content, "image_key": cover} if covered else content, ann.dm.id)
        good, bare, webm = ann.reads()
        assert ann.transcript() == [
            "Limner: [video 5 s, cover]",
            "Limner: [video no length, grey tile]",
            "Limner: [video that does not play: webm]",
        ]
        assert ann.video(good).duration == 5000
        for broken, words in ((bare, "no length"), (webm, "it is webm")):
            with pytest.raises(AssertionError, match=words):
                ann.video(broken)


async def test_a_post_of_the_bot_is_read_in_the_readers_language() -> None:
    """Caption, link and picture in one message."""
    async with asking() as rest:
        ann = rest.server.person("ann", locale="zh_cn")
        key = (await rest.image(png())).data["image_key"]
        line = [{"tag": "a", "text": "链接", "href": "https://a.example/x?a=1&b=2"}, {"tag": "img", "image_key": key}]
        await rest.sent("post", {"en_us": {"content": []}, "zh_cn": {"title": "好了", "content": [line]}}, ann.dm.id)
        (post,) = ann.reads()
        assert ann.view(post).text == "好了\n链接 (https://a.example/x?a=1&b=2)"
        assert ann.image(post).data == png()


async def test_who_is_not_there_can_do_nothing() -> None:
    """A stranger neither reads nor writes, and nobody recalls what another has written."""
    async with asking() as rest:
        ann, eve = rest.server.person("ann"), rest.server.person("eve", member=False)
        sent = await ann.say("secret", where=rest.server.studio)
        for forbidden in (
            eve.say("x", where=rest.server.studio),
            eve.reply(sent, "x"),
            eve.recall(sent),
        ):
            with pytest.raises(AssertionError):
                await forbidden
        assert eve.reads(rest.server.studio) == []


async def test_waiting_for_words_ends_with_what_was_said_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiting test fails with the transcript, not by hanging."""
    monkeypatch.setattr("tests.fakes.discord_server.news.PATIENCE", 0.01)
    async with asking() as rest:
        ann = rest.server.person("ann")
        await rest.sent("text", {"text": "something else"}, ann.dm.id)
        with pytest.raises(AssertionError, match="something else"):
            await ann.finds("the video")
