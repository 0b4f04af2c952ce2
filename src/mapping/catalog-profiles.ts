import { type CatalogProfile, profileCatalog, profileOf } from "./playbook-profile.ts";
import type { PlaybookCatalog } from "./playbook.ts";
import { ownNamesOf } from "./service-names.ts";
import { startSlices } from "./slices.ts";

/** The profile of a catalog, made once; thousands of playbooks are read in slices. */
export function createCatalogProfiles(): (catalog: PlaybookCatalog) => Promise<CatalogProfile> {
  const profiles = new WeakMap<PlaybookCatalog, Promise<CatalogProfile>>();
  return (catalog) => {
    const known = profiles.get(catalog) ?? profileInSlices(catalog);
    profiles.set(catalog, known);
    return known;
  };
}

async function profileInSlices(catalog: PlaybookCatalog): Promise<CatalogProfile> {
  const slices = startSlices();
  for (const playbook of catalog.playbooks) {
    profileOf(playbook);
    ownNamesOf(playbook);
    if (slices.isOver()) await slices.next();
  }
  return profileCatalog(catalog);
}
