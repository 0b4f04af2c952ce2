/** What every file of a scaffold is made of. */
export interface ScaffoldFacts {
  /** As in `# chiffon:service=`. */
  readonly service: string;
  readonly role: string;
  readonly description: string;
  readonly port: number;
  /** As a play takes them. */
  readonly hosts: string;
  readonly become: boolean;
  readonly playbookPath: string;
}

export interface ScaffoldFile {
  /** Relative to the repo, or to the role. */
  readonly path: string;
  readonly text: string;
}
