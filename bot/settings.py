"""What an operator can set: ``limner.toml``, then ``LIMNER_*`` in the environment, then the defaults here.

Secrets come from the environment or from files named by ``*_file``; they never appear in an error. What the settings
build is in ``app``.
"""

import os
import stat
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)
from typing_extensions import override

from bot.core.pricing import ConfirmPolicy, parse_policy
from bot.errors import SettingsProblem
from bot.sections import (
    AdminsSection,
    AdultsSection,
    ApprovalSection,
    BudgetSection,
    RuleSection,
    Section,
    WordsSection,
)
from providers.models import Task

FILE = "limner.toml"
"""The settings file looked for in the working directory when none is named."""

MOST_SECRET = 64 * 1024
"""Characters of a secret's file that are read."""

MOUNTS = (Path("/run/secrets"), Path("/var/run/secrets"))
"""Where containers mount their secrets; only the container sees them, whatever their mode is. Service managers name
their own directory in ``CREDENTIALS_DIRECTORY``."""


def _policy(text: str) -> str:
    parse_policy(text)
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


class StoreSection(Section):
    """``[store]``: where everything is kept."""

    path: Path = Field(default=Path("var/limner.db"), description="The SQLite database file.")
    keep_days: int = Field(default=30, ge=1, description="Days that said messages and input pictures are kept.")


class ListenerSection(Section):
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


class WebSection(Section):
    """``[web]``: the web chat."""

    enabled: bool = Field(default=True, description="Serve the web chat.")
    media_hosts: tuple[str, ...] = Field(default=(), description="Extra http addresses media may be shown from.")


class DiscordSection(Section):
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


class FeishuSection(Section):
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


class ChatSection(Section):
    """``[chat]``: how Limner talks."""

    language: Literal["en", "zh_Hans"] = Field(default="en", description="Language for people who chose none.")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="Time zone of shown dates, and of the days and months of budgets."
    )
    confirm: dict[str, Annotated[str, AfterValidator(_policy)]] = Field(
        default_factory=dict, description="When a price needs a yes in one channel, by platform/id."
    )


class LimitsSection(Section):
    """``[limits]``: how much at once."""

    per_person: int = Field(default=0, ge=0, description="Orders of one person under way at once; 0 is any number.")
    open_per_person: int = Field(default=30, ge=0, description="Open offers and orders of one person; 0: any number.")
    open: int = Field(default=10_000, ge=0, description="Open offers and orders of everybody; 0 is any number.")


class LogSection(Section):
    """``[log]``: what is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least level written.")
    format: Literal["console", "json"] = Field(default="console", description="For people or for machines.")


class ProviderSection(Section):
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
    most_running: int | None = Field(
        default=None, ge=0, description="Orders at work there at once; 0 is any number, unset is the service's own."
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
    limits: LimitsSection = LimitsSection()
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
        with file.open(encoding="utf-8") as opened:
            _check_private(os.fstat(opened.fileno()), file, field)
            return opened.read(MOST_SECRET).strip()
    except OSError as error:
        raise SettingsProblem(f"{field}: {file} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise SettingsProblem(f"{field}: {file} is not a text file.") from None


def _check_private(found: os.stat_result, file: Path, field: str) -> None:
    """Refuse a secret that others on this machine can read.

    What a container or the service manager mounts is as private as its directory. A file of root's that only our group
    may read was given to us on purpose.
    """
    others = found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    is_given = found.st_uid == 0 != os.geteuid() and others == stat.S_IRGRP
    where = Path(os.path.normpath(file.absolute()))
    if not others or is_given or any(where.is_relative_to(mount) for mount in _mounted()):
        return
    mode = stat.S_IMODE(found.st_mode)
    raise SettingsProblem(f"{field}: others can read or change {file} (its mode is {mode:04o}). Run: chmod 600 {file}")


def _mounted() -> Sequence[Path]:
    named = os.path.normpath(os.environ.get("CREDENTIALS_DIRECTORY", ""))
    return (*MOUNTS, Path(named)) if named.startswith("/") and named.strip("/") else MOUNTS


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
    sections: Mapping[str, type[Section]] = {
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
        "limits": LimitsSection,
        "log": LogSection,
        "providers.<name>": ProviderSection,
    }
    for name, section in sections.items():
        for field, info in section.model_fields.items():
            found[f"{name}.{field}"] = info.description or ""
    found["defaults.<task>"] = Settings.model_fields["defaults"].description or ""
    return found
