// The direction of the house: base <- db <- concepts <- orchestrator <- front doors <- app, main.
// A folder may import what stands to its left, and nothing to its right.

const concepts = "queue|audit|mapping|planner|runs|policy|agents";
const frontDoors = "bot|web|cli";
const base = "^src/(?!(?:app|front-doors|main)[.]ts$)[^/]+[.]ts$";

/** A package that only one place may import, so that it can be replaced, and its start-up cost is paid only there. */
function onlyIn(name, packages, folders) {
  return {
    name: `only-there-${name}`,
    comment: `${name} is imported only in ${folders}`,
    severity: "error",
    from: { path: "^src/", pathNot: `^src/(${folders})/` },
    to: { path: `(^|/)node_modules/(${packages})(/|$)|^(${packages})(/|$)` },
  };
}

function forbid(name, comment, from, to) {
  return { name, comment, severity: "error", from, to };
}

export default {
  forbidden: [
    forbid("no-cycles", "a cycle makes both files one file", { path: "^src/" }, { circular: true }),
    {
      name: "no-orphans",
      comment: "a file that nobody imports has no caller (a page's script is imported by the browser)",
      severity: "error",
      from: { orphan: true, path: "^src/", pathNot: ["^src/main[.]ts$", "[.]browser[.]js$"] },
      to: {},
    },
    forbid("not-resolved", "the import leads nowhere", { path: "^src/" }, { couldNotResolve: true }),
    forbid(
      "no-dev-packages",
      "the product's image has no devDependencies",
      { path: "^src/" },
      { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    ),
    forbid(
      "src-stands-alone",
      "the product does not need tests, bench, scripts",
      { path: "^src/" },
      { path: "^(test|bench|scripts|training)/" },
    ),

    forbid("base-is-base", "base files know no folder", { path: base }, { path: "^src/[^/]+/" }),
    forbid(
      "nobody-imports-app",
      "app.ts and front-doors.ts put the parts together; only main.ts and tests start them",
      { path: "^src/", pathNot: "^src/(?:main|front-doors)[.]ts$" },
      { path: "^src/(app|front-doors|main)[.]ts$" },
    ),
    forbid(
      "app-parts-for-app",
      "what is in app/ is part of app.ts",
      { path: "^src/", pathNot: "^src/app(?:[.]ts$|/)" },
      { path: "^src/app/" },
    ),
    forbid("db-below-concepts", "db knows only base", { path: "^src/db/" }, { path: `^src/(${concepts}|orchestrator|${frontDoors})/` }),
    forbid(
      "concepts-below-use-cases",
      "concepts do not call use cases or front doors",
      { path: `^src/(${concepts})/` },
      { path: `^src/(orchestrator|${frontDoors})/` },
    ),
    forbid(
      "planner-and-mapping-run-nothing",
      "what proposes does not reach what disposes",
      { path: "^src/(planner|mapping)/" },
      { path: "^src/(runs|agents)/" },
    ),
    forbid(
      "agents-have-no-database",
      "an agent on another machine has no database",
      { path: "^src/agents/(infra|ssh)/" },
      { path: "^src/db/" },
    ),
    forbid(
      "use-cases-below-front-doors",
      "news goes up only as run events",
      { path: "^src/orchestrator/" },
      { path: `^src/(${frontDoors})/` },
    ),
    forbid(
      "front-doors-apart",
      "bot, web and cli never import each other (bot's port and its plain cards may be shared)",
      { path: `^src/(${frontDoors})/` },
      { path: `^src/(${frontDoors})/`, pathNot: ["^src/$1/", "^src/bot/(chat-platform|cards)[.]ts$"] },
    ),

    onlyIn("slack", "@slack/[^/]+", "bot/slack"),
    onlyIn("discord", "discord[.]js|@discordjs/[^/]+", "bot/discord"),
    onlyIn("langchain", "langchain|@langchain/[^/]+", "planner"),
    onlyIn("ollama", "ollama", "planner|mapping"),
    onlyIn("transformers", "@huggingface/transformers", "mapping"),
    onlyIn("ssh2", "ssh2", "agents/ssh"),
    onlyIn("pglite", "@electric-sql/[^/]+", "db"),
    onlyIn("pg", "pg", "db"),
    onlyIn("pg-boss", "pg-boss", "queue"),
    onlyIn("hono", "hono|@hono/[^/]+", "web"),
    onlyIn("compromise", "compromise", "planner|mapping"),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    // `import type` counts too: a type is knowledge of the other folder.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types", "default"],
      extensions: [".ts", ".mjs", ".js", ".json"],
    },
  },
};
