"""Questions: what is answered, in which language, how long; what it costs; what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from providers.sandbox.katana import tokens
from tests.providers.sandbox.katana.client import DOT, PICTURE, KatanaClient, asking


def text(answer: Any) -> str:
    """Return what an answer says."""
    return str(answer["choices"][0]["message"]["content"])


async def refused(katana: KatanaClient, body: Any) -> tuple[int, str]:
    """Send a question that must be refused, free, and return status and detail."""
    status, answer = await katana.post("/v1/chat/completions", body)
    assert status >= 400
    assert katana.charged == []
    return status, str(answer["detail"])


async def test_an_answer(katana: KatanaClient) -> None:
    """OpenAI's shape, about the question, from the model's public name, with what it used and what it cost."""
    answer = await katana.ask("Tell me about lighthouses, please?")
    assert (answer["object"], answer["model"]) == ("chat.completion", "grok-4-3")
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert "lighthouses" in text(answer)
    assert answer["choices"][0]["message"]["reasoning_content"]
    assert answer["usage"]["imgnai"] == {
        "credits_reserved": 10,
        "credits_charged": 0.1,
        "credits_refunded": 9.9,
        "privacy_mode": "anonymized",
        "billing_source": "api_key",
    }
    assert answer["usage"]["total_tokens"] == answer["usage"]["prompt_tokens"] + answer["usage"]["completion_tokens"]


async def test_the_same_question_has_the_same_answer(katana: KatanaClient) -> None:
    """Chance has no part in it; another question is answered in another way."""
    first, again, other = [text(await katana.ask(question)) for question in ("a fox?", "a fox?", "an owl?")]
    assert first == again != other


async def test_a_greeting_and_a_poem(katana: KatanaClient) -> None:
    """A greeting is greeted back in one line; a poem has lines; neither pretends to be more than a sandbox."""
    assert "\n" not in (greeted := text(await katana.ask("Hello!")))
    assert "Grok 4.3" in greeted
    assert text(await katana.ask("Write a haiku about the sea")).split("\n\n")[1].count("\n") == 2
    assert "你好" in text(await katana.ask("你好！"))


async def test_chinese_is_answered_in_chinese(katana: KatanaClient) -> None:
    """In whole sentences."""
    said = text(await katana.ask("什么是灯塔？"))
    assert "灯塔" in said
    assert sum(letter > "\u2e80" for letter in said) > len(said) * 0.8


@pytest.mark.parametrize(
    "question, paragraphs",
    [
        ("a fox?", 3),
        ("Write a long essay about foxes", 10),
        ("foxes, in 25 paragraphs", 25),
        ("写一篇关于狐狸的文章", 10),
    ],
)
async def test_length_follows_the_question(katana: KatanaClient, question: str, paragraphs: int) -> None:
    """A few sentences, an essay, or exactly what was asked for; never twice the same words without saying so."""
    said = text(await katana.ask(question)).split("\n\n")
    # A list is a paragraph with a line of its own before it.
    assert paragraphs <= len(said) <= paragraphs * 1.3
    assert len({part for part in said if not part.startswith("- ")}) > paragraphs * 0.4


@pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
@pytest.mark.parametrize("question", ["Write a long essay about foxes", "写一篇关于狐狸的文章"])
async def test_length_ends_at_the_limit(katana: KatanaClient, name: str, question: str) -> None:
    """Cut off, and said to be."""
    body = asking(question, model="claude-haiku-4-5") | {name: 50}
    _, answer = await katana.post("/v1/chat/completions", body)
    assert answer["choices"][0]["finish_reason"] == "length"
    assert 45 <= tokens.count(text(answer)) <= 50
    assert answer["usage"]["completion_tokens"] <= 50


async def test_long_answers_of_dear_models_cost_more(katana: KatanaClient) -> None:
    """The reserve is for the longest answer allowed, the charge for the one that came, in tenths, rounded up."""
    answer = await katana.ask("Write a long essay about foxes", model="gpt-5-5")
    money = answer["usage"]["imgnai"]
    used = answer["usage"]
    exact = used["prompt_tokens"] * Decimal("1057.7") + used["completion_tokens"] * Decimal("6346.2")
    assert 0 <= Decimal(str(money["credits_charged"])) - exact / 1_000_000 < Decimal("0.1")
    assert katana.charged == [Decimal(str(money["credits_reserved"]))]
    assert 101 < katana.charged[0] < 103
    assert await katana.balance() == Decimal("20814.0") - Decimal(str(money["credits_charged"]))


@pytest.mark.parametrize(
    "model, mode",
    [("q-naifu-a3b", "private"), ("kimi-k2-6-private", "e2ee_private"), ("gemma-4-26b-a4b", "anonymized")],
)
async def test_the_privacy_is_told(katana: KatanaClient, model: str, mode: str) -> None:
    """With every answer."""
    assert (await katana.ask(model=model))["usage"]["imgnai"]["privacy_mode"] == mode


@pytest.mark.parametrize("image", [{"url": PICTURE}, {"url": f"data:image/png;base64,{DOT}"}, {"url": DOT}, PICTURE])
async def test_a_picture_in_the_question(katana: KatanaClient, image: Any) -> None:
    """By address, as a data URL, as bare base64; the answer mentions it."""
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": image}]
    body = {"model": "grok-4-3", "messages": [{"role": "user", "content": parts}]}
    status, answer = await katana.post("/v1/chat/completions", body)
    assert (status, "picture" in text(answer)) == (200, True)


WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"model": "gpt-9"}, 404, "no such model"),
    ({"model": "pink-image"}, 404, "no such model"),
    ({"messages": []}, 422, "Field required"),
    ({"messages": [{"role": "friend", "content": "x"}]}, 422, "role"),
    ({"messages": [{"role": "user"}]}, 422, "content"),
    ({"messages": ["x"]}, 422, "role"),
    ({"max_tokens": 0}, 422, "positive integer"),
    ({"max_tokens": 70_000}, 400, "at most 65536"),
    ({"stream": "yes"}, 422, "boolean"),
    ({"files": [{"url": PICTURE}]}, 400, "does not accept files"),
    ({"model": "q-naifu-a3b", "files": [{"url": "http://example.com/a.pdf"}]}, 422, "https"),
    (
        {"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "Well, "}]},
        400,
        "whitespace",
    ),
    ({"model": "gemma-3-27b-private", "max_tokens": 53_920}, 400, "context"),
]


async def test_a_wrong_question_is_refused(katana: KatanaClient) -> None:
    """Before anything is set aside."""
    for changes, status, words in WRONG:
        found, detail = await refused(katana, asking("x") | changes)
        assert (found, words in detail) == (status, True), changes


async def test_a_picture_that_cannot_be_read(katana: KatanaClient) -> None:
    """Refused as for media; a model without eyes refuses every picture."""
    bad = ("http://example.com/a.png", "file:///a.png", "bm90IGEgcGljdHVyZQ==")
    for model, wanted in (*(("grok-4-3", address) for address in bad), ("qwen3-7-max", PICTURE)):
        parts = [{"type": "image_url", "image_url": {"url": wanted}}]
        body = {"model": model, "messages": [{"role": "user", "content": parts}]}
        assert (await refused(katana, body))[0] == 400


async def test_a_lone_prompt_and_a_beginning(katana: KatanaClient) -> None:
    """``prompt`` stands for a message; a last message of the assistant is gone on with; house models read files."""
    files = [{"url": "https://example.com/a.pdf"}]
    _, answer = await katana.post("/v1/chat/completions", {"model": "q-naifu-a3b", "prompt": "A fox?", "files": files})
    assert "fox" in text(answer)
    messages = [{"role": "user", "content": "A fox?"}, {"role": "assistant", "content": "Well:"}]
    _, answer = await katana.post("/v1/chat/completions", {"model": "grok-4-3", "messages": messages})
    assert text(answer).startswith("Well:")


async def test_an_answer_for_later(katana: KatanaClient) -> None:
    """``wait=false``: the envelope of media, the text in an asset, the difference back when it is done."""
    envelope = await katana.ask("a fox?", "?wait=false", model="grok-4-20-multi-agent")
    assert (envelope["status"], envelope["requests"][0]["type"]) == ("queued", "text")
    assert await katana.balance() == Decimal("20814.0") - katana.charged[0]
    katana.clock.advance(60)
    response = (await katana.poll(envelope["request_id"]))["responses"][0]
    asset = response["output_assets"][0]
    assert "fox" in asset["content"]
    money = asset["metadata"]["usage"]["imgnai"]
    assert response["metadata"]["credits_spent"] == money["credits_charged"]
    assert await katana.balance() == Decimal("20814.0") - Decimal(str(money["credits_charged"]))
    assert (await katana.post("/v1/chat/completions?wait=false", asking("a fox?", stream=True)))[0] == 400


async def test_an_answer_for_later_with_thoughts_or_without_usage(katana: KatanaClient) -> None:
    """Thoughts stand beside the text; without usage the whole reserve is kept."""
    envelope = await katana.ask("a fox? [sandbox: no-usage]", "?wait=false", model="deepseek-v4-flash")
    katana.clock.advance(600)
    asset = (await katana.poll(envelope["request_id"]))["responses"][0]["output_assets"][0]
    assert (bool(asset["reasoning_content"]), asset["metadata"]) == (True, {})
    assert await katana.balance() == Decimal("20804.0")


async def test_an_empty_answer(katana: KatanaClient) -> None:
    """``deleted`` leaves no words."""
    assert text(await katana.ask("a fox? [sandbox: deleted]")) == ""


async def test_the_attestation(katana: KatanaClient) -> None:
    """For confidential models, bound to a nonce of 64 hex digits."""
    for query, status in (
        (f"model=grok-4-3&nonce={'ab' * 32}", 400),
        (f"model=nobody&nonce={'ab' * 32}", 404),
        (f"model=kimi-k2-6-private&nonce={'ab' * 31}", 400),
        (f"model=kimi-k2-6-private&nonce={'xy' * 32}", 400),
    ):
        assert (await katana.get(f"/v1/text/attestation?{query}"))[0] == status, query
    proofs = [
        (await katana.get(f"/v1/text/attestation?model=kimi-k2-6-private&nonce={nonce * 32}"))[1]
        for nonce in ("aB", "cd")
    ]
    assert [proof["nonce"] for proof in proofs] == ["ab" * 32, "cd" * 32]
    assert proofs[0]["nvidia_payload"]["nonce"] == "ab" * 32
    assert proofs[0]["intel_quote"] != proofs[1]["intel_quote"]
