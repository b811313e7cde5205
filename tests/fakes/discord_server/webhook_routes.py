"""What the bot does with an interaction's token: first answer, edits, followups. Channel permissions do not matter."""

from dataclasses import replace

from tests.fakes.discord_server.command_rules import check_choices
from tests.fakes.discord_server.door import Answer, Ask
from tests.fakes.discord_server.drafts import read_edit, read_new
from tests.fakes.discord_server.interactions import Ack, Asked, Interaction, Interactions
from tests.fakes.discord_server.messages import Flag, Message, Version
from tests.fakes.discord_server.modals import check_modal
from tests.fakes.discord_server.payloads import user_payload
from tests.fakes.discord_server.posts import Posts
from tests.fakes.discord_server.refusals import Form, Json, refuse

_STRING = 3
_ON_MESSAGE = frozenset({Ack.DEFERRED_UPDATE, Ack.UPDATE})
_ALLOWED = {
    Asked.COMMAND: frozenset({Ack.MESSAGE, Ack.THINKING, Ack.MODAL}),
    Asked.COMPONENT: frozenset({Ack.MESSAGE, Ack.THINKING, Ack.MODAL}) | _ON_MESSAGE,
    Asked.AUTOCOMPLETE: frozenset({Ack.CHOICES}),
    Asked.MODAL: frozenset({Ack.MESSAGE, Ack.THINKING}),
}


class WebhookRoutes:
    """Answers the routes that carry an interaction token."""

    def __init__(self, posts: Posts, interactions: Interactions) -> None:
        self._posts = posts
        self._interactions = interactions

    def callback(self, ask: Ask) -> Answer:
        """Answer ``POST /interactions/{interaction}/{token}/callback``."""
        interaction = self._interactions.to_answer(ask.where["interaction"], ask.token)
        ack, data = _checked_ack(interaction, ask.form), ask.form.get("data") or {}
        match ack:
            case Ack.THINKING:
                self._think(interaction, data)
            case Ack.MESSAGE:
                interaction.original = self._post(interaction, ask, data)
            case Ack.UPDATE:
                self._change(interaction, interaction.source, ask, data)
            case Ack.MODAL:
                check_modal(data)
                interaction.modal = data
            case Ack.CHOICES:
                interaction.choices = _checked_choices(interaction, data)
        if ack in _ON_MESSAGE:
            interaction.original = interaction.source
        interaction.ack, interaction.acked_at = ack, self._posts.clock.time()
        self._interactions.news.tell()
        return self._told(interaction) if ask.query.get("with_response") in {"1", "true"} else Answer(None)

    def follow_up(self, ask: Ask) -> Answer:
        """Answer ``POST /webhooks/{application}/{token}``; the first after *thinking* takes the place of that."""
        interaction = self._continued(ask)
        original = interaction.original
        if original is not None and original.thinking and not original.deleted:
            self._change(interaction, original, ask, {k: v for k, v in ask.form.items() if k != "flags"}, first=True)
            return Answer(self._posts.shown(original, settled=False))
        most = self._posts.terms.user_install_followups
        if interaction.installs == {1} and interaction.followups >= most:
            refuse(40094)
        message = self._post(interaction, ask, ask.form)
        interaction.followups += 1
        return Answer(self._posts.shown(message, settled=False))

    def get(self, ask: Ask) -> Answer:
        """Answer ``GET /webhooks/{application}/{token}/messages/{message}``."""
        return Answer(self._posts.shown(self._message(ask)[1], settled=True))

    def edit(self, ask: Ask) -> Answer:
        """Answer ``PATCH /webhooks/{application}/{token}/messages/{message}``."""
        interaction, message = self._message(ask)
        self._change(interaction, message, ask, ask.form)
        return Answer(self._posts.shown(message, settled=False))

    def delete(self, ask: Ask) -> Answer:
        """Answer ``DELETE /webhooks/{application}/{token}/messages/{message}``."""
        self._posts.remove(self._message(ask)[1])
        self._interactions.news.tell()
        return Answer(None)

    def _think(self, interaction: Interaction, data: Json) -> None:
        flags = Flag(data.get("flags") or 0)
        if flags & ~Flag.EPHEMERAL:
            form = Form()
            form.wrong(("data", "flags"), "MESSAGE_FLAGS_INVALID", "A deferred answer can only be made ephemeral.")
            form.close()
        interaction.deferred = True
        version = Version(at=self._posts.clock.time(), flags=flags | Flag.LOADING)
        interaction.original = self._write(interaction, version, {})

    def _continued(self, ask: Ask) -> Interaction:
        if ask.where["application"] != str(self._posts.application):
            refuse(10015)
        return self._interactions.to_continue(ask.token)

    def _post(self, interaction: Interaction, ask: Ask, payload: Json) -> Message:
        if interaction.channel.deleted:
            refuse(10003)
        desk = self._posts.desk(interaction.channel, interaction.file_limit)
        version = read_new(payload, ask.uploads, desk, ephemeral_allowed=True)
        if self._blocked(interaction, version):
            version = replace(version, flags=version.flags | Flag.EPHEMERAL)
        return self._write(interaction, version, payload)

    def _write(self, interaction: Interaction, version: Version, payload: Json) -> Message:
        if interaction.forced_private:
            version = replace(version, flags=version.flags | Flag.EPHEMERAL)
        private = Flag.EPHEMERAL in version.flags
        message = self._posts.write(
            interaction.channel,
            self._posts.world.bot,
            version,
            payload,
            private_to=interaction.person if private else None,
            interaction=_metadata(interaction),
        )
        interaction.messages.append(message)
        self._interactions.news.tell()
        return message

    def _change(
        self, interaction: Interaction, message: Message | None, ask: Ask, payload: Json, *, first: bool = False
    ) -> None:
        if message is None or message.deleted:
            refuse(10008)
        desk = self._posts.desk(interaction.channel, interaction.file_limit)
        old = message.now
        if first:
            wish = Flag(ask.form.get("flags") or 0)
            old = replace(old, flags=old.flags | (wish & (Flag.COMPONENTS_V2 | Flag.SUPPRESS_EMBEDS)))
        version = read_edit(old, payload, ask.uploads, desk)
        if self._blocked(interaction, version):
            refuse(200000)
        self._posts.change(message, version)
        if message not in interaction.messages:
            interaction.messages.append(message)
        self._interactions.news.tell()

    def _blocked(self, interaction: Interaction, version: Version) -> bool:
        return interaction.guild is not None and interaction.guild.blocks(version.text)

    def _message(self, ask: Ask) -> tuple[Interaction, Message]:
        interaction, name = self._continued(ask), ask.where["message"]
        own = {str(message.id): message for message in interaction.messages}
        message = interaction.original if name == "@original" else own.get(name)
        if message is None or message.deleted:
            refuse(10008)
        return interaction, message

    def _told(self, interaction: Interaction) -> Answer:
        about: Json = {"id": str(interaction.id), "type": int(interaction.asked)}
        resource: Json = {"type": int(interaction.ack or 0)}
        original = interaction.original
        if interaction.ack in {Ack.MESSAGE, Ack.THINKING} and original is not None:
            about |= {
                "response_message_id": str(original.id),
                "response_message_loading": original.thinking,
                "response_message_ephemeral": original.private_to is not None,
            }
        if interaction.ack in {Ack.MESSAGE, Ack.UPDATE} and original is not None:
            resource["message"] = self._posts.shown(original, settled=False)
        return Answer({"interaction": about, "resource": resource})


def _checked_ack(interaction: Interaction, form: Json) -> Ack:
    allowed = _ALLOWED[interaction.asked]
    if interaction.asked is Asked.MODAL and interaction.source is not None:
        allowed |= _ON_MESSAGE
    if form.get("type") not in allowed:
        errors = Form()
        errors.wrong(("type",), "INTERACTION_APPLICATION_COMMAND_INVALID_TYPE", f"Must be one of {sorted(allowed)}.")
        errors.close()
    return Ack(form["type"])


def _checked_choices(interaction: Interaction, data: Json) -> list[Json]:
    form = Form()
    check_choices(form, data.get("choices"), ("data", "choices"), text=interaction.focused_kind == _STRING)
    form.close()
    return list(data["choices"])


def _metadata(interaction: Interaction) -> Json:
    owners = interaction.payload.get("authorizing_integration_owners", {})
    person = user_payload(interaction.person)
    kind = Asked.COMMAND if interaction.asked is Asked.AUTOCOMPLETE else interaction.asked
    metadata: Json = {
        "id": str(interaction.id),
        "type": int(kind),
        "user": person,
        "authorizing_integration_owners": owners,
    }
    if kind is Asked.COMPONENT and interaction.source is not None:
        metadata["interacted_message_id"] = str(interaction.source.id)
    if kind is Asked.MODAL:
        before = {**metadata, "type": int(Asked.COMMAND)}
        metadata["triggering_interaction_metadata"] = before
    return metadata
