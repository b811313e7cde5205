"""The commands an application has registered, globally and per guild, and who sees which. Their rules are not here."""

from collections.abc import Iterator

from tests.fakes.discord_server.clock import Clock, Snowflakes
from tests.fakes.discord_server.command_rules import CHAT, check_command, check_commands
from tests.fakes.discord_server.refusals import Form, Json, refuse

MOST_CREATED = 200
"""New commands a day, per guild or globally."""
_DAY = 86_400.0
Scope = int | None
"""A guild's id, or None for global commands."""


class Commands:
    """What was registered. ``syncs`` counts the bulk writes of each scope."""

    def __init__(self, application: int, clock: Clock, ids: Snowflakes) -> None:
        self._application = application
        self._clock = clock
        self._ids = ids
        self._kept: dict[Scope, dict[int, Json]] = {}
        self._created: dict[Scope, list[float]] = {}
        self.syncs: dict[Scope, int] = {}

    def all(self, scope: Scope = None) -> list[Json]:
        """Return the commands of a scope, as Discord answers them."""
        return list(self._kept.get(scope, {}).values())

    def listed(self, scope: Scope, *, localized: bool) -> list[Json]:
        """Return them as a list request gets them: translations only when asked for."""
        return [command if localized else _without_translations(command) for command in self.all(scope)]

    def replace_all(self, scope: Scope, commands: object) -> list[Json]:
        """Register these and no others; nothing changes when one of them is wrong."""
        checked = check_commands(commands)
        before = {(c["type"], c["name"]): c for c in self.all(scope)}
        fresh = [c for c in checked if (c.get("type", CHAT), c["name"]) not in before]
        self._count(scope, len(fresh))
        stored = (self._stored(scope, c, before.get((c.get("type", CHAT), c["name"]))) for c in checked)
        self._kept[scope] = {int(command["id"]): command for command in stored}
        self.syncs[scope] = self.syncs.get(scope, 0) + 1
        return self.all(scope)

    def put(self, scope: Scope, command: Json) -> Json:
        """Register one, or replace the one of the same kind and name."""
        form = Form()
        check_command(form, command, ())
        form.close()
        key = (command.get("type", CHAT), command["name"])
        old = next((c for c in self.all(scope) if (c["type"], c["name"]) == key), None)
        if old is None:
            self._count(scope, 1)
        stored = self._stored(scope, command, old)
        self._kept.setdefault(scope, {})[int(stored["id"])] = stored
        return stored

    def change(self, scope: Scope, command: int, changes: Json) -> Json:
        """Change some of one."""
        old = self.get(scope, command)
        form = Form()
        check_command(form, {**old, **changes, "description": changes.get("description", old["description"])}, ())
        form.close()
        self._kept[scope][command] = self._stored(scope, {**old, **changes}, old)
        return self._kept[scope][command]

    def get(self, scope: Scope, command: int) -> Json:
        """Return one, or refuse (10063)."""
        found = self._kept.get(scope, {}).get(command)
        if found is None:
            refuse(10063)
        return found

    def delete(self, scope: Scope, command: int) -> None:
        """Remove one."""
        self.get(scope, command)
        del self._kept[scope][command]

    def offered(self, guild: int | None, *, kind: int, context: int, installs: frozenset[int]) -> Iterator[Json]:
        """Return what a person is offered: ``installs`` says how the app got there (0 the guild, 1 the person)."""
        for scope in dict.fromkeys((guild, None)):
            for command in self.all(scope):
                contexts = command["contexts"]
                here = contexts is None or context in contexts
                # Without a word from the bot a command exists only where a server has installed the app.
                if command["type"] == kind and here and installs & set(command["integration_types"] or [0]):
                    yield command

    def _count(self, scope: Scope, number: int) -> None:
        now = self._clock.time()
        recent = [at for at in self._created.get(scope, []) if at > now - _DAY]
        if len(recent) + number > MOST_CREATED:
            refuse(30034)
        self._created[scope] = recent + [now] * number

    def _stored(self, scope: Scope, command: Json, old: Json | None) -> Json:
        stored: Json = {
            "id": old["id"] if old else str(self._ids.new()),
            "application_id": str(self._application),
            "version": str(self._ids.new()),
            "type": command.get("type", CHAT),
            "name": command["name"],
            "name_localizations": command.get("name_localizations"),
            # A context menu comes without one and goes back with an empty one.
            "description": command.get("description") or "",
            "description_localizations": command.get("description_localizations"),
            "default_member_permissions": command.get("default_member_permissions"),
            "contexts": command.get("contexts"),
            "integration_types": command.get("integration_types"),
            "nsfw": bool(command.get("nsfw")),
        }
        if stored["type"] == CHAT:
            stored["options"] = command.get("options") or []
        if scope is not None:
            stored["guild_id"] = str(scope)
        return stored


def _without_translations(thing: Json) -> Json:
    plain = {key: value for key, value in thing.items() if not key.endswith("_localizations")}
    for key in ("options", "choices"):
        if key in plain:
            plain[key] = [_without_translations(part) for part in plain[key] or ()]
    return plain
