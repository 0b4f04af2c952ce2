import { stringify } from "yaml";

/** The message shortcut's id: the manifest names it, the platform listens to it. */
export const askShortcut = "ask_about_message";
const slashCommand = "/chiffon";

/** Every scope the bot asks for, and what for. Nothing else is asked. */
export const botScopes: Readonly<Record<string, string>> = {
  "app_mentions:read": "to hear @Chiffon",
  "channels:history": "to hear plain replies in its threads of public channels",
  "groups:history": "the same in private channels it was invited to",
  "im:history": "to hear direct messages",
  "im:write": "to write to a person where a private answer in the channel is not possible",
  "chat:write": "to post plans, progress and results",
  commands: "for /chiffon and the message shortcut",
  "files:write": "for full logs and long lists as files",
  "users:read": "to tell members from guests, bots and deactivated accounts at the click, and to show names",
  "usergroups:read": "for user groups that the policy names",
};

const events = ["app_home_opened", "app_mention", "message.channels", "message.groups", "message.im"];

/** What "Create an app from a manifest" asks for. With a request URL: HTTP mode. */
export function manifest(requestUrl?: string): string {
  const url = requestUrl === undefined ? {} : { url: requestUrl };
  const request = requestUrl === undefined ? {} : { request_url: requestUrl };
  return stringify({
    display_information: {
      name: "Chiffon",
      description: "Plans from your own Ansible playbooks, runs what you approve",
      background_color: "#4a154b",
    },
    features: {
      app_home: { home_tab_enabled: true, messages_tab_enabled: true, messages_tab_read_only_enabled: false },
      bot_user: { display_name: "Chiffon", always_online: true },
      shortcuts: [
        {
          name: "Ask Chiffon about this",
          type: "message",
          callback_id: askShortcut,
          description: "Makes a request of this message's text",
        },
      ],
      slash_commands: [
        {
          command: slashCommand,
          ...url,
          description: "Ask for work, or status, mine, runs, help",
          usage_hint: "restart nginx on web1",
          should_escape: false,
        },
      ],
    },
    oauth_config: { scopes: { bot: Object.keys(botScopes) } },
    settings: {
      event_subscriptions: { ...request, bot_events: events },
      interactivity: { is_enabled: true, ...request },
      org_deploy_enabled: false,
      socket_mode_enabled: requestUrl === undefined,
      token_rotation_enabled: false,
    },
  });
}
