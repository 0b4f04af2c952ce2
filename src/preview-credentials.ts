import { z } from "zod";

/** `preview_credentials` of chiffon.yml: what a preview uses in place of what ansible.cfg names. Files: below the repo's real folder, or absolute. */
export const previewCredentialsSchema = z.strictObject({
  remote_user: z
    .string()
    .regex(/^[\w.@-]+$/, "an account's name")
    .optional(),
  private_key_file: z.string().min(1).optional(),
  connection_password_file: z.string().min(1).optional(),
  become_password_file: z.string().min(1).optional(),
  vault_password_file: z.string().min(1).optional(),
});
export type PreviewCredentials = z.infer<typeof previewCredentialsSchema>;
