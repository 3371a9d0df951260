import { made, rpc, type Attack } from '../attack.js';

/** What a client of 2025 can do with sessions. */
export function sessions(): readonly Attack[] {
  const longName = made(() => rpc('tools/call', { name: 'x'.repeat(1_000_000) }));
  const longUri = made(() =>
    rpc('resources/subscribe', { uri: `notes://${'x'.repeat(1_000_000)}` }),
  );
  const longId = made(() => rpc('tools/list', {}, 'x'.repeat(1_000_000)));
  const onSession = (name: string, body: () => Buffer): Attack => ({
    name,
    requests: 2,
    go: async (attacker) => attacker.post(body(), await attacker.openSession()),
  });
  return [
    {
      name: 'session that is opened and left',
      go: async (attacker) => {
        await attacker.openSession();
        return undefined;
      },
    },
    onSession('name of 1 MB on a session', longName),
    onSession('URI of 1 MB on a session', longUri),
    onSession('id of 1 MB on a session', longId),
    {
      name: 'thirty subscriptions of a session',
      requests: 31,
      go: async (attacker) => {
        const headers = await attacker.openSession();
        const uri = (n: number) => `notes://${n}${'x'.repeat(8_000)}`;
        for (let n = 1; n < 30; n += 1) {
          await attacker.post(rpc('resources/subscribe', { uri: uri(n) }), headers);
        }
        return attacker.post(rpc('resources/subscribe', { uri: uri(0) }), headers);
      },
    },
    {
      name: 'Last-Event-ID that nobody sent',
      requests: 2,
      go: async (attacker, n) =>
        attacker.send('GET', {
          ...(await attacker.openSession()),
          'last-event-id': `${n}_${'x'.repeat(4_000)}`,
        }),
    },
    {
      name: 'Last-Event-ID on an unknown session',
      go: (attacker, n) =>
        attacker.send('GET', { 'mcp-session-id': `no-${n}`, 'last-event-id': `${n}_0` }),
    },
    {
      name: 'DELETE of an unknown session',
      go: (attacker, n) => attacker.send('DELETE', { 'mcp-session-id': `no-${n}` }),
    },
    {
      name: 'two streams of one session',
      requests: 3,
      go: async (attacker) => {
        const headers = await attacker.openSession();
        await attacker.send('GET', headers);
        return attacker.send('GET', headers);
      },
    },
  ];
}
