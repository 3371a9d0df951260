import { parse } from 'yaml';
import manifest from '../../../packages/nestjs-clerk-mcp/package.json' with { type: 'json' };
import { REVISIONS } from '../../../src/mcp/protocol/revisions.js';
import { readText } from './declarations.js';
import { code, page, table } from './markdown.js';

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly strategy?: { readonly matrix: Matrix } }>>;
}

interface Matrix {
  readonly node: readonly number[];
  readonly adapter?: readonly string[];
  readonly include?: readonly { readonly node: number; readonly nest: string }[];
}

export function compatibilityPage(): string {
  const optional: Readonly<Record<string, unknown>> = manifest.peerDependenciesMeta;
  const peers = Object.entries(manifest.peerDependencies).map(([name, range]) => [
    code(name),
    code(range),
    name in optional ? 'optional' : 'required',
  ]);
  const dependencies = Object.entries(manifest.dependencies).map(([name, range]) => [
    code(name),
    code(range),
  ]);
  return page(
    'Compatibility',
    '`packages/nestjs-clerk-mcp/package.json` and `.github/workflows/ci.yml`',
    `Node.js ${code(manifest.engines.node)}.`,
    '## Revisions of MCP',
    `A server answers clients of ${REVISIONS.map(code).join(', ')}. [Clients](clients.md) lists the published ones that are tested.`,
    '## Peers',
    'Packages that the application installs.',
    table(['package', 'versions', 'kind'], peers),
    '## Dependencies',
    'Packages that npm installs with this one.',
    table(['package', 'versions'], dependencies),
    '## What is tested',
    table(['tests', 'Node.js', 'adapter', 'versions of Nest and of the other packages'], tested()),
  );
}

/** @throws a job of the workflow is gone or has no matrix */
function tested(): readonly (readonly string[])[] {
  const { jobs } = parse(readText('.github/workflows/ci.yml')) as Workflow;
  const matrixOf = (job: string): Matrix => {
    const matrix = jobs[job]?.strategy?.matrix;
    if (!matrix) throw new Error(`ci.yml has no matrix of the job ${job}.`);
    return matrix;
  };
  const { node, adapter = [], include = [] } = matrixOf('test');
  const newest = new Set(include.filter(({ nest }) => nest === 'newest').map((one) => one.node));
  return [
    ['all', node.join(', '), adapter.join(', '), 'those of `package-lock.json`'],
    ['all', [...newest].join(', '), adapter.join(', '), 'the newest'],
    ['all', matrixOf('lowest').node.join(', '), 'fastify, express', 'the lowest of this page'],
    [
      'the installed package',
      matrixOf('package').node.join(', '),
      'fastify, express',
      'the newest',
    ],
  ];
}
