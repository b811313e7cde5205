"""How values become words: a language is found, and prices, times and lists are said as its people say them."""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from bot.core import listings, wording
from bot.errors import RefusalCode
from bot.i18n import SHIPPED, Translator, Translators, negotiate
from bot.text import Amount, Lapse, Listing, Moment, Phrase, Span, Value

NARROW_SPACE = "\u202f"


def say(locale: str, value: Value, zone: tzinfo = UTC) -> str:
    """Return a value in words, with ordinary spaces."""
    return Translator(locale, zone).say(value).replace(NARROW_SPACE, " ")


# --- which language ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["en", "EN", "en-GB", "en_US", "en-AU-x-home", "English", "english", "英文"])
def test_english_is_found_by_any_of_its_names(code: str) -> None:
    """A chat's code, a browser's code or a typed word: each means English."""
    assert negotiate(code) == "en"


@pytest.mark.parametrize(
    "code",
    ["zh", "zh-CN", "zh_cn", "zh_Hans", "zh-Hans-SG", "ZH", " zh ", "cmn", "中文", "简体中文", "汉语", "Chinese"],
)
def test_chinese_is_found_by_any_of_its_names(code: str) -> None:
    """Chats write zh-CN or zh_cn, a person types 中文: each means Simplified Chinese."""
    assert negotiate(code) == "zh_Hans"


@pytest.mark.parametrize("code", ["zh-TW", "zh_HK", "zh-Hant", "zh-Hant-MO"])
def test_traditional_chinese_reads_simplified_rather_than_english(code: str) -> None:
    """Somebody from Taipei reads Simplified Chinese sooner than English."""
    assert negotiate(code) == "zh_Hans"


@pytest.mark.parametrize(
    "code", ["fr", "de-AT", "sr_Latn", "xx-yy", "", " ", "*", "-", "_", "a_b_c_d", "🎉", "e" * 500]
)
def test_a_language_we_do_not_speak_is_none_of_ours(code: str) -> None:
    """However strange a code is, it is answered with "none" and never with a crash."""
    assert negotiate(code) == ""


def test_whoever_speaks_another_language_reads_the_default() -> None:
    """A French guest of a Chinese team reads Chinese; without a usable default it is English."""
    assert Translators(UTC, "zh-CN").get("fr").locale == "zh_Hans"
    assert Translators(UTC, "zh-CN").get("en-GB").locale == "en"
    assert Translators(UTC, "klingon").get("fr").locale == "en"


def test_a_language_is_offered_by_its_own_name_and_can_be_chosen_by_it() -> None:
    """In a list of languages everybody finds their own, and typing it as it is listed works."""
    choices = Translators(UTC).choices()
    assert list(choices) == [("en", "English"), ("zh_Hans", "简体中文")]
    assert [negotiate(name) for _, name in choices] == list(SHIPPED)


# --- sentences and plurals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "count,english,chinese",
    [
        (0, "Wan takes at most 0 pictures. Please send fewer.", "Wan 最多用 0 张图片，请少发几张。"),
        (1, "Wan takes at most 1 picture. Please send fewer.", "Wan 最多用 1 张图片，请少发几张。"),
        (2, "Wan takes at most 2 pictures. Please send fewer.", "Wan 最多用 2 张图片，请少发几张。"),
    ],
)
def test_a_sentence_takes_the_form_of_its_number(count: int, english: str, chinese: str) -> None:
    """English tells one from many, Chinese does not."""
    text = wording.REFUSALS[RefusalCode.TOO_MANY_PICTURES](model="Wan", count=count)
    assert (say("en", text), say("zh_Hans", text)) == (english, chinese)


@pytest.mark.parametrize("locale", SHIPPED)
def test_what_people_wrote_is_said_as_they_wrote_it(locale: str) -> None:
    """Braces and percent signs in somebody's words are no placeholders."""
    theirs = "{allowed} %s {0} {count!r} 100%"
    text = wording.REFUSALS[RefusalCode.UNKNOWN_MODEL](name=theirs, allowed="Wan 2.6")
    assert theirs in say(locale, text)


def test_a_sentence_inside_a_sentence_is_in_the_same_language() -> None:
    """A task that is named in a title is named in the title's language."""
    text = listings.MODELS_TITLE(task=listings.TASK_NAMES["text_to_music"]())
    assert (say("en", text), say("zh_Hans", text)) == ("Models: music", "模型：音乐")


def test_a_sentence_that_nobody_translated_is_said_in_english() -> None:
    """It is better read in English than not at all."""
    assert say("zh_Hans", Phrase("Nobody translated {what}.")(what="this")) == "Nobody translated this."


# --- numbers and prices ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "amount,english,chinese",
    [
        ("0", "0 points", "0 积分"),
        ("1", "1 point", "1 积分"),
        ("1.00", "1 point", "1 积分"),
        ("0.5", "0.5 points", "0.5 积分"),
        ("25", "25 points", "25 积分"),
        ("1234.5", "1,234.5 points", "1,234.5 积分"),
    ],
)
def test_a_price_is_said_with_its_unit(amount: str, english: str, chinese: str) -> None:
    """One point, two points; thousands are grouped; needless zeros are not shown."""
    price = Amount(Decimal(amount), "points")
    assert (say("en", price), say("zh_Hans", price)) == (english, chinese)


@pytest.mark.parametrize("locale", SHIPPED)
def test_a_price_is_never_rounded(locale: str) -> None:
    """What is told is what is charged, to the last digit."""
    assert say(locale, Amount(Decimal("0.12345"), "points")).startswith("0.12345 ")


def test_a_unit_we_have_no_word_for_is_said_as_the_catalogue_calls_it() -> None:
    """A new kind of credit does not hide the price."""
    assert say("zh_Hans", Amount(Decimal(3), "gems")) == "3 gems"


@pytest.mark.parametrize("locale", SHIPPED)
def test_a_number_is_grouped(locale: str) -> None:
    """A limit of 20000 characters is easier to read as 20,000."""
    assert say(locale, 20_000) == "20,000"


# --- times -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "low,high,english,chinese",
    [
        (20, 119, "20–119 s", "20–119 秒"),
        (60, 120, "60–120 s (about 1–2 min)", "60–120 秒（约 1–2 分钟）"),
        (30, 200, "30–200 s (about 1–4 min)", "30–200 秒（约 1–4 分钟）"),
        (1200, 3600, "1,200–3,600 s (about 20–60 min)", "1,200–3,600 秒（约 20–60 分钟）"),
    ],
)
def test_an_expected_time_is_a_range(low: int, high: int, english: str, chinese: str) -> None:
    """From two minutes on it is said in minutes too, and the longest is never promised too short."""
    assert (say("en", Span(low, high)), say("zh_Hans", Span(low, high))) == (english, chinese)


@pytest.mark.parametrize(
    "seconds,english,chinese",
    [
        (0, "0 sec", "0秒"),
        (59, "59 sec", "59秒"),
        (60, "1 min", "1分钟"),
        (95, "1 min, 35 sec", "1分钟35秒"),
        (3600, "1 hr", "1小时"),
        (3725, "1 hr, 2 min", "1小时2分钟"),
        (129_600, "36 hr", "36小时"),
        (180_000, "2 days, 2 hr", "2天2小时"),
        (604_800, "7 days", "7天"),
    ],
)
def test_a_measured_time_is_said_in_its_two_largest_units(seconds: int, english: str, chinese: str) -> None:
    """Nobody who waited an hour wants to hear the seconds."""
    assert (say("en", Lapse(seconds)), say("zh_Hans", Lapse(seconds))) == (english, chinese)


@pytest.mark.parametrize(
    "zone,english,chinese",
    [
        ("UTC", "Mar 1, 2026, 11:30:00 PM UTC", "2026年3月1日 23:30:00 UTC"),
        ("Asia/Shanghai", "Mar 2, 2026, 7:30:00 AM UTC+8", "2026年3月2日 07:30:00 UTC+8"),
        ("America/New_York", "Mar 1, 2026, 6:30:00 PM UTC-5", "2026年3月1日 18:30:00 UTC-5"),
        ("Asia/Kolkata", "Mar 2, 2026, 5:00:00 AM UTC+5:30", "2026年3月2日 05:00:00 UTC+5:30"),
    ],
)
def test_a_moment_is_told_on_the_clock_of_the_place(zone: str, english: str, chinese: str) -> None:
    """A link that works until midnight in London works until the morning in Shanghai, and is told so."""
    moment = Moment(datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    assert say("en", moment, ZoneInfo(zone)) == english
    assert say("zh_Hans", moment, ZoneInfo(zone)) == chinese


# --- lists -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "listing,english,chinese",
    [
        (Listing(("5",)), "5", "5"),
        (Listing(("5", "10")), "5 and 10", "5和10"),
        (Listing(("5", "10", "15"), either=True), "5, 10, or 15", "5、10或15"),
        (Listing(()), "", ""),
    ],
)
def test_a_list_is_joined_as_the_language_joins_it(listing: Listing, english: str, chinese: str) -> None:
    """With "and" for what is meant together and "or" for what can be chosen."""
    assert (say("en", listing), say("zh_Hans", listing)) == (english, chinese)


def test_values_side_by_side_are_kept_apart() -> None:
    """A list of settings without "and" still shows where one ends and the next begins."""
    settings = Listing((Lapse(5), "1080P", "16:9"), bare=True)
    assert (say("en", settings), say("zh_Hans", settings)) == ("5 sec · 1080P · 16:9", "5秒 · 1080P · 16:9")


def test_what_is_listed_is_translated() -> None:
    """The items of a list are in the language of the list."""
    listing = Listing((wording.SETTING_NAMES["duration"](), wording.SETTING_NAMES["resolution"]()))
    assert (say("en", listing), say("zh_Hans", listing)) == ("duration and resolution", "时长和分辨率")
