// Loaded into npm by the set-up, where the system's Node is older than the one that npm is about to install. Packages run on the
// new one; npm would judge them by its own, and silently leave out every prebuilt (optional) package that asks for a newer Node.
"use strict";
const version = process.env.CHIFFON_SETUP_NODE_VERSION;
const number = (/** @type {string} */ text) => Number(text.replace(/^v/, "").split(".")[0]);
if (version && number(process.version) < number(version)) Object.defineProperty(process, "version", { value: `v${version}` });
// Only npm itself: its install scripts get the environment as it was.
const options = (process.env.NODE_OPTIONS ?? "").replace(/ ?--require "(\\.|[^"\\])*npm-node-version\.cjs"/, "");
if (options) process.env.NODE_OPTIONS = options;
else delete process.env.NODE_OPTIONS;
delete process.env.CHIFFON_SETUP_NODE_VERSION;
