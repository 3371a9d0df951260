import type { BenchClerk } from '../clerk.js';
import { LEGACY, type RpcAnswer } from './rpc.js';
import { echoCall, type Workload } from './workload.js';

/** A workload, and the token that it is sent with. */
export interface EntryLoad {
  readonly workload: Workload;
  readonly token: string;
  readonly isRefused: boolean;
}

/** A call that is answered, first; then what is no call of a tool, and what is refused. */
export async function entryLoads(clerk: BenchClerk): Promise<readonly EntryLoad[]> {
  // Of OAuth, whose scopes can be too few; without the address, so that `echo` asks nothing of Clerk.
  const token = await clerk.tokenOfNewClient();
  const refusals = refusalsOf(await clerk.expiredToken());
  return [SUCCESS, ...EXCHANGES, ...refusals].map((workload) => ({
    workload,
    token,
    isRefused: refusals.includes(workload),
  }));
}

/** The call that refusals are compared with. */
export const SUCCESS = echoCall('modern');

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
