import type { PlaybookVariable } from "../../mapping/playbook.ts";
import { isStopWord } from "../../mapping/stop-words.ts";
import { nameParts } from "../../mapping/text.ts";
import { isAddress, isDomain, isDuration, isNumber, isPath, isSize, isUrl, isVersion, type Token } from "./stated-values.ts";

/** Could this token be a value of that variable? Only what its name and type leave no doubt about. */
export function fits(token: Token | undefined, variable: PlaybookVariable, assigned: boolean): boolean {
  if (token === undefined || token.value === "") return false;
  const { value } = token;
  // "open it from everywhere", "in sandbox mode": no values.
  if (!token.isQuoted && !assigned && /^(?:everywhere|anywhere|somewhere|nowhere|everyone|everybody|anyone|nobody|mode)$/.test(token.lower))
    return false;
  if (variable.choices?.some((choice) => String(choice).toLowerCase() === token.lower)) return true;
  const last = nameParts(variable.name).at(-1) ?? "";
  if (isNumberVariable(variable)) return isNumber(value);
  if (variable.type === "bool") return /^(?:true|false|yes|no|on|off|enabled|disabled|an|aus)$/i.test(value);
  if (last === "file") return isPath(value) || isFileName(value) || isUrl(value);
  if (variable.type === "path" || /^(?:directory|path|dir|folder|root)$/.test(last)) return isPath(value);
  if (/^(?:version|tag|release)$/.test(last)) return isVersion(value) || isNumber(value) || assigned;
  if (/^(?:url|uri|endpoint)$/.test(last)) return isUrl(value) || isDomain(value);
  if (/^(?:hostname|domain|fqdn|zone)$/.test(last))
    return isDomain(value) || ((assigned || variable.type !== "int") && /^[a-z][a-z0-9-]*$/i.test(value) && !isStopWord(token.lower));
  if (/^(?:ttl|timeout|interval|period|delay|minutes|seconds|days|threshold|limit|max|min|count|size|memory|keep)$/.test(last))
    return isNumber(value) || isDuration(value) || isSize(value) || assigned;
  if (counted.test(last)) return isNumber(value);
  if (/^(?:number|no|nr|num)$/.test(last)) return /^#?[a-z]{0,3}-?\d[\w-]*$/i.test(value);
  if (/^(?:fstype|filesystem)$/.test(last)) return assigned || isFileSystem(value);
  if (/^(?:schedule|cron)$/.test(last)) return assigned || token.isQuoted || isDuration(value) || /^(?:@?(?:hourly|daily|nightly|weekly|monthly|yearly)|\d.*)$/i.test(value); // prettier-ignore
  if (last === "device")
    return (
      assigned ||
      /^[a-z][\w.]*-[\w.-]+$/i.test(value) ||
      isPath(value) ||
      token.isQuoted ||
      /^(?:[shv]d[a-z]|xvd|nvme|mmcblk|tty|md)\w*$/i.test(value)
    );
  if (
    /^(?:enabled|externally|force|verify|full|compress|compressed|durable|persistent|recursive|encrypted|hidden|anonymous|clean)$/.test(
      last,
    )
  )
    return /^(?:true|false|yes|no|on|off)$/i.test(value);
  // "with the title Lab Notes"
  if (token.isQuoted || assigned || (/^(?:title|titel)$/.test(last) && /^\p{Lu}/u.test(value))) return true;
  return !isStopWord(token.lower) && !value.startsWith("-") && (value.length > 1 || isNumber(value) || /^[A-HJ-Z]$/.test(value));
}

export const isFileSystem = (text: string): boolean =>
  /^(?:ext[234]|xfs|btrfs|zfs|nfs[34]?|cifs|smb|vfat|exfat|ntfs|f2fs|tmpfs|gfs2|ocfs2)$/i.test(text);

/** "closure.pdf", "pils.zpl": a file without the folder it is in. */
export const isFileName = (text: string): boolean =>
  /^[\w-][\w.-]*\.(?!\d)[a-z][a-z\d]{1,5}(?:\.(?:gz|bz2|xz|zst))?$/i.test(text) && !isInternetName(text);

/** Names of things of which there is a number. */
const counted = /^(?:lines|weeks|months|years|watts|workers|replicas|threads|cores|retries|attempts|copies|players|partitions)$/;

/** Ends as names of machines and of the internet usually do. */
export const isInternetName = (text: string): boolean =>
  /\.(?:com|org|net|edu|gov|info|biz|io|dev|app|eu|uk|de|at|ch|fr|es|it|nl|be|pl|us|ca|au|jp|co|me|tv|cloud|online|site|shop|store|tech|example|test|invalid|local|lan|home|internal|intranet|corp|arpa|localhost)$/i.test(
    text,
  );

export const isNumberVariable = (variable: PlaybookVariable): boolean =>
  variable.type === "int" ||
  variable.type === "float" ||
  /(?:^|_)ports?(?:_(?:\w|https?\d?|web|webui|ui|ssh|api|admin|dns|one|two|vnc|tftp))?$/.test(variable.name);

export const isTyped = (value: string): boolean =>
  isNumber(value) ||
  isVersion(value) ||
  isPath(value) ||
  isUrl(value) ||
  isAddress(value) ||
  isDomain(value) ||
  isDuration(value) ||
  isSize(value);
