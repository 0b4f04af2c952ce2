import { catalogFromFile } from "../src/mapping/catalog-file.ts";
import type { PlaybookCatalog } from "../src/mapping/playbook.ts";

const kinds = [
  "Wiki with pages that everybody may change", "Media server for films and series", "Password manager for the whole family", "Git hosting with reviews",
  "Blocks advertisements for all devices of the network", "Photo gallery that finds faces", "Team chat with channels and calls", "Object storage that speaks S3",
  "Reads news feeds", "Voice chat for games", "Dashboards for measurements", "Mail server with spam filter", "Bookmarks and articles to read later",
  "Shares calendars and contacts", "Collects and searches log files", "Certificate authority for internal services", "Queue for messages between programs",
  "Scans and files paper documents", "Recipes and shopping lists", "Tracks the time spent on projects",
]; // prettier-ignore
const syllables = "ba da fi ga ho ji ka lo mu na po qi ra si tu ve wo xa yo ze bru kle stro pli".split(" ");
const operations = [
  { verb: "Back up", does: "Saves the data of", variable: "target" },
  { verb: "Remove", does: "Stops and deletes", variable: "keep_data" },
  { verb: "Configure", does: "Changes the settings of", variable: "domain" },
] as const;

/** Names that nobody has, as different from each other as names of services are; the same at each call. */
export function serviceName(at: number): string {
  const spread = (at * 7919 + 5) % syllables.length ** 3;
  const parts = [spread, Math.floor(spread / syllables.length), Math.floor(spread / syllables.length ** 2)];
  const word = parts.map((part) => syllables[part % syllables.length] ?? "").join("");
  return at % 5 === 4 ? `${word} ${syllables[at % syllables.length] ?? ""}${syllables[(at * 3 + 1) % syllables.length] ?? ""}n` : word;
}

/** Two thirds deployments, one third operations on them, and what works on any service. */
export function largeCatalog(size: number, change = ""): PlaybookCatalog {
  const general = ["Back up", "Restart", "Update"].map((verb) => ({
    id: `${verb.toLowerCase().replace(" ", "-")}-any`,
    path: `playbooks/${verb.toLowerCase().replace(" ", "-")}-any.yml`,
    name: `${verb} one service`,
    description: `${verb} one service on its host.`,
    variables: ["service_name"],
  }));
  return catalogFromFile([...general, ...Array.from({ length: size - general.length }, (_, at) => playbookAt(at, change))]);
}

function playbookAt(at: number, change: string): object {
  const operation = at % 3 === 2 ? operations[at % operations.length] : undefined;
  const name = serviceName(at - (at % 3 === 2 ? 1 : 0));
  const title = name.replaceAll(/\b\w/g, (letter) => letter.toUpperCase());
  const slug = name.replaceAll(" ", "-");
  const variable = name.replaceAll(" ", "_");
  const note = at === 0 && change !== "" ? ` ${change}` : "";
  if (operation === undefined)
    return {
      id: slug, path: `roles/${slug}`, name: title, service: slug, tags: [slug, "site"],
      description: `${kinds[at % kinds.length] ?? ""}, for team ${at % 97}.${note}`,
      variables: ["port", "hostname", "data_directory", "version"].map((one) => `${variable}_${one}`),
    }; // prettier-ignore
  const id = `${operation.verb.toLowerCase().replace(" ", "-")}-${slug}`;
  return {
    id, path: `playbooks/${id}.yml`, name: `${operation.verb} ${title}`, service: slug, tags: [slug],
    description: `${operation.does} ${title}.`, variables: [`${variable}_${operation.variable}`],
  }; // prettier-ignore
}

const slipped = (name: string): string => `${name.slice(0, 2)}${name[3] ?? ""}${name[2] ?? ""}${name.slice(4)}`;

/** Orders by name, wishes by purpose, slips of the finger, several steps, long stories, what is no order. */
export const largeCatalogRequests: readonly string[] = [
  `deploy ${serviceName(7)} on web1`,
  `restart ${serviceName(3)}`,
  `please install ${slipped(serviceName(10))} on web2`,
  "we need a place for the passwords of the family",
  "block ads in the whole network",
  `install ${serviceName(12)} with port 8080 and then ${serviceName(21)}`,
  "something to read the news from all my favourite sites",
  `back up ${serviceName(6)}, then update it`,
  "no space left on device",
  `remove ${serviceName(4)} from web1 and deploy ${serviceName(9)} there`,
  `configure the domain of ${serviceName(16)}`,
  "how many playbooks are there?",
  "richte bitte einen Chat für das Team auf web2 ein",
  "deploy kubernetes",
  `${serviceName(13)} is down`,
  `Hello everybody. ${"Our old server is full of things that nobody uses any more and the team complains about it every week. ".repeat(8)}Please set up ${serviceName(15)} on web1, and after that a gallery for our photos on web2. Thanks a lot!`,
];
