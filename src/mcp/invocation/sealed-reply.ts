/** An answer that the application sent on the sealed reply. */
interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What is sealed. */
interface Sealed {
  /** Of Fastify, of Node, or the view of another seal; read on first use. */
  readonly reply: object;
  /** Called before each use of the view. */
  readonly onuse?: () => void;
}

/**
 * The HTTP reply for guards, interceptors and filters of the application: they can read it and set
 * headers, but not send. An answer that they send is recorded here.
 */
export class SealedReply implements ProxyHandler<object> {
  readonly #sealed: Sealed;
  #view: object | undefined;
  #status = 200;
  #answer: HttpAnswer | undefined;

  constructor(sealed: Sealed) {
    this.#sealed = sealed;
  }

  /** The reply for the application. Created on first use. */
  get view(): object {
    this.#view ??= new Proxy(this.#sealed.reply, this);
    return this.#view;
  }

  /** The answer that was sent instead of a result; `undefined` while there is none. */
  get answer(): HttpAnswer | undefined {
    return this.#answer;
  }

  /** Whether a value is the view of this seal. */
  isView(value: unknown): boolean {
    return value !== undefined && value === this.#view;
  }

  /** @internal Trap of the view. */
  get(target: object, key: string | symbol, view: object): unknown {
    this.#sealed.onuse?.();
    if (key === 'statusCode') return this.#status;
    // `BaseExceptionFilter` of Nest ends a reply that claims to be sent.
    if (NOT_SENT.has(key)) return false;
    // A reply of Fastify is a thenable that settles when it is sent: awaiting it here would never
    // end.
    if (key === 'then') return undefined;
    if (CHAINED.has(key)) return () => view;
    if (STATUS.has(key)) return (status: number) => this.#setStatus(status, view);
    // Returns `undefined`: Nest treats an error whose filter returns a value as handled.
    if (TERMINAL.has(key)) return (body?: unknown) => this.#setAnswer(body);
    if (HEADERS.has(key)) return (...header: unknown[]) => writeHeader(target, key, header, view);
    const value: unknown = Reflect.get(target, key);
    return key === 'raw' && isObject(value) ? new Proxy(value, this) : value;
  }

  /** @internal Trap of the view. */
  set(target: object, key: string | symbol, value: unknown): boolean {
    this.#sealed.onuse?.();
    if (key !== 'statusCode') return Reflect.set(target, key, value);
    this.#status = Number(value);
    return true;
  }

  #setStatus(status: number, view: object): object {
    this.#status = status;
    return view;
  }

  #setAnswer(body: unknown): void {
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
const FRAMING_HEADERS =
  /^(content-(type|length|encoding|range)|transfer-encoding|connection|keep-alive|trailer|upgrade|mcp-.*)$/i;

/** Sets headers on the response of Node, since the reply was taken over from the framework. */
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
    if (!FRAMING_HEADERS.test(name)) Reflect.get(raw, write).call(raw, name, content);
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
