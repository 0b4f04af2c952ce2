/**
 * Variables and options by which Ansible is told how to connect and as whom. A person who may ask must not choose them: named in a message, they
 * stop the request, because leaving them out would plan something other than what was said.
 */
export function ansibleWordIn(text: string, isName: (word: string) => boolean): string | undefined {
  for (const match of text.matchAll(/(?<![\p{L}\p{N}_/-])ansible_\w+(?!\w|\.ya?ml|\/)|(?<![\p{L}\p{N}_/-])ansible-\w+(?=\s*=)/giu))
    if (!isName(match[0].toLowerCase())) return match[0];
  return options.exec(text)?.[1];
}

const options =
  /(?<=^|[\s`'"])(--(?:become|connection|private-key|key-file|ssh-|sftp-|scp-|inventory|vault-|module-path|playbook-dir|remote-user)[a-z-]*)/i;

export const noAnsibleWords = "how Ansible connects, and as whom, is not taken from a message";
