"""Prices and models change while the sandbox runs, as a real catalogue does between two looks at it."""

from tests.providers.sandbox.ima_client import ImaClient

WAN = ("text_to_video", "wan2.6-t2v")


async def test_a_changed_price_is_shown_and_asked_for(ima: ImaClient) -> None:
    """The list says the new price at once, and an order at the old one is refused."""
    old = await ima.order(*WAN)
    ima.sandbox.ima.shop.reprice(WAN[1], 7)
    assert (await ima.create(old))["code"] == 6006
    await ima.begin(*WAN)
    assert [int(charge.amount) for charge in ima.sandbox.ledger.charges] == [47]


async def test_a_withdrawn_model_is_neither_shown_nor_sold(ima: ImaClient) -> None:
    """It is gone from every list, and an order for it is refused."""
    body = await ima.order(*WAN)
    ima.sandbox.ima.shop.withdraw(WAN[1])
    assert WAN[1] not in {leaf["id"] for leaf in await ima.leaves(WAN[0])}
    assert (await ima.create(body))["code"] == 400
    assert ima.sandbox.ledger.charges == ()
