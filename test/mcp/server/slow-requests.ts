import { within } from '../fixtures.js';

/** What a client can ask for that takes long. */
export interface Asked {
  readonly method: string;
  readonly params: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  readonly era?: 'modern';
}

export const tool = (name: string): Asked => ({
  method: 'tools/call',
  params: { name, arguments: {} },
});

export const CAPABLE = {
  elicitation: {},
  extensions: { 'io.modelcontextprotocol/tasks': {} },
};

export const ASKED: Readonly<Record<string, Asked>> = {
  'a tool': tool('waits'),
  'a tool that fails': tool('fails'),
  'an error of the protocol': tool('refuses'),
  'a result that is too large': tool('much'),
  'a request-scoped tool': tool('scoped'),
  'a route': { method: 'tools/call', params: { name: 'route', arguments: { q: 'asked' } } },
  'a prompt': { method: 'prompts/get', params: { name: 'prompt', arguments: { topic: 'x' } } },
  'a completion': {
    method: 'completion/complete',
    params: {
      ref: { type: 'ref/prompt', name: 'prompt' },
      argument: { name: 'topic', value: 'o' },
    },
  },
  'a resource': { method: 'resources/read', params: { uri: 'slow://fixed' } },
  'a resource template': { method: 'resources/read', params: { uri: 'slow://of/one' } },
  'a round of input': {
    method: 'tools/call',
    params: {
      name: 'asks',
      arguments: {},
      inputResponses: { sure: { action: 'accept', content: { sure: true } } },
    },
    era: 'modern',
  },
  'a task': {
    method: 'tasks/get',
    params: { taskId: 'elsewhere' },
    headers: { 'mcp-name': 'elsewhere' },
    era: 'modern',
  },
  'a task that is cancelled': {
    method: 'tasks/cancel',
    params: { taskId: 'elsewhere' },
    headers: { 'mcp-name': 'elsewhere' },
    era: 'modern',
  },
};

/** How a request reaches a handler. */
export const WAYS = {
  '2026-07-28': { era: 'modern', legacy: 'sessions' },
  'a session of 2025-11-25': { era: 'legacy', legacy: 'sessions', revision: '2025-11-25' },
  'a session of 2025-06-18': { era: 'legacy', legacy: 'sessions', revision: '2025-06-18' },
  'a session of 2025-03-26': { era: 'legacy', legacy: 'sessions', revision: '2025-03-26' },
  'no session': { era: 'legacy', legacy: 'sessions' },
  "legacy: 'stateless'": { era: 'legacy', legacy: 'stateless' },
  "2026-07-28 beside legacy: 'reject'": { era: 'modern', legacy: 'reject' },
} as const satisfies Record<string, Way>;

export interface Way {
  readonly era: 'modern' | 'legacy';
  readonly legacy: 'sessions' | 'stateless' | 'reject';
  readonly revision?: string;
}

export const BOTH = 'application/json, text/event-stream';

interface Read {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly messages: any[];
}

export async function read(response: Response): Promise<Read> {
  const text = await within(response.text(), 'the answer');
  const type = response.headers.get('content-type');
  const isStream = type?.startsWith('text/event-stream');
  const messages = isStream ? messagesIn(text) : [JSON.parse(text)].flat();
  return { status: response.status, type, text, messages };
}

/** The messages of an event stream. Only line feeds end its lines: JSON may have other separators. */
export function messagesIn(text: string): any[] {
  const lines = text.split('\n').filter((line) => line.startsWith('data: {'));
  return lines.map((line) => JSON.parse(line.slice('data: '.length)));
}

/** The outcome without what belongs to the request. */
export const outcome = ({ result, error }: { result?: unknown; error?: unknown }) => ({
  result,
  error,
});
