"""ImaginePro as the sandbox plays it: pictures, buttons, films, tools. Written from the reference, part 2.

**Where.** The service is ``http://127.0.0.1:PORT/imaginepro``; below it the real paths (``/api/v1/midjourney/imagine``,
``/api/v1/nova/imagine``, ``/api/v1/message/fetch/{id}`` ...). The key is ``IMAGINEPRO_KEY`` in
:mod:`providers.sandbox.server`, as ``Authorization: Bearer``. The account begins with 1600 + 1000 credits. The ledger:
``GET /sandbox/ledger?provider=imaginepro`` (``refunds`` beside the charges), or ``sandbox.ledger.charges`` in the
process; a task is called by its ``messageId``. ``POST /sandbox/balance`` sets the account.

**Rules** (:mod:`providers.sandbox.imaginepro.rules`) are on from the start and count by the sandbox's clock: an order
in 3 s, ten messages in 1 s, three jobs at a time, 1 s in which a new message is not found. Change them with
``sandbox.imaginepro.rules.submit_every = 0`` or ``POST /sandbox/rules``
(``{"provider": "imaginepro", "rules": {...}}``); ``families`` are the path families that are open (else 404),
``webhook`` is the account's own address, ``paced_reads`` lets the list and the account count like orders. A clock that
stands still never lets a second order in: move it, or switch the rule off.

**Doors**, as faults and counters call them: ``imaginepro.create`` (all that makes something, extending a film too),
``imaginepro.button``, ``imaginepro.detail`` (every way to read a message), ``imaginepro.list``, ``imaginepro.account``,
``imaginepro.enhance``. A fault without ``on=`` / ``endpoint`` happens to the next ``create``, not to a button.

**Markers** stand in the prompt; a message and its children are reached by the prompt of the first one, so
``[sandbox: failed on=button]`` in a picture's prompt lets every click on it fail. All faults are in
:mod:`providers.sandbox.faults`; in ImaginePro's mouth they mean:

- a number: that HTTP status with ``{message, error, statusCode}`` (429 and 5xx: empty body; 429 with ``Retry-After``,
  which the pace rules' own 429 has not). 401 is a wrong key, ``401 reason=credits`` an empty account.
- ``rejected``: ``{"success": false, "error": ...}`` in a good answer, free.
- ``failed``, ``failed-at-once``: ``FAIL``, charged, kept; ``reason=banned``, ``parameter``, ``denied``, ``timeout`` or
  ``text``; ``style=bare`` tells only ``status`` and ``error``, ``style=body`` all (else now so, now so).
  With ``[sandbox: paid-back]`` beside it the credits come back when it fails.
- ``failed-quietly``: ``DONE`` with an ``error`` and no picture. ``deleted``: the address leads nowhere (404).
- ``stuck``: ``PROCESSING`` until ``timeout`` (then ``FAIL``), or for ``lasting`` seconds more.
- ``no-url``: ``DONE`` without addresses for ``lasting`` seconds more. ``one-fails``: one picture fewer in ``images``.
- ``unseen lasting=8``: 400 on polls, absent from the list, for so long; without a number for ever.
- ``odd-status``: ``MODERATING`` (or ``text``) in the middle of the run. ``no-buttons``: none are told, all are taken.
- ``progress``, ``film-field``: told as ``text``; without the fault each job draws its own way.
- ``webhook``: ``text=twice``, ``late`` (60 s or ``lasting``), ``backwards`` (the end first), ``lost``.

**Ours, because nobody recorded it:** POSTs answer 201; all sentences but "Prompt is required."; 404 for an id that
never was, 400 for one that is no id or not seen yet; ``timeout`` counts from when a job has room; the credits of
describe, face swap, extending a film and ``Cancel Job`` (5, 5, 10, 5) and what that does (the parent fails, kept);
that bad parameters, links and five banned words fail in the run and cost; a describe's four prompts in ``content``;
that the list has every kind of job, running ones with ``uri: null``; which buttons stand under which result; ``type``
only with Midjourney; one clip per film; running times; that ``process_mode`` and ``disableCdn`` change nothing, and
that the same POST twice is two charges. Webhooks go to loopback addresses only, are tried once, and are forgotten when
they were due while the sandbox was down. Other people's pictures are not fetched; an address of this sandbox's own
that leads nowhere is "[Image denied]". ``remove-bg`` draws the picture as it was.
**Not played**, because no document has their bodies: blend, boost, prompt-check, and the queue of one's own plan.
"""
