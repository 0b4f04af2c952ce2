/** A refusal in the shape of the real one: `{ message, code, errors? }`. */
export class RestError extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: object | undefined;

  constructor(status: number, code: number, message: string, errors?: object) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  get body(): object {
    return { message: this.message, code: this.code, ...(this.errors === undefined ? {} : { errors: this.errors }) };
  }
}

export interface FormIssue {
  readonly path: readonly PropertyKey[];
  readonly code: string;
  readonly message: string;
}

/** 50035: issues are nested under the names of the fields, `{ embeds: { 0: { title: { _errors: [...] } } } }`. */
export function invalidForm(issues: readonly FormIssue[]): RestError {
  const errors: Record<string, unknown> = {};
  for (const issue of issues) {
    let node = errors;
    for (const key of issue.path) node = (node[String(key)] ??= {}) as Record<string, unknown>;
    ((node["_errors"] ??= []) as object[]).push({ code: issue.code, message: issue.message });
  }
  return new RestError(400, 50035, "Invalid Form Body", errors);
}

export const refusals = {
  notFound: () => new RestError(404, 0, "404: Not Found"),
  unauthorized: () => new RestError(401, 0, "401: Unauthorized"),
  unknownChannel: () => new RestError(404, 10003, "Unknown Channel"),
  unknownGuild: () => new RestError(404, 10004, "Unknown Guild"),
  unknownMember: () => new RestError(404, 10007, "Unknown Member"),
  unknownMessage: () => new RestError(404, 10008, "Unknown Message"),
  unknownUser: () => new RestError(404, 10013, "Unknown User"),
  unknownEmoji: () => new RestError(400, 10014, "Unknown Emoji"),
  unknownWebhook: () => new RestError(404, 10015, "Unknown Webhook"),
  unknownInteraction: () => new RestError(404, 10062, "Unknown interaction"),
  unknownCommand: () => new RestError(404, 10063, "Unknown application command"),
  tooLarge: () => new RestError(413, 40005, "Request entity too large"),
  alreadyAcknowledged: () => new RestError(400, 40060, "Interaction has already been acknowledged."),
  missingAccess: () => new RestError(403, 50001, "Missing Access"),
  notAuthor: () => new RestError(403, 50005, "Cannot edit a message authored by another user"),
  emptyMessage: () => new RestError(400, 50006, "Cannot send an empty message"),
  cannotMessageUser: () => new RestError(403, 50007, "Cannot send messages to this user"),
  missingPermissions: () => new RestError(403, 50013, "Missing Permissions"),
  wrongChannelType: () => new RestError(400, 50024, "Cannot execute action on this channel type"),
  invalidWebhookToken: () => new RestError(401, 50027, "Invalid Webhook Token"),
  threadArchived: () => new RestError(400, 50083, "Thread is archived"),
  invalidJson: () => new RestError(400, 50109, "The request body contains invalid JSON."),
  threadExists: () => new RestError(400, 160004, "A thread has already been created for this message"),
} as const;
