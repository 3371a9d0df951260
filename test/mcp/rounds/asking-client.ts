import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { onTestFinished } from 'vitest';
import type { ClientMode } from '../clients.js';

const CAPABILITIES = { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} };

/** What the user and the model of a client answer. */
interface Answers {
  readonly elicit?: (params: any) => object;
}

/** A client in this mode whose user answers; one without answers cannot be asked. */
export async function clientOf(
  url: string,
  mode: ClientMode,
  answers: Answers | undefined,
): Promise<any> {
  const info = { name: mode, version: '1.0.0' };
  const capabilities = answers ? CAPABILITIES : {};
  const versionNegotiation = {
    mode: (mode === 'v2 pinned' ? { pin: '2026-07-28' } : mode.slice(3)) as 'auto',
  };
  const isV1 = mode === 'v1';
  // The two clients differ in types that the tests do not touch.
  const client: any = isV1
    ? new ClientV1(info, { capabilities })
    : new Client(info, { capabilities, versionNegotiation });
  if (answers) {
    const elicit = async ({ params }: any) => answers.elicit?.(params);
    const sample = async () => ({
      role: 'assistant',
      model: 'm',
      content: { type: 'text', text: 'hi' },
    });
    const roots = async () => ({ roots: [{ uri: 'file:///a' }] });
    client.setRequestHandler(isV1 ? ElicitRequestSchema : 'elicitation/create', elicit);
    client.setRequestHandler(isV1 ? CreateMessageRequestSchema : 'sampling/createMessage', sample);
    client.setRequestHandler(isV1 ? ListRootsRequestSchema : 'roots/list', roots);
  }
  const requestInit = { headers: { authorization: 'Bearer alice' } };
  const Transport = isV1 ? TransportV1 : StreamableHTTPClientTransport;
  await client.connect(new Transport(new URL(url), { requestInit }));
  onTestFinished(() => client.close());
  return client;
}
