/** What `chiffon setup slack|discord` shows: how to set a chat platform up, and how far that is. */
export interface PlatformSetup {
  /** What to click, and what goes into `.env`. */
  text(): string;
  /** Fetches what is fetched once, only when a person asked for it. */
  install?(environment: Readonly<Record<string, string | undefined>>, progress: SetupProgress): Promise<void>;
  /** Asks the platform itself with the tokens of this environment. */
  check(environment: Readonly<Record<string, string | undefined>>): Promise<SetupReport>;
}

export interface SetupProgress {
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface SetupReport {
  readonly lines: readonly SetupLine[];
}

export interface SetupLine {
  /** `missing`: not set up yet. `wrong`: it will not work like this. `unsure`: it could not be asked, or may be meant so. */
  readonly state: "ok" | "missing" | "wrong" | "unsure";
  readonly text: string;
  /** What to do, where something is to be done. */
  readonly help?: string;
}
