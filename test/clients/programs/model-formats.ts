/** What an agent sent, or is to get. */
export type Json = Readonly<Record<string, any>>;

/** What the model does. */
export type ModelTurn =
  | { readonly kind: 'done' }
  | {
      readonly kind: 'call';
      /** As the agent offered it. */
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
    };

/** What the agent told the model of a call. */
export interface ToolReturn {
  readonly text: string;
  /** Whether the agent said that it failed, in formats that can say so. */
  readonly isError: boolean;
}

/** The interface of one vendor of models, as far as an agent needs it. */
export interface ModelFormat {
  /** The names of the tools in a request. */
  offered(question: Json): readonly string[];
  /** What tools returned, the latest last. */
  results(question: Json): readonly ToolReturn[];
  answer(turn: ModelTurn, question: Json, path: string): { type: string; text: string };
}

/** The format of the endpoint at a path, or `undefined` if it answers no conversation. */
export function formatOf(path: string): ModelFormat | undefined {
  return FORMATS.find(([pattern]) => pattern.test(path))?.[1];
}

const SAID = 'done';
const EVENTS = 'text/event-stream';
const JSON_TYPE = 'application/json';

/** Anthropic: `POST /v1/messages`. */
const messages: ModelFormat = {
  offered: ({ tools }) => namesOf(tools),
  results: ({ messages: said }) =>
    (said as Json[])
      .flatMap(({ content }) => (Array.isArray(content) ? (content as Json[]) : []))
      .filter(({ type }) => type === 'tool_result')
      .map(({ content, is_error }) => ({ text: textOf(content), isError: is_error === true })),
  answer(turn, { stream, model }) {
    const block =
      turn.kind === 'call'
        ? { type: 'tool_use', id: 'toolu_1', name: turn.name, input: turn.input }
        : { type: 'text', text: SAID };
    const usage = { input_tokens: 1, output_tokens: 1 };
    const stop_reason = turn.kind === 'call' ? 'tool_use' : 'end_turn';
    const message = {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model,
      stop_sequence: null,
      usage,
    };
    if (stream !== true)
      return {
        type: JSON_TYPE,
        text: JSON.stringify({ ...message, content: [block], stop_reason }),
      };
    const delta =
      turn.kind === 'call'
        ? { type: 'input_json_delta', partial_json: JSON.stringify(turn.input) }
        : { type: 'text_delta', text: SAID };
    const empty = turn.kind === 'call' ? { ...block, input: {} } : { type: 'text', text: '' };
    return eventsOf([
      { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
      { type: 'content_block_start', index: 0, content_block: empty },
      { type: 'content_block_delta', index: 0, delta },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage },
      { type: 'message_stop' },
    ]);
  },
};

/** OpenAI: `POST /v1/responses`. Tools of a server may stand in a namespace. */
const responses: ModelFormat = {
  offered: ({ tools }) =>
    ((tools ?? []) as Json[]).flatMap((tool) =>
      tool['type'] === 'namespace'
        ? namesOf(tool['tools']).map((name) => `${tool['name']}${NAMESPACE_END}${name}`)
        : namesOf([tool]),
    ),
  results: ({ input }) =>
    (Array.isArray(input) ? (input as Json[]) : [])
      .filter(({ type }) => type === 'function_call_output')
      .map(({ output }) => ({ text: textOf(output), isError: false })),
  answer(turn) {
    const [namespace, name] =
      turn.kind === 'call' && turn.name.includes(NAMESPACE_END)
        ? turn.name.split(NAMESPACE_END)
        : [undefined, turn.kind === 'call' ? turn.name : ''];
    const item =
      turn.kind === 'call'
        ? {
            type: 'function_call',
            id: 'fc_1',
            call_id: 'call_1',
            name,
            ...(namespace !== undefined && { namespace }),
            arguments: JSON.stringify(turn.input),
            status: 'completed',
          }
        : {
            type: 'message',
            id: 'msg_1',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text: SAID, annotations: [] }],
          };
    const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
    return eventsOf([
      { type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } },
      { type: 'response.output_item.done', output_index: 0, item },
      {
        type: 'response.completed',
        response: { id: 'resp_1', status: 'completed', output: [item], usage },
      },
    ]);
  },
};

/** OpenAI and what is like it: `POST /v1/chat/completions`. */
const completions: ModelFormat = {
  offered: ({ tools }) => namesOf(((tools ?? []) as Json[]).map((tool) => tool['function'])),
  results: ({ messages: said }) =>
    (said as Json[])
      .filter(({ role }) => role === 'tool')
      .map(({ content }) => ({ text: textOf(content), isError: false })),
  answer(turn, { stream, model }) {
    const call =
      turn.kind === 'call'
        ? {
            index: 0,
            id: 'call_1',
            type: 'function',
            function: { name: turn.name, arguments: JSON.stringify(turn.input) },
          }
        : undefined;
    const said = { role: 'assistant', content: SAID };
    const delta = call ? { role: 'assistant', content: null, tool_calls: [call] } : said;
    const finish_reason = call ? 'tool_calls' : 'stop';
    const common = { id: 'chat_1', created: 1, model };
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    if (stream !== true) {
      const choices = [{ index: 0, message: delta, finish_reason }];
      const whole = { ...common, object: 'chat.completion', choices, usage };
      return { type: JSON_TYPE, text: JSON.stringify(whole) };
    }
    const chunk = (choice: Json) => ({
      ...common,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, ...choice }],
    });
    const chunks = [
      chunk({ delta, finish_reason: null }),
      { ...chunk({ delta: {}, finish_reason }), usage },
    ];
    const lines = [...chunks.map((each) => JSON.stringify(each)), '[DONE]'];
    return { type: EVENTS, text: lines.map((line) => `data: ${line}\n\n`).join('') };
  },
};

/** Google: `POST /v1beta/models/…:generateContent` and `:streamGenerateContent`. */
const generateContent: ModelFormat = {
  offered: ({ tools }) =>
    ((tools ?? []) as Json[]).flatMap((tool) => namesOf(tool['functionDeclarations'])),
  results: ({ contents }) =>
    (contents as Json[])
      .flatMap(({ parts }) => parts as Json[])
      .map((part) => part['functionResponse']?.response as Json | undefined)
      .filter((response) => response !== undefined)
      .map((response) => ({ text: JSON.stringify(response), isError: 'error' in response })),
  answer(turn, _question, path) {
    const part =
      turn.kind === 'call'
        ? { functionCall: { id: 'call_1', name: turn.name, args: turn.input } }
        : { text: SAID };
    const answer = JSON.stringify({
      candidates: [{ index: 0, content: { role: 'model', parts: [part] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
      modelVersion: 'scripted',
    });
    return path.includes(':streamGenerateContent')
      ? { type: EVENTS, text: `data: ${answer}\n\n` }
      : { type: JSON_TYPE, text: answer };
  },
};

const FORMATS: readonly (readonly [RegExp, ModelFormat])[] = [
  [/\/messages(\?|$)/, messages],
  [/\/responses(\?|$)/, responses],
  [/\/chat\/completions(\?|$)/, completions],
  [/:(stream)?[gG]enerateContent(\?|$)/, generateContent],
];

const NAMESPACE_END = '/';

function namesOf(tools: unknown): string[] {
  return ((tools ?? []) as Json[]).map((tool) => String(tool?.['name'] ?? ''));
}

function eventsOf(events: readonly Json[]): { type: string; text: string } {
  const lines = events.map((data) => `event: ${data['type']}\ndata: ${JSON.stringify(data)}\n\n`);
  return { type: EVENTS, text: lines.join('') };
}

/** The text of a content that is text, or a list of parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content) ? (content as Json[]) : [];
  return parts.map((part) => String(part['text'] ?? '')).join('\n');
}
