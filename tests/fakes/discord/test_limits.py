"""Every limit of messages, components and modals (reference section 1.4): the largest passes, one more does not."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.discord.rest import Json, asking
from tests.fakes.discord_server import Flag, Upload

V2 = int(Flag.COMPONENTS_V2)
LINK = "https://a.example/"
Maker = Callable[[int], Json]


def v2(*components: Json) -> Json:
    """Return a Components V2 message."""
    return {"flags": V2, "components": list(components)}


def text(length: int) -> Json:
    """Return a text display."""
    return {"type": 10, "content": "x" * length}


def row(*children: Json) -> Json:
    """Return an action row."""
    return {"type": 1, "components": list(children)}


def button(number: int = 0, **more: Any) -> Json:
    """Return a button."""
    return {"type": 2, "style": 1, "label": "ok", "custom_id": f"b{number}"} | more


def link(length: int) -> Json:
    """Return a link button with an address of this length."""
    return {"type": 2, "style": 5, "label": "open", "url": LINK + "x" * (length - len(LINK))}


def select(options: int = 1, **more: Any) -> Json:
    """Return a select menu."""
    return {"type": 3, "custom_id": "s", "options": [{"label": str(n), "value": str(n)} for n in range(options)]} | more


def gallery(count: int = 1, **more: Any) -> Json:
    """Return a gallery."""
    return {"type": 12, "items": [{"media": {"url": LINK + "a.png"}, **more} for _ in range(count)]}


def section(accessory: Json, *texts: Json) -> Json:
    """Return a section."""
    return {"type": 9, "components": list(texts or (text(1),)), "accessory": accessory}


def thumbnail(url: str = LINK + "a.png", **more: Any) -> Json:
    """Return a thumbnail."""
    return {"type": 11, "media": {"url": url}, **more}


def embed(**more: Any) -> Json:
    """Return an embed."""
    return {"embeds": [{"title": "t", **more}]}


# name, a message of size n, the largest n that is good, and where the next one is wrong
SIZES: tuple[tuple[str, Maker, int, str], ...] = (
    ("content", lambda n: {"content": "x" * n}, 2000, "content"),
    ("nonce", lambda n: {"content": "x", "nonce": "n" * n}, 25, "nonce"),
    ("embeds", lambda n: {"embeds": [{"title": "t"}] * n}, 10, "embeds"),
    ("embed title", lambda n: embed(title="x" * n), 256, "embeds.0.title"),
    ("embed description", lambda n: embed(description="x" * n), 4096, "embeds.0.description"),
    ("embed footer", lambda n: embed(footer={"text": "x" * n}), 2048, "embeds.0.footer.text"),
    ("embed fields", lambda n: embed(fields=[{"name": "n", "value": "v"}] * n), 25, "embeds.0.fields"),
    ("embed field value", lambda n: embed(fields=[{"name": "n", "value": "x" * n}]), 1024, "embeds.0.fields.0.value"),
    (
        "all embeds",
        lambda n: {"embeds": [{"description": "x" * 3000}, {"description": "x" * (n - 3000)}]},
        6000,
        "embeds",
    ),
    ("rows", lambda n: {"components": [row(button(i)) for i in range(n)]}, 5, "components"),
    ("buttons in a row", lambda n: {"components": [row(*map(button, range(n)))]}, 5, "components.0.components"),
    ("label", lambda n: {"components": [row(button(label="x" * n))]}, 80, "components.0.components.0.label"),
    (
        "custom id",
        lambda n: {"components": [row(button(custom_id="x" * n))]},
        100,
        "components.0.components.0.custom_id",
    ),
    ("link", lambda n: {"components": [row(link(n))]}, 512, "components.0.components.0.url"),
    ("select options", lambda n: {"components": [row(select(n))]}, 25, "components.0.components.0.options"),
    (
        "placeholder",
        lambda n: {"components": [row(select(placeholder="x" * n))]},
        150,
        "components.0.components.0.placeholder",
    ),
    (
        "option label",
        lambda n: {"components": [row(select(options=1) | {"options": [{"label": "x" * n, "value": "1"}]})]},
        100,
        "components.0.components.0.options.0.label",
    ),
    ("all components", lambda n: v2({"type": 17, "components": [text(1)] * (n - 1)}), 40, "components"),
    (
        "nested components",
        lambda n: v2(*[section(button(i)) for i in range(13)], *[text(1)] * (n - 39)),
        40,
        "components",
    ),
    ("all text", lambda n: v2(text(3000), {"type": 17, "components": [text(n - 3000)]}), 4000, "components"),
    ("one text", lambda n: v2(text(n)), 4000, "components.0.content"),
    ("gallery", lambda n: v2(gallery(n)), 10, "components.0.items"),
    ("gallery description", lambda n: v2(gallery(description="x" * n)), 1024, "components.0.items.0.description"),
    (
        "thumbnail description",
        lambda n: v2(section(thumbnail(description="x" * n))),
        1024,
        "components.0.accessory.description",
    ),
    ("section texts", lambda n: v2(section(button(), *[text(1)] * n)), 3, "components.0.components"),
    ("mentions", lambda n: {"content": "x", "allowed_mentions": {"users": ["1"] * n}}, 100, "allowed_mentions.users"),
)


@pytest.mark.parametrize("make, most, where", [s[1:] for s in SIZES], ids=[s[0] for s in SIZES])
async def test_the_largest_passes_and_one_more_is_refused_at_its_place(make: Maker, most: int, where: str) -> None:
    """50035 with a nested `errors` object that names the place; nothing is posted."""
    async with asking() as rest:
        good = await rest.send(make(most))
        assert good.status == 200, good.wrong
        over = await rest.send(make(most + 1))
        assert (over.status, over.code) == (400, 50035)
        assert where in {place.split("=")[0] for place in over.wrong}
        assert len(rest.server.board.all) == 1


WRONG: tuple[tuple[str, Json, str], ...] = (
    ("no choice of components", v2(row()), "components.0.components=BASE_TYPE_BAD_LENGTH"),
    ("an empty gallery", v2(gallery(0)), "components.0.items=BASE_TYPE_BAD_LENGTH"),
    ("an empty text", v2(text(0)), "components.0.content=BASE_TYPE_BAD_LENGTH"),
    (
        "the same custom id twice",
        {"components": [row(button(1), button(1))]},
        "components.0.components.1.custom_id=COMPONENT_CUSTOM_ID_DUPLICATED",
    ),
    ("the same id twice", v2(text(1) | {"id": 3}, text(1) | {"id": 3}), "components.1.id=COMPONENT_DUPLICATED_ID"),
    (
        "a select beside a button",
        {"components": [row(select(), button())]},
        "components.0.components=BASE_TYPE_BAD_LENGTH",
    ),
    (
        "a gallery address that is no web address",
        v2({"type": 12, "items": [{"media": {"url": "ftp://a.example/x"}}]}),
        "components.0.items.0.media.url=URL_TYPE_INVALID_SCHEME",
    ),
    (
        "a file from elsewhere",
        v2({"type": 13, "file": {"url": LINK + "a.zip"}}),
        "components.0.file.url=URL_TYPE_INVALID_SCHEME",
    ),
    (
        "a file that was not uploaded",
        v2({"type": 13, "file": {"url": "attachment://a.zip"}}),
        "components.0.file.url=UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
    ),
    (
        "a video as thumbnail",
        v2(section(thumbnail(LINK + "a.mp4"))),
        "components.0.accessory.media.url=UNFURLED_MEDIA_ITEM_NOT_IMAGE",
    ),
    (
        "a link with a custom id",
        {"components": [row(link(30) | {"custom_id": "x"})]},
        "components.0.components.0.custom_id",
    ),
    (
        "a link to a file",
        {"components": [row(link(30) | {"url": "file:///etc/passwd"})]},
        "components.0.components.0.url=URL_TYPE_INVALID_SCHEME",
    ),
    (
        "a button without words",
        {"components": [row({"type": 2, "style": 1, "custom_id": "x"})]},
        "components.0.components.0=BUTTON_COMPONENT_LABEL_OR_EMOJI",
    ),
    ("a container in a container", v2({"type": 17, "components": [{"type": 17, "components": [text(1)]}]}), "UNION"),
    (
        "a separator",
        v2({"type": 14, "spacing": 1}, {"type": 14, "spacing": 3}),
        "components.1.spacing=BASE_TYPE_CHOICES",
    ),
    ("V2 components without the flag", {"components": [text(1)]}, "components=UNION_TYPE_CHOICES"),
    ("the V2 flag without components", {"flags": V2, "content": None}, "components=BASE_TYPE_REQUIRED"),
    ("V2 with content", v2(text(1)) | {"content": "x"}, "content=MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"),
    ("V2 with embeds", v2(text(1)) | embed(), "embeds=MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"),
    ("V2 with a poll", v2(text(1)) | {"poll": {"q": 1}}, "poll=MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"),
    ("V2 with stickers", v2(text(1)) | {"sticker_ids": ["1"]}, "sticker_ids=MESSAGE_CANNOT_USE"),
    ("an ephemeral message by the bot token", {"content": "x", "flags": 64}, "flags=MESSAGE_FLAGS_INVALID"),
    (
        "mentions both parsed and listed",
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        "allowed_mentions=MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
    ),
    ("content that is no text", {"embeds": [{"title": 5}]}, "embeds.0.title=BASE_TYPE_STRING"),
)


@pytest.mark.parametrize("payload, place", [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
async def test_what_is_not_a_size_is_checked_too(payload: Json, place: str) -> None:
    """Structure, schemes, unique ids, flags: 50035 at the right place."""
    async with asking() as rest:
        reply = await rest.send(payload)
        assert (reply.status, reply.code) == (400, 50035)
        assert any(place in found for found in reply.wrong), reply.wrong


async def test_nothing_at_all_is_an_empty_message() -> None:
    """50006, for a new message and for an edit that leaves nothing."""
    async with asking() as rest:
        assert (await rest.send({"content": ""})).code == 50006
        posted = await rest.send({"content": "x"})
        assert (await rest.edit(posted.body["id"], {"content": None})).code == 50006


async def test_a_plain_message_becomes_v2_only_when_it_is_emptied_in_the_same_edit() -> None:
    """Reference section 1.4: `content=None`, no embeds and named attachments; and there is no way back."""
    file = Upload("a.png", b"x", "image/png")
    async with asking() as rest:
        plain = (await rest.send({"content": "x", **embed()}, file)).body["id"]
        refused = await rest.edit(plain, v2(text(1)))
        assert {place.split("=")[0] for place in refused.wrong} == {"content", "embeds", "attachments"}
        emptied: Json = {"content": None, "embeds": [], "attachments": []}
        assert (await rest.edit(plain, v2(text(1)) | emptied)).status == 200
        assert (await rest.edit(plain, {"content": "back", "flags": 0})).code == 50035
        edited = await rest.edit(plain, {"components": [text(2)]})
        assert (edited.status, edited.body["flags"]) == (200, V2)


async def test_uploads_are_counted_against_the_limit_of_their_place() -> None:
    """413/40005: the guild's limit for the bot token, the interaction's `attachment_size_limit` for its token."""
    async with asking() as rest:
        rest.server.studio.file_limit = 10
        exchange = await rest.ask()
        assert exchange.interaction.payload["attachment_size_limit"] == 10
        small, large = Upload("a.bin", b"x" * 10), Upload("a.bin", b"x" * 11)
        assert (await rest.send({}, small)).status == 200
        assert (await rest.send({}, large)).code == 40005
        await rest.answer(exchange, 5)
        refused = await rest.hook(exchange, "PATCH", {}, large)
        assert (refused.status, refused.code) == (413, 40005)
        assert (await rest.hook(exchange, "PATCH", {}, small)).status == 200


async def test_uploaded_files_can_be_shown_kept_replaced_and_downloaded() -> None:
    """`attachment://` in a gallery, the attachment list of an edit, and the CDN's signed addresses."""
    first, second = Upload("a.png", b"first", "image/png"), Upload("b.png", b"second", "image/png")
    shown: Json = {"type": 12, "items": [{"media": {"url": "attachment://a.png"}}]}
    async with asking() as rest:
        posted = await rest.send(v2(shown) | {"attachments": [{"id": 0, "description": "a boat"}]}, first)
        assert posted.status == 200, posted.wrong
        (attachment,) = posted.body["attachments"]
        assert attachment["description"] == "a boat"
        medium = posted.body["components"][0]["items"][0]["media"]
        assert (medium["url"], medium["loading_state"]) == (attachment["url"], 2)
        async with rest.session.get(attachment["url"]) as response:
            assert (await response.read(), response.content_type) == (b"first", "image/png")
        for forged in (attachment["url"].split("?")[0], attachment["url"].replace("ex=", "ex=f")):
            async with rest.session.get(forged) as response:
                assert response.status == 404
        listed = [{"id": attachment["id"]}, {"id": "0"}]
        both = await rest.edit(posted.body["id"], {"attachments": listed}, second)
        assert [file["filename"] for file in both.body["attachments"]] == ["a.png", "b.png"]
        without = await rest.edit(posted.body["id"], {"attachments": []})
        assert without.code == 50035


def label(component: Json, **more: Any) -> Json:
    """Return a label around a field."""
    return {"type": 18, "label": "Prompt", "component": component} | more


def modal(*components: Json, **more: Any) -> Json:
    """Return a modal."""
    field = {"type": 4, "custom_id": "p", "style": 1}
    return {"title": "Edit", "custom_id": "m", "components": list(components or (label(field),))} | more


def field(number: int = 0, **more: Any) -> Json:
    """Return a text field."""
    return {"type": 4, "custom_id": f"f{number}", "style": 1, "label": None} | more


MODALS: tuple[tuple[str, Maker, int, str], ...] = (
    ("title", lambda n: modal(title="x" * n), 45, "data.title"),
    ("custom id", lambda n: modal(custom_id="x" * n), 100, "data.custom_id"),
    ("fields", lambda n: modal(*[label(field(i)) for i in range(n)]), 5, "data.components"),
    ("label", lambda n: modal(label(field(), label="x" * n)), 45, "data.components.0.label"),
    ("description", lambda n: modal(label(field(), description="x" * n)), 100, "data.components.0.description"),
    ("value", lambda n: modal(label(field(value="x" * n))), 4000, "data.components.0.component.value"),
    ("max length", lambda n: modal(label(field(max_length=n))), 4000, "data.components.0.component.max_length"),
    ("placeholder", lambda n: modal(label(field(placeholder="x" * n))), 100, "data.components.0.component.placeholder"),
    (
        "files",
        lambda n: modal(label({"type": 19, "custom_id": "f", "max_values": n})),
        10,
        "data.components.0.component",
    ),
    ("options", lambda n: modal(label(select(n))), 25, "data.components.0.component.options"),
)


@pytest.mark.parametrize("make, most, where", [m[1:] for m in MODALS], ids=[m[0] for m in MODALS])
async def test_modals_have_limits_too(make: Maker, most: int, where: str) -> None:
    """The largest opens, the next is refused, and the interaction stays open for a better answer."""
    async with asking() as rest:
        exchange = await rest.ask()
        over = await rest.answer(exchange, 9, make(most + 1))
        assert over.code == 50035
        assert any(place.startswith(where) for place in over.wrong), over.wrong
        good = await rest.answer(exchange, 9, make(most))
        assert good.status == 200, good.wrong


@pytest.mark.parametrize(
    "kind, data",
    [(6, None), (7, {"content": "x"}), (8, {"choices": []}), (1, None), (5, {"flags": V2}), (5, {"flags": 64 | 4})],
)
async def test_a_command_can_only_be_answered_as_a_command(kind: int, data: Json | None) -> None:
    """No update without a message, no choices without autocomplete; a deferred answer only knows EPHEMERAL."""
    async with asking() as rest:
        assert (await rest.answer(await rest.ask(), kind, data)).code == 50035


async def test_a_modal_cannot_be_answered_with_a_modal_nor_autocomplete_be_deferred() -> None:
    """Reference section 1.2."""
    async with asking() as rest:
        ann = rest.server.person("ann")
        exchange = await rest.ask(ann)
        await rest.answer(exchange, 9, modal())
        sent = await ann.submit_modal(exchange, {"Prompt": "x"})
        assert (await rest.answer(sent, 9, modal())).code == 50035
        assert (await rest.answer(sent, 4, {"content": "thanks"})).status == 200
        typing = await ann.autocomplete("make", "model", "k")
        assert (await rest.answer(typing, 5)).code == 50035
        too_long = {"choices": [{"name": "x" * 101, "value": "v"}]}
        assert (await rest.answer(typing, 8, too_long)).wrong == {"data.choices.0.name=BASE_TYPE_BAD_LENGTH"}


async def test_a_token_works_only_after_the_first_answer_and_for_its_own_messages() -> None:
    """10015 before the first answer, 10008 for what is not there, 50027 for a token that never was."""
    async with asking() as rest:
        exchange = await rest.ask()
        assert (await rest.hook(exchange, "PATCH", {"content": "x"})).code == 10015
        assert (await rest.answer(exchange, 5)).status == 200
        foreign = (await rest.send({"content": "x"})).body["id"]
        assert (await rest.hook(exchange, "PATCH", {"content": "x"}, message=foreign)).code == 10008
        assert (await rest.hook(exchange, "DELETE")).status == 204
        assert (await rest.hook(exchange, "GET")).code == 10008
        unknown = await rest.call("PATCH", f"/webhooks/{rest.server.application}/nonsense/messages/@original", {})
        assert (unknown.status, unknown.code) == (401, 50027)
        foreign_app = f"/webhooks/1/{exchange.interaction.token}/messages/@original"
        assert (await rest.call("GET", foreign_app)).code == 10015


async def test_with_the_channel_everything_in_it_is_gone_for_the_token_too() -> None:
    """10008 for an edit, 10003 for a followup; a kicked bot may still use its tokens."""
    async with asking() as rest:
        exchange = await rest.ask()
        await rest.answer(exchange, 4, {"content": "x"})
        rest.server.world.kick_bot(rest.server.studio)
        assert (await rest.hook(exchange, "PATCH", {"content": "y"})).status == 200
        rest.server.world.delete_channel(rest.server.general)
        assert (await rest.hook(exchange, "PATCH", {"content": "z"})).code == 10008
        assert (await rest.hook(exchange, "POST", {"content": "z"})).code == 10003


async def test_the_form_must_be_json_and_say_so() -> None:
    """50109 for anything else; an unknown route is 404 and noted."""
    async with asking() as rest:
        url = rest.server.api_base + f"/channels/{rest.server.general.id}/messages"
        headers = {"Authorization": f"Bot {rest.server.token}", "Content-Type": "text/plain"}
        async with rest.session.post(url, data=b"{}", headers=headers) as response:
            assert (response.status, (await response.json())["code"]) == (400, 50109)
        assert (await rest.call("GET", "/stickers")).status == 404
        assert len(rest.server.calls.to("unknown")) == 1


async def test_what_is_sent_stays_as_it_was_and_gets_ids() -> None:
    """Surprise 15: components come back with numeric ids, chosen ones kept; what the bot sent is not changed."""
    async with asking() as rest:
        payload = v2({"type": 17, "components": [text(1) | {"id": 2}, row(button())]})
        reply = await rest.send(payload)
        container = reply.body["components"][0]
        inside = container["components"]
        assert [container["id"], inside[0]["id"], inside[1]["id"], inside[1]["components"][0]["id"]] == [1, 2, 3, 4]
        assert payload["components"][0]["components"][1] == row(button())
