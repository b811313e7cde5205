"""Writes friendly answers to any question, always the same to the same one. Nobody thinks here.

In the language of the question (Chinese or English); a few sentences, or as many paragraphs as were asked for. An
answer says that it is a pretend one, as the sandbox's pictures do.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from providers.sandbox.katana import tokens

_FIRST_IDEOGRAPH, _LAST_IDEOGRAPH = "\u4e00", "\u9fff"
_USUAL, _LONG, _MOST = 3, 10, 60
_LONGEST_QUOTE = 120

_GREETING = re.compile(r"(?:hi|hello|hey|good (?:morning|evening|day)|你好|您好|嗨|早上好|晚上好)\W*", re.IGNORECASE)
_POETIC = re.compile(r"\b(?:poem|haiku|verse|rhyme)\b|诗", re.IGNORECASE)
_LENGTHY = re.compile(
    r"\b(?:long|detail(?:ed)?|essay|story|in depth|thorough)\b|详细|长文|长篇|文章|故事|深入", re.IGNORECASE
)
_NUMBERED = re.compile(r"\b(\d{1,2}) paragraphs?\b|(\d{1,2}) ?段", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """An answer and the thoughts before it. ``finished`` is false where it had to be cut off."""

    text: str
    reasoning: str
    finished: bool


@dataclass(frozen=True, slots=True)
class _Voice:
    """How one language says it. ``opening`` quotes the question and names the model that is played."""

    opening: str
    picture: str
    greeting: str
    thoughts: str
    poem: str
    again: str
    closing: str
    bodies: tuple[str, ...]


_ENGLISH = _Voice(
    opening='You asked: "{question}" I only play {name} here and know nothing, but I can help you think it over.',
    picture="Thank you for the picture; I see soft light and a clear subject.",
    greeting="Hello! I only play {name} here, in a sandbox where nothing costs real money. What would you like to ask?",
    thoughts='The question is: "{question}" First I say what I am, then give something to think about, kindly.',
    poem="The tide keeps the time,\na lamp leans over the dark.\nBoats find their way home.",
    again="Once more, from another side: ",
    closing="I hope this helps. If you tell me which part matters most to you, I can go into that one.",
    bodies=(
        "People usually meet a question like this from one side first, and the other sides turn up later. That is a "
        "good way round: the first look says what it is for, the later ones say what it costs and where it ends.",
        "Think of a small workshop: there is a bench where things are put together, a shelf where what is needed lies "
        "ready, and a door through which the result leaves. If one of the three is crowded, the others stand idle.",
        "In practice it pays to begin small. Take one case that you know well, write down what you expect, and compare "
        "it with what happens. The difference between the two is worth more than any general rule.",
        "There are three things that are nearly always worth asking:\n\n- What is it meant to do, and for whom?\n"
        "- What happens if it goes wrong halfway?\n- How would you notice?",
        "Of course there are limits. Hardly anything is true everywhere, and what works for a few may not work for "
        "many. It is no shame to stop at the point where the effort is larger than the use.",
        "It is also worth knowing where things come from. Much that looks odd today was once the answer to a question "
        "that nobody asks any more; whoever knows that question can decide whether the answer is still needed.",
        "If you want to go further, look for people who do it every day. They rarely use big words, they show you the "
        "one movement that matters, and they tell you which mistakes are cheap.",
    ),
)
_CHINESE = _Voice(
    opening="你问的是：“{question}”我在这里只是扮演 {name}，自己并没有知识，不过可以陪你理一理思路。",
    picture="谢谢你发来的图片，光线柔和，主体清楚。",
    greeting="你好！我在这里只是扮演 {name}，这是一个不花真钱的沙盒。想问点什么？",
    thoughts="问题是：“{question}”先说明自己是谁，再给一点可以琢磨的东西，语气友好。",
    poem="潮水替人记着时辰，\n一盏灯俯身看夜，\n晚归的船都认得路。",
    again="换个角度再说一次：",
    closing="希望这能帮上忙。想细看哪一点，尽管说。",
    bodies=(
        "遇到这样的问题，大家往往先看到其中一面，别的方面要到后来才会显现。这样也好：第一眼看用处，之后再看代价和边界。",
        "打个比方，可以想成一间小作坊：有一张做活的台子，一个放材料的架子，还有一扇送出成品的门。三处里有一处堵住，另外两处就闲着。",
        "动手的时候，最好从小处开始。挑一个自己熟悉的例子，先写下预期，再和实际结果对照。两者的差别，往往比任何大道理都有用。",
        "有三件事几乎总是值得问一问：\n\n- 它是为谁、为什么而做的？\n- 做到一半出了岔子会怎样？\n- 怎样才能及早发现？",
        "当然也有局限。很少有放之四海皆准的说法；对少数人合适的，对多数人未必合适。费力大于收益的时候，停下来并不丢人。",
        "了解一下来历也很值得。今天看来有些奇怪的做法，当初往往是在回答一个早已没人再提的问题；知道了那个问题，才能判断答案是否还需要。",
        "如果想再深入，不妨去找天天和它打交道的人。他们很少说大话，会直接演示最关键的那一下，也会告诉你哪些失误代价不大。",
    ),
)


def write(question: str, *, name: str, pictures: int = 0, most: int, thinks: bool = False) -> Said:
    """Answer a question in the name of a model, with at most so many tokens."""
    chinese = any(_FIRST_IDEOGRAPH <= letter <= _LAST_IDEOGRAPH for letter in question)
    voice = _CHINESE if chinese else _ENGLISH
    text = "\n\n".join(_paragraphs(question, voice, name, pictures))
    reasoning = voice.thoughts.format(question=_quoted(question)) if thinks else ""
    room = most - tokens.count(reasoning)
    if room <= 0:
        return Said("", tokens.cut(reasoning, most), finished=False)
    short = tokens.cut(text, room)
    return Said(short, reasoning, finished=len(short) == len(text))


def _paragraphs(question: str, voice: _Voice, name: str, pictures: int) -> list[str]:
    if _GREETING.fullmatch(question.strip()):
        return [voice.greeting.format(name=name)]
    opening = voice.opening.format(question=_quoted(question), name=name)
    made = [f"{opening} {voice.picture}" if pictures else opening]
    count = _count(question)
    if count == 1:
        return made
    if _POETIC.search(question):
        return [*made, voice.poem, voice.closing]
    first = sha256(question.encode()).digest()[0] % len(voice.bodies)
    return [*made, *(_body(voice, first, step) for step in range(count - 2)), voice.closing]


def _body(voice: _Voice, first: int, step: int) -> str:
    """Return a paragraph; when all have been used, they come again and say so."""
    body = voice.bodies[(first + step) % len(voice.bodies)]
    return voice.again + body if step >= len(voice.bodies) else body


def _quoted(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1].rstrip() + "…"


def _count(question: str) -> int:
    numbered = _NUMBERED.search(question)
    if numbered:
        return min(_MOST, max(1, int(numbered[1] or numbered[2])))
    return _LONG if _LENGTHY.search(question) else _USUAL
