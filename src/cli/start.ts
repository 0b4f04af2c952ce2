import { AppError } from "../errors.ts";
import type { Command } from "./command.ts";

export const start: Command = {
  name: "start",
  summary: "everything in one process: terminal chat, web page, one agent",
  needs: "app",
  help: `chiffon start

Runs Chiffon: chat in this terminal (when it is one), the web page at http://127.0.0.1:8420 (a one-time link is printed), and an agent that runs
what you approve. Ctrl-C ends it; a playbook that is running goes on and is picked up at the next start.

Settings: CHIFFON_REPO, CHIFFON_DATA_DIR, CHIFFON_WEB_HOST, CHIFFON_WEB_PORT, DATABASE_URL (see .env.example).`,
  run() {
    // The command line keeps the house open itself; through another owner's socket there is nothing to start.
    return Promise.reject(new AppError("already-running", "Chiffon already runs on this data folder"));
  },
};
