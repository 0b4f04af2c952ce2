/** How variables change where a task is carried out, whatever the inventory says of its host. */
export type ConnectionOverride = { readonly kind: "controller" } | { readonly kind: "unknown"; readonly text: string };

/** These reach the host that the inventory names. */
const remote = new Set(
  `ssh smart paramiko paramiko_ssh winrm psrp network_cli netconf httpapi persistent`
    .split(/\s+/)
    .flatMap((name) => [name, `ansible.builtin.${name}`, `ansible.legacy.${name}`, `ansible.netcommon.${name}`]),
);
const local = new Set(["local", "ansible.builtin.local", "ansible.legacy.local"]);
const addresses = ["ansible_host", "ansible_ssh_host", "ansible_delegated_host"];
const programs = /^ansible_(?:ssh_(?:common_args|extra_args|args|executable)|s(?:ftp|cp)_(?:extra_args|executable)|\w+_executable)$/;

/** What a `connection:` keyword or an `ansible_connection` variable means. Null: the inventory's host. */
export function connectionNamed(value: unknown): ConnectionOverride | null {
  if (typeof value !== "string") return null;
  if (local.has(value)) return { kind: "controller" };
  return remote.has(value) ? null : { kind: "unknown", text: `connection: ${value}` };
}

export function connectionOverrides(variables: unknown): ConnectionOverride[] {
  if (typeof variables !== "object" || variables === null) return [];
  const found: ConnectionOverride[] = [];
  for (const entry of Array.isArray(variables) ? variables : [variables]) {
    if (typeof entry !== "object" || entry === null) continue;
    for (const [name, value] of Object.entries(entry as Record<string, unknown>)) {
      if (!name.startsWith("ansible_")) continue;
      const text = typeof value === "string" ? value : JSON.stringify(value);
      if (name === "ansible_connection") {
        const named = connectionNamed(value);
        if (named !== null) found.push(named);
      } else if (addresses.includes(name) && !/^\s*\{\{\s*inventory_hostname\s*\}\}\s*$/.test(text)) {
        found.push({ kind: "unknown", text: `${name}: ${text}` });
      } else if (
        programs.test(name) &&
        (name.endsWith("executable") || /command|[{|;]|-F/i.test(text)) &&
        name !== "ansible_shell_executable"
      ) {
        found.push({ kind: "unknown", text: `the controller (${name})` });
      }
    }
  }
  return found;
}
