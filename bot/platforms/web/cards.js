// How messages and cards look. Every string becomes a text node, so nothing anybody typed can become markup.

export const page = JSON.parse(document.getElementById("page").textContent);
export const words = page.words;

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

export function face(name, hue) {
  const drawn = element("span", { class: "face", "aria-hidden": "true" }, [...name][0] ?? "?");
  drawn.style.setProperty("--hue", hue);
  return drawn;
}

// --- addresses ---------------------------------------------------------------------------------------------------

const ADDRESS = /https?:\/\/[^\s<>"'“”‘’，。；！？（）【】《》、]+/g;

function safe(address) {
  try {
    const url = new URL(address, location.href);
    return url.protocol === "https:" || url.protocol === "http:" ? address : null;
  } catch {
    return null;
  }
}

export function link(address, label = address) {
  if (safe(address) === null) return document.createTextNode(label);
  return element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, label);
}

function withLinks(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0].replace(/[.,;:!?)\]]+$/, "");
    parts.push(text.slice(from, found.index), link(address));
    from = found.index + address.length;
  }
  parts.push(text.slice(from));
  return parts.filter((part) => part !== "");
}

function paragraph(kind, text) {
  const isLong = text.length > 600;
  return element("p", { class: isLong ? `${kind} long` : kind, tabindex: isLong ? "0" : null }, ...withLinks(text));
}

// --- the parts of a card -----------------------------------------------------------------------------------------

const PARTS = {
  title: (card) => (card.title ? element("h3", { class: "title" }, card.title) : null),
  quote: (card) => (card.quote ? element("blockquote", {}, paragraph("quote", card.quote)) : null),
  text: (card) => (card.text ? element("p", { class: "answer" }, ...withLinks(card.text)) : null),
  percent: (card) => (card.percent === null ? null : drawBar(card.percent)),
  preview: (card) => (card.preview ? drawPreview(card.preview) : null),
  media: (card) => (card.media.length ? element("div", { class: "media" }, ...card.media.map(drawMedium)) : null),
  facts: (card) => (card.facts.length ? drawFacts(card.facts) : null),
  copy: (card) => (card.copy ? drawCopy(card.copy) : null),
  lines: (card) => (card.lines.length ? drawLines(card.lines) : null),
  buttons: (card) => (card.buttons.length ? drawButtons(card.buttons) : null),
};

function drawFacts(facts) {
  const rows = facts.map((fact) => element("div", {}, element("dt", {}, fact.label), element("dd", {}, fact.value)));
  return element("dl", { class: "facts" }, ...rows);
}

function drawLines(lines) {
  return element("div", { class: "lines" }, ...lines.map((line) => element("p", {}, ...withLinks(line))));
}

function drawBar(percent) {
  const fill = element("span", { class: "fill" });
  const bar = element("div", { class: "bar", role: "progressbar", "aria-label": words.progress }, fill);
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  setBar(bar, percent);
  return bar;
}

function setBar(bar, percent) {
  bar.setAttribute("aria-valuenow", String(percent));
  bar.classList.toggle("done", percent === 100);
  bar.firstElementChild.style.width = `${percent}%`;
}

function drawCopy(address) {
  const button = element("button", { class: "plain copy", type: "button" }, words.copy);
  button.addEventListener("click", async () => {
    const done = await toClipboard(address);
    button.textContent = done ? words.copied : words.copy_by_hand;
    button.classList.toggle("done", done);
    setTimeout(() => {
      button.textContent = words.copy;
      button.classList.remove("done");
    }, 2500);
  });
  return element("div", { class: "address" }, link(address), button);
}

async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard API outside https and localhost: mark the text in a field and copy that.
    const field = element("textarea", { class: "offscreen", readonly: true });
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

function drawButtons(buttons) {
  const drawn = buttons.map((button) =>
    element("button", { class: button.style, type: "button", "data-action": button.action }, button.label),
  );
  return element("div", { class: "buttons" }, ...drawn);
}

// --- media -------------------------------------------------------------------------------------------------------

const MEDIA = {
  video: (medium) =>
    element("video", { src: medium.url, controls: true, playsinline: true, preload: "metadata", poster: medium.cover || null }),
  audio: (medium) => element("audio", { src: medium.url, controls: true, preload: "metadata" }),
  image: (medium) => element("img", { src: medium.url, alt: "", loading: "lazy", decoding: "async" }),
};

// Not finished and not kept: it goes when the message has its last form.
function drawPreview(address) {
  const drawn = element("img", { src: address, alt: words.preview, decoding: "async" });
  const frame = element("div", { class: "preview" }, drawn);
  drawn.addEventListener("error", () => frame.remove(), { once: true });
  return frame;
}

function drawMedium(medium) {
  if (!medium.held) return drawShown(medium);
  const save = element("a", { class: "save", href: `${medium.url}?save`, download: true }, words.download);
  return element("div", { class: "held" }, drawShown(medium), save);
}

function drawShown(medium) {
  const ours = medium.kind === "image" && medium.url.startsWith("data:image/png;base64,");
  const drawn = medium.url && (ours || safe(medium.url)) && MEDIA[medium.kind] ? MEDIA[medium.kind](medium) : null;
  if (drawn === null) return notShown(medium.url);
  const frame = element("div", { class: `frame ${medium.kind}` }, drawn);
  if (medium.width && medium.height && medium.kind !== "audio") {
    // The room is taken before the media arrives, so that nothing jumps.
    frame.classList.add("sized");
    frame.style.setProperty("--ratio", medium.width / medium.height);
    frame.style.setProperty("--width", `${medium.width}px`);
  }
  drawn.addEventListener("error", () => frame.replaceWith(notShown(medium.held ? "" : medium.url)), { once: true });
  return frame;
}

function notShown(address) {
  if (!address) return element("p", { class: "not-shown" }, words.kept_not_shown);
  return element("p", { class: "not-shown" }, `${words.not_shown} `, link(address));
}

// --- messages ----------------------------------------------------------------------------------------------------

const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full", timeStyle: "short" });

export function drawMessage(message) {
  const drawn = element("article", { class: "message", "data-id": message.id });
  drawn.classList.toggle("mine", message.mine);
  drawn.classList.toggle("limner", message.limner);
  drawn.classList.toggle("private", message.private);
  const mark = message.limner
    ? element("img", { class: "face", src: "/static/mark.svg", alt: "", width: "30", height: "30" })
    : face(message.by, message.hue);
  drawn.append(mark, element("div", { class: "body" }, heading(message)));
  if (message.text) drawn.lastChild.append(element("div", { class: "bubble" }, paragraph("text", message.text)));
  redraw(drawn, null, message.card);
  return drawn;
}

function heading(message) {
  const at = new Date(message.at);
  const time = element("time", { datetime: message.at, title: day.format(at) }, clock.format(at));
  const name = message.limner ? "Limner" : message.mine ? words.you : message.by;
  const only = message.private ? element("span", { class: "only" }, words.private) : null;
  return element("p", { class: "heading" }, element("b", {}, name), only, time);
}

// Only the parts that changed are drawn anew: a playing video, a focused button and the bar's motion stay.
export function redraw(drawn, old, card) {
  let box = drawn.querySelector(".card");
  if (card === null) return;
  if (box === null) {
    box = element("div", { class: "card" });
    drawn.querySelector(".body").append(box);
  }
  box.dataset.tone = card.tone;
  let before = null;
  for (const [name, draw] of Object.entries(PARTS)) {
    let part = box.querySelector(`:scope > [data-part="${name}"]`);
    if (old === null || JSON.stringify(old[name]) !== JSON.stringify(card[name])) {
      part = renewed(box, name, part, draw, card, before);
    }
    before = part ?? before;
  }
}

function renewed(box, name, part, draw, card, before) {
  if (name === "percent" && part !== null && card.percent !== null) {
    setBar(part, card.percent);
    return part;
  }
  const fresh = draw(card);
  const hadFocus = part !== null && part.contains(document.activeElement);
  if (part !== null) part.remove();
  if (fresh !== null) {
    fresh.dataset.part = name;
    if (before === null) box.prepend(fresh);
    else before.after(fresh);
  }
  if (hadFocus) (fresh?.querySelector("button") ?? document.getElementById("text")).focus({ preventScroll: true });
  return fresh;
}
