import { randomUUID } from 'node:crypto';

/** A request in JSON-RPC, as far as a bare server looks at it. */
export interface BareCall {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly arguments?: { readonly message?: string } };
}

/** The answer of another server, which a bare one gives as well: see `floorsLike()`. */
export interface AnswerModel {
  readonly status: number;
  /** Without those that Node writes itself. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text unless it was JSON. */
  readonly body: string | Readonly<Record<string, unknown>>;
}

/** What a bare route answers: the members, the length, the status and the headers of its model. */
export class BareAnswers {
  readonly status: number;
  /** Whether the model refused a caller without a valid token. */
  readonly refuses: boolean;
  readonly headers: readonly (readonly [name: string, value: string])[];
  private readonly hasSession: boolean;
  private readonly result: Readonly<Record<string, unknown>>;
  private readonly structured: Readonly<Record<string, unknown>> | undefined;

  constructor(private readonly model: AnswerModel) {
    this.status = model.status;
    this.refuses = model.status === 401;
    this.headers = Object.entries(model.headers).filter(([name]) => name !== SESSION);
    this.hasSession = SESSION in model.headers;
    const { result } = typeof model.body === 'string' ? {} : model.body;
    const { structuredContent, content: _content, ...rest } = { ...(result as EchoResult) };
    this.result = rest;
    this.structured = structuredContent?.['message'] === undefined ? undefined : structuredContent;
  }

  /** The id of the session of this answer: a new one for `initialize`. */
  sessionOf({ method }: BareCall, asked: unknown): string | undefined {
    if (!this.hasSession) return undefined;
    return method === 'initialize' || typeof asked !== 'string' ? randomUUID() : asked;
  }

  /** The body of this answer; that of `echo` is made of the message, the time and the caller. */
  bodyOf({ id, params }: BareCall, userId: string | undefined): string | object {
    const { body } = this.model;
    if (typeof body === 'string') return body;
    if (!this.structured) return 'jsonrpc' in body ? { ...body, id } : body;
    const structuredContent = {
      ...this.structured,
      message: params?.arguments?.message ?? '',
      timestamp: new Date().toISOString(),
      userId,
    };
    const content = [{ type: 'text', text: JSON.stringify(structuredContent) }];
    return { jsonrpc: '2.0', id, result: { content, structuredContent, ...this.result } };
  }
}

/** The model that the runner handed to this process, or else the answer of the bare module to `echo`. */
export function answersOfProcess(): BareAnswers {
  const json = process.argv[2];
  return new BareAnswers(json === undefined ? ECHO : (JSON.parse(json) as AnswerModel));
}

export const SESSION = 'mcp-session-id';

interface EchoResult {
  readonly content?: unknown;
  readonly structuredContent?: Readonly<Record<string, unknown>>;
}

const ECHO: AnswerModel = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: {
    jsonrpc: '2.0',
    result: {
      structuredContent: { message: '', timestamp: '', userId: '' },
      resultType: 'complete',
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'bench', version: '1.0.0' } },
    },
  },
};
