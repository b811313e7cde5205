// What a person is about to send: text, pictures, and sending them once. The conversation is in chat.js.

import { element, page, words } from "./cards.js";

const text = document.getElementById("text");
const thumbs = document.getElementById("thumbs");
const complaint = document.getElementById("complaint");
const files = document.getElementById("files");
const drop = document.getElementById("drop");
const DRAFT = `limner draft ${page.channel}`;

let pictures = [];

export function freshName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// Returns {ok, body}; a person always gets a sentence, even where no answer came or it was not ours.
export async function post(path, body) {
  const headers = { "X-Limner-Page": page.token };
  if (!(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  try {
    const answer = await fetch(path, { method: "POST", headers, body });
    const said = await answer.json().catch(() => ({}));
    return { ok: answer.ok, status: answer.status, body: answer.ok ? said : { error: said.error ?? words.trouble } };
  } catch {
    return { ok: false, status: 0, body: { error: words.unreachable } };
  }
}

export function complain(sentence) {
  complaint.textContent = sentence;
  complaint.hidden = sentence === "";
}

export function fill(sentence) {
  text.value = sentence;
  grow();
  text.focus();
}

export function sendMessage(message) {
  let body = { event: message.event, text: message.text };
  if (message.pictures.length) {
    body = new FormData();
    body.append("event", message.event);
    body.append("text", message.text);
    for (const picture of message.pictures) body.append("picture", picture);
  }
  return post(`/c/${page.channel}/messages`, body);
}

export function startComposer(send) {
  const form = document.getElementById("composer");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const message = taken();
    if (message !== null) send(message);
  });
  text.addEventListener("keydown", (event) => {
    // While an input method is composing (Chinese, Japanese), Enter chooses a word and must not send.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  text.addEventListener("input", grow);
  text.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    attach(event.clipboardData.files);
  });
  document.getElementById("attach").addEventListener("click", () => files.click());
  files.addEventListener("change", () => {
    attach(files.files);
    files.value = "";
  });
  listenForDrops();
  fill(sessionStorage.getItem(DRAFT) ?? "");
}

function taken() {
  const typed = text.value.trim();
  if (typed === "" && pictures.length === 0) return null;
  if ([...typed].length > page.limits.text) {
    complain(words.text_too_long);
    return null;
  }
  const message = { event: freshName(), text: typed, pictures };
  pictures = [];
  drawThumbs();
  complain("");
  fill("");
  return message;
}

function grow() {
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight, 200)}px`;
  sessionStorage.setItem(DRAFT, text.value.slice(0, page.limits.text));
}

// --- pictures ----------------------------------------------------------------------------------------------------

function attach(list) {
  complain("");
  for (const file of list) {
    const problem = whyNot(file);
    if (problem !== null) {
      complain(problem);
      continue;
    }
    pictures.push(file);
  }
  drawThumbs();
  text.focus();
}

function whyNot(file) {
  if (!file.type.startsWith("image/")) return words.not_a_picture;
  if (file.size > page.limits.picture) return words.picture_too_big;
  return pictures.length >= page.limits.pictures ? words.too_many_pictures : null;
}

function drawThumbs() {
  for (const old of thumbs.querySelectorAll("img")) URL.revokeObjectURL(old.src);
  thumbs.replaceChildren(...pictures.map(drawThumb));
  thumbs.hidden = pictures.length === 0;
}

function drawThumb(file) {
  const remove = element("button", { type: "button", title: words.detach, "aria-label": words.detach }, "×");
  remove.addEventListener("click", () => {
    pictures = pictures.filter((picture) => picture !== file);
    drawThumbs();
    text.focus();
  });
  return element("li", {}, element("img", { src: URL.createObjectURL(file), alt: file.name }), remove);
}

function listenForDrops() {
  let depth = 0;
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const showing = (change) => {
    depth = Math.max(0, depth + change);
    drop.hidden = depth === 0;
  };
  addEventListener("dragenter", (event) => carriesFiles(event) && showing(1));
  addEventListener("dragleave", (event) => carriesFiles(event) && showing(-1));
  addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    showing(-depth);
    attach(event.dataTransfer.files);
  });
}
