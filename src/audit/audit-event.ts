import type { AccessRequirement } from '../access/access-rule.js';
import { type Refusal, type Decision, refusingRequirement } from '../access/refusal.js';
import type { Principal } from '../request/principal.js';

/**
 * A record of access or use. It contains no token, no value of an argument and no profile data: only ids,
 * and names that the code of the application declares.
 */
export type AuditEvent =
  AuditAuthenticationEvent | AuditDecisionEvent | AuditListEvent | AuditCallEvent;

/** The request that an event belongs to. Members that do not apply are absent. */
export interface AuditOrigin {
  /** Time of the event, ISO 8601 in UTC. */
  readonly time: string;
  /**
   * Equal in all events of a request: its id in Fastify (`genReqId`; from a header only with
   * `requestIdHeader`), or a random one.
   */
  readonly requestId: string;
  /** Trace id of the W3C trace context that the client sent, in `_meta` or as a header: 32 hexadecimal digits. */
  readonly traceId?: string;
  /** How the client is connected. */
  readonly transport: 'http' | 'stdio';
  /** Path of the MCP endpoint; absent for the application's own handlers. */
  readonly endpoint?: string;
  /** MCP revision of the client: `modern` is 2026-07-28, `legacy` an earlier one; absent outside MCP. */
  readonly era?: 'modern' | 'legacy';
  /**
   * Address of the client; only for anonymous callers. Behind a proxy that the HTTP framework does not
   * trust, the address of the proxy.
   */
  readonly address?: string;
}

/** The caller. An anonymous caller has none of these members. */
export interface AuditSubject {
  /** The subject of the credential: a user, an organization or a machine. */
  readonly subject?: string;
  /** The user of the credential. */
  readonly userId?: string;
  /** The OAuth client. */
  readonly clientId?: string;
  /** The sign-in session, not the MCP session. */
  readonly sessionId?: string;
  /** The organization of the credential. */
  readonly organizationId?: string;
  /** Kind of credential, such as `oauth_token`. */
  readonly tokenType?: string;
  /** The impersonator, who acts as the subject. */
  readonly actor?: string;
  /** Actors that act for the subject by delegation (RFC 8693), from the current one to the first. */
  readonly delegation?: readonly string[];
}

/** The entry that is used. */
export interface AuditEntry {
  /** What it is; `handler` is one of the application itself, such as a route. */
  readonly kind: 'tool' | 'resource' | 'resource template' | 'prompt' | 'completion' | 'handler';
  /**
   * As the application declares it: a name, a URI, a URI template (never the requested URI),
   * `prompt#argument` or `Class.method`. Absent if no such entry exists.
   */
  readonly name?: string;
  /** The method that handles it, such as `NotesService.purge`. */
  readonly source?: string;
}

/** A refused credential. The event names no caller, because the claims are not verified. */
export interface AuditAuthenticationEvent extends AuditOrigin {
  readonly type: 'authentication';
  /** Always the same: a valid credential is part of a `decision`. */
  readonly decision: 'refused';
  /** Why it is refused, such as `invalid_token` or `token_expired`. */
  readonly reason: Refusal['reason'];
  /** What is wrong with it: one of a fixed set of texts. */
  readonly detail?: string;
}

/** An access decision: one event per request and entry. */
export interface AuditDecisionEvent extends AuditOrigin, AuditSubject {
  readonly type: 'decision';
  /** Method of JSON-RPC, such as `tools/call`, or of HTTP for the application's own handlers. */
  readonly method: string;
  /** Absent if the client must sign in before it uses any entry, or a list cannot be created. */
  readonly entry?: AuditEntry;
  /** Whether the caller may use the entry. */
  readonly decision: 'allowed' | 'refused';
  /** Why access is refused, such as `insufficient_scope` or `forbidden`. `unknown`: the entry does not exist, or the caller has no such task. */
  readonly reason?: Refusal['reason'] | 'unknown';
  /** Kind of the requirement that is not met. */
  readonly requirement?: AccessRequirement['kind'];
  /** Name of the policy that refused, for the requirement `policy`. */
  readonly policy?: string;
  /** Number of equal decisions in one batch that the event covers; absent for a single one. */
  readonly count?: number;
}

/** A list request, with the number of entries that the caller sees and does not see. */
export interface AuditListEvent extends AuditOrigin, AuditSubject {
  readonly type: 'list';
  /** Method of JSON-RPC, such as `tools/list`. */
  readonly method: string;
  /** Entries that the caller sees. */
  readonly visible: number;
  /** Entries that it does not see. */
  readonly hidden: number;
  /** Number of equal lists in one batch that the event covers; absent for a single one. */
  readonly count?: number;
}

/** A completed handler call. A handler that asks for input is called once per round. */
export interface AuditCallEvent extends AuditOrigin, AuditSubject {
  readonly type: 'call';
  /** The entry that was called. */
  readonly entry: AuditEntry;
  /**
   * `refused`: by a guard, a limit or the handler itself, after access was allowed. `cancelled`: the
   * client cancelled the call or disconnected. `input_required`: the handler asked for input, and is
   * called again with it.
   */
  readonly outcome: 'ok' | 'error' | 'refused' | 'cancelled' | 'input_required';
  /** Code of the error, such as `INVALID_INPUT` or `HTTP_403`, if it has one. */
  readonly reason?: string;
  /** Milliseconds from the first guard to the result. */
  readonly durationMs: number;
  /** Equal for equal arguments, see `AuditOptions.digestKey`; not for REST handlers. */
  readonly inputDigest?: string;
  /** The task that runs the call. */
  readonly taskId?: string;
}

/** The ids of a principal, without its claims, which may contain a name or an e-mail address. */
export function subjectOf(principal: Principal | undefined): AuditSubject {
  if (!principal) return ANONYMOUS;
  const { subject, userId, clientId, sessionId, organization, tokenType, actor, delegation } =
    principal;
  const known: Draft<AuditSubject> = { subject, tokenType };
  if (userId !== undefined) known.userId = userId;
  if (clientId !== undefined) known.clientId = clientId;
  if (sessionId !== undefined) known.sessionId = sessionId;
  if (organization) known.organizationId = organization.id;
  if (actor !== undefined) known.actor = actor;
  if (delegation) known.delegation = delegation.map((one) => one.subject);
  return known;
}

/** A part of an event while it is created: a member that does not apply is never set. */
export type Draft<T> = { -readonly [Name in keyof T]: T[Name] };

const ANONYMOUS: AuditSubject = {};

type DecisionFields = Pick<AuditDecisionEvent, 'decision' | 'reason' | 'requirement' | 'policy'>;

/** The fields of an event that describe a decision. */
export function decisionFieldsOf(decision: Decision | 'unknown'): DecisionFields {
  if (decision === 'unknown') return { decision: 'refused', reason: 'unknown' };
  const { refusal } = decision;
  if (!refusal) return { decision: 'allowed' };
  const requirement = refusingRequirement(refusal);
  const fields: Draft<DecisionFields> = { decision: 'refused', reason: refusal.reason };
  if (requirement) fields.requirement = requirement.kind;
  if (requirement?.policy !== undefined) fields.policy = requirement.policy;
  return fields;
}

/** The outcome of a call with this HTTP status. */
export function outcomeOfStatus(status: number): Pick<AuditCallEvent, 'outcome' | 'reason'> {
  if (status < 400) return { outcome: 'ok' };
  return { outcome: REFUSING.has(status) ? 'refused' : 'error', reason: `HTTP_${status}` };
}

const REFUSING: ReadonlySet<number> = new Set([401, 403, 429]);
