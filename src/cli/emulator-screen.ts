import type { ClerkEmulator } from '../emulator/index.js';

/** The environment variables that point an application to a stand-in. */
export function emulatorVariables({ url, secretKey, publishableKey }: ClerkEmulator) {
  return {
    CLERK_SECRET_KEY: secretKey,
    CLERK_PUBLISHABLE_KEY: publishableKey,
    CLERK_FRONTEND_API: url,
    CLERK_API_URL: url,
  } as const;
}

/** What somebody who has just started a stand-in wants to know, on one screen. */
export function emulatorScreen(emulator: ClerkEmulator): string {
  const { url, accounts } = emulator;
  const width = Math.max(...accounts.map(({ emailAddress }) => emailAddress.length));
  return [
    '',
    `  Clerk stand-in   ${url}   (for development and tests only)`,
    `  Metadata         ${url}/.well-known/oauth-authorization-server`,
    `  Control          ${url}/__emulator`,
    '',
    '  Set in the application',
    ...Object.entries(emulatorVariables(emulator)).map(([name, value]) => `    ${name}=${value}`),
    '',
    accounts.length > 0 ? '  Accounts that can sign in, by a click' : '  No account can sign in',
    ...accounts.map(({ emailAddress, firstName, lastName, organization }) => {
      const name = [firstName, lastName].filter(Boolean).join(' ');
      const membership = organization && `${organization.role} of ${organization.name}`;
      const known = [name, membership].filter(Boolean).join(', ');
      return `    ${emailAddress.padEnd(width)}   ${known}`.trimEnd();
    }),
    '',
    '  Ctrl+C ends it.',
    '',
  ].join('\n');
}
