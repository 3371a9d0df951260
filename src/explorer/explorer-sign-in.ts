import {
  BadGatewayException,
  BadRequestException,
  Injectable,
  UnprocessableEntityException,
} from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { requestJson, type JsonResponse } from '../clerk/api/json-request.js';
import { isJsonObject, type JsonObject } from '../request/json-object.js';
import { ExplorerSettings } from './explorer-settings.js';

/**
 * What the page needs of the authorization server and cannot ask it itself: its token endpoint may not
 * allow pages of other origins. Only public clients, and nothing of this server is added to a request.
 */
@Injectable()
export class ExplorerSignIn {
  /** One registration for each URL of the page, not for each time that somebody opens it. */
  private readonly clients = new LRUCache<string, Promise<string>>({ max: 20 });

  constructor(private readonly settings: ExplorerSettings) {}

  /**
   * Where the page sends somebody to sign in, and as which client.
   *
   * @param redirectUri URL of the page
   * @param scopes that a client that registers itself may ask for later
   */
  async start(
    redirectUri: string,
    scopes: readonly string[],
  ): Promise<{ readonly clientId: string; readonly authorizationEndpoint: string }> {
    const metadata = await this.settings.mirror.read();
    const authorizationEndpoint = endpointIn(metadata, 'authorization_endpoint');
    const key = `${redirectUri} ${scopes.join(' ')}`;
    const clientId = this.clients.get(key) ?? this.clientFor(metadata, redirectUri, scopes);
    this.clients.set(key, clientId);
    clientId.catch(() => this.clients.delete(key));
    return { clientId: await clientId, authorizationEndpoint };
  }

  /** Forgets a client that the authorization server does not know any more. */
  forget(): void {
    this.clients.clear();
  }

  /**
   * Exchanges a code or a refresh token.
   *
   * @returns the answer of the token endpoint, also if it is an error of OAuth
   * @throws {BadRequestException} @throws {BadGatewayException}
   */
  async exchange(request: unknown): Promise<Pick<JsonResponse, 'status' | 'body'>> {
    const parsed = TokenRequest.safeParse(request);
    if (!parsed.success) throw new BadRequestException(z.prettifyError(parsed.error));
    const url = endpointIn(await this.settings.mirror.read(), 'token_endpoint');
    const form = new URLSearchParams(parsed.data);
    const { status, body } = await this.ask(url, { form });
    if (status >= 500 || !isJsonObject(body)) throw new BadGatewayException(NO_ANSWER);
    return { status, body: passedOn(body) };
  }

  private async clientFor(
    metadata: JsonObject,
    redirectUri: string,
    scopes: readonly string[],
  ): Promise<string> {
    const { clientId } = this.settings;
    if (clientId !== null) return clientId;
    const url = metadata['registration_endpoint'];
    if (typeof url !== 'string') throw new UnprocessableEntityException(NO_REGISTRATION);
    const { status, body } = await this.ask(url, {
      json: {
        client_name: 'MCP explorer',
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      },
    });
    const id = isJsonObject(body) ? body['client_id'] : undefined;
    if (typeof id === 'string') return id;
    const description = isJsonObject(body) ? body['error_description'] : undefined;
    const reason =
      typeof description === 'string' ? description.slice(0, 300) : `It answered ${status}.`;
    throw new UnprocessableEntityException(`${NOT_REGISTERED} ${reason}`);
  }

  private async ask(
    url: string,
    request: { readonly form?: URLSearchParams; readonly json?: object },
  ): Promise<JsonResponse> {
    const { timeoutMs: timeout } = this.settings.clerk.limits;
    return requestJson(url, { timeout, maxBytes: MAX_BYTES, ...request }).catch(() => {
      throw new BadGatewayException(NO_ANSWER);
    });
  }
}

const text = z.string().min(1).max(8_192);
const TokenRequest = z.union([
  z.strictObject({
    grant_type: z.literal('authorization_code'),
    code: text,
    code_verifier: text,
    redirect_uri: text,
    client_id: text,
    resource: text,
  }),
  z.strictObject({
    grant_type: z.literal('refresh_token'),
    refresh_token: text,
    client_id: text,
    resource: text,
  }),
]);

/** The members of RFC 6749 §5 alone. */
function passedOn(body: JsonObject): JsonObject {
  return Object.fromEntries(MEMBERS.flatMap((name) => (name in body ? [[name, body[name]]] : [])));
}

const MEMBERS = [
  'access_token',
  'token_type',
  'expires_in',
  'refresh_token',
  'scope',
  'error',
  'error_description',
];

function endpointIn(metadata: JsonObject, name: string): string {
  const url = metadata[name];
  if (typeof url === 'string') return url;
  throw new BadGatewayException(`The metadata of the authorization server has no ${name}.`);
}

/** A token response has a few kilobytes. */
const MAX_BYTES = 262_144;
const NO_ANSWER = 'The authorization server does not answer.';
const NOT_REGISTERED = 'The authorization server did not register the explorer as a client.';
const NO_REGISTRATION =
  'Clients cannot register themselves at this Clerk instance. Turn on dynamic client registration, or create a public OAuth application with the URL of this page as redirect URI and set clientId of McpExplorerModule.';
