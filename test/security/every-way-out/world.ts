import { vi } from 'vitest';
import { AccessControl } from '../../../src/access/access-control.js';
import type { SignInOption } from '../../../src/mcp/mcp-options.js';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { McpTasks } from '../../../src/mcp/tasks/mcp-tasks.js';
import { McpTaskStore } from '../../../src/mcp/tasks/task-store.js';
import { startClerkApp } from '../../support/clerk-app.js';
import {
  ENVELOPE,
  modernHeaders,
  openSession,
  send,
  type Answer,
  type Era,
} from '../../support/mcp-request.js';
import type { TestService } from '../../support/service.js';
import type { Policy } from '../policies/entries.js';
import { Door, MARKER, secretsUnder } from './rules.js';
import type { Situation, Tokens } from './situations.js';
import { Overheard } from './overheard.js';

/** A host whose entries name their rules. */
export interface Host extends TestService {
  readonly rules: readonly Policy[];
  readonly door: Door;
  /** Settles when every decision that was begun is taken. */
  readonly decided: () => Promise<void>;
}

/** @param signIn how the host asks anonymous callers to sign in */
export async function startHost(
  rules: readonly Policy[],
  signIn: SignInOption = 'call',
): Promise<Host> {
  const door = new Door();
  const service = await startClerkApp([secretsUnder(rules, door)], {
    clerk: {
      acceptedTokens: ['oauth_token', 'session_token', 'api_key'],
      scopeHierarchy: { 'notes:write': ['notes:read'] },
      limits: { failuresPerAddress: 1e9 },
    },
    mcp: { signIn, maxStreamsPerPrincipal: 1e6, tasks: { max: 1e6, maxPerPrincipal: 1e6 } },
  });
  return { ...service, rules, door, decided: watchDecisions(service) };
}

const CAPABILITIES = {
  'io.modelcontextprotocol/clientCapabilities': {
    elicitation: {},
    sampling: {},
    roots: {},
    extensions: { 'io.modelcontextprotocol/tasks': {} },
  },
};

/** What somebody has by now, in one era: tasks, streams, a session, and what came out on streams. */
export class World {
  /** The task under each rule. */
  readonly tasks = new Map<string, string>();
  /** Tasks that were asked to be cancelled, by rule, and whether they were. */
  readonly cancelled = new Map<string, boolean>();
  private readonly streams: Overheard[] = [];
  private tokens: Tokens = { first: undefined, second: undefined };
  private session: string | undefined;

  constructor(
    readonly host: Host,
    readonly situation: Situation,
    readonly era: Era,
  ) {}

  /** Sets everything up with access, takes it away, and lets everything happen that is told of. */
  async live(): Promise<void> {
    const { situation, host, era } = this;
    this.tokens = await situation.signIn(host);
    host.door.close();
    const doomed = era === 'modern' ? await this.startTasks() : [];
    for (const [rule, id] of era === 'modern' ? await this.startTasks() : [])
      this.tasks.set(rule, id);
    if (era === 'modern') await this.listen();
    else await this.openSession();
    await situation.lose?.(host);
    for (const [rule, id] of doomed) {
      await this.ask('tasks/cancel', { taskId: id });
      const task = await host.app.get(McpTaskStore).find(id);
      this.cancelled.set(rule, task?.state.status === 'cancelled');
    }
    await this.tellAll();
  }

  /** Sends a request with the token that is left. */
  async ask(method: string, params: Record<string, unknown> = {}): Promise<Answer> {
    const { first: _first, second: token } = this.tokens;
    return this.sendWith(token, method, params);
  }

  /** Everything that came out on streams. */
  get heard(): string {
    return this.streams.map(({ text }) => text).join('\n');
  }

  async close(): Promise<void> {
    await Promise.all(this.streams.map((stream) => stream.close()));
  }

  private sendWith(token: string | undefined, method: string, params: Record<string, unknown>) {
    const { host, era, session } = this;
    const name = params['uri'] ?? params['taskId'];
    return send(host.url, method, params, {
      era,
      token,
      session,
      headers: era === 'modern' && typeof name === 'string' ? { 'mcp-name': name } : {},
      ...(era === 'modern' && {
        meta: { ...CAPABILITIES, 'io.modelcontextprotocol/logLevel': 'debug', progressToken: 'p' },
      }),
      ...(era === 'legacy' && method === 'tools/call' && { meta: { progressToken: 'p' } }),
    });
  }

  private async startTasks(): Promise<[string, string][]> {
    const started = await Promise.all(
      this.host.rules.map(async ({ name }) => {
        const params = { name: `job-${name}`, arguments: {} };
        const { body } = await this.sendWith(this.tokens.first, 'tools/call', params);
        return [name, body.result?.['taskId']] as const;
      }),
    );
    return started.flatMap(([rule, id]) => (typeof id === 'string' ? [[rule, id]] : []));
  }

  /** A stream for each rule and way: one that may not be opened must not close the others. */
  private async listen(): Promise<void> {
    const lists = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };
    const filters: object[] = [lists];
    for (const { name } of this.host.rules) {
      filters.push({ resourceSubscriptions: [`data://${name}`] });
      filters.push({ taskIds: [this.tasks.get(name)].filter(Boolean) });
    }
    for (const filter of filters) {
      const resourceSubscriptions = [MARKER];
      const notifications = { resourceSubscriptions, ...filter };
      if ('resourceSubscriptions' in filter) {
        notifications.resourceSubscriptions = [
          ...(filter.resourceSubscriptions as string[]),
          MARKER,
        ];
      }
      const { second: token } = this.tokens;
      const method = 'subscriptions/listen';
      const response = await fetch(this.host.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...modernHeaders(method),
        },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: this.streams.length,
          method,
          params: { notifications, _meta: { ...ENVELOPE, ...CAPABILITIES } },
        }),
      });
      this.streams.push(new Overheard(response));
    }
  }

  private async openSession(): Promise<void> {
    const { host, situation } = this;
    const { first, second: token } = this.tokens;
    const opener = situation.isStranger ? token : first;
    this.session = await openSession(host.url, { token: opener });
    await this.sendWith(opener, 'logging/setLevel', { level: 'debug' });
    for (const uri of [...host.rules.map(({ name }) => `data://${name}`), MARKER]) {
      await this.sendWith(opener, 'resources/subscribe', { uri });
    }
    const response = await fetch(host.url, {
      headers: {
        accept: 'text/event-stream',
        'mcp-session-id': this.session,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
    this.streams.push(new Overheard(response));
  }

  private async tellAll(): Promise<void> {
    const { app, rules, door, decided } = this.host;
    const notifier = app.get(McpNotifier);
    door.open();
    while (app.get(McpTasks).running > 0) await new Promise(setImmediate);
    for (const { name } of rules) notifier.resourceUpdated(`data://${name}`);
    notifier.resourceUpdated('data://nowhere');
    notifier.toolsChanged();
    notifier.promptsChanged();
    notifier.resourcesChanged();
    await decided();
    notifier.resourceUpdated(MARKER);
    await Promise.all(this.streams.map((stream) => stream.until(MARKER)));
  }
}

/** Looks on while decisions are taken. */
function watchDecisions({ app }: TestService): () => Promise<void> {
  const control = app.get(AccessControl);
  const pending = new Set<Promise<unknown>>();
  for (const method of ['decide', 'renew'] as const) {
    const taken = control[method].bind(control) as (...args: unknown[]) => unknown;
    vi.spyOn(control, method).mockImplementation(((...args: unknown[]) => {
      const decision = taken(...args);
      if (!(decision instanceof Promise)) return decision;
      const settled: Promise<unknown> = decision.catch(() => undefined);
      pending.add(settled);
      void settled.then(() => pending.delete(settled));
      return decision;
    }) as never);
  }
  return async () => {
    for (let quiet = 0; quiet < 3; quiet += 1) {
      if (pending.size > 0) quiet = 0;
      await Promise.all(pending);
      await new Promise(setImmediate);
    }
  };
}
