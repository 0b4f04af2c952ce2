// Zero-width and bidi controls, soft hyphens, variation selectors: they hide or reorder, and carry no meaning in a request.
const invisible = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const oddSpaces = /[^\S\n ]|[\u2800\u3164]/gu;
// eslint-disable-next-line no-control-regex -- control characters are exactly what must go
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu;

/** Text as it was typed, with one spelling for what looks the same. For planning only: what is shown is the text as it came. */
export function plainTyped(text: string): string {
  return (
    text
      .normalize("NFC")
      .replace(/\r\n?|[\u2028\u2029\u0085]/gu, "\n")
      .replace(/[\t\v\f]/gu, " ")
      .replace(controls, "")
      .replace(invisible, "")
      .replace(oddSpaces, " ")
      .replace(/[\u2018\u2019\u201a\u201b\u2032\u2035\u02bc\uff07]/gu, "'")
      .replace(/[\u201c-\u201f\u00ab\u00bb\u2033\u2036\uff02]/gu, '"')
      // Phones and chat programs write "--check" with one long dash.
      .replace(/(?<=^|\s)[\u2013\u2014](?=\p{L})/gu, "--")
      .replace(/[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/gu, "-")
      .replace(/\u2026/gu, "...")
      .replace(/[ ]+$/gmu, "")
      .trim()
  );
}
