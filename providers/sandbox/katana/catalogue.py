"""Katana's models as data (reference sections 2.4 to 2.6): prices, proportions, limits, rules. The wire is elsewhere.

Where the reference breaks off ("...") the further rules are ours, so that each of the twelve has a model. ``imgnh3``
and the two minis came after the table; that ``imgnh3`` reads films is ours too, and so are all running times.
"""

from decimal import Decimal

from providers.sandbox.katana.model import ImageModel, Privacy, Rule, TextModel, VideoModel

# --- pictures -------------------------------------------------------------------------------------------------------

_HOUSE = ("1:1", "16:9", "21:9", "3:4", "9:16", "5:2", "4:3", "5:4", "4:5", "9:21", "4:7")
_WIDE = ("1:1", "16:9", "9:16", "4:3", "3:4", "4:5", "5:4", "4:7", "7:4", "5:2", "2:5")
_TEN = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
_EIGHT = ("1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9")
_WAN = ("1:1", "3:4", "4:3", "1:8", "8:1", "9:16", "16:9", "21:9")
_KONTEXT = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "4:5", "5:4", "21:9", "9:21", "2:1", "1:2")
_IMAGINE = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:1", "1:3", "3:2", "2:3")
_FIVE = ("16:9", "9:16", "1:1", "4:3", "3:4")

_TAG_MODELS = {
    **dict.fromkeys(("ani", "fur", "noob", "synth", "aura", "pixel", "volt", "gothic", "rend", "retro", "neo"), ""),
    **dict.fromkeys(("pony", "nai", "glitch", "supra", "toon", "wassie", "evo", "hyperx"), ""),
    "hyper-cgi": "hypercgi",
    "furxl-classic": "furxl",
    "supra-classic": "supraclassic",
}


def _own(key: str, price: int, references: int = 0, legacy: str = "", *, tags: bool = False) -> ImageModel:
    title = key.replace("-", " ").title()
    return ImageModel(key, title, Decimal(price), _HOUSE, references, legacy, house=True, tags=tags, runs=(5, 14))


def _hosted(
    key: str,
    title: str,
    price: int,
    aspects: tuple[str, ...],
    references: int = 0,
    legacy: str = "",
    *,
    needs_image: bool = False,
) -> ImageModel:
    return ImageModel(key, title, Decimal(price), aspects, references, legacy, needs_image=needs_image)


IMAGES = (
    _own("gen", 3),
    _own("muse", 3),
    _own("pink-image", 1, 3, "pinkimage"),
    *(_own(key, 2, 0, legacy, tags=True) for key, legacy in _TAG_MODELS.items()),
    _hosted("flux1-d", "FLUX.1 D", 3, _HOUSE, 0, "flux1d"),
    _hosted("flux-2-klein-4b", "FLUX 2 Klein 4B", 4, _WIDE, 4, "fluxklein4b"),
    _hosted("z-image-turbo", "Z Image Turbo", 4, _WIDE, 0, "zimageturbo"),
    _hosted("wan-2-7-image", "Wan 2.7 Image", 6, _WAN, 9, "wan27image"),
    _hosted("seedream-5-0-lite", "Seedream 5.0 Lite", 7, _EIGHT, 10, "seedream5lite"),
    _hosted("z-image-base", "Z Image Base", 7, _WIDE, 0, "zimagebase"),
    _hosted("flux-2-pro", "FLUX 2 Pro", 8, _EIGHT[:-1], 4, "flux2pro"),
    _hosted("qwen-2-0", "Qwen 2.0", 8, _EIGHT, 3, "qwen2image"),
    _hosted("qwen-image", "Qwen Image", 8, _FIVE, 0, "qwenimage"),
    _hosted("wan-2-2-image", "Wan 2.2 Image", 8, (*_FIVE, "21:9"), 0, "wan22image"),
    _hosted("flux-2-klein-9b", "FLUX 2 Klein 9B", 10, _WIDE, 4, "fluxklein9b"),
    _hosted("seedream-4-5", "Seedream 4.5", 12, _WIDE, 10, "seedream45"),
    _hosted("seedream-4", "Seedream 4", 12, _EIGHT, 10, "seedream4"),
    _hosted("nano-banana", "Nano Banana", 12, _EIGHT, 6, "nanobanana", needs_image=True),
    _hosted("qwen-image-edit", "Qwen Image Edit", 12, _FIVE, 1, "qwenedit", needs_image=True),
    _hosted("flux-kontext-pro", "FLUX Kontext Pro", 12, _KONTEXT, 1, "kontextpro", needs_image=True),
    _hosted("gpt-image-2", "GPT Image 2", 14, _TEN, 16, "gpt2image"),
    _hosted("wan-2-7-image-pro", "Wan 2.7 Image Pro", 14, _WAN, 9, "wan27proimage"),
    _hosted("imagine-art-1-5-pro", "Imagine Art 1.5 Pro", 14, _IMAGINE, 0, "imagineart15"),
    _hosted("flux-1-1-ultra", "FLUX 1.1 Ultra", 18, _KONTEXT, 0, "flux1ultra"),
    _hosted("flux-kontext-max", "FLUX Kontext Max", 20, _KONTEXT, 1, "kontextmax", needs_image=True),
    _hosted("gpt-image-2-max", "GPT Image 2 Max", 28, _TEN, 10, "gpt2maximage"),
    _hosted("nano-banana-pro", "Nano Banana Pro", 28, _TEN, 8, "nanobananapro"),
    _hosted("flux-2-flex", "FLUX 2 Flex", 28, _EIGHT[:-1], 8, "flux2flex"),
    _hosted("nano-banana-2", "Nano Banana 2", 32, _TEN, 14, "nanobanana2"),
    _hosted("gpt-image-1-5", "GPT Image 1.5", 32, ("1:1",), 0, "gptimage15"),
)

# --- films ----------------------------------------------------------------------------------------------------------

_THREE, _TWO, _SEVEN = _FIVE[:3], _FIVE[:2], (*_FIVE, "21:9", "9:21")

_SEEDANCE = frozenset({Rule.REFERENCE_NO_FF_OR_LF, Rule.AUDIO_NEEDS_REFERENCE_IMAGE, Rule.AUDIO_15S_MAX})
_WAN_RULES = frozenset(
    {Rule.REFERENCE_IS_VOICE_TIMBRE, Rule.REFERENCE_FF_ONLY, Rule.AUDIO_OR_FFLF_EXCLUSIVE, Rule.LF_NEEDS_FF}
)
_LTX = frozenset({Rule.AUDIO_FF_ONLY, Rule.AUDIO_DRIVES_DURATION, Rule.LF_NEEDS_FF})
_OMNI_V2V = frozenset({Rule.INPUT_VIDEO_DRIVES_LENGTH, Rule.VIDEO_REQUIRED, Rule.VIDEO_OFFSET_ALLOWED})
_NO_FRAMES_BESIDE = frozenset({Rule.REFERENCE_NO_FF_OR_LF})


def _prices(**by_seconds: int) -> dict[int, Decimal]:
    """Make a price list: ``s5=200`` is 200 credits for 5 seconds."""
    return {int(name.removeprefix("s")): Decimal(price) for name, price in by_seconds.items()}


def _seedance(key: str, title: str, legacy: str, **by_seconds: int) -> VideoModel:
    return VideoModel(
        key,
        title,
        _prices(**by_seconds),
        _FIVE,
        last=True,
        references=7,
        audios=3,
        rules=_SEEDANCE,
        legacy=legacy,
    )


def _happy_horse(side: int, **by_seconds: int) -> VideoModel:
    key, title = f"happy-horse-1-0-{side}p", f"Happy Horse 1.0 {side}p"
    legacy = f"happyhorse10{side}p"
    return VideoModel(key, title, _prices(**by_seconds), _FIVE, references=9, rules=_NO_FRAMES_BESIDE, legacy=legacy)


def _wan(side: int, **by_seconds: int) -> VideoModel:
    key, title, legacy = f"wan-2-7-{side}p", f"Wan 2.7 {side}p", f"wan27{side}pvideo"
    return VideoModel(
        key,
        title,
        _prices(**by_seconds),
        _FIVE,
        last=True,
        references=5,
        audios=2,
        rules=_WAN_RULES,
        legacy=legacy,
    )


def _kling(key: str, title: str, legacy: str, **by_seconds: int) -> VideoModel:
    return VideoModel(key, title, _prices(**by_seconds), _THREE, middle=True, last=True, references=6, legacy=legacy)


def _old(key: str, title: str, aspects: tuple[str, ...], *, needs_image: bool = False, **by_seconds: int) -> VideoModel:
    legacy = key.replace("-2-1-kling21", "21").replace("-minimax", "").replace("-", "")
    return VideoModel(key, title, _prices(**by_seconds), aspects, sounds=False, legacy=legacy, needs_image=needs_image)


VIDEOS = (
    _seedance("seedance-2-0", "Seedance 2.0", "seedance2", s5=200, s10=375, s15=550),
    _seedance("seedance-2-0-480p", "Seedance 2.0 480p", "seedance2480p", s5=120, s10=230, s15=340),
    _seedance("seedance-2-0-fast", "Seedance 2.0 Fast", "seedance2fast", s5=120, s10=230, s15=340),
    _seedance("seedance-2-0-mini", "Seedance 2.0 Mini", "", s5=80, s10=150, s15=220),
    _seedance("seedance-2-0-mini-480p", "Seedance 2.0 Mini 480p", "", s5=50, s10=95, s15=140),
    VideoModel(
        "ltx-2-3",
        "LTX 2.3",
        _prices(s5=20, s10=40, s15=60, s20=80),
        _THREE,
        last=True,
        audios=1,
        rules=_LTX,
        legacy="ltx23",
        runs=(40, 120),
    ),
    VideoModel(
        "gemini-omni",
        "Gemini Omni",
        _prices(s4=100, s6=135, s8=170, s10=200),
        _TWO,
        first=False,
        references=5,
        legacy="googlegeminiomnivideo",
    ),
    VideoModel(
        "gemini-omni-v2v",
        "Gemini Omni V2V",
        _prices(s10=500),
        _TWO,
        first=False,
        references=5,
        videos=1,
        rules=_OMNI_V2V,
        legacy="googlegeminiomniv2vvideo",
    ),
    _happy_horse(1080, s5=300, s10=600, s15=900),
    _happy_horse(720, s5=150, s10=300, s15=450),
    _wan(1080, s5=130, s10=260),
    _wan(720, s5=90, s10=180),
    _kling("kling-3-0-kling30pro", "Kling 3.0 Pro", "kling30pro", s5=350, s10=650, s15=925),
    _kling("kling-o3-4k", "Kling O3 4K", "kling304k", s5=450, s10=900, s15=1350),
    _kling("kling-3-0-kling30", "Kling 3.0", "kling30", s5=280, s10=550, s15=800),
    VideoModel("veo3-1", "Veo 3.1", _prices(s4=380, s8=750), _TWO, legacy="veo3"),
    VideoModel("veo3-1-fast", "Veo 3.1 Fast", _prices(s4=160, s8=300), _TWO, legacy="veo3fast"),
    VideoModel("veo3-1-lite", "Veo 3.1 Lite", _prices(s8=140), _TWO, legacy="veo3lite"),
    VideoModel("wan-2-5", "Wan 2.5", _prices(s5=220, s10=400), _SEVEN, legacy="wan25"),
    VideoModel("imgnh3", "imgnAI H3", _prices(s5=40, s10=80), _FIVE, references=4, videos=1, modes=("480p",)),
    _old("seedance-pro", "Seedance Pro", _FIVE, s5=250, s10=450),
    _old("seedance-lite", "Seedance Lite", _FIVE, s5=120, s10=200),
    _old("seedance-lite-loop", "Seedance Lite Loop", _FIVE, needs_image=True, s5=120, s10=200),
    _old("hailuo-2-minimax", "Hailuo 2", _SEVEN, s6=200),
    _old("kling-2-1-kling21", "Kling 2.1", _SEVEN, needs_image=True, s5=160, s10=300),
    _old("kling-2-1-kling21loop", "Kling 2.1 Loop", _SEVEN, needs_image=True, s5=160, s10=300),
    _old("kling-2-0", "Kling 2.0", _THREE, s5=350, s10=650),
    _old("kling-1-6", "Kling 1.6", _THREE, s5=130, s10=250),
)

# --- text -----------------------------------------------------------------------------------------------------------


def _text(
    key: str,
    title: str,
    publisher: str,
    prices: tuple[str, str],
    context: int,
    most: int = 65_536,
    privacy: Privacy = Privacy.ANONYMIZED,
    **traits: bool,
) -> TextModel:
    reads, writes = (Decimal(price) for price in prices)
    return TextModel(key, title, publisher, reads, writes, privacy, context, most, **traits)


TEXTS = (
    _text(
        "q-naifu-a3b",
        "Q Naifu A3B",
        "imgnAI",
        ("38.5", "240.4"),
        262_144,
        262_144,
        Privacy.PRIVATE,
        sees=True,
        house=True,
    ),
    _text("grok-4-3", "Grok 4.3", "xAI", ("264.5", "528.9"), 1_000_000, sees=True, thinks=True),
    _text("grok-4-20-multi-agent", "Grok 4.20 Multi-Agent", "xAI", ("423.1", "1269.3"), 2_000_000, polled=True),
    _text("gpt-5-5", "GPT-5.5", "OpenAI", ("1057.7", "6346.2"), 1_050_000, 128_000, sees=True, thinks=True),
    _text("gpt-5-4-mini", "GPT-5.4 Mini", "OpenAI", ("158.7", "952.0"), 400_000, 128_000, sees=True),
    _text("claude-opus-4-8", "Claude Opus 4.8", "Anthropic", ("1000", "5000"), 1_000_000, 128_000, sees=True),
    _text("claude-opus-4-8-fast", "Claude Opus 4.8 Fast", "Anthropic", ("2000", "10000"), 1_000_000, sees=True),
    _text("claude-sonnet-4-6", "Claude Sonnet 4.6", "Anthropic", ("634.7", "3173.1"), 1_000_000, 128_000, sees=True),
    _text("claude-haiku-4-5", "Claude Haiku 4.5", "Anthropic", ("211.6", "1057.7"), 200_000, 64_000, sees=True),
    _text("gemini-3-5-flash", "Gemini 3.5 Flash", "Google", ("317.4", "1903.9"), 1_048_576, sees=True),
    _text("gemma-4-26b-a4b", "Gemma 4 26B A4B", "Google", ("12.7", "69.9"), 262_144, sees=True),
    _text("deepseek-v4-flash", "DeepSeek V4 Flash", "DeepSeek", ("20.8", "41.6"), 1_048_576, 384_000, thinks=True),
    _text("qwen3-7-max", "Qwen3.7 Max", "Qwen", ("264.5", "793.3"), 1_000_000),
    _text(
        "kimi-k2-6-private",
        "Kimi K2.6",
        "MoonshotAI",
        ("230.6", "973.1"),
        262_144,
        262_144,
        Privacy.E2EE,
        sees=True,
        thinks=True,
    ),
    _text("glm-5-1-private", "GLM 5.1", "Z.ai", ("256.0", "888.5"), 202_752, 202_752, Privacy.E2EE),
    _text("gemma-3-27b-private", "Gemma 3 27B", "Google", ("23.3", "84.7"), 53_920, 53_920, Privacy.E2EE, sees=True),
)
