import { startClerkEmulator } from 'nestjs-clerk-mcp/emulator';

/** The Clerk emulator as a process, with tokens that live for `ACCESS_TOKEN_SECONDS`, on `PORT`. */
const emulator = await startClerkEmulator({
  port: Number(process.env['PORT']),
  lifetimes: { accessToken: Number(process.env['ACCESS_TOKEN_SECONDS']) },
  customScopes: { 'notes:read': 'Read notes', 'notes:write': 'Write notes' },
});
const { url, secretKey, publishableKey } = emulator;
process.on('message', () => undefined);
process.on('disconnect', () => process.exit(0));
process.send?.({ kind: 'clerk', url, secretKey, publishableKey });
