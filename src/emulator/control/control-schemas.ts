import { z } from 'zod';
import type { ApiKeyInput } from '../instance/api-keys.js';
import type { BillingPlanInput, BillingStatementInput } from '../instance/billing.js';
import type { M2MTokenInput } from '../instance/m2m-tokens.js';
import type { MachineInput } from '../instance/machines.js';
import type { ExternalAccountInput } from '../instance/external-accounts.js';
import type { OAuthApplicationInput } from '../instance/oauth-applications.js';
import { PERMISSION_KEY, ROLE_KEY } from '../instance/default-roles.js';
import type {
  OrganizationPermissionInput,
  OrganizationRoleInput,
} from '../instance/organization-roles.js';
import type { OrganizationInput, OrganizationMembershipInput } from '../instance/organizations.js';
import type { SessionInput } from '../instance/sessions.js';
import type { UserInput } from '../instance/users.js';
import { redirectUriProblem } from '../oauth/redirect-uri.js';
import { ENDPOINT_GROUPS } from './endpoint-groups.js';

const text = z.string().exactOptional();
const flag = z.boolean().exactOptional();
const nullableText = z.string().nullable().exactOptional();
const metadata = z.record(z.string(), z.unknown()).exactOptional();
const seconds = z.number().int().exactOptional();
const cents = z.number().int().min(0);
const texts = z.array(z.string()).exactOptional();

const sessionStatus = z.enum(['active', 'pending', 'revoked', 'ended', 'expired', 'removed']);
const profile = {
  emailVerified: flag,
  username: nullableText,
  firstName: nullableText,
  lastName: nullableText,
  externalId: nullableText,
  phoneNumber: z
    .string()
    .regex(/^\+[1-9]\d{6,14}$/, 'write it in the form of E.164, such as +15555550100')
    .nullable()
    .exactOptional(),
  locale: nullableText,
  publicMetadata: metadata,
  privateMetadata: metadata,
  unsafeMetadata: metadata,
  banned: flag,
  locked: flag,
};
/** A scope of RFC 6749 §3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
/** A credential of one kind; the message never repeats the value. */
const credential = (prefix: string, what: string) =>
  z.string().startsWith(prefix, {
    error: ({ input }) => {
      const given = /^([a-z]{2,5}_)/.exec(String(input))?.[1];
      const actual = given === undefined ? '' : `, and this one starts with ${given}`;
      return `${what} starts with ${prefix}${actual}; write ${prefix} and any letters and digits`;
    },
  });
const redirectUri = z.string().check((context) => {
  const problem = redirectUriProblem(context.value);
  if (problem === undefined) return;
  context.issues.push({
    code: 'custom',
    input: context.value,
    message: `the redirect URI ${problem}. Use https, http on 127.0.0.1, [::1] or localhost, or a scheme of your own`,
  });
});
const anyGroup = z.enum([...ENDPOINT_GROUPS, 'all']);
const times = z.number().int().positive().exactOptional();
const transport = { group: anyGroup, times };

const PERMISSION_KEY_FORM =
  'write org:<feature>:<permission> with lower case letters, digits and underscores';

/** Schemas of the request bodies of the control surface. */
export const controlSchemas = {
  fault: z.discriminatedUnion('kind', [
    z.strictObject({
      ...transport,
      kind: z.literal('status'),
      status: z.number().int().min(400).max(599),
      retryAfter: seconds,
    }),
    z.strictObject({
      ...transport,
      kind: z.literal('slow'),
      milliseconds: z.number().int().min(0).max(60_000),
    }),
    z.strictObject({ ...transport, kind: z.enum(['hang', 'reset', 'charset', 'wrong_secret']) }),
    z.strictObject({
      group: z.literal('verify'),
      times,
      kind: z.enum(['inactive', 'revoked', 'expired', 'empty_body']),
    }),
    z.strictObject({ group: z.literal('token'), times, kind: z.literal('no_audience') }),
  ]),
  clear: z.strictObject({ group: anyGroup.exactOptional() }),
  rotate: z.strictObject({ keepPrevious: flag }),
  credential: z.strictObject({ token: z.string().min(1) }),
  user: z.strictObject({
    emailAddress: z.email(),
    id: z.string().startsWith('user_').exactOptional(),
    ...profile,
  }) satisfies z.ZodType<UserInput>,
  userUpdate: z.strictObject({
    user: z.string(),
    emailAddress: z.email().exactOptional(),
    ...profile,
  }),
  userDelete: z.strictObject({ user: z.string() }),
  organizationDelete: z.strictObject({ organization: z.string() }),
  invitationAccept: z.strictObject({ invitation: z.string(), user: z.string() }),
  membershipDelete: z.strictObject({ organization: z.string(), user: z.string() }),
  sessionStatus: z.strictObject({ session: z.string(), status: sessionStatus }),
  webhook: z.union([
    z.strictObject({
      url: z.url(),
      signingSecret: z.string().startsWith('whsec_').exactOptional(),
    }),
    z.strictObject({ url: z.null() }),
  ]),
  organization: z.strictObject({
    name: z.string().min(1),
    id: z.string().startsWith('org_').exactOptional(),
    slug: text,
    plan: text,
    publicMetadata: metadata,
    privateMetadata: metadata,
    createdBy: text,
    maxAllowedMemberships: z.number().int().min(0).exactOptional(),
    adminDeleteEnabled: flag,
  }) satisfies z.ZodType<OrganizationInput>,
  permission: z.strictObject({
    key: z.string().regex(PERMISSION_KEY, PERMISSION_KEY_FORM),
    name: z.string().min(1).exactOptional(),
    description: text,
  }) satisfies z.ZodType<OrganizationPermissionInput>,
  role: z.strictObject({
    key: z.string().regex(ROLE_KEY, 'write org: and lower case letters, digits and underscores'),
    name: z.string().min(1).exactOptional(),
    description: nullableText,
    permissions: z.array(z.string().regex(PERMISSION_KEY, PERMISSION_KEY_FORM)).exactOptional(),
  }) satisfies z.ZodType<OrganizationRoleInput>,
  externalAccount: z.strictObject({
    user: z.string(),
    provider: z.string().regex(/^(?!oauth_)[\w-]+$/),
    scopes: texts,
    token: z.string().min(1).exactOptional(),
    expiresInSeconds: seconds,
    label: nullableText,
  }) satisfies z.ZodType<ExternalAccountInput>,
  externalAccountDelete: z.strictObject({ id: z.string() }),
  membership: z.strictObject({
    organization: z.string(),
    user: z.string(),
    role: text,
    permissions: texts,
    publicMetadata: metadata,
    privateMetadata: metadata,
  }) satisfies z.ZodType<OrganizationMembershipInput>,
  session: z.strictObject({
    user: z.string(),
    organization: text,
    status: sessionStatus.exactOptional(),
    actor: metadata,
  }) satisfies z.ZodType<SessionInput>,
  oauthApplication: z.strictObject({
    name: z.string().min(1).exactOptional(),
    redirectUris: z.array(redirectUri),
    scopes: texts,
    public: flag,
    pkceRequired: flag,
    consentScreenEnabled: flag,
    clientUri: nullableText,
    logoUri: nullableText,
    clientId: text,
    clientSecret: text,
  }) satisfies z.ZodType<OAuthApplicationInput>,
  oauthApplicationUpdate: z.strictObject({
    clientId: z.string(),
    name: z.string().min(1).exactOptional(),
    redirectUris: z.array(redirectUri).exactOptional(),
    scopes: texts,
    pkceRequired: flag,
    consentScreenEnabled: flag,
  }),
  scope: z.strictObject({ name: z.string().regex(SCOPE), description: text }),
  scopeDelete: z.strictObject({ name: z.string() }),
  apiKey: z.strictObject({
    name: z.string(),
    subject: z.string(),
    type: text,
    scopes: texts,
    claims: z.record(z.string(), z.unknown()).nullable().exactOptional(),
    description: nullableText,
    createdBy: nullableText,
    expiresInSeconds: seconds,
    secret: credential('ak_', 'the secret of an API key').exactOptional(),
  }) satisfies z.ZodType<ApiKeyInput>,
  machine: z.strictObject({
    name: z.string(),
    id: z.string().startsWith('mch_').exactOptional(),
    scopedMachines: texts,
    defaultTokenLifetime: z.number().int().min(1).max(315_360_000).exactOptional(),
    secretKey: credential('ak_', 'the secret key of a machine').exactOptional(),
  }) satisfies z.ZodType<MachineInput>,
  billingPlan: z.strictObject({
    slug: z.string().min(1),
    name: text,
    payerType: z.enum(['user', 'org']).exactOptional(),
    description: nullableText,
    monthlyFee: cents.exactOptional(),
    annualMonthlyFee: cents.nullable().exactOptional(),
    features: texts,
    freeTrialDays: z.number().int().min(1).nullable().exactOptional(),
    publiclyVisible: flag,
  }) satisfies z.ZodType<BillingPlanInput>,
  billingStatement: z.strictObject({
    payer: z.string(),
    amount: cents,
    status: z.enum(['pending', 'paid', 'failed']).exactOptional(),
  }) satisfies z.ZodType<BillingStatementInput>,
  m2mToken: z.strictObject({
    machine: z.string(),
    claims: z.record(z.string(), z.unknown()).nullable().exactOptional(),
    expiresInSeconds: seconds,
  }) satisfies z.ZodType<M2MTokenInput>,
};
