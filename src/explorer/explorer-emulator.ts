import { BadRequestException, Injectable, NotFoundException } from '@nestjs/common';
import { z } from 'zod';
import { requestJson, type JsonResponse } from '../clerk/api/json-request.js';
import { isJsonObject, type JsonObject } from '../request/json-object.js';
import { ExplorerSettings } from './explorer-settings.js';

/**
 * The local Clerk emulator behind the application, if its issuer is one: who is there, and credentials of
 * anybody. It asks over the control surface of the emulator, which serves no web pages: only the page of the
 * explorer reaches it, through this server.
 */
@Injectable()
export class ExplorerEmulator {
  private isEmulator: Promise<boolean> | undefined;

  constructor(private readonly settings: ExplorerSettings) {}

  /** Whether Clerk is a local emulator. */
  isThere(): Promise<boolean> {
    if (!LOOPBACK_ISSUER.test(this.settings.clerk.issuer)) return Promise.resolve(false);
    this.isEmulator ??= this.send('').then(
      ({ status }) => status === 200,
      () => {
        this.isEmulator = undefined;
        return false;
      },
    );
    return this.isEmulator;
  }

  /** Users, organizations, machines and scopes that credentials can be made of. */
  async people(): Promise<JsonObject> {
    await this.assertThere();
    const [{ body: state }, { body: seed }] = await Promise.all([
      this.send(''),
      this.send('/seed'),
    ]);
    if (!isJsonObject(state) || !isJsonObject(seed)) throw new NotFoundException(NO_EMULATOR);
    const listOf = (value: unknown): readonly unknown[] =>
      (Array.isArray(value) ? value : []).slice(0, MAX_LISTED);
    return {
      users: listOf(state['accounts']),
      organizations: listOf(seed['organizations']),
      memberships: listOf(seed['memberships']),
      machines: listOf(seed['machines']).map((machine) =>
        isJsonObject(machine) ? { id: machine['id'], name: machine['name'] } : {},
      ),
      scopes: seed['customScopes'] ?? {},
      accepted: [...this.settings.clerk.acceptedTokens],
    };
  }

  /**
   * Issues a credential.
   *
   * @param wanted {@link WantedCredential}, to be checked
   * @param resource that an OAuth token is for
   */
  async mint(wanted: unknown, resource: string): Promise<string> {
    const parsed = WantedCredential.safeParse(wanted);
    if (!parsed.success) throw new BadRequestException(z.prettifyError(parsed.error));
    await this.assertThere();
    const token = await this.issue(parsed.data, resource);
    if (parsed.data.state === 'revoked') await this.revoke(token);
    return token;
  }

  /** Revokes a credential, as its owner would. */
  async revoke(token: string): Promise<void> {
    await this.assertThere();
    await this.change('/tokens/revoke', { token });
  }

  private async issue(wanted: WantedCredential, resource: string): Promise<string> {
    const expiresInSeconds = LIFETIMES[wanted.state];
    const { user, organization, scopes } = wanted;
    const owner = { ...(organization !== undefined && { organization }) };
    const life = { ...(expiresInSeconds !== undefined && { expiresInSeconds }) };
    switch (wanted.kind) {
      case 'oauth_jwt':
      case 'oauth_opaque': {
        const format = wanted.kind === 'oauth_jwt' ? 'jwt' : 'opaque';
        const kind = 'oauth_access_token';
        const token = { kind, user, scopes, resource, format, ...owner, ...life };
        return tokenIn(await this.change('/tokens', token));
      }
      case 'session_token': {
        const [authorizedParty] = this.settings.clerk.authorizedParties;
        const party = { ...(authorizedParty !== undefined && { authorizedParty }) };
        const token = { kind: 'session_token', user, ...owner, ...life, ...party };
        return tokenIn(await this.change('/tokens', token));
      }
      case 'api_key': {
        const subject = await this.subjectOf(organization ?? user);
        const key = { name: 'explorer', subject, scopes, ...life };
        return tokenIn(await this.change('/api_keys', key), 'secret');
      }
      case 'm2m_token': {
        const machine =
          wanted.machine ?? (await this.change('/machines', { name: 'explorer' }))['id'];
        return tokenIn(await this.change('/m2m_tokens', { machine, ...life }));
      }
    }
  }

  /** The id of a user or an organization: API keys name no e-mail addresses and slugs. */
  private async subjectOf(name: string | undefined): Promise<string> {
    const { users, organizations } = await this.people();
    const known = [users, organizations]
      .flat()
      .find(
        (one): one is JsonObject =>
          isJsonObject(one) && [one['id'], one['emailAddress'], one['slug']].includes(name),
      );
    return String(known?.['id'] ?? name);
  }

  private async assertThere(): Promise<void> {
    if (!(await this.isThere())) throw new NotFoundException(NO_EMULATOR);
  }

  private async change(path: string, body: JsonObject): Promise<JsonObject> {
    const { status, body: answer } = await this.send(path, body);
    if (status === 200 && isJsonObject(answer)) return answer;
    const message = isJsonObject(answer) ? answer['message'] : undefined;
    throw new BadRequestException(
      typeof message === 'string' ? message : `The emulator answered ${status}.`,
    );
  }

  private send(path: string, json?: JsonObject): Promise<JsonResponse> {
    return requestJson(`${this.settings.clerk.issuer}/__emulator${path}`, {
      timeout: this.settings.clerk.limits.timeoutMs,
      ...(json && { json }),
    });
  }
}

/** A credential that somebody at the page wants to be somebody with. */
const WantedCredential = z.strictObject({
  kind: z.enum(['oauth_jwt', 'oauth_opaque', 'session_token', 'api_key', 'm2m_token']),
  /** E-mail address or id. */
  user: z.string().max(300).optional(),
  /** Slug or id. */
  organization: z.string().max(300).optional(),
  machine: z.string().max(300).optional(),
  scopes: z.array(z.string().max(300)).max(200).default([]),
  state: z.enum(['valid', 'expired', 'revoked']).default('valid'),
});
type WantedCredential = z.infer<typeof WantedCredential>;

/** Seconds; `undefined` for that of the kind. */
const LIFETIMES = { valid: undefined, expired: -60, revoked: undefined } as const;

/** The emulator listens on loopback addresses only, and nothing else is asked for credentials. */
const LOOPBACK_ISSUER = /^http:\/\/(127(\.\d{1,3}){3}|localhost|\[::1\]):\d{1,5}$/;

const MAX_LISTED = 500;
const NO_EMULATOR = 'The application runs on a Clerk instance, not on the local emulator.';

function tokenIn(answer: JsonObject, member = 'token'): string {
  const token = answer[member];
  if (typeof token === 'string') return token;
  throw new BadRequestException('The emulator issued no token.');
}
