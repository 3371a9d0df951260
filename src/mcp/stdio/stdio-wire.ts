import type { Readable, Writable } from 'node:stream';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';

/** The transport of the SDK, which says when the connection is over, whoever ended it. */
export class StdioWire extends StdioServerTransport {
  readonly closed: Promise<void>;
  #end: () => void = () => undefined;

  constructor(stdin: Readable, stdout: Writable) {
    super(stdin, stdout);
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  override async close(): Promise<void> {
    await super.close();
    this.#end();
  }
}
