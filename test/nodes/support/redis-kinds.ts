import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { readAcl } from '../../deploy/files.js';
import { freePort } from '../../support/free-port.js';
import { eventually } from '../../support/within.js';
import { RedisServer } from './redis-server.js';

/** Redis as a service uses it: one server or several. */
export interface RedisKind {
  /** A client for `RedisModule.forRoot({ client })`, which it never uses itself. */
  client(): Redis | Cluster;
  /** Kills the server that takes the writes. */
  killPrimary(): Promise<void>;
  stop(): Promise<void>;
}

export interface TlsRedis extends RedisKind {
  readonly url: string;
  /** File with the certificate of the authority. */
  readonly ca: string;
}

/** A server that takes TLS alone, with a certificate of an authority of its own. */
export async function startTls(): Promise<TlsRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-tls-'));
  createCertificates(folder);
  const port = await freePort();
  const server = await RedisServer.start(
    '--port',
    '0',
    '--tls-port',
    String(port),
    '--tls-auth-clients',
    'no',
    '--tls-cert-file',
    join(folder, 'server.crt'),
    '--tls-key-file',
    join(folder, 'server.key'),
    '--tls-ca-cert-file',
    join(folder, 'ca.crt'),
  );
  const ca = await readFile(join(folder, 'ca.crt'), 'utf8');
  return {
    url: `rediss://127.0.0.1:${port}`,
    ca: join(folder, 'ca.crt'),
    client: () => new Redis({ host: '127.0.0.1', port, tls: { ca }, lazyConnect: true }),
    killPrimary: () => server.stop(),
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function createCertificates(folder: string): void {
  const openssl = (...args: string[]) => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const ca = ['-x509', '-days', '2', '-subj', '/CN=test CA', '-keyout', 'ca.key', '-out', 'ca.crt'];
  openssl('req', ...key, ...ca);
  const server = ['-x509', '-days', '2', '-subj', '/CN=redis', '-CA', 'ca.crt', '-CAkey', 'ca.key'];
  const name = ['-addext', 'subjectAltName=IP:127.0.0.1'];
  openssl('req', ...key, ...server, ...name, '-keyout', 'server.key', '-out', 'server.crt');
}

/** A primary, a replica, and a sentinel that makes the replica the primary when the other one fails. */
export async function startSentinel(): Promise<RedisKind> {
  const folder = await mkdtemp(join(tmpdir(), 'redis-sentinel-'));
  const primary = await RedisServer.start();
  const replica = await RedisServer.start('--replicaof', '127.0.0.1', String(primary.port));
  const file = join(folder, 'sentinel.conf');
  await writeFile(
    file,
    [
      `sentinel monitor primary 127.0.0.1 ${primary.port} 1`,
      'sentinel down-after-milliseconds primary 500',
      'sentinel failover-timeout primary 5000',
    ].join('\n'),
  );
  const sentinel = await RedisServer.start(file, '--sentinel');
  const sentinels = [{ host: '127.0.0.1', port: sentinel.port }];
  const asked = new Redis(sentinel.url);
  await eventually(async () => {
    const replicas = await asked.call('SENTINEL', 'REPLICAS', 'primary');
    if (!JSON.stringify(replicas).includes('"master-link-status","ok"')) throw new Error('not yet');
  });
  asked.disconnect();
  return {
    client: () => new Redis({ sentinels, name: 'primary', lazyConnect: true }),
    killPrimary: () => primary.stop(),
    stop: async () => {
      for (const server of [sentinel, replica, primary]) await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Three primaries, each with a replica. The user may do what docs/several-nodes.md says. */
export async function startCluster(): Promise<RedisKind> {
  const servers: RedisServer[] = [];
  const buses = new Map<RedisServer, number>();
  while (servers.length < 6) {
    const bus = await freePort();
    const server = await RedisServer.start(
      '--cluster-enabled',
      'yes',
      '--cluster-port',
      String(bus),
      '--cluster-node-timeout',
      '1000',
      '--cluster-replica-validity-factor',
      '0',
      '--user',
      USER,
      'on',
      `>${PASSWORD}`,
      ...readAcl('nestjs-clerk-mcp'),
      '+cluster|slots',
      '+cluster|info',
    );
    servers.push(server);
    buses.set(server, bus);
  }
  await joinCluster(servers, buses);
  const [first] = servers;
  const startup = servers.map(({ port }) => ({ host: '127.0.0.1', port }));
  return {
    client: () =>
      new Cluster(startup, {
        lazyConnect: true,
        redisOptions: { username: USER, password: PASSWORD },
      }),
    killPrimary: async () => first?.stop(),
    stop: async () => {
      for (const server of servers) await server.stop();
    },
  };
}

/** The first three share the slots; each of the others has one of them to follow. */
async function joinCluster(
  servers: readonly RedisServer[],
  buses: ReadonlyMap<RedisServer, number>,
): Promise<void> {
  const clients = servers.map(({ url }) => new Redis(url));
  const [first] = servers;
  for (const client of clients.slice(1)) {
    await client.call(
      'CLUSTER',
      'MEET',
      '127.0.0.1',
      first?.port ?? 0,
      (first && buses.get(first)) ?? 0,
    );
  }
  const slots = [0, 5461, 10_923, 16_384];
  const ids: string[] = [];
  for (const [index, client] of clients.slice(0, 3).entries()) {
    ids.push(String(await client.call('CLUSTER', 'MYID')));
    const end = (slots[index + 1] ?? 0) - 1;
    await client.call('CLUSTER', 'ADDSLOTSRANGE', slots[index] ?? 0, end);
  }
  for (const [index, client] of clients.slice(3).entries()) {
    await eventually(() => client.call('CLUSTER', 'REPLICATE', ids[index] ?? ''));
  }
  for (const client of clients) {
    await eventually(async () => {
      const info = String(await client.call('CLUSTER', 'INFO'));
      const nodes = String(await client.call('CLUSTER', 'NODES'));
      if (!info.includes('cluster_state:ok') || nodes.split('slave').length < 4)
        throw new Error(info);
    });
    client.disconnect();
  }
}

const USER = 'nodes';
const PASSWORD = 'password';
