/** Discord's limits, each with the page that names it. */
export const limits = {
  // https://docs.discord.com/developers/resources/message
  content: 2_000,
  embeds: 10,
  /** Over all embeds of a message: titles, descriptions, fields, footers. */
  embedCharacters: 6_000,
  embedTitle: 256,
  embedDescription: 4_096,
  embedFields: 25,
  fieldName: 256,
  fieldValue: 1_024,
  embedFooter: 2_048,
  mentionedUsers: 100,
  nonce: 25,
  fileBytes: 10 * 1024 * 1024,
  // https://docs.discord.com/developers/components/reference
  rows: 5,
  rowButtons: 5,
  customId: 100,
  buttonLabel: 80,
  selectOptions: 25,
  optionText: 100,
  placeholder: 150,
  modalTitle: 45,
  modalFields: 5,
  inputLabel: 45,
  inputDescription: 100,
  inputPlaceholder: 100,
  inputText: 4_000,
  // https://docs.discord.com/developers/interactions/application-commands
  choices: 25,
  choiceText: 100,
  // https://docs.discord.com/developers/interactions/receiving-and-responding
  /** Three seconds on the wire; what must be asked of us first gets less. */
  firstAnswerMs: 2_500,
  webhookMs: 15 * 60_000,
  // https://docs.discord.com/developers/topics/threads
  threadName: 100,
  threadArchiveMinutes: 1_440,
  // https://docs.discord.com/developers/topics/rate-limits: no figures; five messages in five seconds is what channels are known to take
  postEveryMs: 1_000,
  editEveryMs: 2_500,
  longestWaitMs: 2_000,
} as const;
