/**
 * What a person sees, as plain data: the same on every platform, which only turns it into its own form.
 * Every text in it is untrusted (names, values, logs): a platform escapes all of it and hides nothing.
 */
export type Card = PlanCard | QuestionCard | ProgressCard | ResultCard | NoticeCard | ListCard;

export interface PlanCard {
  readonly kind: "plan";
  readonly planVersionId: string;
  readonly version: number;
  readonly purpose: "run" | "preview";
  readonly state: string;
  /** Who decided, why it is stale, what replaced it. */
  readonly stateText: string | null;
  /** Set when a person decided: to be shown as the platform shows people and times. */
  readonly decided: Decided | null;
  /** Votes so far where more than one is needed. */
  readonly votes: readonly Decided[];
  readonly requestText: string;
  /** Who asked. */
  readonly person: string;
  readonly steps: readonly PlanCardStep[];
  readonly risk: "read" | "change" | "destructive";
  readonly digestPrefix: string;
  readonly approvers: string;
  /** ISO 8601, null when it no longer waits. */
  readonly expiresAt: string | null;
  /** Parts of the request that are not in the plan, and why. */
  readonly notes: readonly string[];
  readonly preview: PreviewTable | null;
  readonly actions: readonly Action[];
}

export interface Decided {
  readonly decision: "approved" | "rejected";
  readonly person: string;
  /** ISO 8601. */
  readonly at: string;
  readonly reason: string | null;
}

export interface PlanCardStep {
  readonly order: number;
  readonly name: string;
  readonly playbook: string;
  readonly playbookPath: string;
  readonly confidence: number;
  readonly method: string;
  readonly why: string;
  readonly hosts: readonly string[];
  readonly mayAlsoActOn: readonly string[];
  readonly variables: Readonly<Record<string, unknown>>;
  readonly risk: "read" | "change" | "destructive";
  readonly riskReason: string;
  readonly dependsOn: readonly number[];
  /** Median of past runs in seconds, null when unknown. */
  readonly expectedSeconds: number | null;
}

export interface PreviewTable {
  readonly runNumber: number;
  readonly state: string;
  readonly rows: readonly { readonly step: number; readonly host: string; readonly changes: readonly string[] }[];
  readonly unpredictable: readonly string[];
}

export interface QuestionCard {
  readonly kind: "question";
  readonly planVersionId: string;
  readonly requestText: string;
  /** Who asked. */
  readonly person: string;
  readonly title: string;
  /** One sentence a problem: which step, what is missing, why nothing was taken. */
  readonly problems: readonly string[];
  /** Playbooks to pick from, per step; picking sends action `choose` with the value `<step>:<playbook id>`. */
  readonly choices: readonly {
    readonly step: number;
    readonly stepName: string;
    readonly candidates: readonly { readonly playbook: string; readonly name: string; readonly confidence: number }[];
  }[];
  /** One form for all that is missing; sent with action `answer`, keys are the field names. */
  readonly fields: readonly FormField[];
  /** What to do next, e.g. an offer to generate a playbook. */
  readonly offer: string | null;
  /** It waits for no answer any more. */
  readonly closed?: true;
  readonly actions: readonly Action[];
}

export interface FormField {
  readonly name: string;
  readonly label: string;
  readonly type: "str" | "int" | "float" | "bool" | "list" | "dict" | "path" | "raw";
  readonly required: boolean;
  readonly default: unknown;
  readonly choices: readonly unknown[] | null;
  readonly description: string | null;
  /** Written over several lines. */
  readonly long?: true;
}

export interface ProgressCard {
  readonly kind: "progress";
  readonly runId: string;
  readonly runNumber: number;
  readonly purpose: "run" | "preview";
  readonly state: string;
  readonly waitingReason: string | null;
  readonly steps: readonly ProgressStep[];
  readonly startedAt: string | null;
  readonly actions: readonly Action[];
}

export interface ProgressStep {
  readonly order: number;
  readonly name: string;
  readonly state: string;
  readonly reason: string | null;
  readonly currentTask: string | null;
  readonly tasksDone: number;
  readonly changed: number;
  readonly failed: number;
}

export interface ResultCard {
  readonly kind: "result";
  readonly runId: string;
  readonly runNumber: number;
  readonly purpose: "run" | "preview";
  readonly state: string;
  /** One line: what happened. */
  readonly verdict: string;
  readonly steps: readonly ResultStep[];
  /** Of a preview. */
  readonly changes?: readonly PreviewChange[];
  readonly durationSeconds: number | null;
  readonly audit: { readonly entry: number; readonly commit: string | null } | null;
  /** Who is told that it ended: who asked. */
  readonly tell: readonly string[];
  readonly actions: readonly Action[];
}

/** What a task would change on a host. */
export interface PreviewChange {
  readonly step: number;
  readonly host: string;
  readonly task: string;
  /** Null: there is none, or it is too long to be carried along. */
  readonly diff: string | null;
}

export interface ResultStep {
  readonly order: number;
  readonly name: string;
  readonly playbookPath: string;
  readonly state: string;
  readonly reason: string | null;
  readonly errorCode: string | null;
  readonly hosts: readonly {
    readonly host: string;
    readonly ok: number;
    readonly changed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly unreachable: number;
  }[];
  readonly keyErrors: readonly string[];
  /** What the playbook's debug tasks said, a text a host and task. */
  readonly said: readonly { readonly host: string; readonly task: string; readonly text: string }[];
  readonly errorText: string | null;
  readonly suggestions: readonly CardSuggestion[];
  readonly suggestionsTotal: number;
  /** "3 fewer than last time", where the playbook changed since and more or less is found in it. */
  readonly suggestionsTrend?: string;
}

export interface CardSuggestion {
  readonly id: string;
  readonly path: string;
  readonly line: number | null;
  readonly rule: string;
  readonly category: string;
  readonly severity: string;
  readonly message: string;
  readonly reasoning: string;
}

/** Small talk, refusals, errors, answers to questions. */
export interface NoticeCard {
  readonly kind: "notice";
  readonly tone: "info" | "refusal" | "error";
  readonly text: string;
  readonly help: string | null;
  /** Accounts that are to be told: the only people that a message of ours pings. */
  readonly tell?: readonly string[];
  /** Shown as it is, in letters of one width: a diff. */
  readonly output?: string;
  readonly actions?: readonly Action[];
}

/** What a command lists: requests, runs, playbooks, findings. */
export interface ListCard {
  readonly kind: "list";
  readonly title: string;
  readonly items: readonly ListItem[];
  /** Said when there is nothing. */
  readonly empty: string;
  /** How many there are where not all are listed. */
  readonly total: number;
}

export interface ListItem {
  readonly title: string;
  readonly detail: string;
  readonly actions: readonly Action[];
}

/** The one line in a channel about a thread below it. It is edited as the request goes on. */
export interface LineCard {
  readonly kind: "line";
  readonly person: string;
  readonly requestText: string;
  readonly state: "planning" | "asking" | "waiting" | "running" | "done" | "failed" | "closed" | "look";
  /** In words: "waiting for approval", "running, step 2 of 3", "done, 2 changes". */
  readonly stateText: string;
}

/** What is asked after a button was pressed. Submitting it is the action with the values as its form. */
export interface Form {
  readonly kind: "form";
  readonly title: string;
  readonly text: string | null;
  readonly submit: string;
  readonly action: Pick<Action, "id" | "target" | "value">;
  readonly fields: readonly FormField[];
}

export const actionIds = [
  "approve",
  "reject",
  "preview",
  "choose",
  "answer",
  "cancel",
  "retry",
  "renew",
  "nothing_to_do",
  "dismiss",
  "apply",
  "generate",
  "write",
  "edit",
  "log",
  "show",
  "settle",
] as const;
export type ActionId = (typeof actionIds)[number];

/** A button. The platform sends back id, target and value; who may press it is decided when it is pressed. */
export interface Action {
  readonly id: ActionId;
  readonly label: string;
  readonly style: "primary" | "danger" | "plain";
  /** The plan version's, run's or suggestion's id. */
  readonly target: string;
  readonly value?: string;
  /** A form comes first (`ChatHandlers.onForm`). A platform that cannot show one asks in its own way. */
  readonly asks?: true;
  /** Asked before it is sent: the text to show; a destructive plan asks for a typed word. */
  readonly confirm?: { readonly text: string; readonly typed: string | null };
}
