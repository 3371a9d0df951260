/**
 * The local Clerk emulator: an OAuth authorization server with pages, and the Backend API.
 *
 * **The pages from a script.** `GET /oauth/authorize?…` redirects to a page: keep its cookie and follow
 * the redirect. Each page has one form; send it as `application/x-www-form-urlencoded` to its `action`:
 *
 * | page | fields |
 * | --- | --- |
 * | `POST /sign-in` | `interaction`, `csrf_token` (hidden), `account` = a user id or an e-mail address |
 * | `POST /oauth/consent` | `interaction`, `csrf_token` (hidden), `consented` = `true` or `false`, `organization_id` = an id or empty (only when `user:org:read` is requested) |
 *
 * The last response is a 303 redirect to the redirect URI with `code` or `error`.
 *
 * **The control surface**, for another process: JSON under `/__emulator`, with the names of the typed
 * API. It serves callers on loopback only, and no web pages:
 *
 * | request | body |
 * | --- | --- |
 * | `GET /__emulator` | URL, publishable key, accounts, switches, faults |
 * | `GET /__emulator/counters`, `POST …/counters/reset` | requests by endpoint |
 * | `POST /__emulator/faults` | `{group, kind, times?, …}`, see {@link Fault} |
 * | `POST /__emulator/faults/clear` | `{group?}` |
 * | `POST /__emulator/switches` | {@link EmulatorSwitches}, any part of it |
 * | `POST /__emulator/keys/rotate` | `{keepPrevious?}` |
 * | `POST /__emulator/tokens/revoke` | `{token}`; an opaque access token, a session token, an API key or a machine token |
 * | `POST /__emulator/tokens` | `{kind, …}`; kinds `oauth_access_token`, `oauth_tokens`, `session_token`, `id_token`, `jwt_template`, `jwt` |
 * | `POST /__emulator/users`, `organizations`, `organization_memberships`, `sessions`, `oauth_applications`, `api_keys`, `machines`, `m2m_tokens`, `billing_plans`, `billing_statements` | the input of the typed API |
 * | `POST /__emulator/secret_key` | returns the secret key, to connect another process |
 * | `POST /__emulator/users/update` | `{user, …}`, the changed fields |
 * | `POST /__emulator/users/delete`, `organizations/delete` | `{user}`, `{organization}` |
 * | `POST /__emulator/organization_memberships/delete` | `{organization, user}` |
 * | `POST /__emulator/invitations/accept` | `{invitation, user}` |
 * | `POST /__emulator/external_accounts`, `external_accounts/delete` | the input of the typed API, `{id}` |
 * | `POST /__emulator/sessions/status` | `{session, status}` |
 * | `POST /__emulator/webhook` | `{url, signingSecret?}`, or `{url: null}` |
 * | `GET /__emulator/webhook` | waits for pending deliveries; returns the signing secret and the deliveries |
 * | `GET /__emulator/seed` | the present content as a seed |
 * | `POST /__emulator/reset` | restores the seed |
 */
export { type ClerkEmulator, startClerkEmulator } from './clerk-emulator.js';
export type { EmulatorAccount } from './emulator-account.js';
export type { ClerkEmulatorOptions, Lifetimes } from './emulator-options.js';
export type { EmulatorSwitches } from './emulator-switches.js';
export {
  EmulatorDuplicateResourceError,
  EmulatorError,
  type EmulatorErrorCode,
  EmulatorInProductionError,
  EmulatorLiveKeyError,
  EmulatorNotLoopbackError,
  EmulatorPortInUseError,
  EmulatorSecretKeyError,
  EmulatorSeedError,
  EmulatorStateError,
  EmulatorSwitchError,
  EmulatorUnknownResourceError,
  EmulatorWebhookTargetError,
} from './emulator.errors.js';
export type { EndpointGroup } from './control/endpoint-groups.js';
export type { Counters } from './control/counters.js';
export type {
  Fault,
  FaultOf,
  Faults,
  SeededFault,
  TokenFault,
  TransportFault,
  VerdictFault,
} from './control/faults.js';
export type { ApiKey, ApiKeyChanges, ApiKeyInput, ApiKeys } from './instance/api-keys.js';
export type {
  Billing,
  BillingPlan,
  BillingPlanInput,
  BillingStatement,
  BillingStatementInput,
  PayerType,
} from './instance/billing.js';
export type {
  ExternalAccount,
  ExternalAccountInput,
  ExternalAccounts,
} from './instance/external-accounts.js';
export { type EmulatorSeed, parseEmulatorSeed } from './instance/seed.js';
export type { M2MToken, M2MTokenInput, M2MTokens } from './instance/m2m-tokens.js';
export type { Machine, MachineInput, Machines } from './instance/machines.js';
export type {
  OAuthApplication,
  OAuthApplicationInput,
  OAuthApplications,
  OAuthApplicationWithSecret,
} from './instance/oauth-applications.js';
export type {
  Invitation,
  InvitationInput,
  Invitations,
  InvitationStatus,
} from './instance/invitations.js';
export type {
  OrganizationPermission,
  OrganizationPermissionInput,
  OrganizationRole,
  OrganizationRoleInput,
  OrganizationRoles,
} from './instance/organization-roles.js';
export type {
  Organization,
  OrganizationChanges,
  OrganizationInput,
  OrganizationMembership,
  OrganizationMembershipInput,
  Organizations,
} from './instance/organizations.js';
export { seedFromState } from './state/seed-from-state.js';
export type { Scopes } from './instance/scopes.js';
export type { Session, SessionInput, Sessions, SessionStatus } from './instance/sessions.js';
export type { User, UserInput, Users } from './instance/users.js';
export type { ClientMetadata } from './oauth/client-metadata.js';
export type { TokenResponse } from './tokens/token-response.js';
export type { WebhookDelivery, Webhooks, WebhookTarget } from './webhooks/webhooks.js';
export type { JwtChanges } from './tokens/signing-keys.js';
export type { SigningKeys } from './tokens/signing-keys.js';
export type { TokenIssuer } from './tokens/token-issuer.js';
export type {
  AccessTokenOptions,
  IdTokenOptions,
  JwtOptions,
  JwtTemplateTokenOptions,
  OAuthTokenOptions,
  SessionTokenOptions,
} from './tokens/token-options.js';
