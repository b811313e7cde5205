"""Reading a create request as the real server does, refusing what it refuses. Nothing is charged or stored here.

The order of the checks is ours (the real one is not known): shape, model, attribute id, price rule, credit, cast,
values, input pictures. The account is looked at afterwards, in :mod:`providers.sandbox.ima.studio`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from providers.sandbox.ima import tree
from providers.sandbox.ima.leaf import Category, Field, Leaf, Rule
from providers.sandbox.ima.shop import Shop

Body = Mapping[str, object]

LARGEST_COUNT = 4


class RefusedError(Exception):
    """The request is refused with a body code and IMA Studio's words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(code, words)
        self.code = code
        self.words = words


@dataclass(frozen=True, slots=True)
class Order:
    """A create request that holds together: which leaf at which price, how many units, and from which pictures."""

    category: Category
    leaf: Leaf
    rule: Rule
    prompt: str
    params: Body
    count: int
    inputs: tuple[str, ...]

    @property
    def points(self) -> int:
        """Return what the whole order costs."""
        return self.rule.points * self.count


def read(body: Body, shop: Shop) -> Order:
    """Read a create request. Raises :class:`RefusedError`."""
    category = category_of(body.get("task_type"))
    item = _only_item(body)
    if item.get("category") != category.value:
        raise RefusedError(400, "category does not match task_type")
    if item.get("app") not in {"ima", "webAgent"} or item.get("platform") != "web":
        raise RefusedError(400, "invalid app or platform")
    leaf = _leaf(shop, category, item)
    params = item.get("parameters")
    if not isinstance(params, dict):
        raise RefusedError(400, "parameters is required")
    rule = _rule(leaf, item, params)
    _check_cast(rule, params.get("cast"))
    _check_values(leaf, params)
    prompt = params.get("prompt", "")
    if not isinstance(prompt, str) or len(prompt) > leaf.longest_prompt:
        raise RefusedError(400, "invalid prompt")
    return Order(category, leaf, rule, prompt, params, _count(params.get("n")), _inputs(leaf, body, params))


def category_of(name: object) -> Category:
    """Return the task type of that name. Raises :class:`RefusedError`."""
    try:
        return Category(str(name))
    except ValueError:
        raise RefusedError(400, "invalid category") from None


def _only_item(body: Body) -> Body:
    items = body.get("parameters")
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], dict):
        raise RefusedError(400, "parameters must hold exactly one model")
    if body.get("enable_multi_model"):
        raise RefusedError(400, "multi model is not available")
    return items[0]


def _leaf(shop: Shop, category: Category, item: Body) -> Leaf:
    leaf = shop.leaf(category, str(item.get("model_version")))
    if leaf is None or (item.get("model_id"), item.get("model_name")) != (leaf.family, leaf.name):
        raise RefusedError(400, "model not found")
    return leaf


def _rule(leaf: Leaf, item: Body, params: Body) -> Rule:
    """Find the rule the settings stand for, and hold the client's claim against it."""
    claimed = item.get("attribute_id")
    if not isinstance(claimed, int) or isinstance(claimed, bool) or not tree.sells(claimed):
        raise RefusedError(400, "Invalid product attribute")
    rule = next((rule for rule in leaf.rules if rule.attributes and _matches(leaf, rule, params)), None)
    rule = rule or next((rule for rule in leaf.rules if not rule.attributes), None)
    if rule is None:
        raise RefusedError(6009, "No matching credit rule: missing or invalid attribute")
    if rule.attribute_id != claimed:
        raise RefusedError(6010, "Attribute ID does not match the calculated rule")
    if item.get("credit") != rule.points or isinstance(item.get("credit"), bool):
        raise RefusedError(6006, "Credit does not match the product attribute")
    return rule


def _matches(leaf: Leaf, rule: Rule, params: Body) -> bool:
    return all(_same(_sent(leaf, params, name), value) for name, value in rule.attributes.items())


def _sent(leaf: Leaf, params: Body, name: str) -> object:
    """Return what counts for a priced field: what was sent, or the form's value where the field is switched off."""
    field = leaf.field(name)
    if field is not None and field.shut and name not in params:
        return field.value
    return params.get(name)


def _same(one: object, other: object) -> bool:
    return _plain(one) == _plain(other)


def _plain(value: object) -> str:
    return str(value).strip().upper()


def _check_cast(rule: Rule, cast: object) -> None:
    if not isinstance(cast, dict):
        raise RefusedError(400, "billing validation failed: cast is required")
    if cast.get("attribute_id") != rule.attribute_id:
        raise RefusedError(6010, "Attribute ID does not match the calculated rule")
    if cast.get("points") != rule.points:
        raise RefusedError(6006, "Credit does not match the product attribute")


def _check_values(leaf: Leaf, params: Body) -> None:
    if "default" in params:
        raise RefusedError(400, "invalid parameter: default")
    for field in leaf.fields or ():
        sent = params.get(field.name)
        if sent is None or field.name == "n":
            continue
        if not _allowed(field, sent):
            raise RefusedError(400, f"invalid value for {field.name}")
        _check_bans(field, sent, params)


def _allowed(field: Field, sent: object) -> bool:
    if field.kind == "toggle":
        return isinstance(sent, bool)
    if field.longest is not None:
        return isinstance(sent, str) and len(sent) <= field.longest
    if field.shut:
        return _same(sent, field.value)
    if field.name == "model":
        # A wrong Pixverse version is taken and charged; the run fails later (reference section 1.7).
        return isinstance(sent, str)
    # Offered in the form of image-to-image and refused all the same.
    refused = field.name == "size" and sent == "adaptive"
    return not refused and (not field.options or any(_same(sent, option.value) for option in field.options))


def _check_bans(field: Field, sent: object, params: Body) -> None:
    for option in field.options:
        if not _same(option.value, sent):
            continue
        for other, banned in option.disabled.items():
            if any(_same(params.get(other), value) for value in banned):
                raise RefusedError(400, f"{field.name} and {other} cannot be combined like this")


def _count(sent: object) -> int:
    if not isinstance(sent, int) or isinstance(sent, bool) or not 1 <= sent <= LARGEST_COUNT:
        raise RefusedError(400, "n must be a number from 1 to 4")
    return sent


def _inputs(leaf: Leaf, body: Body, params: Body) -> tuple[str, ...]:
    outer, inner = _addresses(body.get("src_img_url")), _addresses(params.get("input_images"))
    least, most = leaf.inputs
    if most == 0:
        return ()
    if outer != inner:
        raise RefusedError(400, "src_img_url and input_images differ")
    if not least <= len(outer) <= most:
        raise RefusedError(400, f"this model takes {least} to {most} images")
    if leaf.verified_inputs:
        _check_measured(outer, body.get("src_image"))
    return outer


def _addresses(sent: object) -> tuple[str, ...]:
    if not isinstance(sent, list) or not all(isinstance(address, str) for address in sent):
        raise RefusedError(400, "src_img_url and input_images must be lists of addresses")
    return tuple(sent)


def _check_measured(addresses: Sequence[str], sent: object) -> None:
    """Seedance wants every picture a second time, with its size."""
    measured = [item for item in sent if isinstance(item, dict)] if isinstance(sent, list) else []
    if [item.get("url") for item in measured] != list(addresses):
        raise RefusedError(400, "src_image must list every image")
    if not all(isinstance(item.get(side), int) for item in measured for side in ("width", "height")):
        raise RefusedError(400, "src_image needs width and height")
