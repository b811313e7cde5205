"""What the two versions of ima2 offer and where they differ (reference sections 1.2, 1.6). Orders are not read here."""

from dataclasses import dataclass

PROVIDERS = ("auto", "oauth", "api", "grok", "grok-api", "agy", "gemini-api")
GROK_IMAGES = ("grok-imagine-image", "grok-imagine-image-quality")
GEMINI_IMAGES = ("nano-banana-2", "nano-banana-pro")
UNFIT_IMAGES = ("gpt-5.3-codex-spark",)
BASE_VIDEO = "grok-imagine-video"
NEWER_VIDEOS = ("grok-imagine-video-1.5", "grok-imagine-video-1.5-preview")
QUALITIES = ("low", "medium", "high")
MODERATIONS = ("auto", "low")
ASPECTS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "auto")
LONGEST_PROMPT = 32_000
MOST_REFERENCES, MOST_GROK_REFERENCES, MOST_VIDEO_REFERENCES = 5, 3, 7
MOST_IMAGES, MOST_IMAGES_BEFORE = 24, 8
LARGEST_REFERENCE = 7_340_032
"""Characters of base64."""

MOST_JOBS = 24
DEFAULT_IMAGE = "gpt-5.4-mini"


@dataclass(frozen=True, slots=True)
class Version:
    """One release, and what it does otherwise than the other.

    ``modern`` says: errors as JSON where the older one had pages, ids checked, counts refused instead of clamped,
    multimode checked before its stream begins, a guard on other hosts' requests, ``/api/generation-requests``.
    """

    number: str
    modern: bool
    images: tuple[str, ...]
    videos: tuple[str, ...]
    resolutions: tuple[str, ...]
    efforts: tuple[str, ...]


SEED = Version(
    number="2.0.2",
    modern=False,
    images=("gpt-5.5", "gpt-5.4", "gpt-5.4-mini"),
    videos=(BASE_VIDEO, "grok-imagine-video-1.5-preview"),
    resolutions=("480p", "720p"),
    efforts=("none", "low", "medium", "high", "xhigh"),
)
CURRENT = Version(
    number="2.0.20",
    modern=True,
    images=("gpt-5.5", "gpt-5.4", "gpt-5.4-mini", "gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna"),
    videos=(BASE_VIDEO, "grok-imagine-video-1.5"),
    resolutions=("480p", "720p", "1080p"),
    efforts=("none", "low", "medium", "high", "xhigh", "max"),
)
VERSIONS = {version.number: version for version in (SEED, CURRENT)}


def capabilities(version: Version, most_jobs: int) -> dict[str, object]:
    """Return what ``/api/capabilities`` tells, without the parts that are for the browser and the command line."""
    aliases = {"grok-imagine-video-1.5-preview": "grok-imagine-video-1.5"} if version.modern else {}
    videos: dict[str, object] = {
        "supported": list(version.videos),
        "aliases": aliases,
        "resolutions": list(version.resolutions),
        "aspectRatios": list(ASPECTS),
        "durationRange": [1, 15],
        "maxReferences": MOST_VIDEO_REFERENCES,
    }
    images = {
        "supported": list(version.images),
        "unsupported": list(UNFIT_IMAGES),
        "grokSupported": list(GROK_IMAGES),
        "geminiSupported": list(GEMINI_IMAGES),
    }
    return {
        "ok": True,
        "name": "ima2",
        "source": "server",
        "server": None,
        "version": version.number,
        "defaults": {
            "oauth": {"model": DEFAULT_IMAGE, "reasoningEffort": "medium"},
            "api": {"model": DEFAULT_IMAGE, "reasoningEffort": "medium", "size": "1024x1024"},
            "grok": {"model": GROK_IMAGES[0], "plannerModel": "grok-4.3"},
        },
        "valid": {
            "imageModels": images,
            "videoModels": videos,
            "reasoningEfforts": list(version.efforts),
            "quality": list(QUALITIES),
            "moderation": list(MODERATIONS),
            "modes": ["auto", "direct"],
            "providers": list(PROVIDERS),
        },
        "defaultsMeta": {"quality": "medium"},
        "limits": {
            "maxRefCount": MOST_REFERENCES,
            "maxGeneratedImages": MOST_IMAGES if version.modern else MOST_IMAGES_BEFORE,
            "maxParallel": {"value": most_jobs, "enforced": True},
        },
    }
