import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { eventually } from './within.js';

/**
 * A proxy that closes an exchange of which it hears nothing for too long. Time is counted in beats, so
 * that a slow machine is not taken for a silent server: a byte that is under way still ends a silence.
 */
export class SilenceProxy {
  /** Beats since the server last said something in the open exchange. */
  silence = 0;

  private constructor(readonly url: string) {}

  static async start(target: string): Promise<SilenceProxy> {
    const { hostname, port, pathname } = new URL(target);
    const server = http.createServer((request, response) => {
      const { method, headers } = request;
      const upstream = http.request({ hostname, port, path: pathname, method, headers });
      upstream.on('response', (answer) => {
        proxy.silence = 0;
        response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
        answer.on('data', (chunk) => {
          proxy.silence = 0;
          response.write(chunk);
        });
        answer.on('end', () => response.end());
        answer.on('error', () => response.destroy());
      });
      upstream.on('error', () => response.destroy());
      response.on('close', () => upstream.destroy());
      request.pipe(upstream);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const { port: own } = server.address() as AddressInfo;
    const proxy = new SilenceProxy(`http://127.0.0.1:${own}${pathname}`);
    return proxy;
  }

  /** Lets the time of some beats pass. Fails if the server says nothing for two seconds. */
  async pass(beats: number, beat: () => void, beatMs: number): Promise<void> {
    for (let passed = 0; passed < beats; passed += 1) {
      this.silence += 1;
      beat();
      await eventually(() => {
        if (this.silence * beatMs >= 2_000) throw new Error(`${this.silence} silent beats`);
      });
    }
  }
}
