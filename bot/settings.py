"""What an operator can set: ``limner.toml``, then ``LIMNER_*`` in the environment, then the defaults here.

Secrets come from the environment or from files named by ``*_file``; they never appear in an error. What the settings
build is in ``app``.
"""

import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)
from typing_extensions import override

from bot.core.access import Effect, Rule
from bot.core.approval import ApprovalPolicy
from bot.core.budget import Budget, Period, Scope
from bot.core.grammar import Verb
from bot.core.pricing import ConfirmPolicy, parse_policy
from bot.errors import SettingsProblem
from providers.models import Task

FILE = "limner.toml"
"""The settings file looked for in the working directory when none is named."""


def _policy(text: str) -> str:
    parse_policy(text)
    return text


def _command(word: str) -> str:
    if word and word not in set(Verb):
        # A rule about nothing would quietly allow what it should deny.
        allowed = ", ".join(verb for verb in Verb if verb is not Verb.ALWAYS)
        msg = f"{word!r} is no command; there is {allowed}"
        raise ValueError(msg)
    return word


def _name(text: str) -> str:
    platform, _, name = text.partition("/")
    if text and not (platform and name):
        msg = f"{text!r} is not platform/id, such as discord/81384788765712384"
        raise ValueError(msg)
    return text


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"{name!r} is not a time zone such as UTC or Asia/Shanghai"
        raise ValueError(msg) from error
    return name


def _safe_address(address: str) -> str:
    parts = urlsplit(address)
    is_local = parts.scheme in {"http", "ws"} and parts.hostname in {"127.0.0.1", "::1", "localhost"}
    if address and not (parts.hostname and (is_local or parts.scheme in {"https", "wss"})):
        msg = "only https:// and wss://, or an address of this machine: the token goes there"
        raise ValueError(msg)
    return address.rstrip("/")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class StoreSection(_Section):
    """``[store]``: where everything is kept."""

    path: Path = Field(default=Path("var/limner.db"), description="The SQLite database file.")
    keep_days: int = Field(default=30, ge=1, description="Days that said messages and input pictures are kept.")


class ListenerSection(_Section):
    """``[listener]``: the one HTTP server of the process."""

    host: str = Field(default="127.0.0.1", description="Address to listen on; others than loopback need a token.")
    port: int = Field(default=8765, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    token: SecretStr = Field(default=SecretStr(""), description="What people show to get in; 16 characters or more.")
    token_file: Path | None = Field(default=None, description="A file with the access token.")
    hosts: tuple[str, ...] = Field(default=(), description="Host names people reach the page by.")
    https: bool = Field(default=False, description="A proxy in front speaks https with the browsers.")
    public_url: Annotated[str, AfterValidator(_safe_address)] = Field(
        default="", description="Where services on the internet reach Limner, for hints and for input pictures."
    )


class WebSection(_Section):
    """``[web]``: the web chat."""

    enabled: bool = Field(default=True, description="Serve the web chat.")
    media_hosts: tuple[str, ...] = Field(default=(), description="Extra http addresses media may be shown from.")


class DiscordSection(_Section):
    """``[discord]``: the Discord bot. Without a token there is none."""

    token: SecretStr = Field(default=SecretStr(""), description="The bot's token; with it Limner is in Discord.")
    token_file: Path | None = Field(default=None, description="A file with the token.")
    api_base: Annotated[str, AfterValidator(_safe_address)] = Field(
        default="", description="Address of a proxy for Discord's API, with its version; empty is Discord itself."
    )
    gateway_url: Annotated[str, AfterValidator(_safe_address)] = Field(
        default="", description="Address of the gateway; empty is the one that the API names."
    )
    media_mode: Literal["gallery", "unfurl", "upload"] = Field(
        default="gallery", description="How results are shown: from their address, as the link's preview, or as files."
    )


class FeishuSection(_Section):
    """``[feishu]``: the bot on Feishu or Lark. Without an application there is none."""

    app_id: str = Field(default="", description="The application's id; with it Limner is on Feishu or Lark.")
    app_secret: SecretStr = Field(default=SecretStr(""), description="The application's secret.")
    app_secret_file: Path | None = Field(default=None, description="A file with the secret.")
    region: Literal["feishu", "lark"] = Field(default="feishu", description="Where the application is at home.")
    transport: Literal["long_connection", "webhook"] = Field(
        default="long_connection", description="How events come: we connect, or Feishu calls our public address."
    )
    encrypt_key: SecretStr = Field(default=SecretStr(""), description="The webhook's Encrypt Key.")
    encrypt_key_file: Path | None = Field(default=None, description="A file with the Encrypt Key.")
    verification_token: SecretStr = Field(default=SecretStr(""), description="The webhook's Verification Token.")
    verification_token_file: Path | None = Field(default=None, description="A file with the Verification Token.")
    base_url: Annotated[str, AfterValidator(_safe_address)] = Field(
        default="", description="Address of another Feishu, such as a private one; empty is the region's."
    )


class ChatSection(_Section):
    """``[chat]``: how Limner talks."""

    language: Literal["en", "zh_Hans"] = Field(default="en", description="Language for people who chose none.")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="Time zone of shown dates, and of the days and months of budgets."
    )
    confirm: dict[str, Annotated[str, AfterValidator(_policy)]] = Field(
        default_factory=dict, description="When a price needs a yes in one channel, by platform/id."
    )


class BudgetSection(_Section):
    """``[[budgets]]``: how much may be spent. Each is one table; what admins set later takes its place."""

    scope: Scope = Field(description="Whom it is for: each person, channel or team, or total for everybody together.")
    period: Period = Field(description="For how long: day or month, in the time zone of the chat section.")
    unit: str = Field(
        min_length=1, max_length=20, description="A currency such as USD, a service's unit, or plan_uses."
    )
    amount: Decimal = Field(ge=0, description="How much may be spent of it.")
    who: Annotated[str, AfterValidator(_name)] = Field(
        default="", description="One person, channel or team instead of each one, as platform/id."
    )

    @property
    def budget(self) -> Budget:
        """The same as the core knows it."""
        return Budget(self.scope, self.period, self.unit, self.amount, self.who)


class AdminsSection(_Section):
    """``[admins]``: who may change budgets and see everybody's usage in the chat."""

    people: tuple[Annotated[str, AfterValidator(_name)], ...] = Field(
        default=(), description="The admins, each as platform/id."
    )


class ApprovalSection(_Section):
    """``[approval]``: what needs a second person's yes."""

    above: Decimal | None = Field(default=None, ge=0, description="An order above this amount needs one.")
    unit: str = Field(default="", max_length=20, description="What the amount is counted in: a currency or a unit.")
    people: tuple[Annotated[str, AfterValidator(_name)], ...] = Field(
        default=(), description="Who may approve, each as platform/id; never the one who asked."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.above is not None and not (self.unit and self.people):
            msg = "above needs unit and people: without them nothing could ever be approved"
            raise ValueError(msg)
        return self

    @property
    def policy(self) -> ApprovalPolicy:
        """The same as the core knows it."""
        return ApprovalPolicy(self.above, self.unit, frozenset(self.people))


class RuleSection(_Section):
    """``[[rules]]``: who may do what. The first that fits decides; what it does not name it does not ask about."""

    effect: Effect = Field(description="What it does: allow or deny.")
    person: Annotated[str, AfterValidator(_name)] = Field(default="", description="A person, as platform/id.")
    role: Annotated[str, AfterValidator(_name)] = Field(default="", description="A role, as platform/id.")
    channel: Annotated[str, AfterValidator(_name)] = Field(default="", description="A channel, as platform/id.")
    team: Annotated[str, AfterValidator(_name)] = Field(default="", description="A team, as platform/id.")
    provider: str = Field(default="", description="A service, by its name in these settings.")
    model: str = Field(default="", description="A model, by its id or its name.")
    command: Annotated[str, AfterValidator(_command)] = Field(
        default="", description="A typed command in English without its slash."
    )

    @property
    def rule(self) -> Rule:
        """The same as the core knows it."""
        return Rule(**self.model_dump())


class WordsSection(_Section):
    """``[words]``: what is not ordered, whoever asks."""

    blocked: tuple[str, ...] = Field(default=(), description="Words and phrases that no order may hold.")


class AdultsSection(_Section):
    """``[adults]``: what is used only in places that the chat keeps for adults."""

    models: tuple[str, ...] = Field(default=(), description="Models for adults, by their id or name.")


class LogSection(_Section):
    """``[log]``: what is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least level written.")
    format: Literal["console", "json"] = Field(default="console", description="For people or for machines.")


class ProviderSection(_Section):
    """``[providers.<name>]``: one paid provider. A provider without a key is not used unless it needs none."""

    enabled: bool = Field(default=False, description="Use a service that needs no key, such as ima2 on this machine.")
    key: SecretStr = Field(default=SecretStr(""), description="The key of the account.")
    key_file: Path | None = Field(default=None, description="A file with the key.")
    app_key: SecretStr = Field(default=SecretStr(""), description="The shared application key, where there is one.")
    app_key_file: Path | None = Field(default=None, description="A file with the application key.")
    base_url: str = Field(default="", description="Address of the service; empty is the provider's own.")
    upload_url: str = Field(default="", description="Address of the upload service; empty is the provider's own.")
    confirm: Annotated[str, AfterValidator(_policy)] = Field(
        default="always", description="When a price needs a yes: always, never, or above:<amount>."
    )
    rate: Decimal | None = Field(default=None, gt=0, description="What one unit costs in money, to show it too.")
    currency: str = Field(default="", max_length=8, description="The currency of the rate.")
    show_history: bool = Field(
        default=False, description="Let everybody see in /history what the service lists, whoever had it made."
    )
    prices: dict[str, Annotated[Decimal, Field(ge=0)]] = Field(
        default_factory=dict, description="What things cost that the service names no price for, in its unit."
    )
    extra: dict[str, str] = Field(default_factory=dict, description="Settings that only this service has.")

    @property
    def policy(self) -> ConfirmPolicy:
        """When a price of this provider has to be confirmed."""
        return parse_policy(self.confirm)


class Settings(BaseSettings):
    """All settings. Made by :func:`load`."""

    model_config = SettingsConfigDict(
        env_prefix="LIMNER_",
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
    )

    store: StoreSection = StoreSection()
    listener: ListenerSection = ListenerSection()
    web: WebSection = WebSection()
    discord: DiscordSection = DiscordSection()
    feishu: FeishuSection = FeishuSection()
    chat: ChatSection = ChatSection()
    admins: AdminsSection = AdminsSection()
    approval: ApprovalSection = ApprovalSection()
    words: WordsSection = WordsSection()
    adults: AdultsSection = AdultsSection()
    budgets: tuple[BudgetSection, ...] = ()
    rules: tuple[RuleSection, ...] = ()
    log: LogSection = LogSection()
    providers: dict[str, ProviderSection] = Field(default_factory=dict)
    defaults: dict[Task, str] = Field(
        default_factory=dict, description="The default model of a task, by its name or id."
    )

    @model_validator(mode="after")
    def _rules_name_what_there_is(self) -> Self:
        unknown = {rule.provider for rule in self.rules} - {"", *self.providers}
        if unknown:
            msg = f"rules name providers without a section: {', '.join(sorted(unknown))}"
            raise ValueError(msg)
        return self

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment win over the file, and what code passes in win over both."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load(file: Path | None = None) -> Settings:
    """Read the settings. Raises ``SettingsProblem`` naming each field and what is allowed, never its value."""
    named = file or (Path(os.environ["LIMNER_CONFIG"]) if os.environ.get("LIMNER_CONFIG") else None)
    if named is not None and not named.is_file():
        raise SettingsProblem(f"There is no settings file {named}.")
    path = named or Path(FILE)

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        return FromFile()
    except ValidationError as error:
        lines = [f"  {'.'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors()]
        raise SettingsProblem("These settings cannot be used:\n" + "\n".join(lines)) from None
    except SettingsError as error:
        raise SettingsProblem(f"The environment cannot be read, where lists are JSON: {error}") from None
    except ValueError as error:
        raise SettingsProblem(f"{path} cannot be read: {error}") from None


def secret(value: SecretStr, file: Path | None, field: str) -> str:
    """Return a secret from its setting or from the file that the setting names."""
    if file is None:
        return value.get_secret_value()
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsProblem(f"{field}: {file} cannot be read ({error.strerror}).") from None


def feishu_secrets(section: FeishuSection) -> Sequence[str]:
    """Return everything of a section that must not be in any log."""
    return (
        secret(section.app_secret, section.app_secret_file, "feishu.app_secret_file"),
        secret(section.encrypt_key, section.encrypt_key_file, "feishu.encrypt_key_file"),
        secret(section.verification_token, section.verification_token_file, "feishu.verification_token_file"),
    )


def described() -> Mapping[str, str]:
    """Return every setting with its description, by its dotted name, for the docs and their test."""
    found: dict[str, str] = {}
    sections: Mapping[str, type[_Section]] = {
        "store": StoreSection,
        "listener": ListenerSection,
        "web": WebSection,
        "discord": DiscordSection,
        "feishu": FeishuSection,
        "chat": ChatSection,
        "admins": AdminsSection,
        "approval": ApprovalSection,
        "words": WordsSection,
        "adults": AdultsSection,
        "budgets[]": BudgetSection,
        "rules[]": RuleSection,
        "log": LogSection,
        "providers.<name>": ProviderSection,
    }
    for name, section in sections.items():
        for field, info in section.model_fields.items():
            found[f"{name}.{field}"] = info.description or ""
    found["defaults.<task>"] = Settings.model_fields["defaults"].description or ""
    return found
