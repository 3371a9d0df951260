import { eventually } from '../../support/within.js';

/** A message of a stream, with the id of its event. */
export interface StreamedMessage {
  readonly id: string | undefined;
  readonly message: WireMessage;
}

/** A message as it came over the wire. */
export interface WireMessage {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A 2025-11-25 session, each request of which may go to another node. */
export class ClientSession {
  private lastId = 100;

  private constructor(
    readonly id: string,
    private token: string | undefined,
  ) {}

  static async open(
    url: string,
    token?: string,
    { capabilities = { elicitation: {} }, version = REVISION } = {},
  ): Promise<ClientSession> {
    const clientInfo = { name: 'test', version: '1' };
    const params = { protocolVersion: version, capabilities, clientInfo };
    const response = await fetch(url, {
      method: 'POST',
      headers: headersFor(token),
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }),
    });
    const text = await response.text();
    const id = response.headers.get('mcp-session-id');
    if (id === null) throw new Error(`No session: ${response.status} ${text}`);
    return new ClientSession(id, token);
  }

  /** The same session for another caller. */
  as(token: string | undefined): ClientSession {
    const other = new ClientSession(this.id, token);
    other.lastId = this.lastId + 1_000;
    return other;
  }

  /** Sends a message. */
  post(url: string, message: object): Promise<Response> {
    return fetch(url, {
      method: 'POST',
      headers: this.headers,
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    });
  }

  /** Sends a request, and reads its answer. */
  async request(
    url: string,
    method: string,
    params: object = {},
  ): Promise<WireMessage & { readonly status: number }> {
    this.lastId += 1;
    const id = this.lastId;
    const response = await this.post(url, { id, method, params });
    const stream = new ReadStream(response);
    const answer = await stream.until((message) => message.id === id && !message.method);
    return { ...answer?.message, status: response.status };
  }

  call(url: string, name: string, args: object = {}): ReturnType<ClientSession['request']> {
    return this.request(url, 'tools/call', { name, arguments: args });
  }

  /** Starts a call, whose stream is read in the background. */
  async startCall(url: string, name: string, args: object = {}, id?: string): Promise<ReadStream> {
    this.lastId += 1;
    const requestId = id ?? this.lastId;
    const params = { name, arguments: args, _meta: { progressToken: requestId } };
    const response = await this.post(url, { id: requestId, method: 'tools/call', params });
    return new ReadStream(response, requestId);
  }

  /** Opens the stream of the session, or continues one after an event. */
  async listen(url: string, lastEventId?: string): Promise<ReadStream> {
    const response = await fetch(url, {
      headers: {
        ...this.headers,
        accept: 'text/event-stream',
        ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      },
    });
    return new ReadStream(response);
  }

  delete(url: string): Promise<Response> {
    return fetch(url, { method: 'DELETE', headers: this.headers });
  }

  private get headers(): Record<string, string> {
    return {
      ...headersFor(this.token),
      'mcp-session-id': this.id,
      'mcp-protocol-version': REVISION,
    };
  }
}

/** A response that is read in the background: a stream of events, or JSON. */
export class ReadStream {
  readonly messages: StreamedMessage[] = [];
  /** Number of comments, which keep proxies from closing the connection. */
  comments = 0;
  isEnded = false;
  private readonly reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(
    readonly response: Response,
    readonly requestId?: string | number,
  ) {
    this.reader = response.body?.getReader();
    // A connection that is cut ends the stream.
    void this.read()
      .catch(() => undefined)
      .finally(() => {
        this.isEnded = true;
      });
  }

  get status(): number {
    return this.response.status;
  }

  /** Id of the last event that has one. */
  get lastEventId(): string | undefined {
    return this.messages.findLast(({ id }) => id !== undefined)?.id;
  }

  /** The first message that passes; `undefined` if the stream ends before. */
  until(test: (message: WireMessage) => boolean): Promise<StreamedMessage | undefined> {
    return eventually(() => {
      const found = this.messages.find(({ message }) => test(message));
      if (!found && !this.isEnded) throw new Error('The message has not come yet.');
      return found;
    });
  }

  ended(): Promise<void> {
    return eventually(() => {
      if (!this.isEnded) throw new Error('The stream has not ended yet.');
    });
  }

  async close(): Promise<void> {
    await this.reader?.cancel().catch(() => undefined);
  }

  private async read(): Promise<void> {
    const isStream = this.response.headers.get('content-type')?.startsWith('text/event-stream');
    const decoder = new TextDecoder();
    let rest = '';
    for (;;) {
      const { done, value } = (await this.reader?.read()) ?? { done: true, value: undefined };
      if (done) break;
      rest += decoder.decode(value, { stream: true });
      if (!isStream) continue;
      const frames = rest.split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) this.take(frame);
    }
    if (rest.startsWith('{')) this.messages.push({ id: undefined, message: JSON.parse(rest) });
  }

  private take(frame: string): void {
    if (frame.startsWith(':')) this.comments += 1;
    const data = /^data: (.*)$/m.exec(frame)?.[1] ?? '';
    const id = /^id: (.*)$/m.exec(frame)?.[1];
    if (data === '' && id === undefined) return;
    this.messages.push({ id, message: data === '' ? {} : JSON.parse(data) });
  }
}

const REVISION = '2025-11-25';

function headersFor(token: string | undefined): Record<string, string> {
  return {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
}
