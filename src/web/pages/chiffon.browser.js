// @ts-nocheck -- runs in the browser; the DOM's types would reach every file of the server
// Makes the page live: news from the stream, buttons and messages without a reload. Everything works without it, by forms and reloads.
"use strict";
(() => {
  const entries = document.getElementById("entries");
  const live = document.querySelector(".live");
  const announcer = document.getElementById("announcer");
  const thinking = document.getElementById("thinking");
  const newer = document.getElementById("newer");
  const composer = document.getElementById("composer");
  const text = document.getElementById("text");
  if (!entries || !composer) return;
  document.documentElement.classList.add("scripted");

  // --- live news

  let revision = Number(entries.dataset.revision) || 0;
  let stream;
  let retryTimer;

  function connect() {
    stream = new EventSource(`/events?since=${revision}`);
    stream.addEventListener("open", () => setLive("live"));
    stream.addEventListener("entry", (event) => {
      revision = Math.max(revision, Number(event.lastEventId) || 0);
      show(event.data);
    });
    stream.addEventListener("signed-out", () => location.reload());
    stream.addEventListener("error", () => {
      setLive("reconnecting");
      // A refused stream is not tried again by the browser.
      if (stream.readyState !== EventSource.CLOSED) return;
      clearTimeout(retryTimer);
      retryTimer = setTimeout(() => void reconnect(), 2000);
    });
  }

  async function reconnect() {
    try {
      const answer = await fetch("/", { headers: { accept: "text/html" }, redirect: "manual" });
      if (answer.status === 401) return location.reload();
      connect();
    } catch {
      retryTimer = setTimeout(() => void reconnect(), 2000);
    }
  }

  function setLive(state) {
    if (live.dataset.state === state) return;
    live.dataset.state = state;
    live.querySelector(".word").textContent = state;
  }

  function show(markup) {
    const template = document.createElement("template");
    template.innerHTML = markup;
    const fresh = template.content.firstElementChild;
    if (!fresh) return;
    const old = document.getElementById(fresh.id);
    const atEnd = nearEnd();
    if (old) {
      if (Number(old.dataset.revision) >= Number(fresh.dataset.revision)) return;
      const kept = remember(old);
      old.replaceWith(fresh);
      restore(fresh, kept);
    } else {
      const next = placeOf(fresh);
      if (next === undefined) return;
      fresh.classList.add("arriving");
      entries.insertBefore(fresh, next);
      document.getElementById("empty")?.remove();
    }
    const isCard = fresh.classList.contains("card");
    if (isCard && !old) thinking.hidden = true;
    if (isCard && fresh.dataset.announce !== old?.dataset.announce) announcer.textContent = fresh.dataset.announce;
    tellTimes(fresh);
    if (old) return void (atEnd && scrollToEnd());
    if (atEnd || !isCard) reveal(fresh);
    else newer.hidden = false;
  }

  const positionOf = (entry) => Number(entry.dataset.position);
  const isHistory = "history" in entries.dataset;

  /** Before which entry a new one belongs, null for the end; undefined: not to what this page shows. */
  function placeOf(fresh) {
    const shown = [...entries.children];
    const next = shown.find((entry) => positionOf(entry) > positionOf(fresh)) ?? null;
    if (next === null) return isHistory ? undefined : null;
    // An old card that changed while the page shows only later ones.
    return next === shown[0] && document.getElementById("earlier") ? undefined : next;
  }

  // --- what was earlier

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#earlier a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    void showEarlier(link);
  });

  async function showEarlier(link) {
    const bar = link.parentElement;
    if (bar.getAttribute("aria-busy")) return;
    bar.setAttribute("aria-busy", "true");
    let page;
    try {
      const answer = await fetch(link.href, { headers: { accept: "text/html" } });
      if (!answer.ok) return void location.assign(link.href);
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      bar.removeAttribute("aria-busy");
      return void (announcer.textContent = "Chiffon does not answer.");
    }
    const fromEnd = document.documentElement.scrollHeight - window.scrollY;
    const fresh = [...page.querySelectorAll("#entries > .entry")].filter((entry) => !document.getElementById(entry.id));
    entries.prepend(...fresh);
    tellTimes(entries);
    const further = page.getElementById("earlier");
    if (further) bar.replaceWith(further);
    else bar.remove();
    // What was read stays where it is.
    window.scrollTo({ top: document.documentElement.scrollHeight - fromEnd });
    announcer.textContent = `${fresh.length} earlier entries are shown`;
    const focus = further?.querySelector("a") ?? fresh[0];
    focus?.focus({ preventScroll: true });
  }

  // --- what a person is in the middle of, kept over a card's change

  function remember(card) {
    const active = document.activeElement;
    return {
      focus: card === active ? "card" : card.contains(active) ? active.dataset.key : undefined,
      selection: card.contains(active) && "selectionStart" in active ? [active.selectionStart, active.selectionEnd] : undefined,
      open: [...card.querySelectorAll("details[open]")].map((fold) => fold.dataset.fold),
      values: [...card.querySelectorAll("[data-key]")]
        .filter((field) => "defaultValue" in field && field.value !== field.defaultValue)
        .map((field) => [field.dataset.key, field.value]),
      selects: [...card.querySelectorAll("select[data-key]")].map((field) => [field.dataset.key, field.value]),
    };
  }

  function restore(card, kept) {
    const find = (key) => [...card.querySelectorAll("[data-key]")].find((element) => element.dataset.key === key);
    for (const fold of card.querySelectorAll("details")) fold.open ||= kept.open.includes(fold.dataset.fold);
    for (const [key, value] of [...kept.values, ...kept.selects]) {
      const field = find(key);
      if (field) field.value = value;
    }
    if (kept.focus === undefined) return;
    // A button that is gone leaves the focus on its card, not at the top of the page.
    const target = find(kept.focus) ?? card;
    target.focus({ preventScroll: true });
    if (typeof kept.selection?.[0] === "number" && "setSelectionRange" in target) target.setSelectionRange(...kept.selection);
  }

  // --- sending

  async function send(form, problem) {
    const button = form.querySelector("button:not([type=button])");
    form.setAttribute("aria-busy", "true");
    if (button) button.setAttribute("aria-disabled", "true");
    if (problem) problem.hidden = true;
    try {
      const answer = await fetch(form.getAttribute("action"), {
        method: "POST",
        headers: { accept: "application/json" },
        body: new URLSearchParams(new FormData(form)),
      });
      if (answer.status === 401) return void location.reload();
      if (answer.ok) return true;
      const { message } = await answer.json().catch(() => ({ message: "That did not work." }));
      complain(problem, message);
    } catch {
      complain(problem, "Chiffon does not answer. It was not sent.");
    } finally {
      form.removeAttribute("aria-busy");
      if (button) button.removeAttribute("aria-disabled");
    }
    return false;
  }

  function complain(problem, message) {
    if (!problem) return void (announcer.textContent = message);
    problem.textContent = message;
    problem.hidden = false;
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form === composer) {
      event.preventDefault();
      return void sendMessage();
    }
    if (!form.matches("[data-act]")) return;
    event.preventDefault();
    if (form.getAttribute("aria-busy")) return;
    let problem = form.querySelector(".problem");
    if (!problem) {
      problem = document.createElement("p");
      problem.className = "problem";
      problem.setAttribute("role", "alert");
      problem.hidden = true;
      form.append(problem);
    }
    void send(form, problem);
  });

  async function sendMessage() {
    if (composer.getAttribute("aria-busy") || text.value.trim() === "") return;
    const sent = text.value;
    thinking.hidden = false;
    if (!(await send(composer, document.getElementById("composer-problem")))) return void (thinking.hidden = true);
    if (isHistory) return void location.assign("/");
    composer.elements.key.value = newKey();
    if (text.value === sent) text.value = "";
    grow();
    text.focus();
  }

  function newKey() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });
  text.addEventListener("input", grow);
  function grow() {
    if (CSS.supports("field-sizing", "content")) return;
    text.rows = Math.min(8, text.value.split("\n").length);
  }

  document.addEventListener("click", (event) => {
    const example = event.target.closest?.("[data-example]");
    if (!example) return;
    event.preventDefault();
    text.value = example.dataset.example;
    grow();
    text.focus();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const fold = document.activeElement?.closest?.("details.confirm[open]");
    if (!fold) return;
    fold.open = false;
    fold.querySelector("summary").focus();
  });
  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.matches?.("details.confirm[open]")) event.target.querySelector("input:not([type=hidden])")?.focus();
    },
    true,
  );

  // --- where the reader is

  let scrollingUntil = 0;
  const nearEnd = () =>
    performance.now() < scrollingUntil || window.innerHeight + window.scrollY > document.documentElement.scrollHeight - 160;
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  const scrollToEnd = () => window.scrollTo({ top: document.documentElement.scrollHeight });

  /** A card that is taller than the window is read from its top. */
  function reveal(entry) {
    newer.hidden = true;
    // On its way to the end the page is not near it yet.
    scrollingUntil = performance.now() + 700;
    const room = window.innerHeight - 200;
    if (entry.offsetHeight > room) entry.scrollIntoView({ block: "start", behavior });
    else window.scrollTo({ top: document.documentElement.scrollHeight, behavior });
  }
  newer.addEventListener("click", (event) => {
    event.preventDefault();
    if (entries.lastElementChild) reveal(entries.lastElementChild);
  });
  window.addEventListener("scroll", () => nearEnd() && (newer.hidden = true), { passive: true });

  // --- times in the reader's zone

  function tellTimes(root) {
    for (const time of root.querySelectorAll("time[data-until]")) {
      time.textContent = until(new Date(time.dateTime));
      time.title = new Date(time.dateTime).toLocaleString();
    }
    for (const time of root.querySelectorAll("time[data-since]"))
      time.textContent = duration((Date.now() - new Date(time.dateTime)) / 1000);
  }

  function until(at) {
    const seconds = (at - Date.now()) / 1000;
    if (seconds <= 0) return `since ${moment(at)}`;
    return `in ${duration(seconds >= 3600 ? Math.round(seconds / 60) * 60 : seconds)} (${moment(at)})`;
  }

  function moment(at) {
    const clock = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
    const days = Math.round((new Date(at).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86_400_000);
    const word = { 0: "today", 1: "tomorrow", "-1": "yesterday" }[days];
    return `${word ?? at.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short" })} ${clock}`;
  }

  function duration(seconds) {
    const whole = Math.max(0, Math.round(seconds));
    if (whole < 1) return "under 1 s";
    if (whole < 60) return `${whole} s`;
    const two = (large, unit, small, smallUnit) => (small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`);
    if (whole < 3600) return two(Math.floor(whole / 60), "min", whole % 60, "s");
    const minutes = Math.round(whole / 60);
    return minutes < 2880 ? two(Math.floor(minutes / 60), "h", minutes % 60, "min") : `${Math.round(minutes / 1440)} days`;
  }

  tellTimes(document);
  setInterval(() => tellTimes(document), 1000);
  window.addEventListener("pagehide", () => stream?.close());
  window.addEventListener("pageshow", (event) => event.persisted && connect());
  if (entries.lastElementChild) entries.lastElementChild.scrollIntoView({ block: "end" });
  connect();
})();
