/** What somebody answered a call with, past the MCP exchange. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * The HTTP reply as guards, interceptors and filters of a host application may have it: they read it
 * and set headers, but status and body belong to the MCP exchange. What they answer is noted here.
 */
export class SealedReply implements ProxyHandler<object> {
  readonly #sealed: { readonly reply: object };
  #view: object | undefined;
  #status = 200;
  #answer: HttpAnswer | undefined;

  /** @param sealed its `reply`, of Fastify or of Node or the view of another seal, is read when needed */
  constructor(sealed: { readonly reply: object }) {
    this.#sealed = sealed;
  }

  /** The reply to hand out. Made for the first who asks. */
  get view(): object {
    this.#view ??= new Proxy(this.#sealed.reply, this);
    return this.#view;
  }

  /** What was answered in place of a result; `undefined` while nothing was. */
  get answer(): HttpAnswer | undefined {
    return this.#answer;
  }

  /** Whether this is what was handed out. */
  isView(value: unknown): boolean {
    return value !== undefined && value === this.#view;
  }

  /** @internal Trap of the view. */
  get(target: object, key: string | symbol, view: object): unknown {
    if (key === 'statusCode') return this.#status;
    // A filter that believes the reply is sent ends it, see `BaseExceptionFilter` of Nest.
    if (NOT_SENT.has(key)) return false;
    // A reply of Fastify settles when it is sent, and the one who waits for it here would not send.
    if (key === 'then') return undefined;
    if (CHAINED.has(key)) return () => view;
    if (STATUS.has(key)) return (status: number) => this.#note(status, view);
    // Nothing is returned: Nest takes an error whose filter returns a value for handled.
    if (TERMINAL.has(key)) return (body?: unknown) => this.#close(body);
    if (HEADERS.has(key)) return (...header: unknown[]) => writeHeader(target, key, header, view);
    const value: unknown = Reflect.get(target, key);
    return key === 'raw' && isObject(value) ? new Proxy(value, this) : value;
  }

  /** @internal Trap of the view. */
  set(target: object, key: string | symbol, value: unknown): boolean {
    if (key !== 'statusCode') return Reflect.set(target, key, value);
    this.#status = Number(value);
    return true;
  }

  #note(status: number, view: object): object {
    this.#status = status;
    return view;
  }

  #close(body: unknown): void {
    this.#answer = { status: this.#status, body };
  }
}

const NOT_SENT = new Set<string | symbol>(['sent', 'headersSent', 'writableEnded', 'finished']);
const CHAINED = new Set<string | symbol>(['hijack', 'type', 'contentType', 'serializer']);
const STATUS = new Set<string | symbol>(['code', 'status', 'writeHead']);
const TERMINAL = new Set<string | symbol>(
  'send json jsonp end redirect render view sendFile sendStatus write flushHeaders destroy'.split(
    ' ',
  ),
);
const HEADERS = new Set<string | symbol>(
  'header headers set setHeader append appendHeader removeHeader'.split(' '),
);

const WRITES: Readonly<Record<string, string>> = {
  removeHeader: 'removeHeader',
  appendHeader: 'appendHeader',
  append: 'appendHeader',
};

/** Headers that frame the message: another value would break the exchange. */
const OF_THE_EXCHANGE =
  /^(content-(type|length|encoding|range)|transfer-encoding|connection|keep-alive|trailer|upgrade|mcp-.*)$/i;

/** The framework has let go of the reply, so that headers go to the response of Node. */
function writeHeader(
  target: object,
  method: string | symbol,
  [first, value]: readonly unknown[],
  view: object,
): object {
  const raw = rawOf(target);
  if (Reflect.get(raw, 'headersSent') === true) return view;
  const write = WRITES[String(method)] ?? 'setHeader';
  const headers = isObject(first) ? Object.entries(first) : [[String(first), value] as const];
  for (const [name, content] of headers) {
    if (!OF_THE_EXCHANGE.test(name)) Reflect.get(raw, write).call(raw, name, content);
  }
  return view;
}

function rawOf(reply: object): object {
  const raw: unknown = Reflect.get(reply, 'raw');
  return isObject(raw) ? raw : reply;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
