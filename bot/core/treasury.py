"""What is said about budgets, permissions, approvals, usage and receipts, in English. Rules: see ``wording``."""

from collections.abc import Mapping

from bot.core.budget import Period, Scope
from bot.core.ledger import EntryKind
from bot.errors import RefusalCode
from bot.text import Phrase

P = Phrase

BUDGETS: Mapping[Scope, Mapping[Period, Phrase]] = {
    Scope.PERSON: {Period.DAY: P("your budget for today"), Period.MONTH: P("your budget for this month")},
    Scope.CHANNEL: {
        Period.DAY: P("the budget of this channel for today"),
        Period.MONTH: P("the budget of this channel for this month"),
    },
    Scope.TEAM: {
        Period.DAY: P("the budget of this team for today"),
        Period.MONTH: P("the budget of this team for this month"),
    },
    Scope.TOTAL: {Period.DAY: P("the budget of all for today"), Period.MONTH: P("the budget of all for this month")},
}
"""What a budget is called, in the middle of a sentence."""

REFUSALS: Mapping[RefusalCode, Phrase] = {
    RefusalCode.BUDGET_SPENT: P(
        "This would take {cost}, and {budget} has {left} left. It starts anew on {when}. Nothing was spent."
    ),
    RefusalCode.BUDGET_UNPRICED: P(
        "There is a budget in {currency} here, and this has no price in {currency}. "
        "Please take another model, or ask your admin. Nothing was spent."
    ),
    RefusalCode.NOT_ALLOWED: P("This isn't open to you here. If you need it, please ask your admin."),
    RefusalCode.ADULTS_ONLY: P("{model} is for adults, so I use it only in channels that are kept for them."),
    RefusalCode.UNWANTED_WORDS: P("I don't make this here. Please say it in another way. Nothing was spent."),
    RefusalCode.AWAITING_APPROVAL: P("You've said yes already. Now somebody else has to approve it."),
    RefusalCode.APPROVERS_ONLY: P("Only those who approve orders here can decide about this."),
    RefusalCode.NOT_YOUR_OWN: P("You asked for this one yourself, so somebody else has to approve it."),
    RefusalCode.ADMINS_ONLY: P("Only an admin can do this. /budget shows what is left for you."),
    RefusalCode.BUDGET_UNREADABLE: P(
        "Please say for whom, for how long and how much, for example: {example}. "
        "For whom: {scopes}. For how long: {periods}. Instead of an amount you can say unlimited."
    ),
}

# --- a second yes --------------------------------------------------------------------------------------------------

FACT_APPROVED = P("Approved")
APPROVED_BY = P("by {who}, {when}")
APPROVAL_TITLE = P("⏸️ Waiting for somebody to approve this")
APPROVAL_WHY = P("Orders of this size need a second yes. Nothing is spent until somebody else presses Approve.")
APPROVAL_ASKED = P("Now somebody else has to approve it.")
APPROVAL_PRICE_CHANGED = P("The price has changed, so whoever asked has to say yes again.")
APPROVED_TOAST = P("✅ Approved. It starts now.")
BUTTON_APPROVE = P("Approve")
BUTTON_DECLINE = P("Decline")
DECLINED_TITLE = P("Not approved. Nothing was spent.")
DECLINED_BY = P("{who} said no, {when}.")
DECLINED_TOAST = P("All right, it isn't ordered.")

# --- what is left --------------------------------------------------------------------------------------------------

BUDGET_TITLE = P("What may still be spent")
BUDGET_NONE = P("No budget limits you here.")
BUDGET_ITEM = P("{budget}: {left} of {most} left, anew on {when}")
BUDGETS_TITLE = P("Budgets")
BUDGETS_NONE = P("No budget is set.")
BUDGET_HELD = P("{whose}, {period}: {most}")
EACH: Mapping[Scope, Phrase] = {
    Scope.PERSON: P("each person"),
    Scope.CHANNEL: P("each channel"),
    Scope.TEAM: P("each team"),
    Scope.TOTAL: P("all together"),
}
PERIODS: Mapping[Period, Phrase] = {Period.DAY: P("each day"), Period.MONTH: P("each month")}
UNLIMITED = P("no limit")
BUDGET_SET = P("✅ Done. From now on: {budget}")
BUDGET_CLEARED = P("✅ Done. What the settings say about it counts again.")

# --- what was spent ------------------------------------------------------------------------------------------------

USAGE_TITLES: Mapping[str, Mapping[Period, Phrase]] = {
    "me": {Period.DAY: P("What you had made today"), Period.MONTH: P("What you had made this month")},
    "team": {Period.DAY: P("What this team had made today"), Period.MONTH: P("What this team had made this month")},
    "all": {Period.DAY: P("What everybody had made today"), Period.MONTH: P("What everybody had made this month")},
}
USAGE_NONE = P("Nothing yet.")
USAGE_WHOLE = P("{count} order: {amounts}", "{count} orders: {amounts}")
USAGE_BY: Mapping[str, Phrase] = {"service": P("By service"), "model": P("By model"), "person": P("By person")}
USAGE_ITEM = P("{bar} {name}: {count} order, {amounts}", "{bar} {name}: {count} orders, {amounts}")
USAGE_MORE = P("… and {count} more", "… and {count} more")
USAGE_CHART: Mapping[Period, Phrase] = {
    Period.DAY: P("The picture shows it hour by hour, in {measure}."),
    Period.MONTH: P("The picture shows it day by day, in {measure}."),
}
MEASURES: Mapping[str, Phrase] = {
    "points": P("points"),
    "credits": P("credits"),
    "plan_uses": P("uses of the account's plan"),
}
"""What a chart counts, where it has a word; a currency is its own."""

USAGE_UNKNOWN = P("Of these, {count} is not certain yet.", "Of these, {count} are not certain yet.")

# --- one order -----------------------------------------------------------------------------------------------------

RECEIPT_TITLE = P("🧾 Receipt for {code}")
FACT_ORDERED = P("Ordered")
FACT_STATE = P("It is")
FACT_TOLD = P("Price you were told")
BOOKS_EMPTY = P("Nothing was spent.")
BOOKS: Mapping[EntryKind, Phrase] = {
    EntryKind.RESERVED: P("{when}: {amount} set aside"),
    EntryKind.SETTLED: P("{when}: {amount} spent"),
    EntryKind.RELEASED: P("{when}: {amount} free again, not spent"),
    EntryKind.UNKNOWN: P("{when}: {amount}, and it isn't certain whether it was spent"),
}
RECEIPT_USAGE = P("Please add the code of the order after /receipt. /history shows your codes.")
