"""Results: found, paged, thrown away; files whose names say more than they are."""

import pytest

from tests.providers.sandbox.ima2.client import Ima2Client, refused


async def test_rows_are_found(ima2: Ima2Client) -> None:
    """By job, by session, by time; ``total`` counts all of them whatever was asked."""
    await ima2.generate(requestId="r-1", n=3, sessionId="chat-7")
    ima2.clock.advance(10)
    await ima2.generate(requestId="r-2")
    for query, ids in {
        "requestId=r-1": ["r-1"] * 3,
        "sessionId=chat-7": ["r-1"] * 3,
        f"since={1_772_366_405_000}": ["r-2"],
        "requestId=nope": [],
    }.items():
        body = await ima2.get(f"/api/history?{query}")
        assert [row["requestId"] for row in body["items"]] == ids, query
        assert (body["total"], body["nextCursor"]) == (4, None)


async def test_pages_follow_each_other(ima2: Ima2Client) -> None:
    """The latest first; the cursor leads on until there is none."""
    for number in range(5):
        await ima2.generate(requestId=f"r-{number}")
        ima2.clock.advance(1)
    seen: list[str] = []
    query = "limit=2"
    while True:
        page = await ima2.get(f"/api/history?{query}")
        seen += [row["requestId"] for row in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = page["nextCursor"]
        query = f"limit=2&before={cursor['before']}&beforeFilename={cursor['beforeFilename']}"
    assert seen == ["r-4", "r-3", "r-2", "r-1", "r-0"]


async def test_rows_by_session(ima2: Ima2Client) -> None:
    """Those without one are loose."""
    await ima2.generate(requestId="r-1", sessionId="chat-7")
    await ima2.generate(requestId="r-2")
    body = await ima2.get("/api/history?groupBy=session")
    assert [(one["sessionId"], len(one["items"])) for one in body["sessions"]] == [("chat-7", 1)]
    assert [row["requestId"] for row in body["loose"]] == ["r-2"]


async def test_deleting_is_final(ima2: Ima2Client) -> None:
    """The file is gone, and what would bring it back needs an id that nobody is given."""
    _, made = await ima2.generate()
    path = f"/api/history/{made['filename']}"
    status, gone = await ima2.call("DELETE", path)
    assert (status, gone["ok"], "trashId" in gone) == (200, True, False)
    assert await refused(ima2.call("DELETE", path)) == (404, "ASSET_NOT_FOUND")
    assert await refused(ima2.call("POST", f"{path}/restore", {})) == (400, None)
    assert await refused(ima2.call("GET", f"/generated/{made['filename']}")) == (404, "NOT_FOUND")
    assert (await ima2.get("/api/history"))["items"] == []


@pytest.mark.parametrize(
    "provider, wanted, name, kind, start",
    [
        ("oauth", "webp", ".webp", "image/webp", b"\x89PNG"),
        ("grok", "png", ".jpeg", "image/jpeg", b"\xff\xd8\xff"),
    ],
)
async def test_a_name_may_say_what_a_file_is_not(
    ima2: Ima2Client, provider: str, wanted: str, name: str, kind: str, start: bytes
) -> None:
    """A PNG that is called WebP; a JPEG where a PNG was asked for."""
    _, made = await ima2.generate(provider=provider, format=wanted, size="1536x1024")
    assert made["filename"].endswith(name)
    async with ima2.session.get(ima2.url(f"/generated/{made['filename']}")) as answer:
        assert answer.content_type == kind
        assert (await answer.read()).startswith(start)


async def test_a_result_may_be_gone(ima2: Ima2Client) -> None:
    """``deleted``: the row is there and the file is not."""
    _, made = await ima2.generate("a fox [sandbox: deleted]", requestId="r-1")
    assert len(await ima2.found("r-1")) == 1
    assert await refused(ima2.call("GET", f"/generated/{made['filename']}")) == (404, "NOT_FOUND")
