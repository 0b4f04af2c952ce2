import type { PlaybookVariable } from "../../mapping/playbook.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { fold, nameParts, stem, wordsOf } from "../../mapping/text.ts";
import { spokenVerb, verbAt } from "../../mapping/verb-words.ts";
import type { Put } from "./put-value.ts";
import { isFileName, isFileSystem, isInternetName } from "./fitting-value.ts";
import { isAddress, isDomain, isNumber, isPath, isSize, isUrl, isVersion, type Token } from "./stated-values.ts";

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
  const recordName = open(/(?:^|_)(?:record|entry)_name$|^dns_(?:record_)?name$/)[0];
  tokens.forEach((token, at) => {
    if (used.has(at)) return;
    const before = tokens[at - 1]?.lower ?? "";
    if (isFileName(token.value) && open(/(?:^|_)file$/).length === 1) single(open(/(?:^|_)file$/), token.value, at);
    else if (/^\/dev\/\S+/.test(token.value) && open(/(?:^|_)(?:device|disk|dev)$/).length === 1)
      single(open(/(?:^|_)(?:device|disk|dev)$/), token.value, at);
    else if (isFileSystem(token.value) && open(/(?:^|_)(?:fstype|fs_type|filesystem|fs)$/).length === 1)
      single(open(/(?:^|_)(?:fstype|fs_type|filesystem|fs)$/), token.lower, at);
    else if (/^(?:19|20)\d\d$/.test(token.value) && open(/(?:^|_)year$/).length === 1) single(open(/(?:^|_)year$/), token.value, at);
    else if (
      isAddress(token.value) &&
      (before === "to" || tokens[at - 1]?.arrow === true) &&
      open(/(?:^|_)(?:target|destination|backend|upstream|forward_to)$/).length === 1
    )
      single(open(/(?:^|_)(?:target|destination|backend|upstream|forward_to)$/), token.value, at);
    else if (/^[\w-]+_\d{10}_[0-9a-f]{8}$/.test(token.value)) single(open(/(?:^|_)job_id$/), token.value, at);
    else if (/^(?:A|AAAA|CNAME|TXT|MX|SRV|NS|PTR|CAA)$/.test(token.value) && (tokens[at + 1]?.lower === "record" || before === "type"))
      single(open(/(?:^|_)(?:record|entry|dns)_type$/), token.value, at);
    else if (
      isRecordType.test(tokens[at - 1]?.value ?? "") &&
      recordName !== undefined &&
      /^[a-z_*][\w.*-]*$/i.test(token.value) &&
      !isStopWord(token.lower) &&
      token.lower !== "record"
    )
      put(recordName, token.value, [at]);
    else if (
      isRecordType.test(token.value) &&
      /^(?:a|an|the|new|ein|einen|un)$/.test(before) &&
      /^[a-z_*][\w.*-]*$/i.test(tokens[at + 1]?.value ?? "")
    )
      single(open(/(?:^|_)(?:record|entry|dns)_type$/), token.value, at);
    else if (
      /^(?:read|write|readonly|read-only|full|admin|owner|editor|viewer|rw|ro)$/.test(token.lower) &&
      /^(?:access|rights?|permissions?|privileges?|role)$/.test(tokens[at + 1]?.lower ?? "")
    )
      single(open(/(?:^|_)(?:level|permission|privileges?|rights?)$/), token.lower, at);
    else if (/^(?:tcp|udp)$/i.test(token.value)) single(open(/(?:^|_)proto(?:col)?$/), token.lower, at);
    else if (isAccountName(tokens, at)) single(open(/(?:^|_)(?:user|account|login)_?name$/), token.value, at);
    else if (/^(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i.test(token.value)) single(open(/(?:^|_)(?:mac|mac_address|hwaddr)$/), token.value, at);
    else if (/^\d{2,5}$/.test(token.value) && /^(?:on|at)$/.test(before) && /^listen(?:s|ing)?$/.test(tokens[at - 2]?.lower ?? ""))
      single(preferred(open(/(?:^|_)port(?:_https?|_web)?$/)), token.value, at);
    else if (/^\d+x\d+$/i.test(token.value)) single(open(/(?:^|_)(?:size|resolution|geometry|dimensions|format)$/), token.value, at);
    else if (
      isAddress(token.value) &&
      open(/(?:^|_)(?:servers?|upstreams?|resolvers?|peers?|ntp|nameservers?)$/).length === 1 &&
      /^(?:with|from|to|via|by|using|mit|von|con|avec)$/.test(before)
    )
      single(open(/(?:^|_)(?:servers?|upstreams?|resolvers?|peers?|ntp|nameservers?)$/), token.value, at);
    else if (isAddress(token.value))
      single(
        /^(?:from|von|desde)$/.test(before) || /\/\d+$/.test(token.value)
          ? open(/(?:^|_)(?:source|subnet|network)$/)
          : open(/(?:^|_)(?:record_value|entry_value|dns_value|dns_target|record_target|record_address|address|ip)$/),
        token.value,
        at,
      );
    else if (isDomain(token.value)) {
      if (recordName !== undefined && !Object.hasOwn(given, recordName.name)) put(recordName, token.value, [at]);
      else if (recordName !== undefined && (before === "to" || tokens[at - 1]?.arrow === true))
        single(open(/(?:^|_)(?:record|entry|dns)_(?:value|target)$/), token.value, at);
      else if (open(/(?:^|_)(?:domain|hostname|fqdn)$/).length > 0)
        single(preferred(open(/(?:^|_)(?:domain|hostname|fqdn)$/)), token.value, at);
      else if (isInternetName(token.value)) single(preferred(open(/(?:^|_)(?:site|website|vhost|zone)$/)), token.value, at);
    } else if (isVersion(token.value) && !isNumber(token.value)) single(preferred(open(/(?:^|_)(?:version|tag)$/)), token.value, at);
    else if (/^\d+\.\d+$/.test(token.value)) single(preferred(open(/(?:^|_)version$/)), token.value, at);
    else if (
      /^\d{1,5}(?:\/(?:tcp|udp))?$/i.test(token.value) &&
      (/^(?:open|close|block|allow|port|tcp|udp|offne|öffne|abre|ouvre|schliesse|schließe|cierra|ferme|unblock|deny)$/.test(before) ||
        /\//.test(token.value)) &&
      // "I open 40 tabs"
      endsThere(tokens, at)
    ) {
      const [port, protocol] = token.value.split("/");
      single(preferred(open(/(?:^|_)port$/)), port ?? "", at);
      if (protocol !== undefined) single(open(/(?:^|_)proto(?:col)?$/), protocol.toLowerCase(), at);
    } else if (isCron(token)) single(open(/(?:^|_)(?:schedule|cron)$/), token.value, at);
    else if (
      isEmail(token.value) &&
      open(mailEnds).length === 0 &&
      open(/(?:^|_)address$/).length === 1 &&
      tokens.filter((one) => isEmail(one.value)).length === 1
    )
      single(open(/(?:^|_)address$/), token.value, at);
    else if (isEmail(token.value)) single(open(mailEnds), token.value, at);
    else if (/^\d{4}-\d{2}-\d{2}$/.test(token.value)) single(open(/(?:^|_)date$/), token.value, at);
    else if (/^[a-z][\w.-]*:\/\S/i.test(token.value) && !isUrl(token.value))
      single(open(/(?:^|_)(?:source|src|export|remote)$/), token.value, at);
    else if (sizeAt(tokens, at) !== undefined && open(sizeEnds).length === 1) {
      const size = sizeAt(tokens, at);
      const [only] = open(sizeEnds);
      if (size !== undefined && only !== undefined) put(only, size.value, size.places);
    } else if (isUrl(token.value)) single(open(/(?:^|_)(?:url|uri)$/), token.value, at);
    else if (
      isPath(token.value) &&
      /^(?:keep|except|excluding|spare|sparing|ohne|excepto|sauf|not)$/.test(before) &&
      open(/(?:^|_)(?:exclude|excludes|excluded|ignore|keep|spare)(?:_paths?)?$/).length === 1
    )
      single(open(/(?:^|_)(?:exclude|excludes|excluded|ignore|keep|spare)(?:_paths?)?$/), token.value, at);
    else if (isPath(token.value)) {
      const paths = variables.filter(
        (variable) =>
          (variable.type === "path" ||
            /(?:directory|folder|path|paths|dir|root|point|mountpoint|file|books|library|target|destination|shares)$/.test(
              variable.name,
            )) &&
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
      const target = paths.find((variable) => /(?:^|_)(?:target|destination)$/.test(variable.name));
      if (target !== undefined && (ranked[0]?.hits ?? 0) === 0 && /^(?:to|into|directory|folder)$/.test(before))
        put(target, token.value, [at]);
      else if (ranked[0] !== undefined && (ranked[0].hits > (ranked[1]?.hits ?? 0) || ranked.length === 1))
        put(ranked[0].variable, token.value, [at]);
    } else if (isDatabaseName(tokens, at)) single(open(/(?:^|_)(?:db|database)(?:_?name)?$/), token.value.replace(/'s$/, ""), at);
  });
  const state = open(/(?:^|_)state$/)[0];
  if (state !== undefined) {
    if (
      state.name.startsWith("firewall") ||
      variables.some((variable) => /firewall|port/.test(variable.name) && variable.name.endsWith("port"))
    ) {
      if (/\b(?:open\w*|allow|offne|abre|ouvre|permit|unblock)\b/i.test(fold(text))) put(state, "open", []);
      else if (/\b(?:close\w*|block|deny|schliess\w*|sperre|cierra|ferme|bloquea|shut)\b/i.test(fold(text))) put(state, "closed", []);
      else if (verb === "remove" && !/firewall|^port|^open/.test(state.name)) put(state, "absent", []);
    } else if (verb === "remove") put(state, "absent", []);
    else if (/\b(?:disable|deactivate|lock|suspend|deaktivier\w*|sperr\w*|desactiva|desactive)\b/i.test(text)) put(state, "disabled", []);
  }

  function single(list: readonly PlaybookVariable[], value: string, at: number): void {
    const [only] = list;
    if (only !== undefined) put(only, value, [at]);
  }
}

/** No noun follows that the number would count. */
const endsThere = (tokens: readonly Token[], at: number): boolean => {
  const next = tokens[at + 1];
  return (
    tokens[at]?.comma === true ||
    next === undefined ||
    next.isQuoted ||
    isStopWord(next.lower) ||
    !/^\p{L}+s$/u.test(next.lower) ||
    next.lower === "ports"
  );
};

const sizeEnds = /(?:^|_)(?:size|limit|quota|memory|capacity|heap|maxmemory|ram)$/;

/** "80G", "200 GB" */
function sizeAt(tokens: readonly Token[], at: number): { readonly value: string; readonly places: readonly number[] } | undefined {
  const token = tokens[at];
  const next = tokens[at + 1];
  if (token === undefined) return undefined;
  if (isSize(token.value) && !token.value.endsWith("%")) return { value: token.value, places: [at] };
  const isUnit = next !== undefined && !token.comma && /^(?:[kmgt]i?b|[kmgt]o|gigs?|gigabytes?|megabytes?|terabytes?)$/i.test(next.value);
  const unit = /^gig/i.test(next?.value ?? "") ? "GB" : /^mega/i.test(next?.value ?? "") ? "MB" : /^tera/i.test(next?.value ?? "") ? "TB" : (next?.value ?? "");
  return isNumber(token.value) && isUnit ? { value: `${token.value}${unit}`, places: [at, at + 1] } : undefined;
} // prettier-ignore

/** "user petra", "an account for omar", "konto h.wolf": not the noun itself. */
function isAccountName(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  const before = tokens[at - 1]?.lower ?? "";
  if (
    token === undefined ||
    !(
      isAccountWord(before) ||
      (/^(?:for|of|named|called|von|für|fur|de|para|pour)$/.test(before) && isAccountWord(tokens[at - 2]?.lower ?? ""))
    )
  )
    return false;
  return (
    !isStopWord(token.lower) &&
    !isAccountWord(token.lower) &&
    !/^(?:name|state|group|groups|access|on|with)$/.test(token.lower) &&
    /^[a-z_][a-z0-9._-]*$/i.test(token.value)
  );
}

const isAccountWord = (word: string): boolean =>
  /^(?:users?|accounts?|login|logins|colleague|username|benutzer|benutzerkonto|konto|usuario|cuenta|utilisateur|compte)$/.test(word);

const isRecordType = /^(?:AAAA|CNAME|TXT|MX|SRV|NS|PTR|CAA)$/;

const mailEnds =
  /(?:^|_)(?:email|mail|mailbox|recipient|mail_to|member|subscriber|member_address|subscriber_address|mailbox_address|mail_address)$/;
const isEmail = (text: string): boolean => /^[^@\s]+@[^@\s]+\.[a-z]{2,}$/i.test(text);
const isCron = (token: Token): boolean => token.isQuoted && /^(?:[\d*/,?LW#-]+\s+){4,5}[\d*/,?LW#a-z-]+$/i.test(token.value);

/** "the database billing", "database crm": not "the database server". */
function isDatabaseName(tokens: readonly Token[], at: number): boolean {
  const token = tokens[at];
  const before = tokens[at - 1];
  const after = tokens[at + 1];
  if (
    token === undefined ||
    !/^[a-z_][a-z0-9_]*(?:'s)?$/i.test(token.value) ||
    /[^e]ed$/i.test(token.value) ||
    isStopWord(token.lower) ||
    notDatabaseNames.test(token.lower)
  )
    return false;
  if (before !== undefined && databaseNouns.test(before.lower) && !before.comma) return true;
  // "the kitsu database", "a dump of the outline db": behind an article or a preposition, so that it is no adjective of a list.
  return (
    after !== undefined &&
    databaseNouns.test(after.lower) &&
    !token.comma &&
    !after.assigns &&
    !notDatabaseNames.test(tokens[at + 2]?.lower ?? "") &&
    (token.value.endsWith("'s") || (before !== undefined && (isStopWord(before.lower) || verbAt(wordsOf(before.value), 0) !== undefined)))
  );
}

const databaseNouns = /^(?:databases?|dbs?|datenbank(?:en)?)$/;
const notDatabaseNames =
  /^(?:databases?|dbs?|servers?|users?|roles?|named|called|dump|backup|on|hosts?|admin|access|with|cluster|name|owner|new|old|whole|entire|same|other|main|own|postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|redis|sql|relational|production|prod|staging|test|live|central|shared)$/;

const preferred = (list: readonly PlaybookVariable[]): PlaybookVariable[] =>
  list.toSorted((a, b) => nameParts(a.name).length - nameParts(b.name).length);
