import type { OutlineItem, PlaybookOutline } from "../playbook-outline.ts";

/** What a fixer works on: one finding, in the file as it is. */
export interface FixTarget {
  readonly path: string;
  readonly line: number;
  /** With its suffix. */
  readonly rule: string;
  readonly message: string;
  readonly outline: PlaybookOutline;
  /** The play, role or task at the line. */
  readonly item: OutlineItem | undefined;
  readonly files: RepoFiles;
}

/** The repo around it. */
export interface RepoFiles {
  /** Files of YAML, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Names of modules that are the repo's own. */
  readonly ownModules: ReadonlySet<string>;
}

/** In the text of one file. */
export interface Edit {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export type Fix =
  | {
      readonly kind: "fix";
      readonly edits: readonly Edit[];
      /** What whoever merges it should know. */
      readonly notes?: readonly string[];
      /** It only changes how the file looks: what it says must be the same. */
      readonly onlyStyle?: true;
    }
  /** Why there is nothing that is sure to be right. */
  | { readonly kind: "none"; readonly why: string };

export type Fixer = (target: FixTarget) => Fix;

export function none(why: string): Fix {
  return { kind: "none", why };
}
