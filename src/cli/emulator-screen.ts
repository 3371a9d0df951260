import type { ClerkEmulator } from '../emulator/index.js';

/** The environment variables that connect an application to the emulator. */
export function emulatorVariables({ url, secretKey, publishableKey }: ClerkEmulator) {
  return {
    CLERK_SECRET_KEY: secretKey,
    CLERK_PUBLISHABLE_KEY: publishableKey,
    CLERK_FRONTEND_API: url,
    CLERK_API_URL: url,
  } as const;
}

/** The text that the command prints when the emulator has started. */
export function emulatorScreen(emulator: ClerkEmulator): string {
  const { url, accounts, state } = emulator;
  const width = Math.max(...accounts.map(({ emailAddress }) => emailAddress.length));
  return [
    '',
    `  Clerk emulator   ${url}   (for development and tests only)`,
    `  Metadata         ${url}/.well-known/oauth-authorization-server`,
    `  Control          ${url}/__emulator`,
    ...(state?.isKept
      ? [`  State            ${state.file}   (delete it to start from the seed)`]
      : []),
    '',
    '  Set in the application',
    ...Object.entries(emulatorVariables(emulator)).map(([name, value]) => `    ${name}=${value}`),
    '',
    accounts.length > 0
      ? '  Accounts that can sign in without a password'
      : '  There are no accounts',
    ...accounts.map(({ emailAddress, firstName, lastName, organization }) => {
      const name = [firstName, lastName].filter(Boolean).join(' ');
      const membership = organization && `${organization.role} of ${organization.name}`;
      const details = [name, membership].filter(Boolean).join(', ');
      return `    ${emailAddress.padEnd(width)}   ${details}`.trimEnd();
    }),
    '',
    '  Ctrl+C stops it.',
    '',
  ].join('\n');
}
