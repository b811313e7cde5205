"""A button means the same after any restart, fits into every chat, and only works for whose order it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.access import may_act
from bot.core.actions import LONGEST, Action, Verb, decode
from providers.models import Task
from tests.core.reading import catalogue, unhurried
from tests.fakes.jobs import a_job

JOB = "f" * 32
_JOBS = st.text("0123456789abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=40)


@unhurried
@given(st.sampled_from(Verb), _JOBS, st.text(st.characters(exclude_characters="|"), max_size=40))
def test_what_is_written_into_a_button_is_read_out_of_it(verb: Verb, job: str, extra: str) -> None:
    """The whole meaning is in the id."""
    action = Action(verb, job, extra)
    assert decode(action.encode()) == action
    assert len(action.encode()) <= LONGEST


@pytest.mark.parametrize("task", Task)
def test_every_models_name_fits(task: Task) -> None:
    """With the verb and a whole job name beside it, into the hundred characters that the tightest chat has."""
    for model in catalogue(task):
        code = Action(Verb.SWITCH, JOB, model.id).encode()
        assert len(code) <= LONGEST == 100
        assert decode(code) == Action(Verb.SWITCH, JOB, model.id)


@pytest.mark.parametrize("extra", ["x" * 51, "a|b"])
def test_what_does_not_fit_is_known_before(extra: str) -> None:
    """Rather than written into a button that cannot be read again."""
    action = Action(Verb.SWITCH, JOB, extra)
    assert not action.fits
    with pytest.raises(ValueError, match="not encodable"):
        action.encode()


@pytest.mark.parametrize(
    "code",
    [
        "",
        "confirm",
        "lm1|confirm|",
        "lm1|confirm",
        "lm2|confirm|abc",
        "LM1|confirm|abc",
        "lm1|buy|abc",
        "lm1|confirm|ABC",
        "lm1|confirm|abc\n",
        "lm1|confirm|abc|x|y",
        "lm1|confirm|abc|" + "x" * 51,
        "lm1|confirm|" + "a" * 41,
        "lm1|confirm|../etc",
        " lm1|confirm|abc",
        "lm1|confirm|٣",
    ],
)
def test_a_forged_or_foreign_button_does_nothing(code: str) -> None:
    """It is no button of ours."""
    assert decode(code) is None


@unhurried
@given(st.text())
def test_no_button_is_too_strange(code: str) -> None:
    """Anything can arrive from a chat; what is read is what would be written."""
    action = decode(code)
    assert action is None or decode(action.encode()) == action


@pytest.mark.parametrize(
    "platform,tenant,person,may",
    [
        ("stage", "house", "ann", True),
        ("stage", "house", "bob", False),
        ("stage", "elsewhere", "ann", False),
        ("web", "house", "ann", False),
    ],
)
def test_an_order_belongs_to_who_asked(platform: str, tenant: str, person: str, *, may: bool) -> None:
    """The same name in another chat or another team is somebody else."""
    assert may_act(a_job(), platform, tenant, person) is may
