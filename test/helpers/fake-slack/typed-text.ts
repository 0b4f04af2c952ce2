/** What a person types, as Slack hands it on: escaped, with people, channels and addresses turned into links. */
import type { World } from "./world.ts";

export function asSlackText(world: World, typed: string): string {
  const escaped = typed.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return escaped
    .replace(/\bhttps?:\/\/[^\s]+/g, (address) => `<${address}>`)
    .replace(/(?<![\w/@.<-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|de)\b(?![^<]*>)/g, (name) => `<http://${name}|${name}>`)
    .replace(/(?<!\w)@([\w.-]+)/g, (whole, name: string) => {
      const user = [...world.users.values()].find((one) => one.name === name);
      return user === undefined ? whole : `<@${user.id}>`;
    })
    .replace(/(?<![\w&])#([\w-]+)/g, (whole, name: string) => {
      const channel = [...world.channels.values()].find((one) => one.name === name);
      return channel === undefined ? whole : `<#${channel.id}|${channel.name}>`;
    });
}
