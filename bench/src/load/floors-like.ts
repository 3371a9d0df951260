import type { SubjectSettings } from '../settings.js';
import { SubjectProcess } from '../subject-process.js';
import { FLOOR, type Subject } from '../subjects.js';
import type { AnswerModel } from '../subjects/bare-answer.js';
import { rpcRequest } from './rpc.js';
import { openSessions } from './sessions.js';
import type { Workload } from './workload.js';

/** A workload, and the token that it is sent with. */
export interface Ask {
  readonly workload: Workload;
  readonly token: string;
}

/**
 * Asks a server once for each workload, and makes a bare server for each of the answers: one that sends an
 * answer of the same members, length, status and headers after the same checks.
 *
 * @param bare the bare server. Default: Fastify
 */
export async function floorsLike(
  subject: Subject,
  asks: readonly Ask[],
  settings: SubjectSettings,
  bare: Subject = FLOOR,
): Promise<readonly Subject[]> {
  const process = await SubjectProcess.start(subject.script, settings, subject);
  try {
    const floors: Subject[] = [];
    for (const ask of asks) {
      floors.push({ ...bare, args: [JSON.stringify(await modelOf(process.url, ask))] });
    }
    return floors;
  } finally {
    await process.stop();
  }
}

async function modelOf(url: string, { workload, token }: Ask): Promise<AnswerModel> {
  const { era, status: expected = 200, opensSession } = workload;
  const needsSession = era === 'legacy' && !opensSession;
  const [session] = needsSession ? await openSessions(url, [token], 1) : [];
  const as = { token: workload.token === undefined ? token : workload.token, session: session?.id };
  const request = rpcRequest(era, { id: 0, ...workload.message(0) }, as);
  // The second answer, since the first may come from a cold cache.
  await fetch(url, { method: 'POST', ...request }).then((response) => response.arrayBuffer());
  const response = await fetch(url, { method: 'POST', ...request });
  const text = await response.text();
  if (response.status !== expected) {
    throw new Error(`${workload.name} was answered ${response.status} ${text.slice(0, 300)}`);
  }
  const headers = [...response.headers].filter(([name]) => !OF_NODE.has(name));
  return {
    status: response.status,
    headers: Object.fromEntries(headers),
    body: isJson(response) ? (JSON.parse(text) as Record<string, unknown>) : text,
  };
}

function isJson({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('application/json') ?? false;
}

/** Headers that Node writes itself. */
const OF_NODE: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
]);
