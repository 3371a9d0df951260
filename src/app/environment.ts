import { isIP } from 'node:net';
import { z } from 'zod';
import { scopesProblem } from '../access/scopes.js';
import { audienceProblem, MAX_AUDIENCES } from '../clerk/audiences.js';
import { TOKEN_TYPES } from '../clerk/tokens/classify.js';
import { SIGN_IN_OPTIONS } from '../mcp/mcp-options.js';

const list = z.string().transform((value) =>
  value
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean),
);
/** The entries are kept as they are: an empty one is a mistake. */
const scopes = z.string().transform((value, context): readonly string[] | 'catalog' => {
  if (value.trim() === 'catalog') return 'catalog';
  const entries = value.split(',').map((entry) => entry.trim());
  const problem = scopesProblem(entries);
  if (problem !== undefined) context.addIssue(problem);
  return entries;
});
const onOff = z
  .enum(['on', 'off'], 'say on or off')
  .default('on')
  .transform((value) => value === 'on');
const port = z.coerce.number('say a port number').int().min(1).max(65_535);
const url = z
  .url({ protocol: /^https?$/, message: 'say an http or https URL' })
  .transform((value) => value.replace(/\/+$/, ''));
const acceptedTokens = list.pipe(
  z.array(
    z.enum(TOKEN_TYPES, `say kinds of token, separated by commas: ${TOKEN_TYPES.join(', ')}`),
  ),
);

const audiences = list.pipe(
  z
    .array(z.string())
    .max(MAX_AUDIENCES, `say at most ${MAX_AUDIENCES}, separated by commas`)
    .superRefine((entries, context) => {
      for (const entry of entries) {
        const problem = audienceProblem(entry);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      }
    }),
);

/** How often per minute; `off` lifts the limit. */
const perMinute = (standard: number) =>
  z
    .union([z.literal('off').transform(() => Infinity), z.coerce.number().int().min(1)], {
      error: 'say a whole number above 0, or off',
    })
    .default(standard);
/** The longest wait that a timer of Node can take is far longer; a quarter of an hour is a mistake. */
const LONGEST_DRAIN_MS = 900_000;
const milliseconds = z.coerce.number().int().min(0).max(LONGEST_DRAIN_MS);
const NETWORKS = ['loopback', 'linklocal', 'uniquelocal'];
const TRUSTED =
  'say the addresses or networks of your proxies, separated by commas: 10.0.0.0/8, loopback, linklocal, uniquelocal';
const proxies = list.pipe(
  z.array(z.string()).refine((networks) => networks.every(isNetwork), TRUSTED),
);

/** The variables that the service reads, each with its type and default. */
export const Environment = z.object({
  NODE_ENV: z.string().optional(),
  PORT: port.default(3000),
  HOST: z.string().default('127.0.0.1'),
  BASE_URL: url.optional(),
  LOG_LEVEL: z
    .enum(
      ['verbose', 'debug', 'log', 'warn', 'error', 'fatal'],
      'say verbose, debug, log, warn, error or fatal',
    )
    .optional(),
  TRUST_PROXY: proxies.optional(),
  RATE_LIMIT: perMinute(600),
  AUTH_FAILURE_LIMIT: perMinute(30),
  AUDIT_LOG: z.enum(['all', 'refusals', 'off'], 'say all, refusals or off').optional(),
  AUDIT_DIGEST_KEY: z.string().refine(is32Bytes, 'say 32 random bytes or more').optional(),
  DRAIN_MS: milliseconds.default(5_000),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, message: 'say redis://host:6379, or rediss:// for TLS' })
    .optional(),
  REDIS_PREFIX: z.string().trim().optional(),
  CLUSTER_SECRET: list.optional(),
  CLERK_EMULATOR: z.literal('on', 'say on, or leave it unset').optional(),
  CLERK_EMULATOR_STATE: z.string().trim().default('.nestjs-clerk-mcp/emulator.json'),
  CLERK_SECRET_KEY: z.string().optional(),
  CLERK_PUBLISHABLE_KEY: z.string().optional(),
  CLERK_DOMAIN: z.string().optional(),
  CLERK_FRONTEND_API: z.string().optional(),
  CLERK_API_URL: url.optional(),
  CLERK_JWT_KEY: z.string().optional(),
  CLERK_ACCEPTED_TOKENS: acceptedTokens.optional(),
  CLERK_AUDIENCE: z.enum(['required', 'foreign-only'], 'say required or foreign-only').optional(),
  CLERK_AUDIENCES: audiences.optional(),
  CLERK_AUTHORIZED_PARTIES: list.optional(),
  CLERK_SESSION_AUDIENCES: list.optional(),
  CLERK_SCOPES: scopes.optional(),
  CLERK_MACHINE_SECRET_KEY: z.string().optional(),
  CLERK_MACHINE_ID: z.string().optional(),
  CLERK_OAUTH_CLIENT_ID: z.string().optional(),
  CLERK_OAUTH_CLIENT_SECRET: z.string().optional(),
  CLERK_REFRESH_TOOL: onOff,
  CLERK_WEBHOOK_SIGNING_SECRET: z.string().optional(),
  MCP_META_AUTHORIZATION: onOff,
  MCP_ACCESS_TOKEN: z.string().trim().optional(),
  MCP_SIGN_IN: z
    .enum(SIGN_IN_OPTIONS, 'say connect, offer, call, or auto for what fits the entries')
    .default('connect'),
  MCP_TRACE_PARENT: z.enum(['meta', 'http'], 'say meta or http').default('meta'),
  MCP_EXPLORER: z.enum(['on', 'off'], 'say on or off').optional(),
  MCP_SERVER_CARD: z.enum(['on', 'off'], 'say on or off').default('off'),
  ALLOWED_HOSTS: list.optional(),
  ALLOWED_ORIGINS: list.optional(),
});

/** The variables, read. */
export type Environment = z.infer<typeof Environment>;

/** Text, counted in bytes of UTF-8. */
function is32Bytes(text: string): boolean {
  return Buffer.byteLength(text) >= 32;
}

/** An address, a network such as `10.0.0.0/8`, or the name of some. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0) return NETWORKS.includes(text);
  if (rest.length > 0) return false;
  return bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
