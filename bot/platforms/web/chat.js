// The open conversation: its stream, its messages in order, its buttons. How things look is in cards.js.

import { drawMessage, element, face, page, redraw, words } from "./cards.js";
import { complain, fill, freshName, post, sendMessage, startComposer } from "./composer.js";

const byId = (id) => document.getElementById(id);
const [log, scroll, newest, earlier] = ["log", "scroll", "newest", "earlier"].map(byId);
const messages = new Map(); // id -> {message, drawn, unsent}; a message that is not stored yet has an endless seq
let me = page.me;

// --- messages in order -------------------------------------------------------------------------------------------

function put(message) {
  const known = messages.get(message.id);
  const isNews = known === undefined && message.seq > highest();
  if (known === undefined) {
    insert(message, null);
  } else if (known.message.seq !== message.seq) {
    known.drawn.remove();
    insert(message, known.unsent);
  } else {
    redraw(known.drawn, known.message.card, message.card);
    known.message = message;
  }
  byId("empty").hidden = true;
  return isNews;
}

function insert(message, unsent) {
  const drawn = drawMessage(message);
  messages.set(message.id, { message, drawn, unsent });
  let after = log.lastElementChild;
  while (after !== null && messages.get(after.dataset.id).message.seq > message.seq) after = after.previousElementSibling;
  if (after === null) log.prepend(drawn);
  else after.after(drawn);
  drawUnsent(message.id);
}

function highest() {
  let most = 0;
  for (const { message } of messages.values()) if (Number.isFinite(message.seq)) most = Math.max(most, message.seq);
  return most;
}

function startOver(history) {
  const kept = new Set(history.messages.map((message) => message.id));
  for (const [id, { message, drawn }] of messages) {
    if (kept.has(id) || !Number.isFinite(message.seq)) continue;
    drawn.remove();
    messages.delete(id);
  }
  history.messages.forEach(put);
  earlier.hidden = !history.more;
  byId("empty").hidden = messages.size > 0;
}

earlier.addEventListener("click", async () => {
  const first = Math.min(...Array.from(messages.values(), ({ message }) => message.seq));
  earlier.disabled = true;
  try {
    const answer = await fetch(`/c/${page.channel}/messages?before=${first}`);
    if (!answer.ok) throw new Error(String(answer.status));
    const history = await answer.json();
    const from = scroll.scrollHeight - scroll.scrollTop;
    history.messages.forEach(put);
    scroll.scrollTop = scroll.scrollHeight - from;
    earlier.hidden = !history.more;
  } catch {
    toast(words.unreachable);
  } finally {
    earlier.disabled = false;
  }
});

// --- scrolling: follow the newest unless the reader looks further up --------------------------------------------

let following = true;

function toTheNewest() {
  following = true;
  newest.hidden = true;
  scroll.scrollTop = scroll.scrollHeight;
}

scroll.addEventListener("scroll", () => {
  following = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  if (following) newest.hidden = true;
});
newest.addEventListener("click", toTheNewest);
const follow = new ResizeObserver(() => following && toTheNewest());
follow.observe(log);
follow.observe(scroll);

// --- the stream --------------------------------------------------------------------------------------------------

let lastSeen = "";

function listen() {
  const stream = new EventSource(`/c/${page.channel}/events?after=${encodeURIComponent(lastSeen)}`);
  const on = (kind, act) =>
    stream.addEventListener(kind, (event) => {
      if (event.lastEventId) lastSeen = event.lastEventId;
      act(JSON.parse(event.data));
    });
  on("history", (history) => {
    startOver(history);
    if (following) toTheNewest();
  });
  on("message", (message) => {
    const isNews = put(message);
    if (following || message.mine) toTheNewest();
    else if (isNews) newest.hidden = false;
  });
  on("show", ({ id, card }) => {
    const known = messages.get(id);
    if (known === undefined) return;
    redraw(known.drawn, known.message.card, card);
    known.message = { ...known.message, card };
  });
  on("people", ({ people }) => drawPeople(people));
  on("me", (now) => {
    me = { ...me, name: now.name };
    drawSelf();
    if (now.locale !== me.locale) location.reload();
  });
  stream.addEventListener("open", () => {
    byId("trouble").hidden = true;
    document.body.dataset.connected = "yes";
  });
  stream.addEventListener("error", () => {
    byId("trouble").hidden = false;
    delete document.body.dataset.connected;
    // The browser comes back by itself, except after an answer that is no stream (a restart, a page too old).
    if (stream.readyState === EventSource.CLOSED) setTimeout(lookWhy, 2000);
  });
}

async function lookWhy() {
  const answer = await fetch(`/c/${page.channel}/messages?before=1`).catch(() => null);
  if (answer !== null && [401, 403, 404, 421].includes(answer.status)) offerReload();
  else listen();
}

function offerReload() {
  const button = element("button", { class: "plain", type: "button" }, words.reload);
  button.addEventListener("click", () => location.reload());
  byId("trouble").replaceChildren(words.page_out_of_date, " ", button);
}

// --- sending and pressing ----------------------------------------------------------------------------------------

let underWay = 0;

async function send(message) {
  const id = `${me.id}:${message.event}`;
  if (!messages.has(id)) {
    const at = new Date().toISOString();
    const own = { by: me.name, hue: me.hue, mine: true, limner: false, private: false };
    put({ id, seq: Infinity, at, text: message.text, card: null, ...own });
  }
  setUnsent(id, null);
  toTheNewest();
  busy(1);
  const { ok, body } = await sendMessage(message);
  busy(-1);
  if (!ok) setUnsent(id, { why: body.error, again: () => send(message) });
}

function busy(change) {
  underWay += change;
  byId("working").hidden = underWay === 0;
  if (following) toTheNewest();
}

function setUnsent(id, unsent) {
  if (!messages.has(id)) return;
  messages.get(id).unsent = unsent;
  drawUnsent(id);
}

function drawUnsent(id) {
  const { message, drawn, unsent } = messages.get(id);
  const isStored = Number.isFinite(message.seq);
  drawn.classList.toggle("unstored", !isStored);
  drawn.querySelector(".unsent")?.remove();
  if (unsent === null) return;
  const button = element("button", { class: "plain", type: "button" }, words.send_again);
  button.addEventListener("click", unsent.again);
  const sentence = isStored ? unsent.why : `${words.not_sent} ${unsent.why}`;
  drawn.querySelector(".body").append(element("p", { class: "unsent", role: "alert" }, sentence, button));
}

log.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-action]");
  if (button === null) return;
  const row = [...button.parentElement.children];
  row.forEach((one) => (one.disabled = true));
  button.classList.add("pressing");
  const { body } = await post(`/c/${page.channel}/press`, { event: freshName(), action: button.dataset.action });
  button.classList.remove("pressing");
  row.forEach((one) => (one.disabled = false));
  if (document.activeElement === document.body && button.isConnected) button.focus({ preventScroll: true });
  toast(body.error ?? body.toast);
});

let toastTimer = 0;

function toast(sentence) {
  if (!sentence) return;
  const shown = byId("toast");
  shown.textContent = sentence;
  shown.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => (shown.hidden = true), 5000);
}

// --- people ------------------------------------------------------------------------------------------------------

function drawPeople(people) {
  const others = people.filter((person) => !person.mine);
  const drawn = others.slice(0, 3).map((one) => element("li", {}, face(one.name, one.hue), element("span", {}, one.name)));
  if (others.length > 3) {
    const names = others.slice(3).map((one) => one.name).join(", ");
    drawn.push(element("li", { class: "more", title: names }, `+${others.length - 3}`));
  }
  byId("people").replaceChildren(...drawn);
}

function drawSelf() {
  const drawn = face(me.name, me.hue);
  drawn.id = "self-face";
  byId("self-face").replaceWith(drawn);
  byId("self-name").textContent = me.name;
}

byId("self").addEventListener("click", () => {
  byId("name").value = me.name;
  byId("profile-complaint").hidden = true;
  byId("profile").showModal();
});
byId("profile-close").addEventListener("click", () => byId("profile").close());
byId("profile-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { ok, body } = await post("/me", { name: byId("name").value, locale: byId("language").value });
  byId("profile-complaint").textContent = ok ? "" : body.error;
  byId("profile-complaint").hidden = ok;
  if (ok) byId("profile").close();
});

// --- start -------------------------------------------------------------------------------------------------------

for (const example of document.querySelectorAll(".example")) {
  example.addEventListener("click", () => fill(example.textContent));
}
drawSelf();
startComposer(send);
complain("");
listen();
