import { Connection, textOf } from './connection.js';
import { toBytes } from './drive.js';
import { readRpc, rpcRequest } from './rpc.js';
import type { OpenedSession } from './sessions.js';
import type { Workload } from './workload.js';

/**
 * Calls once on each of some sessions, at one node.
 *
 * @throws {Error} for a wrong answer
 */
export async function callEach(
  url: string,
  sessions: readonly OpenedSession[],
  workload: Workload,
): Promise<void> {
  const target = new URL(url);
  const waiting = sessions.values();
  const run = async (): Promise<void> => {
    const connection = await Connection.open(target);
    try {
      for (const { id: session, token } of waiting) {
        const message = { id: 1, ...workload.message(1) };
        const request = rpcRequest(workload.era, message, { token, session });
        const answer = await connection.exchange(toBytes(target, request));
        const found = answer.status === 200 ? readRpc(textOf(answer)) : undefined;
        if (found && workload.isRight(found, 1)) continue;
        throw new Error(`${workload.name} was answered ${answer.status} ${textOf(answer)}`);
      }
    } finally {
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, run));
}

const CONNECTIONS = 32;
