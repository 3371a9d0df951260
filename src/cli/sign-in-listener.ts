import { timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The redirect URI of a command: a server on loopback. It keeps the browser of the person waiting after
 * a sign-in and sends it to the next one, so that one browser window goes through all of them.
 */
export class SignInListener {
  #expected:
    { readonly state: string; readonly resolve: (found: URLSearchParams) => void } | undefined;
  #waiting: ServerResponse | undefined;

  private constructor(
    private readonly server: Server,
    /** Port on 127.0.0.1. */
    readonly port: number,
    /** Name of the command, for the pages. */
    private readonly command: string,
  ) {
    server.on('request', (request, response) => this.#receive(request, response));
  }

  /** @param command its name, which the pages show */
  static async open(command: string): Promise<SignInListener> {
    const server = createServer({ maxHeaderSize: 16_384, requestTimeout: 10_000 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A server that listens on TCP has an AddressInfo.
    return new SignInListener(server, (server.address() as AddressInfo).port, command);
  }

  get redirectUri(): string {
    return `http://127.0.0.1:${this.port}/callback`;
  }

  /**
   * Sends the browser to an authorization URL, and waits for the authorization response.
   *
   * @param show called with the URL if no browser is waiting
   * @param signal rejects the promise when it aborts
   */
  async authorize(
    { url, state }: { readonly url: string; readonly state: string },
    show: (url: string) => void,
    signal: AbortSignal,
  ): Promise<URLSearchParams> {
    const response = new Promise<URLSearchParams>((resolve, reject) => {
      signal.throwIfAborted();
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      this.#expected = { state, resolve };
    });
    const browser = this.#waiting;
    this.#waiting = undefined;
    if (browser && !browser.destroyed) {
      browser.writeHead(303, { ...HEADERS, location: url }).end();
    } else show(url);
    try {
      return await response;
    } finally {
      this.#expected = undefined;
    }
  }

  /** Lets the browser go, and stops listening. */
  async close(): Promise<void> {
    const browser = this.#waiting;
    this.#waiting = undefined;
    if (browser && !browser.destroyed)
      await new Promise<void>((done) => this.#send(browser, 200, DONE, done));
    this.server.close();
    this.server.closeAllConnections();
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', this.redirectUri);
    // A page of another site may guess the port, not the state; its host name may resolve to loopback.
    const isOwn = request.method === 'GET' && request.headers.host === `127.0.0.1:${this.port}`;
    if (!isOwn || pathname !== '/callback') return this.#send(response, 404, 'Nothing here.');
    const expected = this.#expected;
    if (!expected || !isSame(searchParams.get('state') ?? '', expected.state)) {
      return this.#send(
        response,
        400,
        'This is no answer to the sign-in that the command waits for.',
      );
    }
    this.#expected = undefined;
    this.#waiting?.destroy();
    this.#waiting = response;
    expected.resolve(searchParams);
  }

  #send(response: ServerResponse, status: number, text: string, done?: () => void): void {
    response.writeHead(status, {
      ...HEADERS,
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      connection: 'close',
    });
    // A browser that is gone ends the wait, too.
    if (done) response.once('close', done);
    response.end(`${this.command}\n\n${text}\n`);
  }
}

const DONE = 'The sign-in is done. You can close this window.';
const HEADERS = { 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
