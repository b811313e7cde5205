"""imgnAI Katana as the sandbox plays it: models, balance, pictures, films, text. Written from the reference, part 2.

**Where.** ``base_url`` is ``http://127.0.0.1:PORT/katana``; below it the real paths (``/v1/models``,
``/v1/generation-requests``, ..., ``/llms.txt``). The pair is ``KATANA_KEY`` and ``KATANA_SECRET`` in
:mod:`providers.sandbox.server`; the secret holds a colon. The account begins with ``"20814.0"`` credits. The
ledger: ``GET /sandbox/ledger?provider=katana`` (one charge per request, ``refunds`` beside it), or in the process
``sandbox.ledger.charges`` and ``sandbox.ledger.refunds``; a task is called by its ``request_id``, an answer that was
not asked for with ``wait=false`` by its ``id``. ``POST /sandbox/balance`` sets the account, ``POST /sandbox/page``
(``{"text": ...}``) rewrites ``llms.txt``; ``sandbox.katana.shelf`` can ``reprice`` and ``withdraw`` models.

**Doors**, as faults and counters call them: ``katana.models``, ``katana.balance``, ``katana.create`` (batch and both
flat ones), ``katana.detail`` (the poll), ``katana.chat``, ``katana.attestation``, ``katana.page``. A fault without
``on=`` / ``endpoint`` happens to the next paid request: ``create`` or ``chat``.

**Markers** stand in the prompt of an item, or in the last user message of a question (``[sandbox: lost-answer]``).
All faults are in :mod:`providers.sandbox.faults`; in Katana's mouth they mean:

- a number: that HTTP status, ``{"detail": ...}`` (429 and 5xx: empty body; 429 with ``Retry-After``; ``style=body``
  gives them a body too). 401 says "Invalid API credentials", 402 "Insufficient credits".
- ``rejected``: the item is rejected at submit, free. ``failed-at-once``: failed at submit, charged, paid back later.
- ``failed``: fails in the run, paid back within 300 s; ``reason=timeout`` is ``generation_timed_out`` (retryable),
  ``reason=upstream`` is ``upstream_error`` (not), ``reason=policy`` a bare string instead of an object, not paid back.
- ``failed-quietly``: ``completed`` with an ``error`` and no asset; ``deleted``: ``completed`` with zero assets.
- ``stuck``: ``processing`` for ever although paid back after 600 s (films 6000 s); with ``lasting`` only later.
- ``no-url``: ``completed``, every address a blank string, for ``lasting`` seconds more.
- ``one-fails``: the last item of a batch fails (``partial_failure``).
- ``no-pace``: ``poll_after_seconds`` is ``null`` (else it varies from 2 to 10).
- ``stream-cut`` (the connection ends in the middle), ``stream-split`` (chunks end in the middle of a character),
  ``stream-slow`` (``lasting`` real seconds between pieces), ``no-usage`` (no usage chunk; the whole reserve is kept).

**Ours, because nobody recorded it:** the JSON types of the model list (``custom_rules`` is a list of names,
``video_lengths_and_costs`` an object of seconds to credits, ``multi_image_inputs_allowed`` a number), the price fields
``credits``, ``fast_credits``, ``uhd_credits`` of images and ``input_credits_per_million`` /
``output_credits_per_million`` of text, ``privacy_mode`` (``anonymized``, ``private``, ``e2ee_private``), ``detail`` of
errors other than 401, the attestation's body, and that ``client_request_id`` changes nothing: the same POST twice is
two charges. An input's length cannot be fetched here; ``https://...?seconds=20`` says it (a WAV's is read).
A stream tells its usage only with ``stream_options.include_usage``. Our own results, though plain ``http``, are good as
inputs while their address is. A clock that tests move is never waited for: answers and streams come at once, and only
the runs of items take its time.
"""
