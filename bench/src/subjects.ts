import type { Era } from './load/rpc.js';

/** A server that is measured: the script of its process, and what stands in the table. */
export interface Subject {
  readonly script: string;
  readonly label: string;
  /** Arguments of its process. */
  readonly args?: readonly string[];
  /** The Node that runs it. Default: the one of the runner. */
  readonly execPath?: string;
  /** How it knows its caller. */
  readonly authentication: string;
  /** Processes of it, to which requests go in turn. Default: 1. */
  readonly nodes?: number;
  /** Sessions that it can have at a time, where that is less than a handful. */
  readonly sessions?: number;
}

/** Another way to serve the same tool, in the eras that it speaks. */
export interface Peer extends Subject {
  readonly eras: Readonly<Record<Era, 'measured' | Absence>>;
}

/** Why a peer is not measured. */
export interface Absence {
  readonly absent: string;
}

const CACHED_TOKEN = 'cached token';
/** What a table says of a server that answers anybody, which favours it. */
export const NO_AUTHENTICATION = 'no authentication';

export const FLOOR: Subject = {
  script: 'bare-fastify',
  label: 'bare Fastify',
  authentication: CACHED_TOKEN,
};

export const EXPRESS_FLOOR: Subject = {
  script: 'bare-express',
  label: 'bare Express',
  authentication: CACHED_TOKEN,
};

export const NEST: Subject = {
  script: 'bare-nest',
  label: 'bare Nest on Fastify',
  authentication: `${CACHED_TOKEN} in a guard`,
};

export const OURS: Subject = {
  script: 'nestjs-clerk-mcp',
  label: 'nestjs-clerk-mcp',
  authentication: 'Clerk, token verified once',
};

/** The service as it is shipped, which logs what it refuses. */
export const SERVICE: Subject = {
  script: 'service',
  label: 'nestjs-clerk-mcp, the service',
  authentication: OURS.authentication,
};

const BOTH = { modern: 'measured', legacy: 'measured' } as const;

export const MCP_NEST: Peer = {
  script: 'mcp-nest',
  label: '@rekog/mcp-nest on Fastify, nestjs-cls',
  authentication: 'Clerk `verifyToken` in a guard',
  eras: BOTH,
};

export const PEERS: readonly Peer[] = [
  {
    script: 'official-sdk',
    label: 'official SDK on Fastify, a server per request',
    authentication: NO_AUTHENTICATION,
    eras: BOTH,
  },
  {
    script: 'official-sdk-sessions',
    label: 'official SDK on Fastify, sessions',
    authentication: NO_AUTHENTICATION,
    eras: { modern: { absent: '2026-07-28 has no sessions' }, legacy: 'measured' },
  },
  MCP_NEST,
  {
    script: 'mcp-handler',
    label: 'mcp-handler on node:http, without sessions',
    authentication: NO_AUTHENTICATION,
    eras: BOTH,
  },
  {
    script: 'fastmcp-stateless',
    label: 'fastmcp, without sessions',
    authentication: NO_AUTHENTICATION,
    eras: { modern: { absent: 'speaks 2025-11-25 at the latest' }, legacy: 'measured' },
  },
  {
    script: 'fastmcp-sessions',
    label: 'fastmcp, sessions',
    authentication: NO_AUTHENTICATION,
    eras: { modern: { absent: 'speaks 2025-11-25 at the latest' }, legacy: 'measured' },
  },
  {
    script: 'nestjs-mcp-server',
    label: '@nestjs-mcp/server on Express, one session',
    authentication: NO_AUTHENTICATION,
    // Its one server takes one transport: a second client is answered 500.
    sessions: 1,
    eras: { modern: { absent: 'speaks 2025-11-25 at the latest' }, legacy: 'measured' },
  },
];
