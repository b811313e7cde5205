"""IMA Studio's doors: product list, create, detail, verify, upload token. What an order must look like is not here.

A create debits and is remembered in one transaction before it is answered, every time it comes: the real API knows no
idempotency key either.
"""

import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from hashlib import sha256

from aiohttp import web

from providers.sandbox.cdn import Cdn
from providers.sandbox.clock import SandboxClock
from providers.sandbox.faults import Fault, without_markers
from providers.sandbox.gate import Endpoint
from providers.sandbox.ima import orders, tasks
from providers.sandbox.ima.answers import Answers
from providers.sandbox.ima.orders import Order, RefusedError
from providers.sandbox.ima.shop import Shop
from providers.sandbox.ima.tasks import Task
from providers.sandbox.ima.upload import UploadDesk
from providers.sandbox.ledger import Charge, Ledger
from providers.sandbox.records import Record, Records
from providers.sandbox.scene import Medium, Scene

_TASK, _ASSET = "ima.task", "ima.asset"
_UPLOADS = "/ima-upload/api/rest/oss/getuploadtoken"
_LONGEST_ASSET_NAME = 64

_Answer = Callable[[web.Request, Sequence[Fault]], Awaitable[web.Response]]


class ImaStudio:
    """The sandbox's IMA Studio. ``key`` is the one API key it knows, ``app_key`` the uploads' application key."""

    name = "ima"

    def __init__(
        self,
        *,
        records: Records,
        ledger: Ledger,
        clock: SandboxClock,
        cdn: Cdn,
        base_url: Callable[[], str],
        seed: int,
        key: str,
        app_key: str,
    ) -> None:
        self._records = records
        self._ledger = ledger
        self._clock = clock
        self._cdn = cdn
        self._base_url = base_url
        self._seed = seed
        self._key = key
        self._answers = Answers(base_url)
        self._uploads = UploadDesk(
            records=records, clock=clock, cdn=cdn, answers=self._answers, key=key, app_key=app_key
        )
        self.shop = Shop()
        self._tasks: dict[str, Task] = {}
        self._assets: set[str] = set()
        cdn.galleries[self.name] = self._scene

    def load(self) -> None:
        """Read what an earlier run left."""
        self._tasks = {record.key: tasks.from_json(record.body) for record in self._records.all(_TASK)}
        self._assets = {record.key for record in self._records.all(_ASSET)}
        self._uploads.load()

    @property
    def tasks(self) -> dict[str, Task]:
        """Every task there is, by its id."""
        return dict(self._tasks)

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the doors."""
        words = self._answers
        root = "/ima/open/v1"
        return (
            Endpoint("ima.products", "GET", f"{root}/product/list", self._answered(self._products), words),
            Endpoint("ima.create", "POST", f"{root}/tasks/create", self._answered(self._create), words, _prompt),
            Endpoint(
                "ima.detail", "POST", f"{root}/tasks/detail", self._answered(self._detail), words, self._prompt_of
            ),
            Endpoint("ima.verify", "POST", f"{root}/assets/verify", self._answered(self._verify), words),
            Endpoint("ima.token", "GET", _UPLOADS, self._uploads.token, words),
        )

    def _answered(self, work: _Answer) -> _Answer:
        """Let only the holder of the key in, and put refusals into the envelope."""

        async def answer(request: web.Request, fates: Sequence[Fault]) -> web.Response:
            try:
                self._check_headers(request)
                return await work(request, fates)
            except RefusedError as error:
                return self._answers.refused(error.code, error.words)

        return answer

    def _check_headers(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._key}".encode()):
            raise RefusedError(401, "unauthorized")
        if not request.headers.get("x-app-source"):
            raise RefusedError(400, "x-app-source is required")

    async def _products(self, request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        if request.query.get("app") not in {"ima", "webAgent"} or request.query.get("platform") != "web":
            raise RefusedError(400, "invalid app or platform")
        category = orders.category_of(request.query.get("category"))
        chinese = request.headers.get("x_app_language", "en").startswith("zh")
        return self._answers.ok(self.shop.products(category, chinese=chinese))

    async def _create(self, request: web.Request, fates: Sequence[Fault]) -> web.Response:
        order = orders.read(await _body(request), self.shop)
        for address in order.inputs:
            self._check_input(order, address)
        self._check_account(order)
        task = self._begin(order, fates)
        return self._answers.ok(tasks.receipt(task))

    def _begin(self, order: Order, fates: Sequence[Fault]) -> Task:
        """Charge and remember, in one transaction."""
        number = len(self._tasks) + 1
        task_id = "task_" + sha256(f"{self._seed}:{number}".encode()).hexdigest()[:20]
        at = self._clock.now()
        task = tasks.begin(order, task_id, at=at, seed=self._seed, fates=tuple(fates))
        charge = Charge(self.name, task_id, Decimal(order.points), at, order.prompt)
        self._ledger.charge(charge, Record(_TASK, task_id, tasks.to_json(task)))
        self._tasks[task_id] = task
        return task

    def _check_input(self, order: Order, address: str) -> None:
        """Take pictures from https or from our own CDN, and from nowhere else."""
        ours = self._cdn.is_ours(address)
        if not (ours or address.startswith("https://")):
            raise RefusedError(400, "images must be public https addresses")
        if ours and not self._cdn.holds(address):
            raise RefusedError(400, "image cannot be read")
        if order.leaf.verified_inputs and address not in self._assets:
            raise RefusedError(400, "asset is not verified")

    def _check_account(self, order: Order) -> None:
        account = self._ledger.account(self.name)
        if order.leaf.subscription and not account.subscribed:
            raise RefusedError(4014, "This model requires a subscription")
        if account.balance < order.points:
            raise RefusedError(4008, "Insufficient points")

    async def _detail(self, request: web.Request, _fates: Sequence[Fault]) -> web.Response:
        task = self._tasks.get(str((await _body(request)).get("task_id")))
        if task is None:
            raise RefusedError(404, "task not found")
        return self._answers.ok(tasks.detail(task, self._clock.elapsed(task.created_at), self._base_url()))

    async def _prompt_of(self, request: web.Request) -> str:
        """Find the prompt of the task that a poll asks about."""
        task = self._tasks.get(str(_object(await request.read()).get("task_id")))
        return task.prompt if task else ""

    async def _verify(self, request: web.Request, fates: Sequence[Fault]) -> web.Response:
        body = await _body(request)
        address, name = body.get("url"), body.get("name", "")
        if not isinstance(address, str) or not isinstance(name, str) or len(name) > _LONGEST_ASSET_NAME:
            raise RefusedError(400, "invalid url or name")
        status = next((fate.text for fate in fates if fate.fault == "asset"), self._asset_status(address))
        if status == "Active":
            self._records.keep(Record(_ASSET, address, {}))
            self._assets.add(address)
        passed = status in {"Active", "processing"}
        error = (
            {"code": "", "message": ""} if passed else {"code": "AssetRejected", "message": "asset was not approved"}
        )
        asset_id = "asset_" + sha256(address.encode()).hexdigest()[:16]
        return self._answers.ok({"result": {"id": asset_id, "status": status, "asset_type": "image", "error": error}})

    def _asset_status(self, address: str) -> str:
        ours = self._cdn.is_ours(address)
        readable = self._cdn.holds(address) if ours else address.startswith("https://")
        return "Active" if readable else "failed"

    def _scene(self, task_id: str, number: int, medium: Medium) -> Scene | None:
        task = self._tasks.get(task_id)
        if task is None or not tasks.finished(task, number, self._clock.elapsed(task.created_at)):
            return None
        if medium not in {task.medium, Medium.COVER}:
            return None
        return Scene(
            prompt=without_markers(task.prompt),
            model=task.model_name,
            seed=f"{task.id}:{number}",
            width=task.width,
            height=task.height,
            seconds=task.seconds,
            backdrop=self._cdn.upload_at(task.backdrop),
        )


async def _body(request: web.Request) -> orders.Body:
    if request.content_type != "application/json":
        raise RefusedError(400, "Content-Type must be application/json")
    return _object(await request.read())


def _object(raw: bytes) -> orders.Body:
    try:
        body: object = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


async def _prompt(request: web.Request) -> str:
    """Find the prompt in a create request, however wrong the rest of it is."""
    items = _object(await request.read()).get("parameters")
    item = items[0] if isinstance(items, list) and items else None
    params = item.get("parameters") if isinstance(item, dict) else None
    prompt = params.get("prompt") if isinstance(params, dict) else None
    return prompt if isinstance(prompt, str) else ""
