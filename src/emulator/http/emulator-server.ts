import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { backendApi } from '../backend-api/backend-api.routes.js';
import { controlSurface } from '../control/control.routes.js';
import type { EmulatorCore } from '../emulator-core.js';
import { EmulatorPortInUseError } from '../emulator.errors.js';
import { frontendApi } from '../oauth/frontend-api.routes.js';
import { images } from '../pages/image.routes.js';
import { RequestFaults } from './request-faults.js';

/** The HTTP server of an emulator. */
export interface EmulatorServer {
  /** Closes every connection, also the hanging ones. May be called twice. */
  close(): Promise<void>;
}

/**
 * Serves both APIs, the pages and the control surface on the first of the ports that is free.
 *
 * @param settled is awaited before each response: what a client learns is kept
 * @throws EmulatorPortInUseError no port is free
 */
export async function listen(
  core: EmulatorCore,
  [port = 0, ...others]: readonly number[],
  settled?: () => Promise<void>,
): Promise<EmulatorServer> {
  try {
    return await listenOn(core, port, settled);
  } catch (error) {
    if (!(error instanceof EmulatorPortInUseError) || others.length === 0) throw error;
    return listen(core, others, settled);
  }
}

async function listenOn(
  core: EmulatorCore,
  port: number,
  settled?: () => Promise<void>,
): Promise<EmulatorServer> {
  const closing = new AbortController();
  // No logger, because requests contain credentials.
  const app = fastify({ logger: false, forceCloseConnections: true, bodyLimit: 256 * 1024 });
  const faults = new RequestFaults(core, closing.signal);

  app.addHook('onRequest', async (request, reply) => {
    const problem = hostProblem(request);
    if (problem !== undefined) {
      return reply.code(421).send({ error: 'misdirected_request', problem });
    }
    await faults.apply(request, reply);
  });
  app.addHook('onSend', async (request, reply) => {
    await settled?.();
    const type = reply.getHeader('content-type');
    if (typeof type !== 'string' || !type.startsWith('application/json')) return;
    // Fastify adds a charset, with which @clerk/backend does not recognize JSON.
    const charset = faults.affects(request, 'charset') ? '; charset=utf-8' : '';
    reply.header('content-type', `application/json${charset}`);
  });

  await app.register(frontendApi(core, faults));
  await app.register(backendApi(core, faults));
  await app.register(controlSurface(core));
  await app.register(images(core));

  const { host } = core.settings;
  await open(app, host, port);
  core.setUrl(`http://${host}:${boundPort(app)}`);
  return {
    close: async () => {
      closing.abort();
      // Fastify does not track hijacked replies, so their connections are closed here.
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

async function open(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new EmulatorPortInUseError(port, { cause: error });
    }
    throw error;
  }
}

function boundPort(app: FastifyInstance): number {
  const address = app.server.address();
  if (address === null || typeof address === 'string') {
    throw new TypeError('The server has no TCP address.');
  }
  return address.port;
}

/**
 * Why a request is refused; `undefined` when it is accepted. With DNS rebinding, a web page reaches a
 * loopback server under a Host header that names another machine.
 */
function hostProblem(request: FastifyRequest): string | undefined {
  const port = request.socket.localPort;
  const host = request.headers.host ?? '';
  const match = /^(127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::(\d+))?$/i.exec(host);
  if (match && Number(match[2] ?? 80) === port) return undefined;
  return 'The Host header does not name the loopback address of this server.';
}
