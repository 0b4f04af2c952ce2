/** For git as a child: no secrets of ours, and nothing that points it at another repository (inside a git hook, GIT_DIR is set). */
export function gitEnvironment(): Record<string, string> {
  const kept = ["PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "LD_LIBRARY_PATH"];
  return {
    ...Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    LC_ALL: "C.UTF-8",
    GIT_TERMINAL_PROMPT: "0",
  };
}
