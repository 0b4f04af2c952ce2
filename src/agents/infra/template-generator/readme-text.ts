import type { ScaffoldFacts } from "./scaffold-facts.ts";

/** What the role does and how to fill it in. */
export function readmeText({ service, role, description, port, hosts, become, playbookPath }: ScaffoldFacts): string {
  return `# ${role}

${escaped(description)}

Made by \`chiffon generate\` as a beginning. It makes a folder on the host, writes a compose file into it, and starts the container (Docker with
its compose plugin must be there). A second run changes nothing.

1. Set \`${role}_image\` in \`defaults/main.yml\` or in the inventory. Until then only the folder is made.
2. Set what the container needs in \`${role}_environment\` and \`${role}_volumes\`. Passwords belong into a vault.
3. Look at what would change: \`ansible-playbook --check --diff ${playbookPath}\`

| variable | default | what |
|---|---|---|
| \`${role}_image\` | empty | container image with its version |
| \`${role}_port\` | \`${port}\` | port on the host |
| \`${role}_container_port\` | the same | port in the container |
| \`${role}_directory\` | \`/opt/${service}\` | folder on the host |
| \`${role}_environment\` | \`{}\` | settings for the container |
| \`${role}_volumes\` | \`[]\` | folders that the container sees |
| \`${role}_compose\` | made of these | the whole compose file |

It acts on \`${hosts}\`, ${become ? "as root (become)" : "as the user who connects"}.
`;
}

/** Text that Markdown shows as it was typed. */
function escaped(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>#|~&]/g, String.raw`\$&`);
}
