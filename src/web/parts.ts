import type { Database } from "../db/database.ts";
import type { Logger } from "../logger.ts";
import type { WebPlatform } from "./web-platform.ts";

export interface WebInfo {
  /** The last part of the repo's path. */
  readonly repoName: string;
  readonly version: string;
  /** Sentences to start with; a click puts one into the message field. */
  readonly examples?: readonly string[];
  /** What a person without a link can do. */
  readonly newLinkHelp?: string;
}

/** What routes work with. */
export interface WebParts {
  readonly database: Database;
  readonly logger: Logger;
  readonly platform: WebPlatform;
  readonly info: Required<WebInfo>;
  readonly now: () => Date;
  /** How often a quiet stream shows that it lives, and looks whether its session still does. */
  readonly heartbeatMs: number;
}
