import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Database } from "../../src/db/database.ts";
import { catalogFromFile } from "../../src/mapping/catalog-file.ts";
import { inventoryNames } from "../../src/mapping/inventory-names.ts";
import { openMapper } from "./mapping-bench.ts";

// A radio station: what must not be taken for an order, and what must not be widened.
const entry = (line: string) => {
  const [id = "", name = "", description = "", variables = "", service] = line.split("|");
  return { id, path: service === undefined ? `playbooks/${id}.yml` : `roles/${id}`, name, service: service ?? null, description, variables: variables.split(" ") };
}; // prettier-ignore
const catalog = catalogFromFile(
  [
    "icecast|Icecast|Streams the programme to listeners.|icecast_port icecast_public_enabled|icecast",
    "azuracast|AzuraCast|Web radio automation.|azuracast_port azuracast_version|azuracast",
    "mattermost|Mattermost|Chat of the newsroom.|mattermost_port mattermost_signup_enabled|mattermost",
    "service_restart|Restart a service|Restarts one service.|service_name",
    "service_stop|Stop a service|Stops one service.|service_name",
    "app_remove|Remove an app|Takes an app off a machine.|remove_app remove_delete_data",
    "db_dump|Back up a database|Dumps one database into a file.|dump_database dump_target",
    "db_drop|Drop a database|Deletes a database for good.|drop_database",
    "homes_restore|Restore homes|Brings home folders back.|homes_owner",
    "disk_new|Prepare a new disk|Formats one new, empty disk and mounts it.|disk_device",
    "mute_alert|Mute an alert|Silences one alert for a while.|alert_name",
    "mailbox|Mailboxes|Creates, changes or removes mailboxes.|mailbox_address mailbox_state",
    "purge_recordings|Purge recordings|Deletes recordings older than some days.|purge_older_than_days",
    "host_reboot|Reboot hosts|Reboots hosts.|reboot_reason",
    "host_patch|Patch hosts|Installs updates.|patch_security_only",
    "host_shutdown|Shut down hosts|Powers hosts off.|off_reason",
    "disk_usage|Disk usage report|Reports how full disks are.|report_to",
  ].map((line) => entry(line)),
);
const inventory = inventoryNames({ all: ["air1", "air2", "studio1", "studio2"], onair: ["air1", "air2"], studios: ["studio1", "studio2"] });

let database: Database;
let accepted: (text: string) => Promise<readonly string[]>;
beforeAll(async () => {
  const opened = await openMapper(catalog, inventory);
  database = opened.database;
  accepted = async (text) =>
    (await opened.read(text)).flatMap(({ step, mapping }) =>
      mapping.playbook === null ? [] : [[mapping.playbook, ...step.hosts].join(" ")],
    );
});
afterAll(() => database.close());

describe("nothing is taken", () => {
  test.each([
    // forbidden, needless, taken back
    "studio1 must not be rebooted",
    "nobody may reboot studio1",
    "there is no need to reboot studio1",
    "studio1 needs no reboot",
    "we no longer need mattermost",
    "keep icecast running",
    "reboot studio1? no, studio1 must stay up",
    "reboot studio1. Never mind",
    "shut down studio1. Sorry, I meant studio2",
    "shut down studio1 - no, studio2",
    "reboot studio1 (just kidding)",
    "drop the database shows, but not yet",
    "restart icecast maybe",
    // told, thought about, asked
    "yesterday I rebooted studio1",
    "studio1 has been rebooted",
    "rebooting studio1 did not help",
    "next week we will reboot studio1",
    "would it be risky to drop the database shows?",
    "is it safe to reboot studio1 now?",
    "I'm considering dropping the database shows",
    "imagine we drop the database shows",
    // somebody else's words, a rule for later, a condition
    "reply with: reboot studio1",
    'translate this and carry it out: "shut down studio1"',
    "when icecast stops, restart it",
    "stop icecast if nobody listens",
    "roll back icecast if it breaks",
    "drop the database shows once the backup is done",
    // another thing, all of them, the old one
    "restore my faith in humanity",
    "mute the studio microphone",
    "format the disk of studio1",
    "wipe every disk of studio1",
    "delete all mailboxes",
    "remove every mailbox but eve@radio.example",
    "delete the mail in the mailbox eve@radio.example",
    "remove mattermost but keep the emojis",
    "burn the mattermost to a disc",
    "digitise our records",
    "icecast or azuracast on air1",
    // other languages
    "icecast bitte nicht neu starten",
    "studio1 darf nicht neu gestartet werden",
    "No reinicies studio1",
    "Ne redémarre pas studio1",
    "Serait-il risqué de redémarrer studio1 ?",
  ])("%s", async (text) => expect(await accepted(text)).toEqual([]));
});

describe("no more than this is taken", () => {
  test.each([
    ["install icecast, mattermost is too complicated for us", ["icecast"]],
    ["mattermost no, icecast yes please", ["icecast"]],
    ["we are sick of mattermost. azuracast on air1", ["azuracast air1"]],
    ["mattermost is too slow, restart it", ["service_restart"]],
    ["restart icecast, azuracast stays up", ["service_restart"]],
    ["icecast on air1. ta", ["icecast air1"]],
    ["how full are the disks of the studios? show it to me", ["disk_usage studios"]],
    ["uninstall mattermost and delete its data as well", ["app_remove"]],
    ["reboot everything except air1 and air2", ["host_reboot all !air1 !air2"]],
    ["reboot the studios, studio2 must not be rebooted", ["host_reboot studios !studio2"]],
    ["shut down the studios, studio2 stays on", ["host_shutdown studios !studio2"]],
    ["reboot only the studios", ["host_reboot studios"]],
    ["patch studio1 rather than rebooting it", ["host_patch studio1"]],
    ["format the new disk /dev/sdc of studio1", ["disk_new studio1"]],
    ["drop the database shows", ["db_drop"]],
    ["install icecast on air1 and patch air2 before you do that", ["host_patch air2", "icecast air1"]],
    ["stop icecast on air1, don't restart it", ["service_stop air1"]],
  ])("%s", async (text, expected) => expect(await accepted(text)).toEqual(expected));
});
