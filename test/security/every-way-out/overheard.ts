import { within } from '../../support/within.js';

/** All that comes out on a stream, from its first byte to its last. */
export class Overheard {
  text = '';
  private readonly reader: ReadableStreamDefaultReader<string> | undefined;
  private readonly ended: Promise<void>;
  private hear: () => void = () => undefined;

  constructor({ body }: Response) {
    this.reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    this.ended = this.read().catch(() => undefined);
  }

  /** Waits for a notification that names this URI, or for the end of the stream. */
  async until(uri: string): Promise<void> {
    const heard = async (): Promise<void> => {
      while (!this.text.includes(`"uri":"${uri}"`)) {
        await new Promise<void>((resolve) => {
          this.hear = resolve;
        });
      }
    };
    await within(Promise.race([heard(), this.ended]), `an end of the stream: ${this.text}`);
  }

  async close(): Promise<void> {
    await this.reader?.cancel().catch(() => undefined);
  }

  private async read(): Promise<void> {
    for (;;) {
      const { done, value } = (await this.reader?.read()) ?? { done: true, value: '' };
      if (done) return;
      this.text += value;
      this.hear();
    }
  }
}
