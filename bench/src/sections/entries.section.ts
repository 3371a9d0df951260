import { ratioOf } from '../load/rounds.js';
import type { RpcAnswer } from '../load/rpc.js';
import { echoCall, type Workload } from '../load/workload.js';
import { LEGACY } from '../load/rpc.js';
import { toSvg } from '../report/bars.js';
import { ratioBar } from '../report/ratio-bar.js';
import type { Target } from '../report/target.js';
import { OURS } from '../subjects.js';
import {
  ABOUT_ROWS,
  measureRows,
  rowsTable,
  rowTargets,
  type MeasuredRow,
} from './against-floors.js';
import type { Section } from './section.js';

/** What is no call of a tool, and what is refused. */
export const entries: Section = {
  name: 'entries',
  run: async ({ clerk }) => {
    const [token = ''] = await clerk.tokens(1);
    const scoped = await clerk.tokenOfNewClient();
    const expired = await clerk.expiredToken();
    const subject = { ...OURS, script: 'entries' };
    const refusals = refusalsOf(expired);
    const rows = [SUCCESS, ...EXCHANGES, ...refusals].map((workload) => ({
      what: workload.name,
      subject,
      workload,
      // The scopes of an OAuth token can be too few; a session token has none.
      token: workload.status === 403 ? scoped : token,
      ...(workload !== SUCCESS && { atLeast: 0.5 }),
    }));
    const measured = await measureRows(rows, {
      settings: clerk.settings,
      rounds: 11,
      requests: 15 * 64,
    });
    const title = 'Exchanges other than calls of tools';
    return {
      title,
      about: `${ABOUT_ROWS} ${ABOUT}`,
      table: rowsTable(measured),
      picture: toSvg({
        title,
        subtitle: 'Requests per CPU second of the server, bare Fastify with such an answer = 1',
        bars: measured.map(({ row, ours }) => ratioBar(ours, `nestjs-clerk-mcp: ${row.what}`)),
      }),
      targets: [...rowTargets(measured), ...costsOfRefusals(measured, refusals)],
      numbers: { measured },
    };
  },
};

const ABOUT =
  'The server is the module with the limits and the audit log of the service, and one entry of each kind. Each `initialize` opens a session; above 32 of one user, it also closes the least used one.';

/** A refusal must not cost more than a call that is answered. */
function costsOfRefusals(
  measured: readonly MeasuredRow[],
  refusals: readonly Workload[],
): readonly Target[] {
  const success = measured.find(({ row }) => row.workload === SUCCESS);
  if (!success) return [];
  return measured
    .filter(({ row }) => refusals.includes(row.workload))
    .map(({ row, ours }) => ({
      what: `${row.what}: CPU time against a tools/call that is answered`,
      measured: 1 / ratioOf(ours, success.ours),
      atMost: 1,
      unit: ' ×',
    }));
}

const SUCCESS = echoCall('modern');

const modern = (
  name: string,
  method: string,
  params: object,
  isRight: (answer: RpcAnswer) => boolean,
  more: Partial<Workload> = {},
): Workload => ({ name, era: 'modern', message: () => ({ method, params }), isRight, ...more });

const EXCHANGES: readonly Workload[] = [
  modern(
    'resources/read',
    'resources/read',
    { uri: 'notes://today' },
    ({ result }) => result?.contents?.[0]?.text?.startsWith('# Today') === true,
  ),
  modern(
    'prompts/get',
    'prompts/get',
    { name: 'review', arguments: { code: 'let x = 1;' } },
    ({ result }) => result?.messages?.length === 1,
  ),
  modern(
    'completion/complete',
    'completion/complete',
    {
      ref: { type: 'ref/prompt', name: 'review' },
      argument: { name: 'language', value: 'py' },
    },
    ({ result }) => result?.completion?.values[0] === 'python',
  ),
  modern(
    'server/discover',
    'server/discover',
    {},
    ({ result }) => result?.supportedVersions !== undefined,
  ),
  {
    name: 'initialize, 2025-11-25',
    era: 'legacy',
    opensSession: true,
    anyId: true,
    message: () => ({
      method: 'initialize',
      params: {
        protocolVersion: LEGACY,
        capabilities: {},
        clientInfo: { name: 'bench', version: '1.0.0' },
      },
    }),
    isRight: ({ result }) => result?.protocolVersion === LEGACY,
  },
];

function refusalsOf(expired: string): readonly Workload[] {
  const call = { name: 'echo', arguments: { message: 'hello' } };
  const write = { name: 'write', arguments: { text: 'hello' } };
  const isRefused = ({ error }: RpcAnswer) => error !== undefined;
  const isUnauthorized = { status: 401, anyId: true };
  return [
    modern('401, no token', 'tools/call', call, isRefused, { ...isUnauthorized, token: null }),
    modern('401, expired token', 'tools/call', call, isRefused, {
      ...isUnauthorized,
      token: expired,
    }),
    modern('403, a scope is missing', 'tools/call', write, isRefused, { status: 403, anyId: true }),
    modern(
      '-32602, no such tool',
      'tools/call',
      { name: 'unknown', arguments: {} },
      ({ error }) => typeof error === 'object' && error.code === -32_602,
    ),
  ];
}
