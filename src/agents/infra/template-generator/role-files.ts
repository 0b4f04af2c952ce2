import { shortened } from "./description.ts";
import type { ScaffoldFacts, ScaffoldFile } from "./scaffold-facts.ts";
import { commentLine, yamlFile, yamlText } from "./yaml-text.ts";

/** Tasks, handlers, defaults and meta of the role: a folder, a compose file, and the container of an image that the user names. */
export function roleFiles(facts: ScaffoldFacts): readonly ScaffoldFile[] {
  return [
    { path: "tasks/main.yml", text: tasksText(facts) },
    { path: "handlers/main.yml", text: handlersText(facts) },
    { path: "defaults/main.yml", text: defaultsText(facts) },
    { path: "meta/main.yml", text: metaText(facts) },
  ];
}

/** Without a change of folder: in check mode the folder may not be there yet. */
function composeUp(role: string, ...more: readonly string[]): object {
  const file = `{{ ${role}_directory }}/compose.yml`;
  return { argv: ["docker", "compose", "--file", file, "up", "--detach", "--remove-orphans", ...more] };
}

function tasksText({ service, role }: ScaffoldFacts): string {
  const hasImage = `${role}_image | length > 0`;
  const tasks = [
    {
      name: "Create the folder",
      "ansible.builtin.file": { path: `{{ ${role}_directory }}`, state: "directory", mode: "0755" },
    },
    {
      name: "Write the compose file",
      "ansible.builtin.copy": {
        // Lint tries filters on what it does not know.
        content: `{{ ${role}_compose | default({}) | to_nice_yaml(indent=2, sort_keys=false) }}`,
        dest: `{{ ${role}_directory }}/compose.yml`,
        mode: "0640",
      },
      when: hasImage,
      notify: `Restart ${service}`,
    },
    { name: "Restart with what changed", "ansible.builtin.meta": "flush_handlers" },
    {
      name: `Start ${service}`,
      "ansible.builtin.command": composeUp(role),
      register: `${role}_start`,
      changed_when: `${role}_start.stderr is search('Created|Recreated|Started')`,
      when: hasImage,
    },
    {
      name: `Wait until ${service} answers`,
      "ansible.builtin.wait_for": { port: `{{ ${role}_port }}`, timeout: 60 },
      when: hasImage,
    },
    {
      name: "Say what is missing",
      "ansible.builtin.debug": { msg: `Nothing is started yet: set ${role}_image to the container image of ${service}.` },
      when: `${role}_image | length == 0`,
    },
  ];
  return yamlFile(tasks.map((task) => yamlText([task])).join("\n"));
}

function handlersText({ service, role }: ScaffoldFacts): string {
  return yamlFile(
    yamlText([
      {
        name: `Restart ${service}`,
        "ansible.builtin.command": composeUp(role, "--force-recreate"),
        changed_when: true,
      },
    ]),
  );
}

function defaultsText({ service, role, port }: ScaffoldFacts): string {
  const variable = (comment: string, name: string, value: unknown): string =>
    `${commentLine(comment)}\n${yamlText({ [`${role}_${name}`]: value })}`;
  return yamlFile(
    variable("The container image, with its version. While it is empty, only the folder is made.", "image", ""),
    variable("The port on the host.", "port", port),
    variable("The port in the container.", "container_port", `{{ ${role}_port }}`),
    variable("Where its compose file and its data are on the host.", "directory", `/opt/${service}`),
    variable("Settings that the container gets as environment variables.", "environment", {}),
    variable("Folders of the host that the container sees, each as host folder:container folder.", "volumes", []),
    variable("The whole compose file.", "compose", {
      services: {
        [service]: {
          image: `{{ ${role}_image }}`,
          restart: "unless-stopped",
          ports: [`{{ ${role}_port }}:{{ ${role}_container_port }}`],
          environment: `{{ ${role}_environment }}`,
          volumes: `{{ ${role}_volumes }}`,
        },
      },
    }),
  );
}

function metaText({ service, role, port, description }: ScaffoldFacts): string {
  const information = {
    galaxy_info: {
      author: "Chiffon's generator",
      description: shortened(description),
      license: "NOASSERTION",
      min_ansible_version: "2.14",
      platforms: [{ name: "GenericLinux", versions: ["all"] }],
    },
    dependencies: [],
  };
  const options = {
    [`${role}_image`]: { type: "str", default: "", description: `The container image of ${service}, with its version` },
    [`${role}_port`]: { type: "int", default: port, description: "The port on the host" },
    [`${role}_directory`]: { type: "str", default: `/opt/${service}`, description: "The folder on the host" },
    [`${role}_environment`]: { type: "dict", default: {}, description: "Settings for the container" },
  };
  const specs = { argument_specs: { main: { short_description: `Deploy ${service}`, options } } };
  return yamlFile(yamlText(information), yamlText(specs));
}
