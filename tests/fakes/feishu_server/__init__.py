"""A pretend Feishu for tests: strict enough for the unmodified lark-oapi client, with a clock, faults and people.

It imports no Feishu library and nothing of ours: it is written from the facts (reference sections 1 to 9), so that two
mistakes cannot cancel out. A story is told with people, a clock and faults, and ends with verdicts::

    async with FeishuServer() as server:   # the bot: server.domain, server.app.app_id, server.app.secret
        await server.lines.connected()     # a long connection is open
        ann = server.person("ann", locale="zh_cn")     # has a chat with the bot, and is in the group server.studio
        sent = await ann.say("/draw a boat", where=server.studio)  # in a group the bot is mentioned by itself
        await server.deliveries.settled(server.delivery(sent))     # acknowledged (or: .tried(delivery, 2) ...)
        card = await ann.finds("确认", where=server.studio)         # waits for the event; nothing here sleeps or polls
        click = await ann.click(card, "生成")           # by the label in *their* language; also submit(), select()
        await ann.answered(click)                      # click.toast, .replaced, .snapped_back, .code (200341 ...)
        server.clock.advance(15)                       # the next step of the redelivery ladder
        with server.faults.hold("messages.patch") as hold:   # also code(), html(), empty(), drop(after=True) ...
            await hold.reached()
        video = await ann.finds("[video", where=server.studio)
        ann.video(video)                               # AssertionError unless it plays and has a length
        print(ann.transcript(server.studio))           # the chat as this person reads it
        verdicts.assert_well_behaved(server, log_text)

The world can be changed: ``server.studio.muted``, ``.with_bot``, ``.dissolved``, ``.blocked``; ``server.app.scopes``,
``.events``, ``.callbacks``, ``.enabled``; ``ann.user.locale``, ``.available``; ``server.tokens.revoke()``. Connections:
``server.lines.refuse(code)``, ``.turn_down(status)``, ``.drop()``, ``.go_silent()``, ``.config``, ``.manners``. With
``server.webhook.url`` (and ``server.app.encrypt_key``) set, events are posted there instead: ``.challenge()``,
``.seal`` for plaintext, forged or old requests, ``.posted``, ``.replay()``. ``server.deliveries.again(one)`` pushes
once more, ``server.talk.publish(server.events.wrap(type, body))`` anything else; ``server.registration`` creates an
application by a code. Rates are counted on the fake's clock (``server.quotas.off()`` where a story is not about them).
"""

from tests.fakes.discord_server.clock import Clock
from tests.fakes.feishu_server.calls import Upload
from tests.fakes.feishu_server.clicks import Click
from tests.fakes.feishu_server.lines import ClientConfig, Framing
from tests.fakes.feishu_server.messages import Message
from tests.fakes.feishu_server.person import Person
from tests.fakes.feishu_server.server import FeishuServer
from tests.fakes.feishu_server.webhook import Seal, Webhook
from tests.fakes.feishu_server.world import App, Chat, User

__all__ = [
    "App",
    "Chat",
    "Click",
    "ClientConfig",
    "Clock",
    "FeishuServer",
    "Framing",
    "Message",
    "Person",
    "Seal",
    "Upload",
    "User",
    "Webhook",
]
