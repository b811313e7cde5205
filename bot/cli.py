"""The command line: each command says what it does and ends with a clear error. The work is done in ``commands``."""

import gc
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, NoReturn

import typer

app = typer.Typer(
    name="limner",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

providers = typer.Typer(no_args_is_help=True, help="Look at what your providers publish about themselves.")
app.add_typer(providers, name="providers")

setup = typer.Typer(no_args_is_help=True, help="Make Limner known to a chat that it is new to.")
app.add_typer(setup, name="setup")

budget = typer.Typer(no_args_is_help=True, help="Look at budgets and change them while Limner runs.")
app.add_typer(budget, name="budget")

COLLECT_AFTER = 50_000
"""New objects before Python looks for cycles among them. Its own 700 comes round with every hundred polls and finds
thousands of waiting jobs and no garbage: a fifth of what a poll costs, and pauses of 70 ms (``docs/figures.md``)."""

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="The settings file (default: limner.toml, if there is one).")
]
SpeedOption = Annotated[float, typer.Option(min=0.1, max=10_000, help="How many times faster pretend work goes.")]


def _tell_version(value: bool) -> None:  # noqa: FBT001 - typer's callback
    if value:
        from importlib.metadata import version

        typer.echo(f"limner {version('limner')}")
        raise typer.Exit


@app.callback()
def root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """Limner asks the price first, orders once, and brings pictures and videos into the chat."""


@app.command()
def demo(
    say: Annotated[
        str, typer.Option(help="Hold one conversation in the terminal and exit, for example '/video a puppy'.")
    ] = "",
    speed: SpeedOption = 20.0,
    port: Annotated[int, typer.Option(help="Port of the web chat.")] = 8765,
    sandbox_port: Annotated[int, typer.Option(help="Port of the pretend provider.")] = 8766,
    home: Annotated[Path, typer.Option(help="Where the demo keeps its conversations.")] = Path("var/demo"),
    language: Annotated[str, typer.Option(help="Language for people who chose none: en or zh_Hans.")] = "en",
) -> None:
    """Try Limner with a pretend provider: no keys, no cost, no network."""
    from bot import commands

    if say:
        _run(commands.demo_once(say, speed=speed, language=language))
    _run(commands.demo_web(home, speed=speed, port=port, sandbox_port=sandbox_port, language=language))


@app.command()
def run(config: ConfigOption = None) -> None:
    """Run the service with the chats and providers of your settings."""
    from bot import commands

    _run(commands.run(config))


@app.command()
def chat(config: ConfigOption = None) -> None:
    """Talk to Limner in this terminal. Ctrl-C ends a wait, never an order."""
    from bot import commands

    _run(commands.chat(config))


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.")] = 8766,
    speed: SpeedOption = 1.0,
    home: Annotated[Path, typer.Option(help="Where tasks, charges and media are kept.")] = Path("var/sandbox"),
) -> None:
    """Run the pretend provider alone, for tests and for trying settings."""
    from bot import commands

    _run(commands.sandbox(home, port=port, speed=speed))


@app.command()
def models(
    kind: Annotated[
        str, typer.Argument(help="video, image, animate, edit, frames, reference, music or speech.")
    ] = "video",
    config: ConfigOption = None,
) -> None:
    """Show the live models of your providers with prices and times. Free."""
    from bot import commands

    _run(commands.models(kind, config))


@app.command()
def doctor(
    chat: Annotated[str, typer.Argument(help="Look closely at one chat: discord or feishu.")] = "",
    channel: Annotated[str, typer.Option(help="With discord: also look at the channel with this id.")] = "",
    card: Annotated[str, typer.Option(help="With feishu: send a card to this person (ou_) or chat (oc_).")] = "",
    wait: Annotated[float, typer.Option(min=1, max=600, help="Seconds to wait until its button is pressed.")] = 60.0,
    config: ConfigOption = None,
) -> None:
    """Check this installation: packages, settings, database, providers, chats. Free, and changes nothing."""
    from bot import commands
    from bot.doctor import Wish

    _run(commands.doctor(chat, Wish(channel, card, wait), config))


@providers.command()
def check(
    provider: Annotated[str, typer.Argument(help="The provider's name in your settings, for example katana.")],
    *,
    approve: Annotated[bool, typer.Option("--approve", help="Remember what is published now as approved.")] = False,
    config: ConfigOption = None,
) -> None:
    """Show what a provider changed on its page and in its list of models since you approved them. Free."""
    from bot import commands

    _run(commands.check_provider(provider, config, approve=approve))


@setup.callback()
def _setup() -> None:
    """Keep the chat's name on the command line, though there is only one."""


@setup.command()
def feishu(
    region: Annotated[str, typer.Option(help="Where to begin: feishu or lark.")] = "feishu",
    secret_file: Annotated[Path, typer.Option(help="Where the secret goes; it must not exist.")] = Path(
        "feishu.app_secret"
    ),
    accounts: Annotated[str, typer.Option(help="Address of another Feishu's accounts, such as a private one.")] = "",
) -> None:
    """Make an application on Feishu or Lark by a code that you scan, with everything that Limner needs."""
    from bot import commands

    _run(commands.setup_feishu(region, secret_file, accounts))


BudgetWords = Annotated[
    list[str], typer.Argument(help="person, channel, team or total; day or month; amount and unit; platform/id.")
]


@budget.command()
def show(config: ConfigOption = None) -> None:
    """Show every budget that holds, and who set it."""
    from bot import bookkeeping

    _run(bookkeeping.show_budgets(config))


@budget.command("set")
def set_(words: BudgetWords, config: ConfigOption = None) -> None:
    """Set a budget, for example: person month 20 USD. A running Limner knows it at once."""
    from bot import bookkeeping

    _run(bookkeeping.change_budget(words, config, is_cleared=False))


@budget.command()
def clear(words: BudgetWords, config: ConfigOption = None) -> None:
    """Go back to what the settings say, for example: person month USD."""
    from bot import bookkeeping

    _run(bookkeeping.change_budget(words, config, is_cleared=True))


@app.command()
def usage(
    period: Annotated[str, typer.Option(help="Since when: day or month, in the team's time zone.")] = "month",
    csv: Annotated[Path | None, typer.Option(help="Write every order to this new file; - is the screen.")] = None,
    config: ConfigOption = None,
) -> None:
    """Show what was spent: by service, model, person and channel."""
    from bot import bookkeeping
    from bot.core.budget import Period

    if period not in set(Period):
        raise typer.BadParameter("day or month", param_hint="--period")
    _run(bookkeeping.usage(config, Period(period), csv))


@app.command()
def backup(
    to: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    config: ConfigOption = None,
) -> None:
    """Copy the database while the service may be running."""
    from bot import commands

    _run(commands.backup(to, config))


@app.command()
def forget(
    platform: Annotated[str, typer.Argument(help="The chat: discord, feishu, web or terminal.")],
    person: Annotated[str, typer.Argument(help="The person's id there, as the database has it.")],
    *,
    tenant: Annotated[str, typer.Option(help="Only in this team (server, company); empty means everywhere.")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask once more.")] = False,
    config: ConfigOption = None,
) -> None:
    """Delete everything about a person but what the books need. Stop the service first."""
    from bot import commands

    if not yes:
        typer.confirm(f"Delete everything about {person} on {platform}? It cannot be undone.", abort=True)
    _run(commands.forget(platform, person, tenant, config))


def _run(work: Coroutine[None, None, int]) -> NoReturn:
    """Run a command to its end and exit with its code; an operator's mistake is one clear line, no traceback."""
    import asyncio

    from bot.errors import SettingsProblem, StoreTrouble

    collect_rarely()
    try:
        code = asyncio.run(work)
    except SettingsProblem as problem:
        typer.echo(f"limner: {problem}", err=True)
        code = 2
    except StoreTrouble as trouble:
        said = f"limner: The database cannot be written ({trouble})."
        typer.echo(f"{said} End what has it locked, or free some room on its disk, and start again.", err=True)
        code = 2
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def collect_rarely() -> None:
    """Set up this process for thousands of jobs that wait."""
    gc.set_threshold(COLLECT_AFTER)


def main() -> None:
    """Run the command line."""
    app()
