"""From the settings to the rules of the house: who is let through, second yeses, channels. The engine keeps them."""

from importlib.metadata import entry_points

from bot.core.pricing import parse_policy
from bot.engine.gate import Gate, PromptCheck
from bot.engine.proposals import House
from bot.errors import SettingsProblem
from bot.settings import Settings


def house_rules(settings: Settings) -> House:
    """Return the operator's rules. Raises ``SettingsProblem`` where a hook of theirs cannot be loaded."""
    gate = Gate([section.rule for section in settings.rules], settings.words.blocked, prompt_checks())
    places = {name: parse_policy(policy) for name, policy in settings.chat.confirm.items()}
    return House(gate, settings.approval.policy, places)


def prompt_checks() -> list[PromptCheck]:
    """Return the operator's hooks that look at prompts before anything is spent."""
    found: list[PromptCheck] = []
    for point in entry_points(group="limner.prompt_checks"):
        try:
            check: PromptCheck = point.load()
        except Exception as error:
            # What it raises is its own; a service that starts without its check would spend on what it should stop.
            raise SettingsProblem(f"The prompt check {point.name!r} cannot be loaded: {error}.") from error
        found.append(check)
    return found
