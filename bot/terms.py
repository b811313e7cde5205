"""What an operator's settings come to: the providers that are used, each with its rules."""

from collections.abc import Mapping

from bot.callbacks import HINTS
from bot.core.pricing import ConfirmMode
from bot.engine.ports import Terms
from bot.errors import SettingsProblem
from bot.settings import ProviderSection, Settings, secret
from bot.world import World
from providers import registry
from providers.contract import Provider, ProviderSettings, Secret


def build_providers(settings: Settings, world: World) -> Mapping[str, Terms]:
    """Return every provider that has a key. Raises ``SettingsProblem`` where a name is unknown or none has one."""
    built: dict[str, Terms] = {}
    for name, section in settings.providers.items():
        if name not in registry.names():
            allowed = ", ".join(registry.names())
            raise SettingsProblem(f"providers.{name}: there is no such provider; there is {allowed}.")
        key = secret(section.key, section.key_file, f"providers.{name}.key_file")
        if key or section.enabled:
            provider = _load(name, _provider_settings(name, section, key, settings, world))
            built[name] = _terms(name, provider, section)
    if not built:
        raise SettingsProblem(
            'No provider has a key. Put it into limner.toml as [providers.ima_studio] key = "...", or into '
            "LIMNER_PROVIDERS__IMA_STUDIO__KEY, or name a file in providers.ima_studio.key_file. "
            "`limner demo` works without any key."
        )
    return built


def _terms(name: str, provider: Provider, section: ProviderSection) -> Terms:
    """Return the operator's rules, where the provider's own leave room for them."""
    able, policy = provider.capabilities, section.policy
    if able.must_ask and policy.mode is not ConfirmMode.ALWAYS:
        raise SettingsProblem(f'providers.{name}.confirm: {provider.title} allows no other value than "always".')
    own = section.rate is None and able.rate is not None
    rate, currency = (able.rate, able.currency) if own else (section.rate, section.currency)
    return Terms(provider, policy, rate, currency, shows_all=section.show_history, most_running=section.most_running)


def _load(name: str, settings: ProviderSettings) -> Provider:
    try:
        return registry.load(name, settings)
    except ValueError as error:
        raise SettingsProblem(f"providers.{name}: {error}") from None


def _provider_settings(
    name: str, section: ProviderSection, key: str, settings: Settings, world: World
) -> ProviderSettings:
    return ProviderSettings(
        key=Secret(key),
        now=world.clock.now,
        nonce=world.ids.new,
        base_url=section.base_url,
        upload_url=section.upload_url,
        app_key=Secret(secret(section.app_key, section.app_key_file, f"providers.{name}.app_key_file")),
        language=settings.chat.language,
        extra=section.extra,
        sleep=world.clock.sleep,
        elapsed=world.clock.elapsed,
        hook=f"{settings.listener.public_url}{HINTS}" if settings.listener.public_url else "",
        prices=section.prices,
    )
