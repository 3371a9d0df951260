import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Check } from '../../../src/cli/doctor/report.js';
import { startService, type TestService } from '../../support/service.js';
import { type CommandSurroundings, runCommand } from '../fake-terminal.js';

/** A service that is well, and the command that looks at it. */
export interface DoctorUnderTest {
  readonly service: TestService;
  /** The variables that the service has. */
  readonly environment: Readonly<Record<string, string>>;
  /** The report for programs, with the checks by name. */
  examined(
    args: readonly string[],
    surroundings?: CommandSurroundings,
  ): Promise<{ readonly code: number; readonly checks: Readonly<Record<string, Check>> }>;
}

/** Starts the service for the tests of a file. */
export function doctorUnderTest(): DoctorUnderTest {
  let service: TestService;
  beforeAll(async () => {
    service = await startService();
  });
  afterEach(() => {
    service.clerk.reset();
    service.clerk.configure({
      accessTokenFormat: 'jwt',
      dynamicClientRegistration: true,
      clientIdMetadataDocuments: false,
    });
  });
  afterAll(() => service.stop());

  return {
    get service() {
      return service;
    },
    get environment() {
      return variablesOf(service);
    },
    examined: async (args, surroundings = { environment: variablesOf(service) }) => {
      const { code, stdout } = await runCommand(
        ['doctor', '--json', '--env-file', '/dev/null', ...args],
        surroundings,
      );
      const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: readonly Check[] };
      expect(ok).toBe(code === 0);
      return { code, checks: Object.fromEntries(checks.map((check) => [check.name, check])) };
    },
  };
}

function variablesOf({ clerk, baseURL }: TestService): Readonly<Record<string, string>> {
  return {
    BASE_URL: baseURL,
    CLERK_SECRET_KEY: clerk.secretKey,
    CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
    CLERK_FRONTEND_API: clerk.url,
    CLERK_API_URL: clerk.url,
    CLERK_AUTHORIZED_PARTIES: 'https://app.example.com',
  };
}
