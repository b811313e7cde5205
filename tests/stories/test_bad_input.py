"""Whatever somebody types or brings: nothing is ordered, and they are told what is wrong and what would be right."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import pytest_asyncio

from bot.core import actions, wording
from bot.engine.admission import SPELL
from bot.errors import RefusalCode
from tests.providers.ima_stage import png
from tests.stories.stage import Stage, stage

C = RefusalCode
MEGABYTE = 1024 * 1024
ADDRESSES = " ".join(f"https://pictures.example/{number}.png" for number in range(8))
HUGE = png() + bytes(10 * MEGABYTE + 1 - len(png()))


@dataclass(frozen=True)
class Bad:
    """What is typed, what it is refused for, and what the answer has to name."""

    text: str
    code: RefusalCode
    names: tuple[str, ...] = ()
    pictures: tuple[bytes, ...] = field(default=(), repr=False)


WORDS = {
    "no prompt": Bad("/video", C.EMPTY_PROMPT, ("/video a puppy",)),
    "no prompt for a picture": Bad("/image", C.EMPTY_PROMPT, ("/image a puppy",)),
    "only settings": Bad("/video 5s 1080p", C.EMPTY_PROMPT),
    "two lengths": Bad("/video 5s 10s a puppy", C.SAID_TWICE, ("“5”", "“10”")),
    "two models": Bad("/video model=wan --model kling a puppy", C.SAID_TWICE, ("“kling”", "“wan”")),
    "two wishes": Bad("/video cheapest best quality a puppy", C.SAID_TWICE, ("cheapest", "best")),
    "a purpose that is none": Bad("/video use=hat a puppy", C.UNKNOWN_ROLE, ("“hat”", "frames", "reference")),
    "nobody answers": Bad("/ask why is the sky blue?", C.NOT_OFFERED, ("admin",)),
    "nothing left to tell": Bad("/balance", C.NO_BALANCE, ("admin",)),
    "only blanks": Bad("/video  　 ", C.EMPTY_PROMPT),
    "10,000 characters": Bad("/video " + "ab " * 3333, C.PROMPT_TOO_LONG, ("9,998", "4,000")),
    "25,000 characters": Bad("/video " + "a" * 25_000, C.MESSAGE_TOO_LONG),
    "unknown model": Bad("/video model=nonsense a puppy", C.UNKNOWN_MODEL, ("“nonsense”", "Wan 2.6", "Kling O1")),
    "ambiguous model": Bad("/video model=pro a puppy", C.AMBIGUOUS_MODEL, ("“pro”", "Sora 2 Pro", "SeeDance 1.5 Pro")),
    "duration": Bad("/video 7s a puppy", C.VALUE_NOT_OFFERED, ("“7”", "duration", "5, 10, or 15")),
    "resolution": Bad("/video 4k a puppy", C.VALUE_NOT_OFFERED, ("resolution", "720P or 1080P")),
    "ratio": Bad("/video 21:9 a puppy", C.VALUE_NOT_OFFERED, ("aspect ratio", "16:9", "9:16")),
    "long text": Bad(f'/video --avoid "{"x" * 801}" a puppy', C.VALUE_NOT_OFFERED, ("things to avoid", "800")),
    "combination": Bad(
        '/video model="hailuo 2.3" 10s 1080p a puppy', C.COMBINATION_NOT_OFFERED, ("Hailuo 2.3", "1080P", "768P")
    ),
    "none": Bad("/video count=0 a puppy", C.COUNT_NOT_OFFERED, ("1 to 4",)),
    "many": Bad("/video x99 a puppy", C.COUNT_NOT_OFFERED, ("1 to 4",)),
    "very many": Bad(f"/video --count {'9' * 5000} a puppy", C.COUNT_NOT_OFFERED, ("1 to 4",)),
    "no number": Bad("/video --count=x2 a puppy", C.COUNT_NOT_OFFERED, ("1 to 4",)),
    "unknown setting": Bad("/video --fps 60 a puppy", C.UNKNOWN_SETTING, ("“fps”", "duration", "resolution")),
    "unknown command": Bad("/paint a puppy", C.UNKNOWN_COMMAND, ("/paint", "/help")),
    "plain talk": Bad("hello there", C.NOT_A_COMMAND, ("/video", "/help")),
    "nothing": Bad("", C.NOT_A_COMMAND),
    "half a character": Bad("/paint\ud83d a puppy", C.UNKNOWN_COMMAND),
    "unknown kind": Bad("/models pottery", C.UNKNOWN_KIND, ("“pottery”", "video", "music")),
    "unknown language": Bad("/lang klingon", C.UNKNOWN_LANGUAGE, ("English", "中文", "/lang zh")),
    "unknown favourite": Bad("/model video nonsense", C.UNKNOWN_MODEL, ("“nonsense”", "Wan 2.6")),
    "nothing to cancel": Bad("/cancel", C.NOTHING_TO_CANCEL),
    "unknown order": Bad("/cancel 123456", C.NO_SUCH_JOB, ("/jobs",)),
}

PICTURES = {
    "no picture": Bad("/animate it runs", C.PICTURE_NEEDED, ("https://",)),
    "nothing to edit": Bad("/edit make it blue", C.PICTURE_NEEDED, ("https://",)),
    "nothing to refer to": Bad("/video use=reference a puppy", C.PICTURE_NEEDED),
    "text for a picture": Bad("/animate it runs", C.PICTURE_NOT_A_PICTURE, ("PNG", "JPEG"), (b"hello",)),
    "empty file": Bad("/animate it runs", C.PICTURE_NOT_A_PICTURE, ("PNG",), (b"",)),
    "too big": Bad("/animate it runs", C.PICTURE_TOO_BIG, ("10 MB",), (HUGE,)),
    "http address": Bad("/animate it runs http://pictures.example/a.png", C.PICTURE_NOT_HTTPS, ("https://",)),
    "private address": Bad("/animate it runs https://10.0.0.7/a.png", C.PICTURE_PRIVATE, ("upload",)),
    "this machine": Bad("/animate it runs https://127.0.0.1/a.png", C.PICTURE_PRIVATE, ("upload",)),
    "odd address": Bad("/animate it runs https://pictures.example:8443/a.png", C.PICTURE_UNREACHABLE, ("upload",)),
    "two without a role": Bad("/video a puppy", C.ROLE_NEEDED, ("use=frames", "use=reference"), (png(), png())),
    "one frame": Bad("/video use=frames a puppy", C.TWO_FRAMES_NEEDED, (), (png(),)),
    "three frames": Bad("/video use=frames a puppy", C.TWO_FRAMES_NEEDED, (), (png(),) * 3),
    "eight references": Bad("/video use=reference a puppy", C.TOO_MANY_PICTURES, ("Kling O1", "7"), (png(),) * 8),
    "eight addresses": Bad(f"/video use=reference a puppy {ADDRESSES}", C.TOO_MANY_PICTURES, ("Kling O1", "7")),
    "a picture for music": Bad("/music a calm piano", C.NO_PICTURES, ("Suno",), (png(),)),
    "purposes and pictures": Bad("/video use=first,last a puppy", C.ROLES_DIFFER, ("2", "1"), (png(),)),
}


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """One service for all of them: whatever they try, it is as it was before."""
    async with stage(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
def at(house: Stage) -> Stage:
    """The service with an empty screen, a moment later: whoever tries all of this at once is asked to slow down."""
    house.clock.skip(SPELL)
    house.chat.messages.clear()
    house.answers.clear()
    return house


async def _nothing_happened(at: Stage) -> None:
    assert await at.everybody() == []
    assert at.sandbox.gate.requests["ima.create"] == 0
    assert at.sandbox.gate.requests["ima.token"] == 0
    assert [row["n"] for row in await at.files.database.fetch("SELECT count(*) AS n FROM upload")] == [0]
    await at.keep_promises()


@pytest.mark.parametrize("bad", [pytest.param(bad, id=name) for name, bad in (WORDS | PICTURES).items()])
async def test_bad_input_is_answered_in_private_and_orders_nothing(at: Stage, bad: Bad) -> None:
    """One private sentence that names what is wrong and what is allowed; nothing is kept, sent or charged."""
    await at.say(bad.text, pictures=bad.pictures)
    (answer,) = at.chat.messages.values()
    assert answer.line.private
    assert answer.line.person == "ann"
    assert answer.card.buttons == ()
    assert answer.card.title is not None
    assert answer.card.title.phrase == wording.REFUSALS[bad.code].one
    assert [name for name in bad.names if name not in at.reads()] == []
    await _nothing_happened(at)


@pytest.mark.parametrize(
    "action",
    [
        "",
        "nonsense",
        "lm1|confirm|",
        "lm1|explode|000001",
        "lm1|confirm|000001|1",
        "lm1|animate|000001|99999999999999999999",
        f"lm1|{actions.Verb.SWITCH}|{'0' * 40}|no-such-model",
        "lm2|confirm|000001",
    ],
)
async def test_a_button_that_is_nobodys_is_answered_kindly(at: Stage, action: str) -> None:
    """A forged or forgotten button says that there is no such order."""
    answer = await at.press_action(action)
    assert answer.toast == wording.REFUSALS[C.NO_SUCH_JOB]()
    assert not answer.done
    await _nothing_happened(at)
