import { fileURLToPath } from "node:url";

/** Where the collection chiffon.async_tasks lies: ansible finds it in every run, after all places of the user's own. */
export const ownCollections = fileURLToPath(new URL("../../../ansible/collections", import.meta.url));
