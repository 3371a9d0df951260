import { Transform, type TransformCallback } from 'node:stream';

/**
 * Takes the lines that are batches out of the input, which the SDK would drop without a word. Emits `batch` at the end
 * of each. No line is kept: the first character that is no space tells a batch from a message.
 */
export class WithoutBatches extends Transform {
  private line: 'blank' | 'message' | 'batch' = 'blank';

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    let from = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.line === 'blank') {
        at = firstOf(chunk, at);
        const first = chunk[at];
        if (first === undefined) break;
        this.line = first === BRACKET ? 'batch' : 'message';
        if (first === BRACKET) this.push(chunk.subarray(from, at));
      }
      const end = chunk.indexOf(NEWLINE, at);
      if (end === -1) break;
      at = end + 1;
      if (this.line === 'batch') {
        from = at;
        this.emit('batch');
      }
      this.line = 'blank';
    }
    if (this.line !== 'batch') this.push(chunk.subarray(from));
    done();
  }
}

/** Where the first character is that is no white space; the length of the chunk if there is none. */
function firstOf(chunk: Buffer, from: number): number {
  let at = from;
  while (at < chunk.length && SPACES.has(chunk[at] ?? 0)) at += 1;
  return at;
}

const BRACKET = 0x5b;
const NEWLINE = 0x0a;
/** White space of JSON: empty lines are blank, too. */
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d, NEWLINE]);
