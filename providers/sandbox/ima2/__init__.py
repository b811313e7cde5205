"""ima2 (``ima2 serve``) as the sandbox plays it: pictures, clips, one event bus. Written from the reference, part 1.

**Where.** ``base_url`` is ``http://127.0.0.1:PORT/ima2``; below it the real paths (``/api/generate``, ``/api/events``,
``/generated/...``). There is no key; ``lan_token`` asks for one. It begins as 2.0.20. The ledger counts *generations*,
one for each picture or clip asked of the upstream, and one for a clip that is put into words (called ``analysis-N``):
``GET /sandbox/ledger?provider=ima2``, or in the process ``sandbox.ledger.charges``; a task is called by its
``requestId`` (twice, if the id was used twice), an edited or extended clip by xAI's id. What the upstream refuses costs
nothing; what may have been paid, was.

**The operator.** ``POST /sandbox/ima2`` takes any of ``version`` (``2.0.2``, ``2.0.20``), ``lan_token``, ``api_key``,
``xai_key``, ``gemini_key``, ``agy``, ``signed_in`` (plans in ``/api/quota``), ``oauth``, ``grok`` (what their status
routes say), ``most_jobs``, ``strangers`` (so many events of other people's jobs at once; 2100 make a gap), ``power``:
``crash`` (connections are cut, nobody answers), ``start``, ``restart``; with ``"ghosts": false`` the in-flight list is
lost, too. In the process: ``sandbox.ima2.setup``, ``.crash()``, ``.start()``, ``.restart(ghosts=...)``,
``.process.bus``, ``.process.jobs``. Only the server's name is shared with others here, so a crashed one takes the
connection and drops it, where a real one would refuse it.

**Doors**, as faults and counters call them: ``ima2.create`` (every POST that spends), ``ima2.events``,
``ima2.inflight``, ``ima2.cancel``, ``ima2.history``, ``ima2.file``, ``ima2.node``, ``ima2.frame``, ``ima2.analyze``,
``ima2.delete``, ``ima2.health``, ``ima2.capabilities``, ``ima2.providers``, ``ima2.oauth``, ``ima2.grok``,
``ima2.agy``, ``ima2.billing``, ``ima2.quota``, ``ima2.keys``. A fault without ``on=`` happens to the next ``create``.
A marker counts for questions about its job, too: ``[sandbox: 500 on=history times=2]``.

**Faults** are in :mod:`providers.sandbox.faults`; here they mean:

- a number: that HTTP status, ``{"error": {"code", "message"}}``; 409 and 429 are REQUEST_ID_IN_USE and TOO_MANY_JOBS
  in the shape of events, 5xx have no body.
- ``failed``: the upstream fails, told in status, code and shape of the route and provider. ``reason``: ``rate``,
  ``session``, ``quota``, ``policy``, ``parameter``, ``upstream`` (the usual one), ``network``, ``words``, ``empty``;
  and, paid for: ``lost``, ``stream``, ``timeout``, clips ``download``, ``expired``. ``text`` replaces the words.
- ``stuck``: ``lasting`` seconds more; for ever means the server's own limit (a picture 400 s, Grok's 240, a clip 900,
  an edited one 600), then 504, paid. A clip's polls say ``stalled`` after 180 s.
- ``one-fails``: one picture less, HTTP 200; where one was asked for, EMPTY_RESPONSE. ``deleted``: no file is there.
- ``heavy``: pictures in answers and events of 3 MB. ``mute``: the bus says nothing of the job. ``false-alarm``: an
  error REQUEST_ID_IN_USE on the bus, though the job goes on. ``fallback``: the newer clip model becomes the older one.
  ``refs-dropped``: ``referencesDroppedOnRetry``.
- on ``events``: ``stream-cut`` (the next event ends in the middle), ``stream-split``, ``stream-slow``.

**The clock.** Jobs take the clock's time, and their events come when it gets there. A clock that tests move is never
waited for: who waits for an answer gets it at once, with ``stuck`` when the clock was moved ``lasting`` seconds on;
who was sent away with a 202 hears of the job as the clock is moved.

**Ours, because nobody recorded it:** a picture inside an answer or an event is a sketch made on the spot, the file
under ``/generated`` is drawn when it is first asked for, so they are two pictures; running times; the whole of a
plan's windows; most words of errors (not their codes); that ``generate``, too, tells the bus of a taken id; a second
synchronous stream with a live id gets its 409 inside the stream; multimode and edit tell an expired session as
``generate`` does, and Grok a refused picture as GROK_BAD_REQUEST; ``warnings`` is a list of codes. Jobs that run when
the server is stopped are lost however it is stopped: it is only ever killed. ``/api/capabilities`` leaves out what is
for browsers and terminals. Not here: sessions, graphs, prompts, account switching, the agent, thumbnails; a chat bot
has no use for them.
"""
