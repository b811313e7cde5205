"""The product list as the wire has it: the catalogue expanded to IMA Studio's JSON. No prices are set here."""

from collections.abc import Sequence

from providers.sandbox.ima.leaf import Category, Field, Leaf, Option, Rule, Virtual
from providers.sandbox.ima.offers import CATALOGUE

Json = dict[str, object]

# The real API says the category in Chinese whatever language was asked for.
_CATEGORY_NAMES = {
    Category.TEXT_TO_IMAGE: "文生图",
    Category.IMAGE_TO_IMAGE: "图生图",
    Category.TEXT_TO_VIDEO: "文生视频",
    Category.IMAGE_TO_VIDEO: "图生视频",
    Category.FIRST_LAST_FRAME_TO_VIDEO: "首尾帧生视频",
    Category.REFERENCE_IMAGE_TO_VIDEO: "参考图生视频",
    Category.TEXT_TO_MUSIC: "文生音乐",
    Category.TEXT_TO_SPEECH: "文生语音",
}

_LABELS = {
    "additions": ("Additions", "附加项"),
    "aspect_ratio": ("Aspect Ratio", "画面比例"),
    "audio_params": ("Voice Settings", "音频参数"),
    "auto_lyrics": ("Auto Lyrics", "自动作词"),
    "compression_quality": ("Compression Quality", "压缩质量"),
    "custom_mode": ("Custom Mode", "自定义模式"),
    "duration": ("Duration", "时长"),
    "generate_audio": ("Audio", "生成音频"),
    "gpt_description_prompt": ("Description", "描述"),
    "make_instrumental": ("Instrumental", "纯音乐"),
    "mode": ("Mode", "模式"),
    "model": ("Model", "模型"),
    "model_version": ("Version", "版本"),
    "movement_amplitude": ("Movement", "运动幅度"),
    "n": ("Quantity", "数量"),
    "negative_prompt": ("Negative Prompt", "反向提示词"),
    "negative_tags": ("Excluded Styles", "排除风格"),
    "prompt_extend": ("Prompt Extension", "提示词扩写"),
    "quality": ("Quality", "画质"),
    "resolution": ("Resolution", "分辨率"),
    "shot_type": ("Shot Type", "镜头类型"),
    "size": ("Size", "尺寸"),
    "sound": ("Sound", "声音"),
    "speaker": ("Voice", "音色"),
    "ssml": ("SSML", "SSML"),
    "tags": ("Styles", "风格"),
    "template": ("Template", "模板"),
    "title": ("Title", "标题"),
    "vocal_gender": ("Vocals", "人声性别"),
}


def sells(attribute_id: int) -> bool:
    """Tell whether any category has a price rule with that id."""
    return attribute_id in _ALL_IDS


_ALL_IDS = frozenset(rule.attribute_id for leaves in CATALOGUE.values() for found in leaves for rule in found.rules)


def tree(category: Category, leaves: Sequence[Leaf], *, chinese: bool) -> Sequence[Json]:
    """Return the product list of one category: group nodes with leaves as children or grandchildren."""
    roots: list[Json] = []
    for found in leaves:
        siblings = roots
        for depth, name in enumerate(found.group):
            siblings = _children(siblings, name, found.group[depth - 1] if depth else "")
        siblings.append(_leaf(category, found, chinese=chinese))
    return roots


def _children(siblings: list[Json], name: str, parent: str) -> list[Json]:
    for node in siblings:
        if node["id"] == name and isinstance(children := node["children"], list):
            return children
    made: list[Json] = []
    node = {"id": name, "parent_id": parent, "type": "2", "name": name, "icon": "", "sort": len(siblings)}
    siblings.append({**node, "children": made})
    return made


def _leaf(category: Category, found: Leaf, *, chinese: bool) -> Json:
    made: Json = {
        "id": found.id,
        "parent_id": found.group[-1],
        "type": "3",
        "name": found.name,
        "icon": "",
        "model_id": found.family,
        "tags": _tags(found, chinese=chinese),
        "model_types": [other.value for other, leaves in CATALOGUE.items() if _family_in(found, leaves)],
        "category_code": category.value,
        "category_name": _CATEGORY_NAMES[category],
        "description": f"{found.name} 模型" if chinese else f"The {found.name} model",
        "is_new": found.popularity == "New",
        "credit_rules": [_rule(rule) for rule in found.rules],
    }
    if found.fields is not None:
        made["form_config"] = [_field(field, category, chinese=chinese) for field in found.fields]
    if found.inputs[1]:
        made["files"] = _files(category, found)
    return made


def _family_in(found: Leaf, leaves: Sequence[Leaf]) -> bool:
    return any(other.family == found.family for other in leaves)


def _tags(found: Leaf, *, chinese: bool) -> list[Json]:
    low, high = min(rule.points for rule in found.rules), max(rule.points for rule in found.rules)
    tags: list[Json] = [{"tag_type": "feature", "tag_value": "高清" if chinese else "High definition"}]
    if found.popularity:
        tags.append({"tag_type": "popularity", "tag_value": found.popularity})
    if found.eet:
        tags.append({"tag_type": "EET", "tag_value": f"{found.eet[0]}~{found.eet[1]}s"})
    if found.fields is not None:
        tags.append({"tag_type": "point", "tag_value": str(low) if low == high else f"{low}~{high}"})
    return tags


def _rule(rule: Rule) -> Json:
    return {
        "origin_point": rule.points,
        "points": rule.points,
        "attribute_id": rule.attribute_id,
        "attributes": dict(rule.attributes) or {"default": "enabled"},
    }


def _files(category: Category, found: Leaf) -> Json:
    component = {Category.FIRST_LAST_FRAME_TO_VIDEO: "start_end_frame", Category.IMAGE_TO_VIDEO: "single"}
    return {
        "component": component.get(category, "card"),
        "acceptType": ["image/jpg,png"],
        "category": category.value,
        "minLimit": found.inputs[0],
        "maxLimit": found.inputs[1],
    }


def _field(field: Field, category: Category, *, chinese: bool) -> Json:
    made: Json = {
        "type": field.kind,
        "field": field.name,
        "label": _label(field.name, chinese=chinese),
        "description": "",
        "value": field.value,
        "level": field.level,
    }
    if field.options:
        made["options"] = [_option(option) for option in field.options]
    if field.published:
        made["config"] = {"minimum": field.published[0], "maximum": field.published[1]}
    if field.conditions or field.shut:
        gone = (("*", field.value),) if field.shut else field.conditions
        made["disabled_conditions"] = [_condition(field.name, name, value, category) for name, value in gone]
    if field.virtual:
        made |= _virtual(field.name, field.virtual, chinese=chinese)
    return made


def _label(name: str, *, chinese: bool) -> str:
    return _LABELS[name][chinese]


def _option(option: Option) -> Json:
    made: Json = {"label": str(option.value), "value": option.value}
    if option.disabled:
        made["disabled"] = {name: list(values) for name, values in option.disabled.items()}
    return made


def _condition(field: str, enum_value: str, value: object, category: Category) -> Json:
    enum = "*" if enum_value == "*" else value
    return {"enum_value": enum, "disabled_key": field, "disabled_value": value, "category": category.value}


def _virtual(target: str, virtual: Virtual, *, chinese: bool) -> Json:
    shown = {
        "field": virtual.field,
        "label": _label(virtual.field, chinese=chinese),
        "type": "tags",
        "required": True,
        "value": virtual.value,
        "level": 1,
        "options": [{"label": str(value), "value": value} for value in virtual.mapping],
        "config": {"type": "string"},
    }
    mapping = [
        {"source_values": {virtual.field: shown_value}, "target_value": value}
        for shown_value, value in virtual.mapping.items()
    ]
    return {
        "is_ui_virtual": True,
        "ui_params": [shown],
        "value_mapping": {
            "type": "simple",
            "source_params": [virtual.field],
            "target_param": target,
            "mapping_rules": mapping,
        },
    }
