import { readRpc, rpcRequest } from './rpc.js';
import type { Workload } from './workload.js';

/**
 * Sends one request of a workload and waits for its answer.
 *
 * @returns its length in bytes
 * @throws {Error} for a wrong answer
 */
export async function firstAnswer(url: string, workload: Workload, token: string): Promise<number> {
  const message = { id: 1, ...workload.message(1) };
  const request = rpcRequest(workload.era, message, { token });
  const response = await fetch(url, { method: 'POST', ...request });
  const text = await response.text();
  const answer = response.status === 200 ? readRpc(text) : undefined;
  if (answer?.id === 1 && workload.isRight(answer, 1)) return Buffer.byteLength(text);
  throw new Error(`${url} answered ${response.status} ${text.slice(0, 300)} to ${workload.name}`);
}
