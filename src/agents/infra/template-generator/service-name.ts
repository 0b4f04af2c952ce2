import { AppError, exitCodes } from "../../../errors.ts";
import { visibleLine } from "../../../visible-text.ts";

const longest = 50;

/** A name as files and comments carry it: lower case, words with dashes, nothing but a-z, 0-9 and dashes. Throws `service-name-refused`. */
export function serviceName(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[\s_]/g, "-")
    .replaceAll(/[^a-z0-9-]/g, "")
    .replaceAll(/-{2,}/g, "-")
    .replaceAll(/^-|-$/g, "");
  if (name === "") throw refused(`"${visibleLine(text.slice(0, 60))}" has no letter of a-z and no digit, so it makes no name`);
  if (name.length > longest) throw refused(`the name ${name.slice(0, 20)}… has ${name.length} characters; at most ${longest} are taken`);
  return name;
}

/** Its variables would be ansible's own (`ansible_port`, `role_path`), or connection settings that nobody may state in a request. */
const notAsPrefix = /^(?:ansible|role|play|playbook|inventory|group|groups|hostvars|omit|environment|vars|chiffon)(?:_|$)/;

/** The name of a service as a role and the beginning of its variables: both begin with a letter and have no dashes. */
export function roleNameOf(service: string): string {
  const name = service.replaceAll("-", "_");
  return /^[a-z]/.test(name) && !notAsPrefix.test(name) ? name : `service_${name}`;
}

function refused(message: string): AppError {
  return new AppError("service-name-refused", message, { exitCode: exitCodes.usage, help: "For example: my-app, uptime-kuma, grafana." });
}
