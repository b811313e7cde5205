"""A line as people type it, in both languages, becomes what they meant, and a prompt is never touched by accident."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.grammar import MAKING, NAMES, Ask, Unknown, Verb, parse
from bot.core.options import SETTINGS, Use
from bot.core.preferences import Wish
from providers.contract import Clip, Role
from tests.core.reading import unhurried, wide


def asked(line: str) -> Ask:
    """Return a line that is a command, taken apart."""
    ask = parse(line)
    assert isinstance(ask, Ask), line
    return ask


def prompt(body: str) -> str:
    """Return what is left of the body of /video."""
    return asked(f"/video {body}").rest


# --- commands ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", NAMES)
def test_every_command_works_in_both_languages_and_widths(verb: Verb) -> None:
    """Any of its words, upper or lower case, with a full-width slash as Chinese keyboards type it."""
    for name in NAMES[verb]:
        for line in (f"/{name} x", f"／{name}　x", f"/{name.upper()} x", f" / {name}\nx", f"\ufeff/{name}：x"):
            assert (asked(line).verb, asked(line).rest) == (verb, "x")


def test_a_chinese_prompt_may_follow_its_command_at_once() -> None:
    """Nobody types a blank between Chinese words; an English command ends where its word ends."""
    assert asked("/视频一只小狗") == Ask(Verb.VIDEO, "一只小狗")
    assert asked("/视频5秒") == Ask(Verb.VIDEO, settings={"duration": "5"})
    assert asked("/video一只小狗") == Ask(Verb.VIDEO, "一只小狗")
    assert asked("/模型列表") == Ask(Verb.MODELS)
    assert parse("/videos of cats") == Unknown("videos")


@pytest.mark.parametrize(
    "line,word", [("/paint a cat", "paint"), ("/", ""), ("hello", ""), ("", ""), ("//video", "/video")]
)
def test_what_is_no_command_says_which_word_was_tried(line: str, word: str) -> None:
    """The answer can name it; plain talk has none."""
    assert parse(line) == Unknown(word)


def test_a_word_that_was_tried_is_shown_cut_short() -> None:
    """Nobody gets a page of their own nonsense back."""
    assert parse("/" + "x" * 5000) == Unknown("x" * 40)


@pytest.mark.parametrize(
    "line,rest",
    [("/cancel", ""), ("/cancel 00ab12", "00ab12"), (wide("/取消 #00ab"), "#00ab"), ("/取消#00ab12", "#00ab12")],
)
def test_cancel_names_an_order_or_none(line: str, rest: str) -> None:
    """The code is read in either width."""
    assert asked(line) == Ask(Verb.CANCEL, rest)


@pytest.mark.parametrize(
    "line,model",
    [
        ("always use Kling O1", "Kling O1"),
        ("  Always  use wan 2.6. ", "wan 2.6"),
        ("always use “Kling O1”!", "Kling O1"),
        ("以后都用可灵", "可灵"),
        ("以后一直用 Wan 2.6 吧。", "Wan 2.6"),
        ("总是用海螺！", "海螺"),
    ],
)
def test_always_use_is_understood_without_a_slash(line: str, model: str) -> None:
    """As people say it, with or without a full stop."""
    assert parse(line) == Ask(Verb.ALWAYS, model)


@pytest.mark.parametrize("line", ["always used it", "always use", "I always use wan", "以后都用"])
def test_other_talk_is_not_taken_for_it(line: str) -> None:
    """A preference is only kept when it was said."""
    assert parse(line) == Unknown()


# --- options -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "/video 5s 1080p 16:9 x2 model=wan a puppy",
        "/VIDEO 5S, 1080P, 16:9, X2, MODEL=wan, a puppy",
        "/video model=wan x2 16:9 1080p 5sec: a puppy",
        "/video a puppy --model wan --duration 5 --resolution=1080p --aspect: 16:9 --count 2",
        "/video —model wan —n=2 —length 5s —res 1080p —ratio 16:9 a puppy",
        "/video duration: 5 seconds, resolution=1080p, aspect ratio = 16:9, count: 2, model=wan, a puppy",
        "/video\n5s\n1080p\n16:9\nx2\nmodel=wan\na puppy",
        wide("/视频 5s 1080p 16:9 x2 模型=wan").replace(wide("x2"), "×" + wide("2")) + wide(" ") + "a puppy",
        "/视频：5秒，1080p，16：9，2个，模型：wan，a puppy",
        "/视频 时长=5秒 分辨率＝1080p 画面比例：16:9 数量=2 a puppy 模型=wan",
    ],
)
def test_the_same_wish_in_many_spellings(line: str) -> None:
    """In front or as flags, with commas, colons or blanks, on phones that make long dashes of two short ones."""
    settings = {"duration": "5", "resolution": "1080p", "aspect_ratio": "16:9"}
    ask = asked(line)
    assert {name: value.lower().removesuffix("s") for name, value in ask.settings.items()} == settings
    assert (ask.rest, ask.model, ask.count) == ("a puppy", "wan", 2)


@pytest.mark.parametrize("name,word", [(name, word) for name, words in SETTINGS.items() for word in words])
def test_every_word_for_a_setting_works_in_front_and_as_a_flag(name: str, word: str) -> None:
    """Also the words that our own answers use for it."""
    for line in (f'/video {word}="x y" a dog', f"/video a dog --{word}=“x y”"):
        assert asked(line) == Ask(Verb.VIDEO, "a dog", {name: "x y"})


@pytest.mark.parametrize(
    "typed,model",
    [
        ("model=Wan 2.6", "Wan 2.6"),
        ("model: Kling O1", "Kling O1"),
        ("model=pixverse v4.5", "pixverse v4.5"),
        ("--model Vidu Q2", "Vidu Q2"),
        ('model="Nano Banana Pro"', "Nano Banana Pro"),
        ("模型＝万相", "万相"),
    ],
)
def test_a_models_version_belongs_to_its_name(typed: str, model: str) -> None:
    """``model=Wan 2.6 a puppy`` does not make a video of "2.6 a puppy"."""
    assert asked(f"/video {typed} 5s a puppy") == Ask(Verb.VIDEO, "a puppy", {"duration": "5"}, model)


@pytest.mark.parametrize(
    "body,wish",
    [
        ("--cheapest a puppy", Wish.CHEAPEST),
        ("cheapest a puppy", Wish.CHEAPEST),
        ("—best a puppy", Wish.BEST),
        ("best, a puppy", Wish.BEST),
        ("best quality a puppy", Wish.BEST),
        ("最便宜的 a puppy", Wish.CHEAPEST),
        ("用最好的，a puppy", Wish.BEST),
        ("a puppy --最便宜", Wish.CHEAPEST),
    ],
)
def test_a_wish_never_swallows_the_prompt(body: str, wish: Wish) -> None:
    """The word after it is the prompt's first word."""
    assert asked(f"/video {body}") == Ask(Verb.VIDEO, "a puppy", wish=wish)


@pytest.mark.parametrize(
    "body,sound",
    [("--sound off a dog", "off"), ("--sound a dog", ""), ("a dog --sound", ""), ("声音=关 a dog", "关")],
)
def test_sound_can_stand_alone(body: str, sound: str) -> None:
    """``--sound`` alone means on, and takes a word only if it says on or off."""
    assert asked(f"/video {body}") == Ask(Verb.VIDEO, "a dog", {"sound": sound})


def test_values_may_be_negative_quoted_or_for_one_model_only() -> None:
    """What a model calls its own is passed on by that name, to be checked against the model."""
    ask = asked('/video --seed -1 shot_type=multi mode=std --avoid "people, cars" a dog')
    settings = {"seed": "-1", "shot_type": "multi", "mode": "std", "negative_prompt": "people, cars"}
    assert (ask.settings, ask.rest) == (settings, "a dog")


@pytest.mark.parametrize("typed", ["n=many", "--count", "x0", "--n=0", "count=9999999999999999999"])
def test_a_number_that_is_none_is_zero(typed: str) -> None:
    """So that it is refused with the numbers that are offered."""
    assert asked(f"/video {typed}").count == 0


@pytest.mark.parametrize(
    "line,model,question",
    [
        ("/ask why is the sky blue?", "", "why is the sky blue?"),
        ("/ask model=grok is 5 s long?", "grok", "is 5 s long?"),
        ("/ask look at https://example.org/a.png", "", "look at https://example.org/a.png"),
        ("/提问 天为什么是蓝的", "", "天为什么是蓝的"),
        ("ask grok about the tides", "grok", "the tides"),
        ("Please ask claude-opus to name my cat", "claude-opus", "name my cat"),
        ("use gpt to name my cat", "gpt", "name my cat"),
        ("问 grok 天为什么是蓝的", "grok", "天为什么是蓝的"),
        ("用 grok 写一首关于海的诗", "grok", "写一首关于海的诗"),
    ],
)
def test_a_question_is_taken_word_for_word(line: str, model: str, question: str) -> None:
    """Nothing in it is a setting but the model; it can be asked of somebody in plain words."""
    assert asked(line) == Ask(Verb.ASK, question, model=model)


@pytest.mark.parametrize(
    "line,verb,prompt,model",
    [
        ("make a picture of a lighthouse", Verb.IMAGE, "a lighthouse", ""),
        ("please generate an image with two cats", Verb.IMAGE, "two cats", ""),
        ("create video of a storm", Verb.VIDEO, "a storm", ""),
        ("use kling to make a video of a storm", Verb.VIDEO, "a storm", "kling"),
        ("画一张图：一只猫", Verb.IMAGE, "一只猫", ""),
        ("帮我做一个视频 大海", Verb.VIDEO, "大海", ""),
        ("用kling做一个视频 海浪", Verb.VIDEO, "海浪", "kling"),
    ],
)
def test_an_order_can_be_said_in_plain_words(line: str, verb: Verb, prompt: str, model: str) -> None:
    """As people speak to somebody, in either language."""
    assert asked(line) == Ask(verb, prompt, model=model)


@pytest.mark.parametrize(
    "line", ["hello there", "use wan", "ask me", "make it rain", "I would like a picture of you", "用心", "问题"]
)
def test_talk_is_no_order(line: str) -> None:
    """What only resembles one costs nothing."""
    assert parse(line) == Unknown()


def test_each_picture_can_have_a_purpose() -> None:
    """In the order they were sent."""
    assert asked("/video use=first,reference a cat").roles == (Role.FIRST, Role.REFERENCE)
    assert asked("/video use=首帧,尾帧 a cat").roles == (Role.FIRST, Role.LAST)
    assert asked("/video use=frames a cat").use is Use.FRAMES
    assert asked("/video use=first,nonsense a cat").settings == {"use": "first,nonsense"}


def test_sounds_and_videos_are_named_by_their_address() -> None:
    """They are no pictures; a part of a video is chosen with start and end; on and off stay what they were."""
    ask = asked("/video sound=https://a.example/c.mp3 video=https://a.example/v.mp4 start=2 end=8.5s dance")
    assert (ask.sounds, ask.links) == ((Clip("https://a.example/c.mp3"),), ())
    assert ask.videos == (Clip("https://a.example/v.mp4", 2.0, 8.5),)
    assert ask.rest == "dance"
    assert asked("/video sound=on dance").settings == {"sound": "on"}


@pytest.mark.parametrize("line", ["/animate use=frames morph", "/animate morph use=frames", "/动画 morph 用途＝首尾帧"])
def test_what_pictures_are_for_is_understood_wherever_it_stands(line: str) -> None:
    """People add it at the end when they are asked for it."""
    assert asked(line) == Ask(Verb.ANIMATE, "morph", use=Use.FRAMES)


# --- prompts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "a sign that says E=mc2",
        "E=mc2 on a blackboard, n=3 beside it",
        "note: be careful",
        "without: nothing, just a title",
        "sound: rain on leaves",
        "9:30 in the morning, a street",
        "4x4 truck in the mud",
        "4k-like look of an old film",
        "best friends at the beach",
        "10 seconds to midnight",
        "it ends —suddenly, and -- then it rains",
        "the word https in neon, http:// below",
        'a wall with "model=wan" and "--best" on it',
        "don't stop — ever",
        "3个人在跳舞",
        "10秒后爆炸的烟花",
        "一只猫 ——在睡觉",
        "最便宜的一只小狗",
        f"“全角”：不变，{wide('123')}！",
    ],
)
def test_a_prompt_that_only_looks_like_options_is_left_alone(body: str) -> None:
    """It is sent as it was typed."""
    assert asked(f"/video {body}") == Ask(Verb.VIDEO, body)


def test_a_prompt_keeps_its_lines() -> None:
    """Poems and shot lists arrive whole, options in front or in between notwithstanding."""
    lines = "A lighthouse.\n\n  Shot 1: fog\n  Shot 2: “light”，慢"
    assert prompt(lines) == lines
    assert prompt(f"5s\n{lines}") == lines
    assert prompt(f"{lines} --model wan") == lines


@pytest.mark.parametrize(
    "body,rest",
    [
        ("5秒 一只小狗", "一只小狗"),
        ("5秒一只小狗", "一只小狗"),
        ("5秒的小狗", "小狗"),
        ("5秒，一只小狗", "一只小狗"),
        ("5 秒：一只小狗", "一只小狗"),
        ("时长=5秒一只小狗", "一只小狗"),
    ],
)
def test_chinese_needs_no_blanks_around_options(body: str, rest: str) -> None:
    """The unit ends the option."""
    assert asked(f"/视频 {body}") == Ask(Verb.VIDEO, rest, {"duration": "5"})


@pytest.mark.parametrize(
    "body,rest,links",
    [
        ("https://a.example/x.png make it move", "make it move", ["https://a.example/x.png"]),
        ("move it: https://a.example/x.png.", "move it:", ["https://a.example/x.png"]),
        ("(see https://a.example/x_(1).png) now", "(see ) now", ["https://a.example/x_(1).png"]),
        (
            "<https://a.example/x.png> (https://b.example/y) go",
            "go",
            ["https://a.example/x.png", "https://b.example/y"],
        ),
        ("看https://a.example/x.png，动起来", "看，动起来", ["https://a.example/x.png"]),
        ("HTTPS：//a.example/x?a=b&c=1 go", "go", ["https://a.example/x?a=b&c=1"]),
        ("http://a.example/x.png go", "go", ["http://a.example/x.png"]),
    ],
)
def test_addresses_are_pictures_and_leave_the_prompt(body: str, rest: str, links: list[str]) -> None:
    """Without the punctuation of the sentence around them, and without Chinese text that follows at once."""
    ask = asked(f"/animate {body}")
    assert (ask.rest, list(ask.links)) == (rest, links)


def test_what_is_read_aloud_is_taken_word_for_word() -> None:
    """Addresses and figures are part of the text; only flags and names with a value are options."""
    assert asked("/speak best wishes! See https://a.example at 16:9") == Ask(
        Verb.SPEAK, "best wishes! See https://a.example at 16:9"
    )
    assert asked("/speak 5s to go --model tts") == Ask(Verb.SPEAK, "5s to go", model="tts")


# --- anything at all ---------------------------------------------------------------------------------------------

_PIECES = (
    *"-—–=＝:：\"“”'（）()<>。，、 \n　\u017f\u0131İx",
    "--",
    "5s",
    "x2",
    "秒",
    "16:9",
    "https://",
    "best",
    "model=",
    "n=",
    "use=",
)
_COMMANDS = st.sampled_from(["", "always use ", *(f"/{name}" for names in NAMES.values() for name in names)])


@unhurried
@given(_COMMANDS, st.lists(st.sampled_from(_PIECES) | st.text(max_size=5)).map("".join))
def test_no_text_is_too_strange(command: str, body: str) -> None:
    """Whatever arrives is a command or it is not, and nothing is made up: the prompt is made of what was typed."""
    ask = parse(command + body)
    if isinstance(ask, Ask) and ask.verb in MAKING:
        assert ask.rest == ask.rest.strip()
        assert set(ask.rest) <= set(body) | {" "}


@unhurried
@given(
    st.text(
        alphabet=st.characters(exclude_characters="=:：＝-—–\"'", exclude_categories=["Cc", "Cf", "Zs", "Zl", "Zp"])
    )
)
def test_a_prompt_without_option_signs_survives_behind_options(text: str) -> None:
    """Options in front never eat into the words behind them."""
    words = f"puppy {text}".strip()
    assert "http" in words or prompt(f"model=wan 5s {words}") == words


@pytest.mark.parametrize("start", ["/video ", "always use x", "/video --a", "/video https://x", ""])
@pytest.mark.parametrize(
    "piece",
    [
        "--a ",
        "--a “",
        '--a="',
        "—",
        '"',
        "x2 ",
        "5s,",
        "a",
        "a-",
        "a_",
        " ",
        "\n",
        "　",
        "https://x)",
        "best ",
        "model ",
        "最好 ",
    ],
)
def test_the_longest_message_is_read_as_easily_as_a_short_one(start: str, piece: str) -> None:
    """Repetition that makes careless patterns hang the service ends like everything else."""
    line = start + piece * (20_000 // len(piece)) + " y"
    assert isinstance(parse(line), Ask | Unknown)
