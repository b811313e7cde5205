"""Which cards the pretend Feishu takes: properties, places, names, counts and pictures (reference section 6)."""

import re
from typing import Any

import pytest

from tests.fakes.feishu.rest import Reply, asking
from tests.fakes.feishu.samples import NOTICE, button, card, form, menu, png

Json = dict[str, Any]
PLAIN: Json = {"tag": "plain_text", "content": "x"}
TABLE: Json = {"tag": "table", "columns": [{"name": "a", "data_type": "text"}], "rows": [{"a": "1"}]}
INPUT: Json = {"tag": "input", "name": "prompt", "placeholder": PLAIN, "max_length": 1000}
MARKDOWN_TABLE = "| a |\n| --- |\n| 1 |\n\n"


def sub_code(reply: Reply) -> int:
    """Return the code inside the message of 230099, 0 for a card that was taken."""
    if reply.code == 0:
        return 0
    assert reply.code == 230099, reply.body
    found = re.search(r"ErrCode: (\d+)", reply.body["msg"])
    assert found is not None
    return int(found[1])


def columns(*elements: Json) -> Json:
    """Return columns, one for each element."""
    return {"tag": "column_set", "columns": [{"tag": "column", "elements": [one]} for one in elements]}


def nested(depth: int) -> Json:
    """Return columns in columns."""
    return columns(nested(depth - 1)) if depth else {"tag": "hr"}


def panel(*elements: Json) -> Json:
    """Return a panel that folds."""
    return {"tag": "collapsible_panel", "header": {"title": PLAIN}, "elements": list(elements)}


def container(*elements: Json) -> Json:
    """Return a box with a border."""
    return {"tag": "interactive_container", "has_border": True, "corner_radius": "8px", "elements": list(elements)}


def markdown(content: str = "x", **more: Any) -> Json:
    """Return rich text."""
    return {"tag": "markdown", "content": content, **more}


GOOD = {
    "the notice of the reference": NOTICE,
    "columns in columns": card(nested(5)),
    "a form": card(form(menu(), INPUT, menu("many", tag="multi_select_static"))),
    "a menu outside a form": card(menu()),
    "a table": card(TABLE),
    "a panel with raw details": card(panel(markdown("`log_id`"))),
    "a box that is pressed": card({**container(markdown()), "behaviors": [{"type": "callback", "value": {}}]}),
    "a link": card(button(behaviors=[{"type": "open_url", "default_url": "https://a.example"}])),
    "a question before a press": card(button(confirm={"title": PLAIN, "text": PLAIN})),
    "an overflow": card({"tag": "overflow", "options": [{"text": PLAIN, "value": "a"}]}),
    "label and value": card(
        {"tag": "div", "fields": [{"is_short": True, "text": {"tag": "lark_md", "content": "**a**"}}]}
    ),
    "200 components": card(*[{"tag": "hr"}] * 200),
    "three tables": card(TABLE, markdown(MARKDOWN_TABLE * 2)),
    "a header with all of it": {
        **card(),
        "header": {
            "title": PLAIN,
            "subtitle": PLAIN,
            "template": "blue",
            "icon": {"tag": "standard_icon", "token": "video_outlined", "color": "blue"},
            "text_tag_list": [{"tag": "text_tag", "text": PLAIN, "color": "blue"}] * 3,
        },
    },
    "streaming": card(streaming_mode=True, streaming_config={"print_step": {"default": 2}, "print_strategy": "fast"}),
    "the longest element_id": card(markdown(element_id="a" * 20)),
    "version 1": {"config": {"update_multi": True}, "elements": [{"tag": "div", "text": PLAIN}]},
}

BROKEN = {
    "an unknown property of the card": {**card(), "i18n_elements": {}},
    "an unknown property of config": card(wide_screen_mode=True),
    "a column with rounded corners": card(
        {"tag": "column_set", "columns": [{"tag": "column", "elements": [], "corner_radius": "8px"}]}
    ),
    "a button with a value of the old form": card({**button(), "value": {"a": 1}}),
    "a button with an address of the old form": card({**button(), "url": "https://a.example"}),
    "an unknown property of a text": card({**button(), "text": {**PLAIN, "bold": True}}),
    "a value that is a string": card(button(behaviors=[{"type": "callback", "value": "go"}])),
    "a value that is missing": card(button(behaviors=[{"type": "callback"}])),
    "no behavior at all": card(button(behaviors=[])),
    "an unknown behavior": card(button(behaviors=[{"type": "teleport"}])),
    "a wrong schema": {**card(), "schema": "3.0"},
    "no body": {"schema": "2.0"},
    "elements beside the body": {**card(), "elements": []},
    "update_multi false": card(update_multi=False),
    "an unknown language": card(markdown(i18n_content={"en": "x"})),
    "an unknown language of the card": card(locales=["fr"]),
    "an element_id that is too long": card(markdown(element_id="a" * 21)),
    "an element_id with a digit first": card(markdown(element_id="1a")),
    "an element_id twice": card(markdown(element_id="a"), markdown(element_id="a")),
    "a name twice": card(form(menu("a"), menu("a"))),
    "a form in a column": card(columns(form(menu()))),
    "a form without submit": card({"tag": "form", "name": "f", "elements": [INPUT]}),
    "a form without a name": card({**form(menu()), "name": ""}),
    "submit outside a form": card(button(form_action_type="submit")),
    "a menu of many outside a form": card(menu("m", tag="multi_select_static")),
    "a table in a column": card(columns(TABLE)),
    "a table in a box": card(container(TABLE)),
    "a column alone": card({"tag": "column", "elements": []}),
    "something else among columns": card({"tag": "column_set", "columns": [{"tag": "hr"}]}),
    "columns too deep": card(nested(6)),
    "an unknown colour": {**card(), "header": {"title": PLAIN, "template": "pink"}},
    "a header without a title": {**card(), "header": {"template": "blue"}},
    "four tags": {**card(), "header": {"title": PLAIN, "text_tag_list": [{"tag": "text_tag", "text": PLAIN}] * 4}},
    "an icon that is not in the list": card(markdown(icon={"tag": "standard_icon", "token": "rocket"})),
    "a button type of nobody": card(button(type="warning")),
    "a margin without a unit": card(markdown(margin="8")),
    "a menu without options": card({**menu(), "options": []}),
    "an input that is too long": card({**INPUT, "max_length": 1001}),
    "a picture without a description": card({"tag": "img", "img_key": "img_x"}),
    "a number for a text": card(markdown(element_id=5)),
    "markdown without content": card(markdown("")),
    "version 1 without elements": {"config": {}},
}


@pytest.mark.parametrize("name", GOOD)
async def test_a_good_card_is_taken(name: str) -> None:
    """As section 6 allows it."""
    async with asking() as rest:
        assert sub_code(await rest.create("interactive", GOOD[name])) == 0


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_card_is_refused(name: str) -> None:
    """200621 inside 230099, with the path of the mistake."""
    async with asking() as rest:
        reply = await rest.create("interactive", BROKEN[name])
        assert sub_code(reply) == 200621
        assert "ErrorPath" in reply.body["msg"]


@pytest.mark.parametrize(
    "tried, code",
    [
        (card({"tag": "action", "actions": [button()]}), 200861),
        (card({"tag": "note", "elements": []}), 200861),
        (card({"tag": "video"}), 200861),
        (card(*[{"tag": "hr"}] * 201), 11310),
        (card(columns(*[{"tag": "hr"}] * 100)), 11310),
        (card(TABLE, TABLE, TABLE, TABLE), 11310),
        (card(markdown(MARKDOWN_TABLE * 4)), 11310),
        (card(markdown("x", i18n_content={"zh_cn": MARKDOWN_TABLE * 4})), 11310),
        (card(form({**menu(), "name": ""})), 200530),
        (card({"tag": "form", "name": "f", "elements": [button(form_action_type="submit")]}), 200530),
        ({"type": "template", "data": {"template_id": "AAq"}}, 200380),
    ],
)
async def test_other_mistakes_have_codes_of_their_own(tried: Json, code: int) -> None:
    """Tags of the old version, too many components or tables, controls without a name, templates."""
    async with asking() as rest:
        assert sub_code(await rest.create("interactive", tried)) == code


async def test_pictures_of_a_card_exist_and_belong_to_the_application() -> None:
    """In components, per language, in a grid and inside markdown."""
    async with asking() as rest:
        own = (await rest.image(png())).data["image_key"]
        sent = await rest.server.person("ann").send_image(png())
        keys = {own: 0, rest.server.world.foreign_key(): 200570, "img_x": 200570, sent.content["image_key"]: 200570}
        for key, code in keys.items():
            for element in (
                {"tag": "img", "img_key": key, "alt": PLAIN},
                {"tag": "img", "img_key": own, "i18n_img_key": {"zh_cn": key}, "alt": PLAIN},
                {"tag": "img_combination", "combination_mode": "double", "img_list": [{"img_key": key}]},
                markdown(f"look: ![boat]({key})"),
                markdown("x", i18n_content={"zh_cn": f"![船]({key})"}),
            ):
                assert sub_code(await rest.create("interactive", card(element))) == code, (key, element)
