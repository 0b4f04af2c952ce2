// Short messages about a plan that waits, of which the whole text is the meaning.

const alone = (text: string): string =>
  text
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{M}+/gu, "")
    .replace(/^(?:no|nope|ok|okay|oh|ah|sorry|please|actually|wait|hmm+|well|then|just)\b[\s,.!:-]+(?=\S)/u, "")
    .replace(/[\s,.!]+(?:please|pls|thanks|thank you|then|for now|bitte|por favor)?[\s.!]*$/u, "")
    .trim();

/** "cancel", "never mind", "forget it": the plan is taken back. */
export function isWithdrawal(text: string): boolean {
  return /^(?:(?:please\s+)?(?:cancel|abort|withdraw|discard|scrap|drop|stop|forget|undo)(?:\s+(?:it|that|this|everything|all|the (?:whole )?plan|this plan|the request|about (?:it|that)))?|never ?mind(?: that| it)?|nvm|(?:don'?t|do not) (?:do|run) (?:it|that|this|anything)|leave it|let it be|changed my mind|i changed my mind|nothing|lass (?:es|das)(?: sein)?|abbrechen|brich ab|vergiss es|cancela(?:r|lo)?|olvidalo|annule[rz]?|laisse tomber|oublie)$/u.test(
    alone(text),
  );
}

/** "yes", "go", "approve": text never approves. */
export function isApproval(text: string): boolean {
  const said = text
    .toLowerCase()
    .replace(/[\s,.!]+$/u, "")
    .trim();
  return /^(?:(?:yes|yep|yeah|yup|sure|ok(?:ay)?|k|alright|all right|fine|good|perfect|great|lgtm|looks good(?: to me)?|sounds good|ship it|do it|run it|go(?: ahead| for it| on)?|proceed|start(?: it)?|execute|confirm(?:ed)?|approve[d]?(?: it| this| the plan)?|i approve(?: it| this| the plan)?|accept(?:ed)?|make it so|ja|jawohl|klar|passt|mach(?: es| das)?|los|si|sí|vale|adelante|oui|d'accord|vas-y|👍|✅)[\s,.!]*)+$/u.test(
    said,
  );
}
