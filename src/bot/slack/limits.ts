/** Slack's limits, each with the page that names it. Where Slack names none, ours, said so. */
export const limits = {
  // https://docs.slack.dev/reference/methods/chat.postMessage
  messageBlocks: 50,
  /** Cut at 40,000; advised are 4,000. Beside blocks it is only the notification. */
  messageText: 4_000,
  /** Ours: Slack answers `msg_blocks_too_long` without naming a figure; messages of 12,000 characters are known to pass. */
  messageCharacters: 10_000,
  // https://docs.slack.dev/reference/block-kit/blocks
  headerText: 150,
  sectionText: 3_000,
  contextElements: 10,
  actionElements: 25,
  blockId: 255,
  inputLabel: 2_000,
  inputHint: 2_000,
  // https://docs.slack.dev/reference/block-kit/block-elements/button-element
  buttonText: 75,
  buttonValue: 2_000,
  actionId: 255,
  // https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  // https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element, .../composition-objects/option-object
  selectOptions: 100,
  optionText: 75,
  optionValue: 150,
  radioOptions: 10,
  // https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element
  inputText: 3_000,
  placeholder: 150,
  // https://docs.slack.dev/reference/views
  viewBlocks: 100,
  viewTitle: 24,
  viewButton: 24,
  privateMetadata: 3_000,
  /** Ours: the page is to be read, and Slack names no figure. */
  homeCharacters: 20_000,
  // https://docs.slack.dev/interactivity/handling-user-interaction
  responseUrlUses: 5,
  responseUrlMs: 30 * 60_000,
  // https://docs.slack.dev/apis/web-api/rate-limits: a message a second a channel; chat.update 50 a minute
  postEveryMs: 1_000,
  editEveryMs: 2_500,
} as const;
