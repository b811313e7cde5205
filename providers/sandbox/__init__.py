"""A local HTTP server that answers as the paid providers do, for the demo and the tests. No adapter lives here.

It is written from the provider references and imports nothing of the adapters, so two mistakes cannot cancel out.
"""
