import { expect } from 'vitest';
import { callTool, type Answer } from '../../support/mcp-request.js';
import { eventually, within } from '../../support/within.js';
import type { ClientSession } from './client-session.js';

/** Calls that run at the same time. */
export const LOAD = 4;

/** A call that was not answered with 200. */
export interface Failure {
  readonly turn: number;
  readonly status: number | string;
}

/** Calls of `whereAmI` without a pause, stateless ones and ones on a session. */
export function startLoad(url: string, token: string, session: ClientSession) {
  const over = new AbortController();
  const failed: Failure[] = [];
  let turns = 0;
  let answered = 0;
  const take = async (turn: number): Promise<Pick<Answer, 'status'>> => {
    if (turn % 2 === 0) return callTool(url, 'whereAmI', {}, { token });
    const message = { id: turn, method: 'tools/call', params: { name: 'whereAmI' } };
    const response = await session.post(url, message);
    await response.text();
    return response;
  };
  const loops = Array.from({ length: LOAD }, async () => {
    while (!over.signal.aborted) {
      const turn = (turns += 1);
      try {
        const { status } = await take(turn);
        if (status === 200) answered += 1;
        else failed.push({ turn, status });
      } catch (error) {
        failed.push({ turn, status: String(error) });
      }
    }
  });
  return {
    /** Number of the last call that has begun. */
    begun: () => turns,
    /** Resolves after more answers. */
    more: async (): Promise<void> => {
      const before = answered;
      await eventually(() => expect(answered).toBeGreaterThan(before + 30));
    },
    end: async (): Promise<readonly Failure[]> => {
      over.abort();
      await within(Promise.all(loops), 'the end of the load');
      return failed;
    },
  };
}
