import { once } from 'node:events';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Log } from './log.js';

/** One address that a client had opened. */
export interface Visit {
  /** The address that the client gave. */
  readonly url: URL;
  /** Where the authorization server sent the person back to, or why it did not. */
  readonly callback: URL | undefined;
  readonly problem: string | undefined;
}

/**
 * The browser and the person before it: signs in as one account and consents, and goes back to the client.
 * Clients in other processes reach it as the program `xdg-open` or `BROWSER` (see {@link install}), or with
 * `POST` to `endpoint`.
 */
export class ScriptedBrowser {
  readonly #cookies = new Map<string, string>();
  readonly #server: Server;
  readonly #visits: Visit[] = [];
  readonly #log: Log;
  #endpoint = '';

  constructor(log: Log) {
    this.#log = log;
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  /**
   * Where other processes have a page opened: `POST` with the address as body; the answer is the callback.
   * With `?deliver=no` nobody goes to the callback: for clients that are given it by their application.
   */
  get endpoint(): string {
    return this.#endpoint;
  }

  /** Everything that was opened until now. */
  get visits(): readonly Visit[] {
    return this.#visits;
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    this.#endpoint = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Writes the programs that clients open a browser with to a folder, which is to be first in `PATH`. */
  async install(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    const script = `#!${process.execPath}
const address = process.argv.slice(2).find((argument) => /^https?:/.test(argument)) ?? '';
fetch(${JSON.stringify(this.#endpoint)}, { method: 'POST', body: address }).catch(() => { process.exitCode = 1; });
`;
    for (const name of PROGRAMS) {
      const path = join(folder, name);
      await writeFile(path, script);
      await chmod(path, 0o755);
    }
  }

  /**
   * Opens the authorization page, signs in, consents, and goes to the callback if that is on this machine.
   *
   * @param deliver `false` to leave the callback to the caller.
   * @returns the callback, with code and state.
   */
  async visit(address: string | URL, deliver = true): Promise<URL> {
    const url = new URL(address);
    this.#log(`browser: ${url.href}`);
    try {
      const callback = await this.#authorize(url);
      this.#visits.push({ url, callback, problem: undefined });
      this.#log(`browser: back to ${callback.origin}${callback.pathname}`);
      if (deliver) await this.#deliver(callback);
      return callback;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      this.#visits.push({ url, callback: undefined, problem });
      this.#log(`browser: ${problem}`);
      throw error;
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { searchParams } = new URL(request.url ?? '/', this.#endpoint);
    try {
      const deliver = searchParams.get('deliver') !== 'no';
      response.end((await this.visit(await text(request), deliver)).href);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  }

  async #deliver(callback: URL): Promise<void> {
    if (callback.protocol !== 'http:' || !LOOPBACK.includes(callback.hostname)) return;
    const { status } = await fetch(callback);
    this.#log(`browser: the client answered ${status}`);
  }

  async #authorize(start: URL): Promise<URL> {
    let at = start;
    let page = await this.#send(at);
    for (let step = 0; step < MOST_STEPS; step += 1) {
      const location = locationOf(page);
      if (location !== null) {
        const target = new URL(location, at);
        if (target.origin !== start.origin) return target;
        at = target;
        page = await this.#send(at);
        continue;
      }
      const source = await page.text();
      if (page.status !== 200) throw new Error(`page ${page.status}: ${textOf(source)}`);
      const { action, fields } = formOf(source);
      at = new URL(action, at);
      const answer: Record<string, string> = action.includes('sign-in')
        ? { account: ACCOUNT }
        : { consented: 'true' };
      page = await this.#send(at, { ...fields, ...answer });
    }
    throw new Error('the authorization server sends the browser from page to page');
  }

  async #send(url: URL, fields?: Readonly<Record<string, string>>): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      headers: { cookie },
      redirect: 'manual',
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    return response;
  }
}

const ACCOUNT = 'ada@example.com';
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
const PROGRAMS = ['xdg-open', 'open', 'sensible-browser', 'x-www-browser', 'www-browser'];
const MOST_STEPS = 12;

function locationOf(page: Response): string | null {
  return page.status >= 300 && page.status < 400 ? page.headers.get('location') : null;
}

function formOf(source: string): { action: string; fields: Record<string, string> } {
  const action = /<form method="post" action="([^"]+)"/.exec(source)?.[1];
  if (action === undefined) throw new Error(`page without a form: ${textOf(source)}`);
  const hidden = source.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g);
  return {
    action,
    fields: Object.fromEntries([...hidden].map(([, name, value]) => [name, value])),
  };
}

function textOf(source: string): string {
  const body = source.replace(/<(style|title)[\s\S]*?<\/\1>/g, '').replace(/<[^>]+>/g, ' ');
  return body.replace(/\s+/g, ' ').trim().slice(0, 300);
}
