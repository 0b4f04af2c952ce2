/**
 * Cuts off what somebody else wrote and the person only passed on: a forwarded or answered mail from its first line, a chat from its first turn.
 * What stands before it is the person's own.
 */
export function withoutForwarded(text: string): { readonly own: string; readonly forwarded: boolean } {
  const starts = marks.map((mark) => mark.exec(text)?.index).filter((at) => at !== undefined);
  return starts.length === 0 ? { own: text, forwarded: false } : { own: text.slice(0, Math.min(...starts)).trim(), forwarded: true };
}

const marks: readonly RegExp[] = [
  /(?:^|\n)[ \t>*_-]*(?:begin(?:ning of)? )?(?:forwarded message|original message|weitergeleitete nachricht|ursprüngliche nachricht|anfang der weitergeleiteten nachricht|mensaje (?:reenviado|original)|message (?:transféré|d'origine))[ \t:*_-]*(?:\n|$)/i,
  /(?:^|\n)[ \t>*_]*(?:from|von|de|sender|absender)[*_]*:[^\n@]{0,80}[\w.+-]+@[\w.-]+[^\n]*\n/i,
  /(?:^|\n)[ \t]*(?:user|human|benutzer|usuario)\s*:[^\n]*\n[\s\S]*?^[ \t]*(?:assistant|ai|bot|assistent|asistente)\s*:/im,
];
