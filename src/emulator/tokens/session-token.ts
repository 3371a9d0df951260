import type { EmulatorCore } from '../emulator-core.js';
import { randomToken } from '../instance/clerk-id.js';
import type { Session } from '../instance/sessions.js';
import { applyChanges, type JwtChanges } from './signing-keys.js';

/** Signs a session token of version 2. */
export function signSessionToken(
  core: EmulatorCore,
  session: Session,
  request: JwtChanges & {
    readonly expiresInSeconds: number;
    readonly authorizedParty: string;
  },
): Promise<string> {
  const organization =
    session.organizationId === null ? undefined : core.organizations.find(session.organizationId);
  const membership = organization && core.organizations.membership(organization.id, session.userId);
  const registered = registeredClaims(core, session.userId, request.expiresInSeconds);
  const standard = {
    ...registered,
    nbf: registered.iat - NOT_BEFORE_MARGIN,
    azp: request.authorizedParty,
    fva: [minutesSince(session.createdAt, core.now()), -1],
    sid: session.id,
    sts: session.status === 'pending' ? 'pending' : 'active',
    v: 2,
    pla: organization ? `o:${organization.plan}` : 'u:free_user',
    ...(membership && organization
      ? organizationClaims(organization, membership.role, membership.permissions)
      : {}),
    ...(session.actor ? { act: session.actor } : {}),
  };
  const { header, claims } = applyChanges({ cat: SESSION_TOKEN_CATEGORY }, standard, request);
  return core.keys.sign(header, claims, request.signedBy);
}

/** Signs a token of a JWT template: without `sid` and `sts`, with the claims of the template. */
export function signJwtTemplateToken(
  core: EmulatorCore,
  subject: string,
  request: JwtChanges & {
    readonly expiresInSeconds: number;
    readonly authorizedParty: string;
    readonly template: Readonly<Record<string, unknown>>;
  },
): Promise<string> {
  const registered = registeredClaims(core, subject, request.expiresInSeconds);
  const standard = {
    ...request.template,
    ...registered,
    nbf: registered.iat - NOT_BEFORE_MARGIN,
    azp: request.authorizedParty,
  };
  const { header, claims } = applyChanges({ cat: JWT_TEMPLATE_CATEGORY }, standard, request);
  return core.keys.sign(header, claims, request.signedBy);
}

/** Claims of every token (RFC 7519 §4.1). Times are in seconds since the epoch. */
interface RegisteredClaims {
  readonly iss: string;
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
}

/** @param expiresInSeconds a negative value gives a token that has already expired */
export function registeredClaims(
  core: EmulatorCore,
  subject: string,
  expiresInSeconds: number,
): RegisteredClaims {
  const now = Math.floor(core.now() / 1000);
  const issuedAt = now + Math.min(0, expiresInSeconds - 1);
  return {
    iss: core.url,
    sub: subject,
    iat: issuedAt,
    exp: now + expiresInSeconds,
    jti: randomToken(20),
  };
}

/** `cat` in the header of a session token. */
const SESSION_TOKEN_CATEGORY = 'cl_B7d4PD111AAA';
/** `cat` in the header of a token of a JWT template. */
const JWT_TEMPLATE_CATEGORY = 'cl_B7d4PD222AAA';
/** Seconds from `nbf` to `iat`, as in Clerk's tokens. */
const NOT_BEFORE_MARGIN = 10;

function minutesSince(then: number, now: number): number {
  return Math.max(0, Math.floor((now - then) / 60_000));
}

/** The organization in a session token of version 2. */
interface OrganizationClaims {
  readonly o: {
    readonly id: string;
    readonly slg: string;
    readonly rol: string;
    readonly per?: string;
    readonly fpm?: string;
  };
  readonly fea?: string;
}

/**
 * Encodes role and permissions as Clerk does: `per` lists permission names, `fea` lists features, and
 * `fpm` has one decimal bit mask over `per` for each feature, lowest bit first. System permissions
 * (`org:sys_…`) are never in a token.
 */
function organizationClaims(
  organization: { readonly id: string; readonly slug: string },
  role: string,
  permissions: readonly string[],
): OrganizationClaims {
  const o = { id: organization.id, slg: organization.slug, rol: role.replace(/^org:/, '') };
  const custom = permissions
    .map((permission) => permission.split(':'))
    .filter(([prefix, feature, name]) => prefix === 'org' && name && !feature?.startsWith('sys_'));
  if (custom.length === 0) return { o };

  const features = unique(custom.map(([, feature = '']) => feature));
  const names = unique(custom.map(([, , name = '']) => name));
  const masks = features.map((feature) =>
    custom
      .filter(([, candidate]) => candidate === feature)
      .reduce((mask, [, , name = '']) => mask | (1n << BigInt(names.indexOf(name))), 0n),
  );
  return {
    o: { ...o, per: names.join(','), fpm: masks.join(',') },
    fea: features.map((feature) => `o:${feature}`).join(','),
  };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}
