const previewWords =
  /(?:^|\s)--(?:check|diff|dry-run)\b|\b(?:dry[- ]?run(?: (?:only|first))?|in check mode|check mode|just (?:a )?preview|preview only|without (?:changing|doing) anything|simulate|as a simulation|only preview|(?:only|just) pretend|pretend only|(?:but )?(?:don't|do not) (?:actually|really) (?!need|want|like|know|care|use|have|think|mind|matter)\w+(?: (?:anything|any of it|it|them|yet))?|without (?:actually|really) \w+ing(?: (?:anything|it|them))?|not for real|no real changes|ohne etwas (?:wirklich )?zu (?:l(?:ö|oe?)schen|(?:ä|ae?)ndern)|nur simulieren|sin (?:borrar|cambiar) nada|sans rien (?:supprimer|changer|effacer)|probelauf|simula(?:cion)?|a blanc)\b/gi;

export const withoutPreviewWords = (text: string): string =>
  text
    .replace(previewWords, " ")
    .replace(/\s{2,}/g, " ")
    .trim();

export function isPreview(text: string): boolean {
  return new RegExp(previewWords.source, "i").test(text) || /\bwhat would (?:change|happen)\b|\bpreview\b/i.test(text);
}
