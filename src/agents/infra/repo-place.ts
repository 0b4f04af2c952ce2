/** Stands for the repo's folder in answers that are kept: they hold for every copy of the repo. No path of ansible's begins so. */
export const repoPlace = "<repo>";

/** A path as it is kept. */
export function fromRepo(path: string, root: string): string {
  return path === root || path.startsWith(`${root}/`) ? `${repoPlace}${path.slice(root.length)}` : path;
}

/** A path that was kept, for the repo that lies at `root`. */
export function inRepo(path: string, root: string): string {
  return path === repoPlace || path.startsWith(`${repoPlace}/`) ? `${root}${path.slice(repoPlace.length)}` : path;
}
