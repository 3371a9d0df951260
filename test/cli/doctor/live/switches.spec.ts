import { EventEmitter, once } from 'node:events';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_SWITCHES,
  type EmulatorSwitches,
} from '../../../../src/emulator/emulator-switches.js';
import { CLERK_SCOPES } from '../../../../src/cli/doctor/live/check-metadata.js';
import { runCommand } from '../../fake-terminal.js';
import {
  CLIENT_DOCUMENT,
  type ExaminedInstance,
  liveUnderTest,
  publishClientDocument,
  RESOURCE,
} from './live-under-test.js';

const CUSTOM = { 'notes:read': 'Read notes', 'notes:write': 'Write notes' };
const LIMIT = 240_000;

type Switches = Partial<EmulatorSwitches>;

/** Each switch the other way, with the switches without which it cannot be seen. */
const TURNED: readonly (readonly [turned: Switches, needed?: Switches])[] = [
  [{ accessTokenFormat: 'opaque' }],
  [{ dynamicClientRegistration: false }],
  [{ clientIdMetadataDocuments: true }],
  [{ alwaysRefreshToken: true }],
  [{ rotateRefreshTokens: false }],
  [{ refreshTokenGraceMs: 5_000 }],
  [{ refreshTokenGraceMs: 60_000 }],
  [{ issuerInAuthorizationResponse: false }],
  [{ staleAccessTokens: 'flagged' }, { accessTokenFormat: 'opaque' }],
  [{ staleAccessTokens: 'not_found' }, { accessTokenFormat: 'opaque' }],
  [{ staleAccessTokens: 'inactive' }, { accessTokenFormat: 'opaque' }],
  [{ defaultScopes: ['openid', 'notes:read'] }],
  [{ clientMetadataScopes: ['openid', 'offline_access'] }, { clientIdMetadataDocuments: true }],
  [{ advertisedScopes: ['notes:read'] }],
  [{ loopbackRedirects: 'exact' }],
  [{ invalidGrantStatus: 401 }],
  [{ scopeClaim: 'scp' }],
  [{ audienceClaim: 'array' }],
  [{ audienceClaim: 'none' }],
  [{ audienceAfterRefresh: false }],
  [{ unregisteredResource: 'ignored', resources: [RESOURCE] }],
  [{ unregisteredResource: 'refused', resources: [RESOURCE] }],
  [{ unregisteredResource: 'refused', resources: [] }],
  [{ tokenCategories: true }],
  [{ userinfoAcceptsAudience: false }],
];

describe('doctor --live sees each switch of the instance', () => {
  it('has a case for each switch', () => {
    const names = new Set(TURNED.flatMap(([turned]) => Object.keys(turned)));
    expect([...names].toSorted()).toEqual(Object.keys(DEFAULT_SWITCHES).toSorted());
  });

  it.each(TURNED.map(([turned, needed = {}]) => ({ turned, needed })))(
    '$turned',
    async ({ turned, needed }) => {
      const { content } = await examined({ ...needed, ...turned });
      expect(comparable(content.switches)).toMatchObject(comparable(turned ?? {}));
    },
    LIMIT,
  );
});

describe('emulator --like', () => {
  it(
    'has the same switches as the instance, as far as they can be seen, and says which cannot',
    async () => {
      await fc.assert(
        fc.asyncProperty(switchesOfAnyKind, async (switches) => {
          const run = await examined(switches);
          const visible = visibleOf(switches, run);
          expect(comparable(run.content.switches)).toEqual(comparable(visible));
          const names = [...Object.keys(visible), ...Object.keys(run.content.notSeen)];
          expect(names.toSorted()).toEqual(Object.keys(DEFAULT_SWITCHES).toSorted());
          expect(comparable(await switchesLike(run))).toEqual(
            comparable({ ...DEFAULT_SWITCHES, ...visible }),
          );
        }),
        { numRuns: 10 },
      );
    },
    LIMIT,
  );

  it(
    'is examined with the same result',
    async () => {
      const switches: Switches = { accessTokenFormat: 'opaque', audienceClaim: 'array' };
      const first = await examined(switches);
      const second = await examined(await switchesLike(first));
      expect(second.content.switches).toEqual(first.content.switches);
    },
    LIMIT,
  );
});

const scopes = fc.uniqueArray(fc.constantFrom('openid', 'email', 'profile', 'notes:read'));

const switchesOfAnyKind: fc.Arbitrary<EmulatorSwitches> = fc.record({
  accessTokenFormat: fc.constantFrom('jwt', 'opaque'),
  dynamicClientRegistration: fc.boolean(),
  clientIdMetadataDocuments: fc.boolean(),
  alwaysRefreshToken: fc.boolean(),
  rotateRefreshTokens: fc.boolean(),
  refreshTokenGraceMs: fc.constantFrom(0, 1_000, 5_000, 10_000, 30_000, 60_000),
  issuerInAuthorizationResponse: fc.boolean(),
  staleAccessTokens: fc.constantFrom('flagged', 'not_found', 'inactive'),
  defaultScopes: scopes,
  clientMetadataScopes: scopes,
  advertisedScopes: fc.uniqueArray(fc.constantFrom(...Object.keys(CUSTOM))),
  loopbackRedirects: fc.constantFrom('any_port', 'exact'),
  invalidGrantStatus: fc.constantFrom(400, 401),
  scopeClaim: fc.constantFrom('scope', 'scp'),
  audienceClaim: fc.constantFrom('string', 'array', 'none'),
  audienceAfterRefresh: fc.boolean(),
  resources: fc.constant([RESOURCE]),
  unregisteredResource: fc.constantFrom('granted', 'ignored', 'refused'),
  tokenCategories: fc.boolean(),
  userinfoAcceptsAudience: fc.boolean(),
});

/** The switches that show in the answers of an instance with these switches. */
function visibleOf(all: EmulatorSwitches, { content }: ExaminedInstance): Switches {
  const isJwt = all.accessTokenFormat === 'jwt';
  const hasAudience = all.audienceClaim !== 'none';
  const settings = content.facts['settings'] as { readonly defaultScopes?: unknown } | undefined;
  const isRefused = all.unregisteredResource === 'refused';
  const hidden: readonly (readonly [keyof EmulatorSwitches, boolean])[] = [
    ['defaultScopes', !all.dynamicClientRegistration && settings?.defaultScopes === undefined],
    ['refreshTokenGraceMs', !all.rotateRefreshTokens],
    ['staleAccessTokens', isJwt],
    ['clientMetadataScopes', !all.clientIdMetadataDocuments],
    ['scopeClaim', !isJwt],
    ['audienceClaim', !isJwt && hasAudience],
    ['audienceAfterRefresh', !hasAudience],
    ['userinfoAcceptsAudience', !hasAudience],
    ['unregisteredResource', !hasAudience && !isRefused],
    ['resources', !isRefused && !(hasAudience && all.unregisteredResource === 'ignored')],
  ];
  const visible: Switches = { ...all };
  for (const [name, isHidden] of hidden) if (isHidden) delete visible[name];
  if (visible.clientMetadataScopes === undefined) return visible;
  // Nobody knows to ask for a custom scope that is not advertised.
  const known = [...CLERK_SCOPES, ...all.advertisedScopes];
  const clientMetadataScopes = all.clientMetadataScopes.filter((scope) => known.includes(scope));
  return { ...visible, clientMetadataScopes };
}

/** Lists without their order, and `offline_access`, which CIMD clients always have. */
function comparable(switches: Switches): Record<string, unknown> {
  const lists = Object.entries(switches).map(([name, value]) => {
    if (!Array.isArray(value)) return [name, value];
    const always = name === 'clientMetadataScopes' ? ['offline_access'] : [];
    return [name, [...new Set([...value, ...always])].toSorted()];
  });
  return Object.fromEntries(lists);
}

async function examined(switches: Switches): Promise<ExaminedInstance> {
  const live = await liveUnderTest({ customScopes: CUSTOM, ...switches });
  if (switches.clientIdMetadataDocuments) publishClientDocument(live);
  return live.examine({}, ['--yes', '--client-metadata', CLIENT_DOCUMENT]);
}

/** The switches of `emulator --like`, which the control surface shows. */
async function switchesLike({ file }: ExaminedInstance): Promise<EmulatorSwitches> {
  const stop = new AbortController();
  const printed = new EventEmitter();
  const screen = once(printed, 'text').then(([text]) => String(text));
  const ended = runCommand(['emulator', '--port', '0', '--json', '--like', file], {
    stopped: stop.signal,
    onPrint: (text) => printed.emit('text', text),
  });
  try {
    const started = await Promise.race([screen, ended]);
    if (typeof started !== 'string') throw new Error(started.stderr);
    const { CLERK_API_URL: url } = JSON.parse(started) as { CLERK_API_URL: string };
    const state = (await (await fetch(`${url}/__emulator`)).json()) as {
      switches: EmulatorSwitches;
    };
    return state.switches;
  } finally {
    stop.abort();
    await ended;
  }
}
