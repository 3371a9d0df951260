import { readFile, realpath } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { type Check, failure, ok, warning } from './report.js';

/**
 * Checks that the application, this package and the packages that use Nest share one copy of what must be
 * loaded once. No check where nothing is installed.
 *
 * @param application folder of the application
 * @param command a folder of the package that this command belongs to
 */
export async function checkPackages(
  application: string,
  command: string = import.meta.dirname,
): Promise<readonly Check[]> {
  const [app, own] = await Promise.all([packageAround(application), packageAround(command)]);
  if (!app || !own) return [];
  const library = (await resolvePackage(own.name, app)) ?? own;
  const neighbours = [...(await dependenciesOf(app)), ...(await dependenciesOf(library))];
  const found = await Promise.all(
    SHARED.map(async (shared) => {
      const users = shared.isTolerable ? [] : neighbours.filter(uses(shared.name));
      return { shared, copies: await copiesOf(shared.name, [app, library, ...users]) };
    }),
  );
  const checks = found
    .filter(({ copies }) => copies.length > 1)
    .map(({ shared, copies }) => severalCopies(shared, copies, app));
  if (library.folder !== own.folder) checks.push(otherCommand(own, library));
  if (checks.length > 0) return checks;
  const single = found.flatMap(({ copies }) =>
    copies.map(({ name, version }) => `${name} ${version}`),
  );
  return single.length > 0 ? [ok('packages', `One copy each of ${single.join(', ')}`)] : [];
}

/** A package that should be loaded once. */
interface SharedPackage {
  readonly name: string;
  /** What happens with several copies. */
  readonly consequence: string;
  /** Whether a service may work with several copies: then only those of the application and of this package count. */
  readonly isTolerable: boolean;
}

const INJECTION = 'providers of one are not found by the others';

const SHARED: readonly SharedPackage[] = [
  { name: '@nestjs/core', consequence: INJECTION, isTolerable: false },
  { name: '@nestjs/common', consequence: INJECTION, isTolerable: false },
  { name: 'nestjs-clerk-mcp', consequence: INJECTION, isTolerable: false },
  {
    name: 'nestjs-cls',
    consequence: 'the user that one of them keeps for a request is unknown to the other',
    isTolerable: false,
  },
  {
    name: '@modelcontextprotocol/server',
    consequence: 'errors and schemas of one are not those of the other',
    isTolerable: true,
  },
  {
    name: 'reflect-metadata',
    consequence: 'metadata that one writes may be missing in the other',
    isTolerable: true,
  },
  {
    name: 'zod',
    consequence: 'the types of their schemas differ',
    isTolerable: true,
  },
];

/** An installed package. */
interface InstalledPackage {
  /** The real path of its folder. */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** Names of the packages that it imports. */
  readonly imports: readonly string[];
}

/** A copy of a package, and the packages that import it. */
interface Copy extends InstalledPackage {
  readonly users: readonly string[];
}

const uses =
  (name: string) =>
  ({ imports }: InstalledPackage): boolean =>
    imports.includes(name);

async function copiesOf(
  name: string,
  users: readonly InstalledPackage[],
): Promise<readonly Copy[]> {
  const copies = new Map<string, Copy>();
  for (const user of users) {
    const copy = await resolvePackage(name, user);
    if (!copy) continue;
    const others = copies.get(copy.folder)?.users ?? [];
    copies.set(copy.folder, { ...copy, users: [...new Set([...others, user.name])] });
  }
  return [...copies.values()];
}

function severalCopies(
  { name, consequence, isTolerable }: SharedPackage,
  copies: readonly Copy[],
  app: InstalledPackage,
): Check {
  const list = copies.map(({ version, folder, users }) => {
    const more = users.length > MAX_NAMES ? [`${users.length - MAX_NAMES} more`] : [];
    const names = [...users.slice(0, MAX_NAMES), ...more].join(', ');
    return `${version} in ${relative(app.folder, folder)} for ${names}`;
  });
  const message = `${copies.length} copies of ${name} are installed, and ${consequence}: ${list.join('; ')}`;
  const cure = `Install one version that all of them accept, run "npm dedupe", and check with "npm ls ${name}".`;
  return isTolerable ? warning('packages', message, cure) : failure('packages', message, cure);
}

function otherCommand(own: InstalledPackage, library: InstalledPackage): Check {
  return warning(
    'packages',
    `This command belongs to ${own.name} ${own.version} in ${own.folder}, and the application uses ${library.version} in ${library.folder}`,
    `Run "npx ${own.name} doctor" in the folder of the application.`,
  );
}

const MAX_NAMES = 5;

/** The installed packages that the manifest of a package names. */
async function dependenciesOf(user: InstalledPackage): Promise<readonly InstalledPackage[]> {
  const found = await Promise.all(user.imports.map((name) => resolvePackage(name, user)));
  return found.filter((one) => one !== undefined);
}

/** The package that an import in the files of another one loads, as Node.js looks for it. */
async function resolvePackage(
  name: string,
  { folder, name: ownName, ...user }: InstalledPackage,
): Promise<InstalledPackage | undefined> {
  // A package may import itself by its name.
  if (name === ownName) return { folder, name, ...user };
  for (const parent of parentsOf(folder)) {
    const found = await readPackage(join(parent, 'node_modules', name));
    if (found) return found;
  }
  return undefined;
}

/** The nearest package that a folder is in. */
async function packageAround(folder: string): Promise<InstalledPackage | undefined> {
  for (const parent of parentsOf(folder)) {
    const found = await readPackage(parent);
    if (found) return found;
  }
  return undefined;
}

function parentsOf(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...parentsOf(parent)];
}

/** `undefined` where there is no readable package.json. */
async function readPackage(folder: string): Promise<InstalledPackage | undefined> {
  try {
    const real = await realpath(folder);
    const manifest: unknown = JSON.parse(await readFile(join(real, 'package.json'), 'utf8'));
    if (typeof manifest !== 'object' || manifest === null) return undefined;
    const text = (field: string, otherwise: string): string => {
      const value: unknown = Reflect.get(manifest, field);
      return typeof value === 'string' ? value : otherwise;
    };
    const imports = IMPORTS.flatMap((field) => Object.keys(Reflect.get(manifest, field) ?? {}));
    return {
      folder: real,
      name: text('name', 'the application'),
      version: text('version', 'of unknown version'),
      imports: [...new Set(imports)],
    };
  } catch {
    return undefined;
  }
}

/** Fields of package.json that name packages which the code may import. */
const IMPORTS = ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies'];
