"""What IMA Studio's servers answer, as they write it: every shape that is read from the wire. Meaning is not here.

Unknown fields, ``null``, and numbers written as text are all met in recorded answers (reference section 1.3), so
every model is lenient; what money depends on (:class:`CreditRule`) is strict.
"""

from typing import Annotated, Generic, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, OnErrorOmit, ValidationError

SUCCESS_CODES = frozenset({"0", "200"})

Scalar = str | int | bool


def _text(value: object) -> object:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _whole(value: object) -> object:
    """Return a whole number, or ``None``: a size or a status in doubt is no reason to lose a result."""
    try:
        return int(value) if isinstance(value, str | int | float) else None
    except (ValueError, OverflowError):
        return None


def _scalar(value: object) -> object:
    return value if isinstance(value, Scalar) else str(value) if isinstance(value, float) else None


def _code(value: object) -> object:
    return None if value is None or value == "" else str(value)


def _things(value: object) -> object:
    return value if isinstance(value, list) else []


def _fields(value: object) -> object:
    return value if isinstance(value, dict) else None


# The first branch is the usual case and costs no Python call: a poll parses some twenty of these.
Text = Annotated[str | Annotated[str, BeforeValidator(_text)], Field(union_mode="left_to_right")]
Whole = Annotated[int | None | Annotated[int | None, BeforeValidator(_whole)], Field(union_mode="left_to_right")]
AnyScalar = Annotated[Scalar | None, BeforeValidator(_scalar)]
T = TypeVar("T")
Things = Annotated[list[OnErrorOmit[T]], BeforeValidator(_things)]


class Wire(BaseModel):
    """Base of everything read from the wire."""

    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())


class Head(Wire):
    """The part of every answer that says whether it worked. ``code`` is ``None`` where the answer has none."""

    code: Annotated[str | None, BeforeValidator(_code)] = None
    message: Text = Field(default="", validation_alias=AliasChoices("message", "msg", "error_msg", "detail"))

    @classmethod
    def read(cls, body: bytes) -> "Head | None":
        """Return the head of a JSON object, ``None`` for anything else."""
        try:
            return cls.model_validate_json(body)
        except ValidationError:
            return None


class Envelope(Head, Generic[T]):
    """An answer with its content."""

    data: T


class Tag(Wire):
    """A label on a model: ``EET`` is the expected running time."""

    tag_type: Text = ""
    tag_value: Text = ""


class Option(Wire):
    """One value of a form field; ``disabled`` bans values of other fields while it is chosen."""

    label: Text = ""
    value: AnyScalar = None
    disabled: Annotated[dict[str, Things[AnyScalar]] | None, BeforeValidator(_fields)] = None


class Limits(Wire):
    """Bounds of a field. For numbers they are unreliable; for text they count characters."""

    maximum: Whole = None


class DisabledCondition(Wire):
    """What is switched off in a category; ``*`` means the whole field."""

    enum_value: AnyScalar = None
    category: Text = ""


class MappingRule(Wire):
    """Which values people choose lead to which value on the wire."""

    source_values: dict[str, AnyScalar] = Field(default_factory=dict)
    target_value: AnyScalar = None


class ValueMapping(Wire):
    """How a virtual field is computed."""

    mapping_rules: Things[MappingRule] = Field(default_factory=list)


class UiParam(Wire):
    """A field that people see in place of a virtual one."""

    type: Text = ""
    field: str
    label: Text = ""
    value: AnyScalar = None
    options: Things[Option] = Field(default_factory=list)
    config: Annotated[Limits | None, BeforeValidator(_fields)] = None


class FormField(UiParam):
    """A field of the form. A virtual one is not shown: its ``ui_params`` are, and its value follows from them."""

    disabled_conditions: Things[DisabledCondition] = Field(default_factory=list)
    is_ui_virtual: bool = False
    ui_params: Things[UiParam] = Field(default_factory=list)
    value_mapping: Annotated[ValueMapping | None, BeforeValidator(_fields)] = None


class CreditRule(Wire):
    """The price of one billable combination. Strict: a leaf with an unreadable price is not sold."""

    points: int = Field(ge=0)
    attribute_id: int = Field(gt=0)
    attributes: dict[str, str | int | bool | float | None]


class Files(Wire):
    """How many pictures a model takes."""

    min_limit: Whole = Field(default=None, validation_alias="minLimit")
    max_limit: Whole = Field(default=None, validation_alias="maxLimit")


class Node(Wire):
    """A node of the product tree. Type ``3`` is a model that can be ordered, at whatever depth."""

    id: Text = ""
    type: Text = ""
    name: Text = ""
    model_id: Text = ""
    tags: Things[Tag] = Field(default_factory=list)
    form_config: Things[FormField] = Field(default_factory=list)
    credit_rules: Annotated[list[CreditRule], BeforeValidator(_things)] = Field(default_factory=list)
    files: Annotated[Files | None, BeforeValidator(_fields)] = None
    children: Things["Node"] = Field(default_factory=list)


class Created(Wire):
    """An accepted order. ``id`` is what later questions name; ``biz_id`` is not."""

    id: Annotated[str, BeforeValidator(_text), Field(min_length=1)]


class Media(Wire):
    """One result, in whatever state it is."""

    resource_status: Whole = None
    status: Text = ""
    url: Text = ""
    watermark_url: Text = ""
    preview_url: Text = ""
    cover: Text = ""
    cover_url: Text = ""
    format: Text = ""
    width: Whole = None
    height: Whole = None
    duration_str: Text = ""
    error_msg: Text = ""
    remark: Text = ""


class Detail(Wire):
    """How an order is doing."""

    task_type: Text = ""
    status: Text = ""
    medias: Things[Media] = Field(default_factory=list)


class UploadToken(Wire):
    """Where to put a picture (``ful``) and where it can be read afterwards (``fdl``)."""

    ful: str = Field(min_length=1)
    fdl: str = Field(min_length=1)


class VerifyError(Wire):
    """Why a picture was not approved."""

    message: Text = ""


class VerifyResult(Wire):
    """Whether a picture was approved."""

    status: Text = ""
    error: Annotated[VerifyError | None, BeforeValidator(_fields)] = None


class Verified(Wire):
    """The answer to an approval request."""

    result: VerifyResult


class ProductsAnswer(Envelope[Things[Node]]):
    """The product list of one category."""


class CreatedAnswer(Envelope[Created]):
    """An accepted order in its envelope."""


class DetailAnswer(Envelope[Detail]):
    """The state of an order in its envelope."""


class UploadTokenAnswer(Envelope[UploadToken]):
    """An upload address in its envelope."""


class VerifiedAnswer(Envelope[Verified]):
    """An approval in its envelope."""


M = TypeVar("M", bound=Wire)


def read_data(body: bytes, wrapped: type[Envelope[M]], bare: type[M]) -> M:
    """Return the content of an answer; some are documented without an envelope. Raises ``ValidationError``."""
    try:
        return wrapped.model_validate_json(body).data
    except ValidationError:
        return bare.model_validate_json(body)
