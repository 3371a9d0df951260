import type { AccessRequirement } from '../access/access-rule.js';
import { type Refusal, type Decision, refusingRequirement } from '../access/refusal.js';
import type { Principal } from '../request/principal.js';

/**
 * What is kept of access and use. No event holds a token, a value of an argument, or anything of a
 * profile: it names by ids, and by what the code of the application declares.
 */
export type AuditEvent =
  AuditAuthenticationEvent | AuditDecisionEvent | AuditListEvent | AuditCallEvent;

/** Where and when, and on whose behalf. Absent is what there is not. */
export interface AuditOrigin {
  /** Of the event, ISO 8601 in UTC. */
  readonly time: string;
  /** The same in every event of a request: the id that the HTTP framework gave it, else a random one. */
  readonly requestId: string;
  /** Of the W3C trace context that the client sent, 32 hexadecimal digits. */
  readonly traceId?: string;
  readonly transport: 'http' | 'stdio';
  /** Path of the MCP endpoint; absent for the application's own handlers. */
  readonly endpoint?: string;
  /** How the client speaks: `modern` is 2026-07-28, `legacy` what came before; absent outside MCP. */
  readonly era?: 'modern' | 'legacy';
  /** Where the request came from, for callers who have no subject to be named by. */
  readonly address?: string;
}

/** Who: absent altogether for an anonymous caller. */
export interface AuditSubject {
  /** Whom the credential speaks for: a user, an organization or a machine. */
  readonly subject?: string;
  readonly userId?: string;
  /** The OAuth client. */
  readonly clientId?: string;
  /** The sign-in session; not the one of MCP. */
  readonly sessionId?: string;
  readonly organizationId?: string;
  /** Kind of credential, such as `oauth_token`. */
  readonly tokenType?: string;
  /** Who acts in the name of the subject: the impersonator. */
  readonly actor?: string;
  /** Who acts for the subject by delegation, from the current actor to the first. */
  readonly delegation?: readonly string[];
}

/** What is used. */
export interface AuditEntry {
  readonly kind:
    | 'tool'
    | 'resource'
    | 'resource template'
    | 'prompt'
    | 'completion'
    /** A handler of the application itself, such as a route. */
    | 'handler';
  /**
   * As the application declares it: a name, a URI, a URI template (never the URI that was asked for),
   * `prompt#argument`, `Class.method`. Absent for what the caller named and nothing has.
   */
  readonly name?: string;
  /** Where it is written, such as `NotesService.purge`. */
  readonly source?: string;
}

/** A credential that was not good. Nobody is named: nothing it says is known to be true. */
export interface AuditAuthenticationEvent extends AuditOrigin {
  readonly type: 'authentication';
  readonly decision: 'refused';
  readonly reason: Refusal['reason'];
  /** What is wrong with it, in fixed words. */
  readonly detail?: string;
}

/** Whether somebody may use an entry: one event per request and entry. */
export interface AuditDecisionEvent extends AuditOrigin, AuditSubject {
  readonly type: 'decision';
  /** Method of JSON-RPC, such as `tools/call`, or of HTTP for the application's own handlers. */
  readonly method: string;
  /** Absent where a client must sign in to go on at all, or a list cannot be made. */
  readonly entry?: AuditEntry;
  readonly decision: 'allowed' | 'refused';
  /** Why it is refused. `unknown`: there is no such entry, or no such task of this caller. */
  readonly reason?: Refusal['reason'] | 'unknown';
  /** The condition that refused it. */
  readonly requirement?: AccessRequirement['kind'];
  /** Name of the policy that refused it, where the condition is one. */
  readonly policy?: string;
  /** Equal decisions of one batch that the event stands for; absent for a single one. */
  readonly count?: number;
}

/** A list, and how much of it the caller got to see. */
export interface AuditListEvent extends AuditOrigin, AuditSubject {
  readonly type: 'list';
  readonly method: string;
  readonly visible: number;
  readonly hidden: number;
  /** Equal lists of one batch that the event stands for; absent for a single one. */
  readonly count?: number;
}

/** A handler that ran, when it has ended. One that asks for input runs once for each round. */
export interface AuditCallEvent extends AuditOrigin, AuditSubject {
  readonly type: 'call';
  readonly entry: AuditEntry;
  /**
   * `refused`: by a guard, a limit or the handler itself, past the decision. `cancelled`: the client
   * took the call back or went away. `input_required`: it asked for input, and is called again.
   */
  readonly outcome: 'ok' | 'error' | 'refused' | 'cancelled' | 'input_required';
  /** Code of the error, such as `INVALID_INPUT`, or `HTTP_403`, where it has one. */
  readonly reason?: string;
  /** Milliseconds. */
  readonly durationMs: number;
  /** Equal for equal arguments, see `AuditOptions.digestKey`. */
  readonly inputDigest?: string;
  /** The task that the call is. */
  readonly taskId?: string;
}

/** Who a principal is, by ids alone: its claims may hold a name or an address of mail. */
export function subjectOf(principal: Principal | undefined): AuditSubject {
  if (!principal) return ANONYMOUS;
  const { subject, userId, clientId, sessionId, organization, tokenType, actor, delegation } =
    principal;
  return {
    subject,
    ...(userId !== undefined && { userId }),
    ...(clientId !== undefined && { clientId }),
    ...(sessionId !== undefined && { sessionId }),
    ...(organization && { organizationId: organization.id }),
    tokenType,
    ...(actor !== undefined && { actor }),
    ...(delegation && { delegation: delegation.map((one) => one.subject) }),
  };
}

const ANONYMOUS: AuditSubject = {};

type DecisionFields = Pick<AuditDecisionEvent, 'decision' | 'reason' | 'requirement' | 'policy'>;

/** A decision in the words of an event. */
export function decisionFieldsOf(decision: Decision | 'unknown'): DecisionFields {
  if (decision === 'unknown') return { decision: 'refused', reason: 'unknown' };
  const { refusal } = decision;
  if (!refusal) return { decision: 'allowed' };
  const requirement = refusingRequirement(refusal);
  return {
    decision: 'refused',
    reason: refusal.reason,
    ...(requirement && { requirement: requirement.kind }),
    ...(requirement?.policy !== undefined && { policy: requirement.policy }),
  };
}

/** What an HTTP status says of how a call ended. */
export function outcomeOfStatus(status: number): Pick<AuditCallEvent, 'outcome' | 'reason'> {
  if (status < 400) return { outcome: 'ok' };
  return { outcome: REFUSING.has(status) ? 'refused' : 'error', reason: `HTTP_${status}` };
}

const REFUSING: ReadonlySet<number> = new Set([401, 403, 429]);
