"""A plain client of IMA Studio's protocol, written from the reference: it knows the wire and no adapter."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp

from providers.sandbox.clock import HandClock
from providers.sandbox.server import APP_KEY, KEY, Sandbox

Json = Any

CATEGORY_IMAGES = {
    "image_to_image": 1,
    "image_to_video": 1,
    "first_last_frame_to_video": 2,
    "reference_image_to_video": 1,
}
"""How many pictures each category needs at least."""


@dataclass
class ImaClient:
    """Speaks to one sandbox. ``clock`` is the sandbox's, moved by hand."""

    sandbox: Sandbox
    session: aiohttp.ClientSession
    clock: HandClock
    nonces: "count[int]" = field(default_factory=count)

    @property
    def headers(self) -> dict[str, str]:
        """What every call needs."""
        return {"Authorization": f"Bearer {KEY}", "x-app-source": "ima_skills", "x_app_language": "en"}

    def url(self, path: str) -> str:
        """Return an address of the API."""
        return f"{self.sandbox.base_url}/ima/open/v1{path}"

    async def get(self, url: str, **options: Any) -> tuple[int, Json]:
        """GET from anywhere and read JSON."""
        async with self.session.get(url, **options) as answer:
            return answer.status, await answer.json()

    async def post(self, url: str, body: Json) -> tuple[int, Json]:
        """POST JSON with the key and read JSON."""
        async with self.session.post(url, json=body, headers=self.headers) as answer:
            return answer.status, await answer.json()

    async def products(self, category: str, language: str = "en") -> list[Json]:
        """Return the product tree of a category."""
        query = {"app": "ima", "platform": "web", "category": category}
        headers = {**self.headers, "x_app_language": language}
        _, body = await self.get(self.url("/product/list"), params=query, headers=headers)
        assert body["code"] in {0, 200}
        found: list[Json] = body["data"]
        return found

    async def leaves(self, category: str, language: str = "en") -> list[Json]:
        """Return the leaves of a category in the order of the tree."""
        return list(_leaves(await self.products(category, language)))

    async def leaf(self, category: str, version: str) -> Json:
        """Return one leaf."""
        return next(leaf for leaf in await self.leaves(category) if leaf["id"] == version)

    async def order(
        self,
        category: str,
        version: str,
        *,
        prompt: str = "a fox",
        n: int = 1,
        images: Sequence[str] = (),
        **settings: Json,
    ) -> Json:
        """Return a right create body: the form's values, the exact rule, everything mirrored."""
        leaf = await self.leaf(category, version)
        params = {**defaults(leaf), **settings}
        rule = rule_for(leaf, params)
        return {
            "task_type": category,
            "enable_multi_model": False,
            "src_img_url": list(images),
            "src_image": [{"url": image, "width": 640, "height": 480} for image in images],
            "parameters": [
                {
                    "attribute_id": rule["attribute_id"],
                    "model_id": leaf["model_id"],
                    "model_name": leaf["name"],
                    "model_version": leaf["id"],
                    "app": "ima",
                    "platform": "web",
                    "category": category,
                    "credit": rule["points"],
                    "parameters": {
                        **params,
                        "prompt": prompt,
                        "n": n,
                        "input_images": list(images),
                        "cast": {"points": rule["points"], "attribute_id": rule["attribute_id"]},
                    },
                }
            ],
        }

    async def create(self, body: Json) -> Json:
        """Place an order and return the whole answer."""
        status, answer = await self.post(self.url("/tasks/create"), body)
        assert status == 200
        return answer

    async def begin(self, category: str, version: str, **settings: Json) -> str:
        """Place a right order and return the task id."""
        answer = await self.create(await self.order(category, version, **settings))
        assert answer["code"] in {0, 200}, answer
        return str(answer["data"]["id"])

    async def detail(self, task: str) -> Json:
        """Return what is said about a task."""
        _, answer = await self.post(self.url("/tasks/detail"), {"task_id": task})
        assert answer["code"] in {0, 200}, answer
        return answer["data"]

    async def ended(self, task: str) -> Json:
        """Let more time pass than any model needs and return what is said then."""
        self.clock.advance(800)
        return await self.detail(task)

    async def verify(self, url: str) -> Json:
        """Have an asset checked."""
        _, answer = await self.post(self.url("/assets/verify"), {"url": url, "name": "fox"})
        return answer["data"]["result"]

    def token_query(self, **changes: str) -> dict[str, str]:
        """Return a right query for an upload token."""
        query = {
            "appUid": KEY,
            "appId": "webAgent",
            "appKey": APP_KEY,
            "cmimToken": KEY,
            "sign": "",
            "timestamp": str(int(self.clock.now().timestamp())),
            "nonce": f"{next(self.nonces):021d}",
            "fService": "privite",
            "fType": "picture",
            "fSuffix": "png",
            "fContentType": "image/png",
            **changes,
        }
        signed = f"{query['appId']}|{query['appKey']}|{query['timestamp']}|{query['nonce']}"
        return {
            **query,
            "sign": changes.get("sign", hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest().upper()),
        }

    async def token(self, query: Mapping[str, str]) -> Json:
        """Ask for an upload token and return the whole answer."""
        url = f"{self.sandbox.base_url}/ima-upload/api/rest/oss/getuploadtoken"
        return (await self.get(url, params=query))[1]

    async def put(self, url: str, data: bytes, content_type: str = "image/png") -> int:
        """Upload to a presigned address and return the HTTP status."""
        async with self.session.put(url, data=data, headers={"Content-Type": content_type}) as answer:
            return answer.status

    async def uploaded(self, data: bytes) -> str:
        """Upload a picture and return its address."""
        room = (await self.token(self.token_query()))["data"]
        assert await self.put(room["ful"], data) == 200
        return str(room["fdl"])

    @property
    def charged(self) -> list[int]:
        """Every debit so far, in points."""
        return [int(charge.amount) for charge in self.sandbox.ledger.charges]


def defaults(leaf: Json) -> dict[str, Json]:
    """Return the form's own values as they go over the wire, without the count and without what has none."""
    values = {}
    for entry in leaf.get("form_config") or []:
        value = entry["value"]
        if entry.get("is_ui_virtual"):
            shown = entry["ui_params"][0]
            value = mapped(entry, shown["value"])
        if value is not None and entry["field"] != "n":
            values[entry["field"]] = value
    return values


def mapped(entry: Json, shown: Json) -> Json:
    """Return the wire value of a virtual field's shown value."""
    source = entry["value_mapping"]["source_params"][0]
    rules = entry["value_mapping"]["mapping_rules"]
    return next(rule["target_value"] for rule in rules if rule["source_values"][source] == shown)


def rule_for(leaf: Json, params: Mapping[str, Json]) -> Json:
    """Return the exact rule, else the flat one, else a rule that fits nothing."""
    flat = None
    for rule in leaf["credit_rules"]:
        if rule["attributes"] == {"default": "enabled"}:
            flat = rule
        elif all(params.get(name) == value for name, value in rule["attributes"].items()):
            return rule
    return flat or leaf["credit_rules"][0]


def longest(leaf: Json) -> float:
    """Return the most seconds the catalogue says a leaf takes."""
    for tag in leaf["tags"]:
        if tag["tag_type"] == "EET":
            return float(tag["tag_value"].removesuffix("s").partition("~")[2])
    return math.inf


def _leaves(nodes: Sequence[Json]) -> list[Json]:
    found = []
    for node in nodes:
        found += [node] if node["type"] == "3" else _leaves(node["children"])
    return found
