import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Log } from '../drive/log.js';
import { formatOf, type Json, type ModelTurn, type ToolReturn } from './model-formats.js';

/** A tool that the model is to call, with its input. */
export interface Ask {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What the model does first, and as long as the agent does not offer the tools of a server. */
export interface Pause {
  /** A tool of the agent itself that takes a moment. */
  readonly ask: Ask;
  /** Whether the server's tools are among those that are offered. */
  isOver(offered: readonly string[]): boolean;
}

/**
 * A language model that does what it is told: it calls one tool, and says "done". An agent that lets its
 * user choose the address of the model can so be driven without an account, and shows which tools it offers
 * and what they return.
 */
export class ScriptedModel {
  readonly #server: Server;
  readonly #log: Log;
  #url = '';
  #ask: Ask | undefined;
  #isAsked = false;
  #offered: readonly string[] = [];
  #result: ToolReturn | undefined;
  #pauses = 0;

  /** @param pause for an agent that begins a conversation before it has connected to its servers. */
  constructor(
    log: Log,
    private readonly pause?: Pause,
  ) {
    this.#log = log;
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  /** Without a slash at the end. */
  get url(): string {
    return this.#url;
  }

  /** The names of the tools of the latest request that offered any, as the agent writes them. */
  get offered(): readonly string[] {
    return this.#offered;
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Sets what the model does in the next conversation: it calls this tool, or only says "done". */
  expect(ask?: Ask): void {
    this.#ask = ask;
    this.#isAsked = false;
    this.#offered = [];
    this.#result = undefined;
    this.#pauses = 0;
  }

  /** What the tool returned to the model. Throws if the call failed or the conversation did not get so far. */
  result(): string {
    const { tool } = this.#ask ?? {};
    if (this.#result?.isError === true) throw new Error(`${tool}: ${this.#result.text}`);
    if (this.#result !== undefined) return this.#result.text;
    if (this.#isAsked) throw new Error(`the agent did not tell what ${tool} returned`);
    this.#log(`model: was offered ${this.#offered.join(', ') || 'no tool'}`);
    throw new Error(`the agent does not offer ${tool}`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/';
    const body = await text(request);
    const format = request.method === 'POST' ? formatOf(path) : undefined;
    if (format === undefined) {
      this.#log(`model: ${request.method} ${path.split('?')[0]} is not answered`);
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{}}');
      return;
    }
    const question = JSON.parse(body) as Json;
    const turn = this.#turnFor(format.offered(question), format.results(question));
    this.#log(`model: ${turn.kind === 'call' ? `calls ${turn.name}` : 'says done'}`);
    const { type, text: answer } = format.answer(turn, question, path);
    response.writeHead(200, { 'content-type': type }).end(answer);
  }

  #turnFor(offered: readonly string[], results: readonly ToolReturn[]): ModelTurn {
    if (offered.length > 0) this.#offered = offered;
    const { pause } = this;
    const isEarly = this.#pauses === 0 || !(pause?.isOver(this.#offered) ?? true);
    if (pause !== undefined && isEarly && this.#pauses < MOST_PAUSES) {
      this.#pauses += 1;
      const { tool, input } = pause.ask;
      if (offered.includes(tool)) return { kind: 'call', name: tool, input };
    }
    const ask = this.#ask;
    if (ask === undefined) return { kind: 'done' };
    if (this.#isAsked) {
      this.#result ??= results.at(-1);
      return { kind: 'done' };
    }
    const name = offered.find((each) => toolOf(each) === ask.tool);
    if (name === undefined) return { kind: 'done' };
    this.#isAsked = true;
    return { kind: 'call', name, input: ask.input };
  }
}

const MOST_PAUSES = 10;

/** Agents write the name of the server before that of the tool: `mcp__notes__echo`, `notes_echo`. */
export function toolOf(offered: string): string {
  return /[A-Za-z0-9]+$/.exec(offered)?.[0] ?? offered;
}
