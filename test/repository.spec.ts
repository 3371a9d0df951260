import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseDocument } from 'yaml';
import manifest from '../package.json' with { type: 'json' };
import library from '../packages/nestjs-clerk-mcp/package.json' with { type: 'json' };

const ROOT = resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const IN_GITHUB = filesIn('.github');
const WORKFLOWS = IN_GITHUB.filter((file) => file.startsWith('.github/workflows/'));
const PAGES = [
  ...readdirSync(ROOT),
  ...filesIn('docs'),
  ...filesIn('packages/nestjs-clerk-mcp/.changeset'),
  ...IN_GITHUB,
  'examples/notes-api/README.md',
  'examples/print-queue/README.md',
  'test/security/README.md',
].filter((file) => file.endsWith('.md'));
/** The pages about this package: an example has scripts of its own. */
const OWN_PAGES = PAGES.filter((page) => !page.startsWith('examples/'));

describe.each(IN_GITHUB.filter((file) => file.endsWith('.yml')))('%s', (file) => {
  it('is valid YAML', () => {
    const { errors, warnings } = parseDocument(read(file));
    expect([...errors, ...warnings].map(({ message }) => message)).toEqual([]);
  });
});

describe.each(WORKFLOWS)('%s', (file) => {
  const { permissions, jobs } = parse(read(file)) as Workflow;

  it('grants no permission by default but to read the repository', () => {
    expect([{}, { contents: 'read' }]).toContainEqual(permissions);
  });

  it.each(Object.entries(jobs))('limits the time of the job %s', (_name, job) => {
    expect(job['timeout-minutes']).toBeLessThanOrEqual(60);
  });

  it('pins each action to a major version', () => {
    const actions = Object.values(jobs).flatMap(({ steps }) =>
      steps.flatMap(({ uses = [] }) => uses),
    );
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => !/^[\w-]+(\/[\w-]+)+@v\d+$/.test(action))).toEqual([]);
  });
});

it('only the jobs that publish the package and the site get an identity token', () => {
  const withToken = WORKFLOWS.flatMap((file) =>
    Object.entries((parse(read(file)) as Workflow).jobs)
      .filter(([, { permissions }]) => permissions?.['id-token'] !== undefined)
      .map(([name]) => `${basename(file)} ${name}`),
  );
  expect(withToken).toEqual(['docs.yml deploy', 'release.yml publish']);
});

it('the workflows and .nvmrc name supported versions of Node only', () => {
  const jobs = WORKFLOWS.flatMap((file) => Object.values((parse(read(file)) as Workflow).jobs));
  const matrices = jobs.flatMap(({ strategy }) => strategy?.matrix['node'] ?? []);
  expect(matrices.length).toBeGreaterThan(0);
  const versions = [...matrices, read('.nvmrc').trim()].map(String);
  expect(versions.filter((version) => !isSupported(version))).toEqual([]);
});

it('each ecosystem that Dependabot updates has a manifest in its folders', () => {
  const { updates } = parse(read('.github/dependabot.yml')) as Dependabot;
  const npm = updates.filter((update) => update['package-ecosystem'] === 'npm');
  const folders = npm.flatMap(({ directory = [], directories = [] }) =>
    [directory, directories].flat(),
  );
  expect(folders).toContain('/');
  expect(folders.filter((folder) => !existsSync(join(ROOT, folder, 'package.json')))).toEqual([]);
});

describe('the manifest of the package', () => {
  it('has the version of the service, and the repository that the issue forms name', () => {
    expect(library.version).toBe(manifest.version);
    const [, repository = '', owner, name] =
      /^git\+(https:\/\/github\.com\/([\w-]+)\/([\w-]+))\.git$/.exec(library.repository.url) ?? [];
    expect(read('.github/ISSUE_TEMPLATE/config.yml')).toContain(repository);
    expect(library.bugs.url).toBe(`${repository}/issues`);
    // GitHub Pages serves the site of the documentation there.
    expect(library.homepage).toBe(`https://${owner}.github.io/${name}/`);
  });

  it('declares each dependency as the service does', () => {
    const { dependencies } = library;
    const own = Object.fromEntries(
      Object.entries(manifest.dependencies).filter(([name]) => name in dependencies),
    );
    expect(own).toEqual(dependencies);
  });

  it('makes a peer of everything else that the service needs', () => {
    const others = Object.keys(manifest.dependencies).filter(
      (name) => !(name in library.dependencies),
    );
    expect(Object.keys(library.peerDependencies)).toEqual(expect.arrayContaining(others));
  });
});

describe('the scripts of package.json', () => {
  it('say that the start compiles, on stderr, which stdio servers leave free', () => {
    const [say, start] = manifest.scripts.start.split(' && ');
    // cmd.exe and sh read the quotes alike.
    expect(say).toBe(`node -e "console.error('Compiling ...')"`);
    expect(start).toBe('nest start');
    const { stdout, stderr } = spawnSync(say ?? '', { shell: true, encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['', 'Compiling ...\n']);
  });

  it.each([...WORKFLOWS, ...OWN_PAGES, '.ci/run'])('has those that %s names', (file) => {
    const named = [...read(file).matchAll(/\bnpm run (?:-s )?([\w:]+)/g)].map(
      ([, name = '']) => name,
    );
    expect(named.filter((name) => !(name in manifest.scripts))).toEqual([]);
  });
});

describe('files that are named', () => {
  it.each(WORKFLOWS)('%s: those of its commands and inputs exist', (file) => {
    const { jobs } = parse(read(file)) as Workflow;
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    const commands = steps.flatMap(({ run = '' }) => [...run.matchAll(NODE_OR_FOLDER)]);
    const inputs = steps.flatMap(({ with: given = {} }) =>
      ['node-version-file', 'cache-dependency-path', 'cwd'].flatMap((name) =>
        String(given[name] ?? '').split('\n'),
      ),
    );
    const named = [...commands.map(([, path = '']) => path), ...inputs].filter(Boolean);
    expect(named.length).toBeGreaterThan(file.includes('codeql') ? -1 : 0);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('Dockerfile: what it copies exists', () => {
    const copied = [...read('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)];
    const files = copied.flatMap(([, list = '']) => list.split(' '));
    expect(files.length).toBeGreaterThan(4);
    expect(files.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('compose.yaml: what it mounts exists', () => {
    const mounts = [...read('compose.yaml').matchAll(/- (\.\/[^:\s]+):/g)].map(([, path]) => path);
    expect(mounts).not.toEqual([]);
    expect(mounts.filter((path = '') => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

it('the release has a bill of materials', () => {
  const { jobs } = parse(read('.github/workflows/release.yml')) as Workflow;
  const [publish, sbom] = ['changesets/action/publish', 'upload-artifact'].map((action) =>
    jobs['publish']?.steps.findIndex(({ uses = '' }) => uses.includes(action)),
  );
  expect(publish).toBeGreaterThan(0);
  expect(sbom).toBeGreaterThan(publish ?? 0);
});

describe('relative links', () => {
  it.each(PAGES)('lead from %s to files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)];
    const missing = links.filter(([, to = '']) => !existsSync(resolve(ROOT, page, '..', to)));
    expect(missing.map(([, to]) => to)).toEqual([]);
  });
});

/** The files in a folder and in its folders, by their path from the root. */
function filesIn(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

/** Whether the newest release of a version such as `20` or `20.19` is in `engines`. */
function isSupported(version: string): boolean {
  const [major = 0, minor = Infinity] = version.split('.').map(Number);
  return manifest.engines.node.split('||').some((range) => {
    const [, operator, ...least] = /^(\^|>=)(\d+)\.(\d+)/.exec(range.trim()) ?? [];
    const [leastMajor = Infinity, leastMinor = Infinity] = least.map(Number);
    if (major === leastMajor) return minor >= leastMinor;
    return operator === '>=' && major > leastMajor;
  });
}

/** A script that Node runs, or a folder that npx vitest is given. */
const NODE_OR_FOLDER = /\b(?:node|npx vitest run) (\.?[\w./-]+)/g;

type Permissions = Readonly<Record<string, string>>;

interface Workflow {
  readonly permissions?: Permissions;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly 'timeout-minutes'?: number;
  readonly permissions?: Permissions;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly unknown[]>> };
  readonly steps: readonly {
    readonly uses?: string;
    readonly run?: string;
    readonly with?: Readonly<Record<string, unknown>>;
  }[];
}

interface Dependabot {
  readonly updates: readonly {
    readonly 'package-ecosystem': string;
    readonly directory?: string;
    readonly directories?: readonly string[];
  }[];
}
