/**
 * Lines of text for a stream, written at once at the end of a turn of the event loop, or when they are many: a
 * write is a call of the system, which takes as long as creating the line. What is left is written when the process
 * exits, also after an error that nobody caught; a process that is killed loses the lines of its last turn.
 */
export class WaitingLines {
  private text = '';
  private isRegistered = false;
  private isExiting = false;

  constructor(private readonly stream: { write(text: string): unknown }) {}

  /** @param line without its end */
  add(line: string): void {
    if (!this.isRegistered) {
      this.isRegistered = true;
      process.once('exit', () => this.exit());
    }
    if (this.text === '') setImmediate(this.flushNow);
    this.text += `${line}\n`;
    if (this.isExiting || this.text.length >= MAX_CHARACTERS) this.flush();
  }

  /** Writes what waits. */
  flush(): void {
    const { text } = this;
    if (text === '') return;
    this.text = '';
    this.stream.write(text);
  }

  private readonly flushNow = (): void => this.flush();

  /** From now on there is no other turn to wait for. */
  private exit(): void {
    this.isExiting = true;
    this.flush();
  }
}

/** What a pipe takes at once. */
const MAX_CHARACTERS = 65_536;
