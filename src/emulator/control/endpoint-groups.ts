/** A group of endpoints that share a fault and a counter. */
export type EndpointGroup =
  | 'discovery'
  | 'jwks'
  | 'authorize'
  | 'token'
  | 'registration'
  | 'userinfo'
  | 'introspection'
  | 'revocation'
  | 'verify'
  | 'users'
  | 'organizations'
  | 'sessions'
  | 'oauth_applications'
  | 'api_keys'
  | 'm2m_tokens'
  | 'machines'
  | 'instance'
  | 'billing';

/** Every group, for validation. */
export const ENDPOINT_GROUPS = [
  'discovery',
  'jwks',
  'authorize',
  'token',
  'registration',
  'userinfo',
  'introspection',
  'revocation',
  'verify',
  'users',
  'organizations',
  'sessions',
  'oauth_applications',
  'api_keys',
  'm2m_tokens',
  'machines',
  'instance',
  'billing',
] as const satisfies readonly EndpointGroup[];

/** The group of a route pattern; `undefined` for pages, pictures and the control surface. */
export function endpointGroup(route: string): EndpointGroup | undefined {
  return PREFIXES.find(([prefix]) => route === prefix || route.startsWith(`${prefix}/`))?.[1];
}

// The first match counts, so a longer prefix precedes a shorter one.
const PREFIXES: readonly (readonly [string, EndpointGroup])[] = [
  ['/.well-known/jwks.json', 'jwks'],
  ['/.well-known', 'discovery'],
  ['/oauth/authorize', 'authorize'],
  ['/oauth/token/revoke', 'revocation'],
  ['/oauth/token_info', 'introspection'],
  ['/oauth/token', 'token'],
  ['/oauth/register', 'registration'],
  ['/oauth/userinfo', 'userinfo'],
  ['/oauth_applications/access_tokens', 'verify'],
  ['/api_keys/verify', 'verify'],
  ['/api_keys', 'api_keys'],
  ['/m2m_tokens/verify', 'verify'],
  ['/m2m_tokens', 'm2m_tokens'],
  ['/v1/oauth_applications/access_tokens', 'verify'],
  ['/v1/api_keys/verify', 'verify'],
  ['/v1/api_keys', 'api_keys'],
  ['/v1/m2m_tokens/verify', 'verify'],
  ['/v1/m2m_tokens', 'm2m_tokens'],
  ['/v1/machines', 'machines'],
  ['/v1/instance', 'instance'],
  ['/v1/billing', 'billing'],
  ['/v1/jwks', 'jwks'],
  ['/v1/users', 'users'],
  ['/v1/organizations', 'organizations'],
  ['/v1/sessions', 'sessions'],
  ['/v1/oauth_applications', 'oauth_applications'],
];
