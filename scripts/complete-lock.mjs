// `npm run lock`, after a package was added: completes package-lock.json for the systems it was not made on.
// npm leaves out a prebuilt package for another system where the registry at hand does not carry it, and `npm ci` then refuses the
// lock file everywhere. The parent names each of them with its version; the name tells the system.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const systems = ["aix", "android", "darwin", "freebsd", "linux", "linuxmusl", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** @typedef {{ version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[], optionalDependencies?: Record<string, string> }} Entry */

/**
 * The entries that a lock file lacks.
 * @param {Record<string, Entry>} packages
 * @returns {Record<string, Entry>}
 */
export function missingEntries(packages) {
  /** @type {Record<string, Entry>} */
  const missing = {};
  for (const [path, entry] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isResolved(packages, path, name)) continue;
      missing[`node_modules/${name}`] = {
        version: range.replace(/^[\^~=v]+/, ""),
        ...(entry.dev === true ? { dev: true } : {}),
        optional: true,
        ...platformOf(name),
      };
    }
  }
  return missing;
}

/**
 * Whether a package at `path` finds `name` in its own node_modules or in one above.
 * @param {Record<string, Entry>} packages @param {string} path @param {string} name
 */
function isResolved(packages, path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`]?.version !== undefined) return true;
    if (folder === "") return false;
  }
}

/**
 * @param {string} name such as `@oxlint/binding-linux-x64-musl`
 * @returns {Pick<Entry, "os" | "cpu" | "libc">}
 */
function platformOf(name) {
  const words = name.split(/[/_.-]/);
  const system = words.find((word) => systems.includes(word));
  const processor = words.find((word) => processors.includes(word));
  if (system === undefined && processor !== "wasm32")
    throw new Error(`cannot tell for which system ${name} is; add it to package-lock.json by hand`);
  const libc = system === "linuxmusl" || words.includes("musl") ? "musl" : words.includes("gnu") ? "glibc" : undefined;
  return {
    ...(processor === undefined ? {} : { cpu: [processor] }),
    ...(libc === undefined ? {} : { libc: [libc] }),
    ...(system === undefined ? {} : { os: [system === "linuxmusl" ? "linux" : system] }),
  };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const missing = missingEntries(lock.packages);
  const paths = Object.keys(missing);
  if (paths.length > 0) {
    lock.packages = Object.fromEntries(Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => a.localeCompare(b, "en")));
    writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
    console.log(`added to package-lock.json: ${paths.length} packages for other systems`);
  }
}
