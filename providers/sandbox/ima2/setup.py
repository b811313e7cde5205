"""How this ima2 is set up: release, keys, who is signed in, what is guarded. Who may change it is not known here."""

from dataclasses import dataclass

from providers.sandbox.ima2.catalogue import CURRENT, Version


@dataclass
class Setup:
    """The switches. ``oauth`` and ``grok`` are what their status routes say; an empty ``lan_token`` guards nothing."""

    version: Version = CURRENT
    lan_token: str = ""
    api_key: bool = False
    xai_key: bool = False
    gemini_key: bool = True
    agy: bool = False
    oauth: str = "ready"
    grok: str = "ready"
    signed_in: bool = True
