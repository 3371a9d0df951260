import { once } from 'node:events';
import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An application on a free port of loopback. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

export async function serve(listener: RequestListener): Promise<Served> {
  const server: Server = createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What `getAuth` tells of a caller, in the form that the tests compare. */
export interface SeenCaller {
  readonly tokenType: string | null;
  readonly isAuthenticated: boolean;
  readonly id: string | null;
}

/** The parts of the auth objects of all kinds of tokens. */
interface AnyAuth {
  readonly tokenType: string | null;
  readonly isAuthenticated: boolean;
  readonly userId?: string | null;
  readonly machineId?: string | null;
  readonly orgId?: string | null;
}

export function seenCaller(auth: unknown): SeenCaller {
  const { tokenType, isAuthenticated, userId, machineId, orgId } = auth as AnyAuth;
  return { tokenType, isAuthenticated, id: userId ?? machineId ?? orgId ?? null };
}

export async function getJson(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(url, { headers });
  if (!response.headers.get('content-type')?.includes('json')) {
    throw new Error(`${url}: ${response.status} ${await response.text()}`);
  }
  return response.json();
}
