import { Injectable, Logger } from '@nestjs/common';
import { showAudience } from '../audiences.js';
import { WrongAudienceError } from './token-refusals.js';

/** Tells the operator which audiences were refused, and which setting accepts them: each once. */
@Injectable()
export class AudienceLog {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly logged = new Set<string>();

  /**
   * Runs a check, and logs the audience that it refuses.
   *
   * @param resource identifier of the resource that the token was brought to
   */
  watch(resource: string, check: () => void): void {
    try {
      check();
    } catch (error) {
      if (error instanceof WrongAudienceError) this.log(resource, error.audience);
      throw error;
    }
  }

  /** Anybody who can register a client chooses audiences, so their number is limited. */
  private log(resource: string, audience: unknown): void {
    const message = describe(resource, audience);
    if (this.logged.size >= MAX_LOGGED || this.logged.has(message)) return;
    this.logged.add(message);
    this.logger.warn(message);
    if (this.logged.size === MAX_LOGGED) this.logger.warn(NO_MORE);
  }
}

function describe(resource: string, audience: unknown): string {
  const names = Array.isArray(audience) ? audience.slice(0, MAX_NAMES) : [audience ?? []].flat();
  if (names.length === 0) {
    return `[Clerk] A token without audience was refused at ${resource}: its client signed in without the parameter "resource" (RFC 8707), or the instance puts no audience into tokens. Register ${resource} as an MCP server in the Clerk dashboard. To accept such tokens, from any OAuth client of the instance, set CLERK_AUDIENCE=foreign-only (option audience).`;
  }
  const shown = names.map((name) => showAudience(name)).join(', ');
  return `[Clerk] A token for ${shown} was refused at ${resource}. If that is a name of this server, add it to CLERK_AUDIENCES (option audiences).`;
}

const NO_MORE =
  '[Clerk] Further audiences of refused tokens are not logged until the next start. The audit log has every refusal.';

/** Messages in the life of a process. */
const MAX_LOGGED = 20;
/** Audiences of one token in a message. */
const MAX_NAMES = 5;
