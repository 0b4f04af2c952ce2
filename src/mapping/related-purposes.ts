import type { Said } from "./lexicon.ts";

// Purposes between which everyday words do not tell: who asks for an album of photos is glad of a photo library, where there is no gallery.
const families = [
  "photo-gallery photo-library",
  "web-forms survey",
  "inventory-of-things household-stock lending-of-things parts-stock",
  "notes wiki documentation-site collaborative-writing",
  "file-cloud folder-sync windows-shares send-files",
  "task-lists project-management",
  "helpdesk issue-tracking",
  "password-manager secrets-store",
  "invoices erp personal-finance",
  "blog-site site-creation static-site",
  "newsletters marketing mailing-list",
  "uptime-monitoring host-monitoring status-page",
  "metrics metrics-dashboard live-metrics host-monitoring",
  "snapshot-backup backup-run",
  "camera-recording object-detection",
  "music-streaming multiroom-audio",
  "appointment-booking room-booking",
  "shift-planning hr-management time-tracking",
  "digital-signage kiosk-computers",
].map((line) => line.split(" "));

/** A purpose that no playbook has stands for its relative that one has, less surely. */
export function withRelatives(concepts: ReadonlyMap<string, Said>, isThere: (concept: string) => boolean): ReadonlyMap<string, Said> {
  const result = new Map(concepts);
  // "a shoebox of invoices and receipts" is explained already.
  const explained = new Set([...concepts].flatMap(([concept, said]) => (isThere(concept) ? [...said.stems] : [])));
  for (const [concept, said] of concepts) {
    if (isThere(concept) || [...said.stems].some((stem) => explained.has(stem))) continue;
    const relatives = families.filter((family) => family.includes(concept)).flatMap((family) => family.filter(isThere));
    const [relative, ...others] = new Set(relatives);
    if (relative === undefined || others.length > 0 || result.has(relative)) continue;
    result.delete(concept);
    result.set(relative, { stems: said.stems, strength: said.strength * lessSure });
  }
  return result;
}

const lessSure = 0.75;
