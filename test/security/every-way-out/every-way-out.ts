import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignInOption } from '../../../src/mcp/mcp-options.js';
import type { Era } from '../../support/mcp-request.js';
import { ROWS, type Row } from './rows.js';
import { FAILING_RULES, RULES, isOffered } from './rules.js';
import { SITUATIONS, clock, full, type Situation } from './situations.js';
import { World, startHost, type Host } from './world.js';

/**
 * The modes in which a host of public and protected entries asks for a sign-in, and who comes to it: a mode is
 * for anonymous callers, so that the others come to the default alone.
 */
const MODES: readonly { readonly signIn: SignInOption; readonly who: readonly Situation[] }[] = [
  { signIn: 'auto', who: SITUATIONS },
  { signIn: 'call', who: SITUATIONS.slice(0, 2) },
  { signIn: 'offer', who: SITUATIONS.slice(0, 2) },
];

/** One era: a spec of its own for each, so that they share the cores. */
export function describeEveryWayOut(era: Era): void {
  const rows = Object.entries(ROWS).filter(([, row]) => row.eras.includes(era));

  describe.each(MODES)(`In the ${era} era, with signIn: $signIn`, ({ signIn, who }) => {
    let host: Host;
    beforeAll(async () => {
      host = await startHost(RULES, signIn);
    });
    afterAll(() => host.stop());

    describe.each(who)('$name', (situation) => {
      let world: World;
      beforeAll(async () => {
        world = new World(host, situation, era);
        await world.live();
      });
      afterAll(async () => {
        await world.close();
        clock.restore();
      });

      it.each(rows)('gets by %s what the rules let out', async (_method, row) => {
        const out = await row.out(world);
        const { may, must } = expectedOf(row, situation, signIn);
        expect(out.filter((rule) => !may.includes(rule))).toEqual([]);
        expect(must.filter((rule) => !out.includes(rule))).toEqual([]);
      });
    });
  });

  describe(`In the ${era} era`, () => {
    let failing: Host;
    beforeAll(async () => {
      failing = await startHost(FAILING_RULES);
    });
    afterAll(() => failing.stop());

    describe('A policy that fails', () => {
      const [, full] = SITUATIONS;
      let world: World;
      beforeAll(async () => {
        if (!full) throw new Error('Nobody has full access.');
        world = new World(failing, full, era);
        await world.live();
      });
      afterAll(() => world.close());

      it.each(rows)('refuses by %s its own entry, and nothing else', async (_, row) => {
        const out = await row.out(world);
        const lets = row.lets === 'nothing' ? [] : ['open', 'read'];
        expect(out.toSorted()).toEqual(lets);
      });
    });
  });
}

/** The rules of which something may come out, and those of which something must: the rows work. */
function expectedOf(row: Row, situation: Situation, signIn: SignInOption) {
  const { refusing = [], unsettled = [], isStranger } = situation;
  const isBefore = row.onStream === 'before';
  const isShutOut = situation.isShutOut && !isBefore;
  const caller = situation.isShutOut && isBefore ? full : situation.caller;
  if (row.lets === 'nothing' || (row.lets === 'tasks' && isStranger)) return { may: [], must: [] };
  const isRefusing = row.lets === 'lists' || isBefore ? [] : refusing;
  const allowed = RULES.filter(
    ({ name, lets }) =>
      lets({ name: '', token: () => '', ...caller }) && !isRefusing.includes(name),
  ).map(({ name }) => name);
  if (row.lets === 'lists' && signIn !== 'call' && caller.kind === undefined && !isShutOut) {
    // A list shows an anonymous caller what it may use once it has signed in, and no more of it.
    const offered = RULES.filter(isOffered).map(({ name }) => name);
    return { may: [...allowed, ...offered], must: [...allowed, ...offered] };
  }
  // A stream outlives the token by a moment: until it ends, its caller is nobody.
  if (isShutOut) return { may: row.onStream && row.lets === 'rules' ? allowed : [], must: [] };
  return { may: allowed, must: allowed.filter((name) => !unsettled.includes(name)) };
}
