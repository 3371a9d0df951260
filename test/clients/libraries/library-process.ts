import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ApplicationAuth } from './application.js';
import { ANSWER, type Answer, type Order } from './library-messages.js';

/** What a library offers to an application. */
export interface LibraryClient {
  connect(): Promise<void>;
  /** Takes the code that the authorization brought. */
  finishSignIn(): Promise<void>;
  list(): Promise<readonly string[]>;
  /** The text of the result. */
  call(tool: string, input: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

export interface LibraryUse {
  readonly url: string;
  readonly era: string;
  readonly auth: ApplicationAuth;
  /** The client of the dashboard, for a library that does not register itself. */
  readonly clientId: string;
  /** Imports a module of the packages that are installed. */
  load(name: string): Promise<any>;
}

/** Serves orders of the harness with a library, as an application with a person before it would. */
export async function serveLibrary(
  create: (use: LibraryUse) => Promise<() => LibraryClient>,
): Promise<void> {
  const { MCP_URL = '', MCP_ERA = '', CLIENT_FOLDER = '', CLIENT_ID = '' } = process.env;
  const { load } = (await import(pathToFileURL(join(CLIENT_FOLDER, 'load.mjs')).href)) as {
    load(name: string): Promise<any>;
  };
  const { BROWSER_ENDPOINT = '', CALLBACK_URL = '' } = process.env;
  const auth = new ApplicationAuth(BROWSER_ENDPOINT, CALLBACK_URL);
  process.on('unhandledRejection', (error) => console.log(`unhandled: ${String(error)}`));
  const use = { url: MCP_URL, era: MCP_ERA, auth, clientId: CLIENT_ID, load };
  let application: Application;
  try {
    application = new Application(await create(use), auth);
    answer({ ok: true, value: null });
  } catch (error) {
    if (!(error instanceof NothingToMeasureError)) throw error;
    return answer({ ok: true, value: error.message });
  }
  for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line) as Order;
    try {
      answer({ ok: true, value: (await application.obey(order)) ?? null });
    } catch (error) {
      console.log(error);
      answer({ ok: false, message: messageOf(error) });
    }
    if (order.do === 'close') process.exit(0);
  }
}

/** What is installed has no client. The message says what it has. */
export class NothingToMeasureError extends Error {}

/** The text parts of a result of `tools/call`. */
export function textOf(result: {
  readonly isError?: boolean;
  readonly content?: readonly { readonly type: string; readonly text?: string }[];
}): string {
  const text = (result.content ?? []).map((part) => part.text ?? '').join('\n');
  if (result.isError === true) throw new Error(text);
  return text;
}

/** One application with its client: whenever that has asked the person to sign in, it takes the code. */
class Application {
  #client: LibraryClient | undefined;

  constructor(
    private readonly create: () => LibraryClient,
    private readonly auth: ApplicationAuth,
  ) {}

  async obey(order: Order): Promise<string | readonly string[] | undefined> {
    if (order.do === 'signIn') return this.#signIn();
    if (order.do === 'list') return this.#attempt((client) => client.list());
    if (order.do === 'call') return this.#attempt((client) => client.call(order.tool, order.input));
    await this.#leave();
    if (order.do === 'reconnect') await this.#attempt(async () => undefined);
    return undefined;
  }

  async #signIn(): Promise<string | undefined> {
    await this.#attempt(async () => undefined);
    if (this.auth.asked > 0) return undefined;
    const names = await this.#attempt((client) => client.list());
    await this.#attempt((client) => client.call('echo', { message: 'hello' }));
    const isListed = names.some((name) => name.endsWith('echo'));
    return isListed ? undefined : 'calls a tool that is not listed';
  }

  async #attempt<T>(action: (client: LibraryClient) => Promise<T>): Promise<T> {
    for (let signIns = 0; ; signIns += 1) {
      const asked = this.auth.callbacks.length;
      const isNew = this.#client === undefined;
      this.#client ??= this.create();
      const client = this.#client;
      try {
        if (isNew) await client.connect();
        return await action(client);
      } catch (error) {
        if (isNew) this.#client = undefined;
        if (this.auth.callbacks.length === asked || signIns === MOST_SIGN_INS) throw error;
        console.log(`the application signs in: ${messageOf(error)}`);
        await client.finishSignIn();
        this.#client = client;
        await this.#leave();
      }
    }
  }

  async #leave(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.close().catch((error: unknown) => console.log(`close: ${messageOf(error)}`));
  }
}

const MOST_SIGN_INS = 2;

function answer(it: Answer): void {
  process.stdout.write(`\n${ANSWER}${JSON.stringify(it)}\n`);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = error.constructor.name;
  const message = error.message || name;
  return name === 'Error' || message.includes(name) ? message : `${name}: ${message}`;
}
