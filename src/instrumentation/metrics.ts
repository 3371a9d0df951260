/** A metric of this package, beside those of the conventions of OpenTelemetry. */
export interface Metric {
  readonly kind: 'counter' | 'gauge';
  /** As UCUM writes it; `{…}` counts things. */
  readonly unit: string;
  readonly description: string;
  /** Names of its attributes. Each has a bounded set of values. */
  readonly attributes: readonly string[];
}

/** The metrics of this package, by name. */
export const METRICS = {
  'nestjs_clerk_mcp.sessions': {
    kind: 'gauge',
    unit: '{session}',
    description: 'Sessions of 2025-era clients that this process keeps.',
    attributes: ['endpoint'],
  },
  'nestjs_clerk_mcp.streams': {
    kind: 'gauge',
    unit: '{stream}',
    description: 'Open streams of notifications.',
    attributes: ['endpoint'],
  },
  'nestjs_clerk_mcp.calls': {
    kind: 'gauge',
    unit: '{call}',
    description: 'Calls that the SDK serves and that are not answered yet.',
    attributes: ['endpoint'],
  },
  'nestjs_clerk_mcp.tasks': {
    kind: 'gauge',
    unit: '{task}',
    description: 'Tasks that run in this process.',
    attributes: ['endpoint'],
  },
  'nestjs_clerk_mcp.refusals': {
    kind: 'counter',
    unit: '{refusal}',
    description: 'Requests that were refused, by the reason of the refusal.',
    attributes: ['reason', 'http.response.status_code'],
  },
  'nestjs_clerk_mcp.limit.hits': {
    kind: 'counter',
    unit: '{request}',
    description: 'Requests over a rate limit, by the name of the limit.',
    attributes: ['limit'],
  },
  'nestjs_clerk_mcp.token.verifications': {
    kind: 'counter',
    unit: '{verification}',
    description:
      'Tokens that were presented: `hit` if the verdict was in the cache, `miss` if it was not.',
    attributes: ['cache'],
  },
  'nestjs_clerk_mcp.backplane.pending': {
    kind: 'gauge',
    unit: '{command}',
    description: 'Commands to Redis that have no answer yet.',
    attributes: [],
  },
  'nestjs_clerk_mcp.backplane.reachable': {
    kind: 'gauge',
    unit: '1',
    description: '1 while Redis answers, 0 during an outage.',
    attributes: [],
  },
  'nestjs_clerk_mcp.backplane.failures': {
    kind: 'counter',
    unit: '{failure}',
    description: 'Commands to Redis that failed or took too long.',
    attributes: [],
  },
  'nestjs_clerk_mcp.backplane.lag': {
    kind: 'gauge',
    unit: 's',
    description:
      'The longest time between a message of a node and its handling here, since it was read last.',
    attributes: [],
  },
  'nestjs_clerk_mcp.backplane.messages': {
    kind: 'gauge',
    unit: '{message}',
    description:
      'Messages between two nodes: `waiting` for an answer, or `handling` for the other node.',
    attributes: ['state'],
  },
} as const satisfies Readonly<Record<string, Metric>>;

type NameOf<Kind extends Metric['kind']> = {
  [Name in keyof typeof METRICS]: (typeof METRICS)[Name]['kind'] extends Kind ? Name : never;
}[keyof typeof METRICS];

/** Name of a metric that counts. */
export type CounterName = NameOf<'counter'>;
/** Name of a metric that is read when it is collected. */
export type GaugeName = NameOf<'gauge'>;
