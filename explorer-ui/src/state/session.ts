import {
  Client,
  StreamableHTTPClientTransport,
  type ClientCapabilities,
  type Prompt,
  type Resource,
  type ResourceTemplateType,
  type ServerCapabilities,
  type Tool,
} from '@modelcontextprotocol/client';
import { computed, signal } from '@preact/signals';
import { caller } from './caller.js';
import { endpoint, era, ERAS, server, type Era } from './explorer.js';
import { askElicitation, askRoots, askSampling } from './questions.js';
import { exchanges, recordingFetch, type Exchange } from './wire.js';

export interface Lists {
  readonly tools: readonly Tool[];
  readonly resources: readonly Resource[];
  readonly templates: readonly ResourceTemplateType[];
  readonly prompts: readonly Prompt[];
}

/** The connection of the present caller. */
export type Session =
  | { readonly state: 'connecting'; readonly client?: undefined }
  | {
      readonly state: 'connected';
      readonly client: Client;
      readonly capabilities: ServerCapabilities;
      readonly instructions: string | undefined;
    }
  | {
      readonly state: 'failed';
      readonly client?: undefined;
      readonly message: string;
      /** HTTP status of the refusal, if there was one. */
      readonly status: number | undefined;
      readonly exchange: Exchange | undefined;
    };

export const session = signal<Session>({ state: 'connecting' });

const NOTHING: Lists = { tools: [], resources: [], templates: [], prompts: [] };
export const lists = signal<Lists>(NOTHING);
/** When the lists were read; `undefined` before the first time. */
export const listedAt = signal<number | undefined>(undefined);
export const listing = signal(false);
export const listError = signal<string | undefined>(undefined);

/** Log messages and progress of calls go to whoever listens. */
export const logListeners = new Set<(level: string, text: string, logger?: string) => void>();
export const updateListeners = new Set<(uri: string) => void>();

/** Requests of the page, recorded, with the token of the present caller. */
export const send = recordingFetch(
  () => caller.value.name,
  () => caller.value.token,
);

export const clientInfo = { name: 'explorer', title: 'Explorer', version: '1.0.0' };
export const CAPABILITIES: ClientCapabilities = {
  elicitation: { form: {}, url: {} },
  sampling: {},
  roots: { listChanged: true },
};

let current = 0;

/** Connects as the present caller; the connection of the one before is closed. */
export async function connect(): Promise<void> {
  const mine = (current += 1);
  const isCurrent = (): boolean => mine === current;
  const before = session.value.client;
  session.value = { state: 'connecting' };
  void before?.close().catch(() => undefined);
  const client = createClient(era.value);
  const from = exchanges.value.at(-1)?.id ?? 0;
  try {
    const who = { name: caller.value.name, token: caller.value.token };
    const fetch = recordingFetch(
      () => who.name,
      () => who.token,
    );
    await client.connect(new StreamableHTTPClientTransport(new URL(endpoint.value), { fetch }));
    if (!isCurrent()) return void client.close().catch(() => undefined);
    session.value = {
      state: 'connected',
      client,
      capabilities: client.getServerCapabilities() ?? {},
      instructions: client.getInstructions(),
    };
    if (era.value === 'legacy' && client.getServerCapabilities()?.logging) {
      await client.setLoggingLevel('debug').catch(() => undefined);
    }
    await loadLists();
    void follow(client, isCurrent);
  } catch (error) {
    void client.close().catch(() => undefined);
    if (!isCurrent()) return;
    const refused = exchanges.value.findLast(
      ({ id, status }) => id > from && typeof status === 'number' && status >= 400,
    );
    session.value = {
      state: 'failed',
      message: messageOf(error),
      status: typeof refused?.status === 'number' ? refused.status : undefined,
      exchange: refused,
    };
    lists.value = NOTHING;
    listedAt.value = undefined;
  }
}

/** Resolves once the connection of the present caller is made, or has failed. */
export function whenConnected(): Promise<void> {
  return new Promise((resolve) => {
    // A change of the caller begins its connection in a microtask.
    setTimeout(() => {
      const stop = session.subscribe(({ state }) => {
        if (state === 'connecting') return;
        resolve();
        queueMicrotask(() => stop());
      });
    });
  });
}

function createClient(of: Era): Client {
  const client = new Client(clientInfo, {
    capabilities: CAPABILITIES,
    versionNegotiation: { mode: of === 'modern' ? { pin: ERAS.modern } : 'legacy' },
    listMaxPages: 200,
  });
  client.setRequestHandler('elicitation/create', ({ params }) => askElicitation(params));
  client.setRequestHandler('sampling/createMessage', async ({ params }) => ({
    role: 'assistant' as const,
    model: 'a person at the explorer',
    content: { type: 'text' as const, text: await askSampling(params) },
  }));
  client.setRequestHandler('roots/list', async () => ({
    roots: (await askRoots()).map((uri) => ({ uri })),
  }));
  client.setNotificationHandler('notifications/message', ({ params }) => {
    const { level, logger, data } = params;
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    for (const listener of logListeners) listener(level, text, logger);
  });
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => {
    for (const listener of updateListeners) listener(params.uri);
  });
  for (const kind of ['tools', 'resources', 'prompts'] as const) {
    client.setNotificationHandler(`notifications/${kind}/list_changed`, () => void loadLists());
  }
  return client;
}

/** Reads every list that the server has, for the present caller. */
export async function loadLists(): Promise<void> {
  const { client } = session.value;
  if (!client) return;
  const has = client.getServerCapabilities() ?? {};
  listing.value = true;
  try {
    const fresh = { cacheMode: 'refresh' } as const;
    const [tools, resources, templates, prompts] = await Promise.all([
      has.tools ? client.listTools({}, fresh) : { tools: [] },
      has.resources ? client.listResources({}, fresh) : { resources: [] },
      has.resources ? client.listResourceTemplates({}, fresh) : { resourceTemplates: [] },
      has.prompts ? client.listPrompts({}, fresh) : { prompts: [] },
    ]);
    if (client !== session.value.client) return;
    lists.value = {
      tools: tools.tools,
      resources: resources.resources,
      templates: templates.resourceTemplates,
      prompts: prompts.prompts,
    };
    listedAt.value = Date.now();
    listError.value = undefined;
  } catch (error) {
    if (client === session.value.client) listError.value = messageOf(error);
  } finally {
    if (client === session.value.client) listing.value = false;
  }
}

/** Hears of changes of the lists while the page is open. 2025 sends them on the stream of the session. */
async function follow(client: Client, isCurrent: () => boolean): Promise<void> {
  const { tools, prompts, resources } = client.getServerCapabilities() ?? {};
  if (era.value !== 'modern' || !isCurrent()) return;
  const wanted = {
    ...(tools?.listChanged && { toolsListChanged: true as const }),
    ...(prompts?.listChanged && { promptsListChanged: true as const }),
    ...(resources?.listChanged && { resourcesListChanged: true as const }),
  };
  if (Object.keys(wanted).length > 0) await client.listen(wanted).catch(() => undefined);
}

export const instructions = computed(() =>
  session.value.state === 'connected' ? session.value.instructions : undefined,
);
export const serverTitle = computed(() => server.value?.title ?? 'MCP server');

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
