import type { Client, ClientHandle, ClientUse, Era } from '../client-driver.js';
import type { Log } from '../drive/log.js';
import { startUse } from '../drive/client-use.js';
import type { Exchange } from '../subjects/record-requests.js';
import type { Position, Subject } from '../subjects/subject.js';
import { within } from './within.js';

/** One use of a client at a server, with what the server and the browser have seen of it. */
export class WatchedUse {
  readonly #begin: Position;
  readonly #use: ClientUse & { stop(): Promise<void> };
  readonly #subject: Subject;
  readonly #log: Log;
  readonly handle: ClientHandle;

  private constructor(
    use: ClientUse & { stop(): Promise<void> },
    handle: ClientHandle,
    subject: Subject,
    log: Log,
  ) {
    this.#use = use;
    this.#subject = subject;
    this.#log = log;
    this.#begin = subject.position();
    this.handle = handle;
  }

  static async open(
    client: Client,
    settings: { subject: Subject; era: Era; folder: string; node: string; log: Log },
  ): Promise<WatchedUse> {
    const use = await startUse(settings);
    try {
      const handle = await within(OPEN_PATIENCE, 'the start', client.driver.open(use));
      return new WatchedUse(use, handle, settings.subject, settings.log);
    } catch (error) {
      await use.stop();
      throw error;
    }
  }

  /** What the MCP server and the authorization server have answered in this use. */
  get exchanges(): readonly Exchange[] {
    return this.#subject.since(this.#begin);
  }

  /** How often the browser was opened. */
  get visits(): number {
    return this.#use.browser.visits.length;
  }

  /** The last authorization request. */
  get authorization(): URLSearchParams | undefined {
    return this.#use.browser.visits.at(-1)?.url.searchParams;
  }

  /** How often the token endpoint gave a token. */
  get tokens(): number {
    return this.exchanges.filter(({ path, status }) => path === '/oauth/token' && status === 200)
      .length;
  }

  /** The answers of the MCP endpoint that let a token in. */
  get admitted(): readonly Exchange[] {
    return this.exchanges.filter(
      ({ path, status, scheme }) =>
        path === '/mcp' && status >= 200 && status < 300 && /^bearer$/i.test(scheme),
    );
  }

  /** Waits until everything that was answered is known. */
  settled(): Promise<void> {
    return this.#subject.settled();
  }

  async signIn(): Promise<string | undefined> {
    this.#log('-- sign-in');
    const remark = await within(PATIENCE, 'the sign-in', this.handle.signIn());
    return remark ?? undefined;
  }

  /** Calls a tool; where the client cannot, lists the tools. */
  async useIt(): Promise<void> {
    if (this.handle.call) await this.call('echo', { message: 'hello' }, 'hello');
    else await this.list();
  }

  /** Whether there is anything that the client can be asked to do. */
  get isUsable(): boolean {
    return this.handle.call !== undefined || this.handle.list !== undefined;
  }

  async call(tool: string, input: Readonly<Record<string, unknown>>, expected: string) {
    const { call } = this.handle;
    if (!call) throw new Error('cannot call a tool');
    this.#log(`-- call ${tool}`);
    const text = await within(PATIENCE, `the call of ${tool}`, call.call(this.handle, tool, input));
    if (!text.includes(expected)) throw new Error(`${tool} gives ${text.slice(0, 80)}`);
  }

  async list(): Promise<void> {
    const { list } = this.handle;
    if (!list) throw new Error('cannot list tools');
    this.#log('-- list');
    const names = await within(PATIENCE, 'the list', list.call(this.handle));
    // Clients put the name of the server before that of the tool.
    if (!names.some((name) => /(^|\W|_)echo$/.test(name))) {
      throw new Error(`echo is not among ${names.join(', ') || 'no tools'}`);
    }
  }

  async reconnect(): Promise<void> {
    this.#log('-- connects anew');
    await within(PATIENCE, 'the connection', this.handle.reconnect?.() ?? Promise.resolve());
  }

  async close(): Promise<void> {
    try {
      await within(PATIENCE, 'the end', this.handle.close());
    } catch (error) {
      this.#log(`close: ${String(error)}`);
    }
    await this.#use.stop();
    await this.settled();
    for (const { method, path, status, scheme, revision, rpc } of this.exchanges) {
      this.#log(`server: ${[method, path, status, scheme, revision, rpc].join(' ').trim()}`);
    }
  }
}

/** Far longer than any of this takes, and longer than a program may take. */
const PATIENCE = 180_000;
const OPEN_PATIENCE = PATIENCE;
