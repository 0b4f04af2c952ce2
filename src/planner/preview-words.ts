const previewWords =
  /(?:^|\s)--(?:check|diff|dry-run)\b|\b(?:dry[- ]?run(?: (?:only|first))?|in check mode|check mode|just (?:a )?preview|preview only|without (?:changing|doing) anything|simulate|as a simulation|only preview|probelauf|simula(?:cion)?|a blanc)\b/gi;

export const withoutPreviewWords = (text: string): string =>
  text
    .replace(previewWords, " ")
    .replace(/\s{2,}/g, " ")
    .trim();

export function isPreview(text: string): boolean {
  return new RegExp(previewWords.source, "i").test(text) || /\bwhat would (?:change|happen)\b|\bpreview\b/i.test(text);
}
