import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EverythingInputs } from '../../conformance/everything.inputs.js';
import { EverythingResources } from '../../conformance/everything.resources.js';
import { EverythingTasks } from '../../conformance/everything.tasks.js';
import { EverythingTools } from '../../conformance/everything.tools.js';
import { TwoWays, type Sessions, type WireAnswer } from './both-paths.js';
import { INITIALIZE, write, type Draft } from './wire-requests.js';

/**
 * What the official conformance suite sent to the server of `test/conformance`, each distinct request
 * once, in all revisions. Sessions are called `SESSION`.
 */
const CORPUS: readonly Draft[] = readFileSync(new URL('corpus.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Draft);

let both: TwoWays;
let sessions: Sessions;
let direct = 0;
beforeAll(async () => {
  const providers = [EverythingTools, EverythingInputs, EverythingResources, EverythingTasks];
  both = await TwoWays.start(providers, { tasks: { anonymous: true } });
  sessions = await both.openSessions(INITIALIZE);
});
afterAll(() => both.close());

describe('A request of the official suite', () => {
  it.each(CORPUS.map((one, at) => [`${at} ${titleOf(one)}`, one] as const))(
    'is answered the same both ways: %s',
    async (_, one) => {
      const { plain, sdk, wasDirect } = await both.send(write(one), sessions);
      direct += Number(wasDirect);
      expect(withoutChance(plain)).toEqual(withoutChance(sdk));
    },
  );

  it('is answered directly often enough to compare anything', () => {
    expect(direct).toBeGreaterThan(10);
  });
});

function titleOf({ body, headers }: Draft): string {
  const { name = '' } = (body['params'] ?? {}) as { name?: string };
  return `${String(body['method'])} ${name} (${headers['mcp-protocol-version'] ?? 'no revision'})`;
}

/** Ids of tasks, times and signed states are other ones each time. */
function withoutChance(answer: WireAnswer): WireAnswer {
  return { ...answer, body: answer.body.replace(CHANCE, '"$1":"…"') };
}

const CHANCE = /"(taskId|createdAt|lastUpdatedAt|requestState)":"[^"]*"/g;
