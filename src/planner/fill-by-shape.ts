import type { PlaybookVariable } from "../mapping/playbook.ts";
import { isStopWord } from "../mapping/stop-words.ts";
import { nameParts, stem, wordsOf } from "../mapping/text.ts";
import { spokenVerb } from "../mapping/verb-words.ts";
import type { Put } from "./put-value.ts";
import { isAddress, isDomain, isNumber, isPath, isUrl, isVersion, type Token } from "./stated-values.ts";

/** Values whose shape alone tells where they belong: versions, domains, addresses, paths, states. */
export function fillByShape(
  tokens: readonly Token[],
  variables: readonly PlaybookVariable[],
  used: Set<number>,
  put: Put,
  given: Record<string, unknown>,
  text: string,
): void {
  const open = (pattern: RegExp): PlaybookVariable[] =>
    variables.filter((variable) => pattern.test(variable.name) && !Object.hasOwn(given, variable.name));
  const verb = spokenVerb(wordsOf(text))?.verb;
  const recordName = open(/(?:^|_)record_name$|^dns_(?:record_)?name$/)[0];
  tokens.forEach((token, at) => {
    if (used.has(at)) return;
    const before = tokens[at - 1]?.lower ?? "";
    if (/^(?:A|AAAA|CNAME|TXT|MX|SRV|NS|PTR|CAA)$/.test(token.value) && (tokens[at + 1]?.lower === "record" || before === "type"))
      single(open(/(?:^|_)record_type$/), token.value, at);
    else if (/^(?:tcp|udp)$/i.test(token.value)) single(open(/(?:^|_)proto(?:col)?$/), token.lower, at);
    else if (isAddress(token.value))
      single(
        /^(?:from|von|desde)$/.test(before) || /\/\d+$/.test(token.value)
          ? open(/(?:^|_)(?:source|subnet|network)$/)
          : open(/(?:^|_)(?:record_value|record_address|address|ip)$/),
        token.value,
        at,
      );
    else if (isDomain(token.value)) {
      if (recordName !== undefined && !Object.hasOwn(given, recordName.name)) put(recordName, token.value, [at]);
      else if (recordName !== undefined && (before === "to" || tokens[at - 1]?.arrow === true))
        single(open(/(?:^|_)record_value$/), token.value, at);
      else single(preferred(open(/(?:^|_)(?:domain|hostname|fqdn)$/)), token.value, at);
    } else if (isVersion(token.value) && !isNumber(token.value)) single(preferred(open(/(?:^|_)(?:version|tag)$/)), token.value, at);
    else if (/^\d+\.\d+$/.test(token.value)) single(preferred(open(/(?:^|_)version$/)), token.value, at);
    else if (
      /^\d{1,5}(?:\/(?:tcp|udp))?$/i.test(token.value) &&
      (/^(?:open|close|block|allow|port|tcp|udp|offne|öffne|abre|ouvre|schliesse|schließe|cierra|ferme|unblock|deny)$/.test(before) ||
        /\//.test(token.value))
    ) {
      const [port, protocol] = token.value.split("/");
      single(preferred(open(/(?:^|_)port$/)), port ?? "", at);
      if (protocol !== undefined) single(open(/(?:^|_)proto(?:col)?$/), protocol.toLowerCase(), at);
    } else if (isUrl(token.value)) single(open(/(?:^|_)(?:url|uri)$/), token.value, at);
    else if (isPath(token.value)) {
      const paths = variables.filter(
        (variable) =>
          (variable.type === "path" || /(?:directory|folder|path|paths|dir|root|books|library)$/.test(variable.name)) &&
          !Object.hasOwn(given, variable.name),
      );
      const near = new Set(
        tokens
          .slice(Math.max(0, at - 4), at)
          .concat(tokens.slice(at + 1, at + 4))
          .map((word) => stem(word.lower)),
      );
      const ranked = paths
        .map((variable) => ({
          variable,
          hits: nameParts(variable.name).filter((part) => near.has(stem(part)) && !/^(?:directory|folder|path)$/.test(part)).length,
        }))
        .sort((a, b) => b.hits - a.hits);
      if (ranked[0] !== undefined && (ranked[0].hits > (ranked[1]?.hits ?? 0) || ranked.length === 1))
        put(ranked[0].variable, token.value, [at]);
    } else if (
      /^(?:user|account|benutzer|usuario|utilisateur|colleague|username|login)$/.test(before) ||
      (/^(?:for|of|named|called|von|fur|de|para|pour)$/.test(before) &&
        /^(?:user|account|login|colleague|benutzer)$/.test(tokens[at - 2]?.lower ?? ""))
    ) {
      if (!isStopWord(token.lower) && /^[a-z_][a-z0-9._-]*$/i.test(token.value))
        single(open(/^user_?name$|(?:^|_)user_name$/), token.value, at);
    }
  });
  const state = open(/(?:^|_)state$/)[0];
  if (state !== undefined) {
    if (
      state.name.startsWith("firewall") ||
      variables.some((variable) => /firewall|port/.test(variable.name) && variable.name.endsWith("port"))
    ) {
      if (/\b(?:open|allow|offne|öffne|abre|ouvre|permit|unblock)\b/i.test(text)) put(state, "open", []);
      else if (/\b(?:close|block|deny|schliess\w*|schließ\w*|sperre|cierra|ferme|bloquea)\b/i.test(text)) put(state, "closed", []);
    } else if (verb === "remove") put(state, "absent", []);
    else if (/\b(?:disable|deactivate|lock|suspend|deaktivier\w*|sperre|desactiva|desactive)\b/i.test(text)) put(state, "disabled", []);
  }

  function single(list: readonly PlaybookVariable[], value: string, at: number): void {
    const [only] = list;
    if (only !== undefined) put(only, value, [at]);
  }
}

const preferred = (list: readonly PlaybookVariable[]): PlaybookVariable[] =>
  list.toSorted((a, b) => nameParts(a.name).length - nameParts(b.name).length);
