"""What the IMA catalogue is made of: leaves with form fields and price rules. The models themselves are not here.

The names follow IMA Studio's own: a *leaf* is one version of a model in one category, a *rule* one billable
combination. Wire JSON is made in :mod:`providers.sandbox.ima.tree`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Value = str | int | bool


class Category(StrEnum):
    """The task types of the real API."""

    TEXT_TO_IMAGE = "text_to_image"
    IMAGE_TO_IMAGE = "image_to_image"
    TEXT_TO_VIDEO = "text_to_video"
    IMAGE_TO_VIDEO = "image_to_video"
    FIRST_LAST_FRAME_TO_VIDEO = "first_last_frame_to_video"
    REFERENCE_IMAGE_TO_VIDEO = "reference_image_to_video"
    TEXT_TO_MUSIC = "text_to_music"
    TEXT_TO_SPEECH = "text_to_speech"


@dataclass(frozen=True, slots=True)
class Option:
    """One allowed value; ``disabled`` bans values of other fields while it is chosen."""

    value: Value
    disabled: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Virtual:
    """What the form shows instead of the wire field: UI field, its default, and UI value to wire value."""

    field: str
    value: Value
    mapping: Mapping[Value, Value]


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of ``form_config``.

    ``published`` is the minimum and maximum the catalogue claims, which are often wrong; ``longest`` is the real
    limit of a text. ``conditions`` are options the server already took away for this category; ``shut`` means the
    whole field is switched off (``enum_value: "*"``).
    """

    name: str
    value: Value | None
    options: tuple[Option, ...] = ()
    kind: str = "tags"
    level: int = 1
    published: tuple[int, int] | None = None
    longest: int | None = None
    virtual: Virtual | None = None
    conditions: tuple[tuple[str, Value], ...] = ()
    shut: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One billable combination. No attributes = the flat rule, published as ``{"default": "enabled"}``."""

    attribute_id: int
    points: int
    attributes: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One version of one model in one category.

    ``group`` is the path of group nodes above it; ``eet`` the published range of running seconds, missing on some;
    ``fields`` is ``None`` where the real leaf has no ``form_config``; ``inputs`` the least and most input pictures;
    ``per_unit`` how many results one paid unit yields.
    """

    id: str
    name: str
    group: tuple[str, ...]
    rules: tuple[Rule, ...]
    fields: tuple[Field, ...] | None
    model_id: str = ""
    eet: tuple[int, int] | None = None
    inputs: tuple[int, int] = (0, 0)
    per_unit: int = 1
    subscription: bool = False
    verified_inputs: bool = False
    popularity: str = ""
    longest_prompt: int = 4000

    @property
    def family(self) -> str:
        """Return the ``model_id``, which several leaves may share."""
        return self.model_id or self.id

    def field(self, name: str) -> Field | None:
        """Return the form field with that wire name."""
        return next((found for found in self.fields or () if found.name == name), None)


def pick(name: str, *values: Value, default: Value | None = None) -> Field:
    """Make a field of plain options; the first value is the default unless another is named."""
    chosen = values[0] if default is None else default
    return Field(name, chosen, tuple(Option(value) for value in values))


def toggle(name: str, *, value: bool | None) -> Field:
    """Make an on/off field."""
    return Field(name, value, kind="toggle", level=2)


def text(name: str, longest: int, value: Value | None = None) -> Field:
    """Make a free text field of at most ``longest`` characters."""
    return Field(name, value, kind="textarea", level=2, published=(0, longest), longest=longest)


def priced(
    first_id: int,
    lengths: tuple[Value, ...],
    names: str | tuple[str, ...],
    points: Mapping[Value | tuple[Value, ...], tuple[int, ...]],
) -> tuple[Rule, ...]:
    """Make the rules of a table: one line of ``points`` per setting, one figure per length.

    Attribute ids count up from ``first_id``, through the settings of the first length, then of the next, as the
    recorded ones do.
    """
    keys = (names,) if isinstance(names, str) else names
    rows = (
        ({"duration": length, **dict(zip(keys, _tuple(setting), strict=True))}, figures[number])
        for number, length in enumerate(lengths)
        for setting, figures in points.items()
    )
    return tuple(Rule(first_id + number, cost, attributes) for number, (attributes, cost) in enumerate(rows))


def by_size(first_id: int, points: Mapping[Value, int]) -> tuple[Rule, ...]:
    """Make the rules of a model that is priced by ``size`` alone."""
    return tuple(Rule(first_id + number, cost, {"size": size}) for number, (size, cost) in enumerate(points.items()))


def flat(attribute_id: int, points: int) -> tuple[Rule, ...]:
    """Make the one rule of a model whose price never changes."""
    return (Rule(attribute_id, points, {}),)


def _tuple(setting: Value | tuple[Value, ...]) -> tuple[Value, ...]:
    return setting if isinstance(setting, tuple) else (setting,)
