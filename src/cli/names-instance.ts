/** Whether one of the variables names a Clerk instance. An empty one counts as unset. */
export function namesInstance(environment: Readonly<Record<string, string | undefined>>): boolean {
  return INSTANCE.some((name) => environment[name]?.trim());
}

const INSTANCE = [
  'CLERK_SECRET_KEY',
  'CLERK_PUBLISHABLE_KEY',
  'CLERK_DOMAIN',
  'CLERK_FRONTEND_API',
  'CLERK_API_URL',
];
