/** Text for a page; everything that is shown goes through it. */
export function html(value: unknown): string {
  const text = typeof value === "string" ? value : typeof value === "number" || typeof value === "boolean" ? String(value) : "";
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
}

/** One picture: a page of our own that looks about like the platform's. */
export interface Picture {
  readonly name: string;
  /** Of the page, in CSS pixels. */
  readonly width: number;
  readonly body: string;
  readonly style: string;
}

/** The day that the pictures show, so that they are the same each time. */
export const shownNow = new Date("2026-11-21T09:44:00.000Z");

export function shownMoment(iso: string): string {
  const at = new Date(iso);
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
  const days = Math.floor(at.getTime() / 86_400_000) - Math.floor(shownNow.getTime() / 86_400_000);
  const day =
    days === 0 ? "Today" : days === 1 ? "Tomorrow" : at.toLocaleDateString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
  return `${day} at ${time}`;
}

/** Emoji drawn by us: which fonts a machine has is not to be seen in the pictures. */
export function withMarks(page: string): string {
  return [...marks].reduce((text, [emoji, drawing]) => text.replaceAll(new RegExp(`${emoji}\uFE0F?`, "gu"), svg(drawing)), page);
}

const svg = (drawing: string): string =>
  `<svg viewBox="0 0 20 20" style="width:1.15em;height:1.15em;vertical-align:-0.2em">${drawing}</svg>`;
const line = (path: string, colour: string): string =>
  `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/>`;
const tile = (colour: string): string => `<rect x="1" y="1" width="18" height="18" rx="4" fill="${colour}"/>`;

const marks: ReadonlyMap<string, string> = new Map([
  ["✅", `${tile("#3aa55d")}${line("M5 10.5l3.5 3.5L15 6.5", "#fff")}`],
  ["❌", line("M4 4l12 12M16 4L4 16", "#dd2e44")],
  ["▶", `${tile("#3b88c3")}<path d="M7 5l8 5-8 5z" fill="#fff"/>`],
  ["⏹", `${tile("#3b88c3")}<path d="M6 6h8v8H6z" fill="#fff"/>`],
  [
    "⏳",
    `<path d="M5 2h10v3l-4 5 4 5v3H5v-3l4-5-4-5z" fill="#ffe8b6" stroke="#c98a2b" stroke-width="1.4"/><path d="M7.5 16.5h5L10 12z" fill="#e6a532"/>`,
  ],
  ["⚠", `<path d="M10 2l8.5 16h-17z" fill="#ffcc4d"/><path d="M9 7h2v6H9zM9 14.3h2v2H9z" fill="#231f20"/>`],
  ["🚫", `<circle cx="10" cy="10" r="7.5" fill="none" stroke="#dd2e44" stroke-width="2.6"/>${line("M5 5l10 10", "#dd2e44")}`],
  ["💡", `<circle cx="10" cy="8" r="6" fill="#ffd983"/><path d="M7.5 13h5v4h-5z" fill="#99aab5"/>`],
  ["💭", `<ellipse cx="11" cy="8" rx="7.5" ry="5.5" fill="#bdddf4"/><circle cx="5" cy="15" r="2" fill="#bdddf4"/>`],
  ["❓", `<text x="10" y="16.5" font-size="18" font-weight="bold" text-anchor="middle" fill="#dd2e44">?</text>`],
  ["❔", `<text x="10" y="16.5" font-size="18" font-weight="bold" text-anchor="middle" fill="#aab8c2">?</text>`],
  ["❗", `<path d="M8.5 2h3l-.6 10H9.1zM8.5 14.5h3v3h-3z" fill="#dd2e44"/>`],
  [
    "👁",
    `<path d="M1.5 10q8.5-9 17 0q-8.5 9-17 0z" fill="none" stroke="#868686" stroke-width="1.8"/><circle cx="10" cy="10" r="2.6" fill="#868686"/>`,
  ],
  ["▫", `<rect x="6.5" y="6.5" width="7" height="7" fill="none" stroke="#aab8c2" stroke-width="1.8"/>`],
  ["🗑", `<path d="M4 5h12M6 5l1 13h6l1-13M8 5V3h4v2" fill="none" stroke="#868686" stroke-width="1.8"/>`],
]);
