import { LARGEST, made, rpc, type Attack } from '../attack.js';

/** Tokens that were made up, with bodies as large as they may be. */
export function credentials(): readonly Attack[] {
  const body = made(() =>
    rpc('tools/call', { name: 'echo', arguments: { message: 'x'.repeat(LARGEST) } }),
  );
  const tokens: readonly (readonly [string, (n: number) => string])[] = [
    ['made-up opaque token, 4 MB', (n) => `oat_${String(n).padStart(32, 'x')}`],
    [
      'made-up JWT, 4 MB',
      (n) =>
        `${part({ alg: 'RS256', typ: 'at+jwt', kid: `ins_${n}` })}.${claims(n)}.${'A'.repeat(342)}`,
    ],
    ['unsigned JWT, 4 MB', (n) => `${part({ alg: 'none', typ: 'JWT' })}.${claims(n)}.`],
    ['token of 9 KB, 4 MB', (n) => `${String(n)}${'x'.repeat(9_000)}`],
  ];
  const inMeta = made(() =>
    rpc('tools/call', { name: 'echo', _meta: { authorization: { token: 'x'.repeat(LARGEST) } } }),
  );
  return [
    ...tokens.map(
      ([name, token]) =>
        ({
          name,
          who: 'anonymous',
          fails: true,
          go: (attacker, n) => attacker.post(body(), { authorization: `Bearer ${token(n)}` }),
        }) satisfies Attack,
    ),
    {
      name: 'token of 4 MB in _meta',
      who: 'anonymous',
      fails: true,
      go: (attacker) => attacker.post(inMeta()),
    },
    {
      name: 'protected tool without a token, 4 MB',
      who: 'anonymous',
      go: (attacker) => attacker.post(body()),
    },
  ];
}

function claims(n: number): string {
  const seconds = Math.floor(Date.now() / 1_000);
  return part({
    iss: 'http://127.0.0.1:1',
    sub: `user_${n}`,
    exp: seconds + 3_600,
    iat: seconds,
    aud: 'x',
  });
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
