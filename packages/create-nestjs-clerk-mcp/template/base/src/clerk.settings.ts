import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import type { ClerkAuthOptions } from 'nestjs-clerk-mcp';
import type { ClerkEmulator } from 'nestjs-clerk-mcp/emulator';

/** The Clerk instance that `.env` names, or a local emulator if no key is set. */
@Injectable()
export class ClerkSettings implements OnApplicationShutdown {
  private emulator: ClerkEmulator | undefined;

  constructor(private readonly config: ConfigService) {}

  async create(): Promise<ClerkAuthOptions> {
    const port = this.config.get<string>('PORT') || '3000';
    const baseURL = this.config.get<string>('PUBLIC_URL') || `http://localhost:${port}`;
    const secretKey = this.config.get<string>('CLERK_SECRET_KEY');
    if (secretKey) {
      const publishableKey = this.config.get<string>('CLERK_PUBLISHABLE_KEY');
      return { secretKey, publishableKey, baseURL };
    }
    // Anybody can sign in at the emulator as anybody.
    if (!LOCAL.has(new URL(baseURL).hostname)) {
      throw new Error('PUBLIC_URL is not local: set CLERK_SECRET_KEY and CLERK_PUBLISHABLE_KEY.');
    }
    this.emulator = await startEmulator();
    const { url, publishableKey, accounts } = this.emulator;
    const names = accounts.map(({ emailAddress }) => emailAddress).join(', ');
    new Logger('Clerk').log(`Local emulator at ${url}. Sign in as ${names}.`);
    return { secretKey: this.emulator.secretKey, publishableKey, apiURL: url, baseURL };
  }

  async onApplicationShutdown() {
    await this.emulator?.close();
  }
}

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);

/** On a fixed port, which clients know after a restart, unless another program has it. */
async function startEmulator(): Promise<ClerkEmulator> {
  const { EmulatorPortInUseError, startClerkEmulator } = await import('nestjs-clerk-mcp/emulator');
  try {
    return await startClerkEmulator({ port: 4010 });
  } catch (error) {
    if (error instanceof EmulatorPortInUseError) return startClerkEmulator();
    throw error;
  }
}
