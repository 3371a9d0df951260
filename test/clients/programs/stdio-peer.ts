import type { ClientHandle } from '../client-driver.js';
import type { RunningProgram } from '../drive/program.js';

/** The other end of a server over stdio: a line per message. */
export class StdioPeer {
  #lastId = 0;

  constructor(readonly program: RunningProgram) {}

  /** Sends a request and returns its result. Throws on an error, or if the program ends. */
  async ask(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<any> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.program.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
    const answer = new RegExp(`^\\{.*"id":${id}[,}].*$`, 'm');
    const [line] = await this.program.printed(answer).catch((error: unknown) => {
      if (this.program.exited) throw error;
      throw new Error(`never answers ${method}`);
    });
    const { result, error } = JSON.parse(line);
    if (error !== undefined) throw new Error(error.message);
    return result;
  }

  async initialize(): Promise<void> {
    await this.ask('initialize', {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'clients', version: '1.0.0' },
    });
    this.program.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  }

  async list(): Promise<readonly string[]> {
    const { tools } = await this.ask('tools/list');
    return tools.map((tool: { name: string }) => tool.name);
  }

  async call(tool: string, input: Readonly<Record<string, unknown>>): Promise<string> {
    const { content, isError } = await this.ask('tools/call', { name: tool, arguments: input });
    const text = content.map((block: { text?: string }) => block.text ?? '').join('\n');
    if (isError === true) throw new Error(text);
    return text;
  }
}

/** A client that is a program over stdio. */
export abstract class StdioClient implements ClientHandle {
  #peer: StdioPeer | undefined;

  abstract signIn(): Promise<void>;

  async reconnect(): Promise<void> {
    await this.close();
    this.#peer = new StdioPeer(this.start());
    await this.#peer.initialize();
  }

  list(): Promise<readonly string[]> {
    return this.#connected.list();
  }

  call(tool: string, input: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#connected.call(tool, input);
  }

  async close(): Promise<void> {
    await this.#peer?.program.stop();
    this.#peer = undefined;
  }

  get #connected(): StdioPeer {
    if (this.#peer === undefined) throw new Error('not connected');
    return this.#peer;
  }

  protected abstract start(): RunningProgram;
}
