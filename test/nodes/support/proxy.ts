import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../support/within.js';

export const PROXIES = {
  nginx: {
    file: 'nginx.conf',
    version: ['-v'],
    // Its workers have another user, who may not read the folder of this test.
    args: (folder: string, file: string) => [
      '-p',
      folder,
      '-c',
      file,
      '-g',
      `daemon off; ${process.getuid?.() === 0 ? 'user root;' : ''}`,
    ],
  },
  haproxy: {
    file: 'haproxy.cfg',
    version: ['-v'],
    args: (_folder: string, file: string) => ['-db', '-f', file],
  },
} as const;

export type ProxyName = keyof typeof PROXIES;

/** Debian has them where only root looks. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin`;

export function isInstalled(name: ProxyName): boolean {
  return spawnSync(name, PROXIES[name].version, { env: { PATH } }).status === 0;
}

export interface ProxyOptions {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  /** Origins of three nodes. */
  readonly nodes: readonly string[];
  /** What takes the place of its time limit of a minute, such as `25s`. */
  readonly timeout: string;
}

/** A real proxy with its file of `deploy/`, in which only addresses, folders and a time limit are replaced. */
export class Proxy {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly log: FileHandle,
  ) {}

  /** @throws with its output if it does not start */
  static async start(name: ProxyName, options: ProxyOptions): Promise<Proxy> {
    const folder = await mkdtemp(join(tmpdir(), `${name}-`));
    const { file, args } = PROXIES[name];
    const given = await readFile(join(import.meta.dirname, '../../../deploy', file), 'utf8');
    const target = join(folder, file);
    await writeFile(target, replaceAddresses(given, folder, options));
    // nginx opens /dev/stdout, which it cannot where that is a socket, as the pipes of Node are.
    const log = await open(join(folder, 'log'), 'a+');
    const stdio = ['ignore', log.fd, log.fd] as const;
    const child = spawn(name, args(folder, target), { env: { PATH }, stdio: [...stdio] });
    const proxy = new Proxy(child, folder, log);
    const ended = once(child, 'exit').then(() => proxy.fail(`${name} has ended`));
    ended.catch(() => undefined);
    const answers = eventually(async () => {
      const { status } = await fetch(`http://127.0.0.1:${options.port}/health/ready`);
      if (status !== 200) await proxy.fail(`${name} answers ${status}`);
    });
    await Promise.race([ended, answers]);
    return proxy;
  }

  private async fail(what: string): Promise<never> {
    throw new Error(`${what}:\n${await readFile(join(this.folder, 'log'), 'utf8')}`);
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    await this.log.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** @throws if the file has not what is replaced */
function replaceAddresses(file: string, folder: string, options: ProxyOptions): string {
  const { port, nodes, timeout } = options;
  const replace = (text: string, what: RegExp, by: string): string => {
    if (!what.test(text)) throw new Error(`There is no ${what} in the file.`);
    return text.replaceAll(what, by);
  };
  const addressed = nodes.reduce((text, node, index) => {
    return replace(text, new RegExp(`\\bnode-${index + 1}:3000\\b`, 'g'), new URL(node).host);
  }, file);
  const listening = replace(
    addressed,
    /(listen |bind :)8080\b/g,
    file.includes('bind :') ? `bind 127.0.0.1:${port}` : `listen 127.0.0.1:${port}`,
  );
  return replace(listening, /\b60s\b/g, timeout).replaceAll(' /tmp/', ` ${folder}/`);
}
