import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { EmulatorCore } from '../emulator-core.js';
import { DEFAULT_SWITCHES, type EmulatorSwitches } from '../emulator-switches.js';
import { fingerprint } from '../instance/clerk-id.js';
import type { EmulatorSettings } from '../resolve-settings.js';
import {
  createFolderOf,
  MAX_STATE_BYTES,
  megabytes,
  readStateFile,
  setAside,
  type StateContent,
  stateText,
  writeStateFile,
  writeStateFileSync,
} from './state-file.js';
import { lockState, type StateLock } from './state-lock.js';

/** Keeps the content of an emulator in a file, and says what prevents that. */
export class KeptState {
  readonly file: string;
  #content: StateContent | undefined;
  #lock: StateLock | undefined;
  #current: (() => StateContent) | undefined;
  #liveSwitches: EmulatorSwitches | undefined;
  #writtenSwitches = '';
  #isDirty = false;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  readonly #told = new Set<string>();

  /** Locks and reads the file. Never throws: an emulator without its state is of use as well. */
  constructor(
    file: string,
    private readonly given: EmulatorSettings,
  ) {
    this.file = realPath(file);
    try {
      createFolderOf(this.file);
      const lock = lockState(this.file);
      if ('holder' in lock) {
        this.#tell(
          `${this.file} is in use by process ${lock.holder}, so this emulator starts from its seed and keeps nothing. ` +
            `Stop the other process, or name another file. If it is no emulator, delete ${this.file}.lock.`,
        );
        return;
      }
      this.#lock = lock;
      this.#read();
    } catch (error) {
      this.#release();
      this.#tell(
        `${this.file} cannot be used (${reasonOf(error)}), so this emulator starts from its seed and keeps nothing. ` +
          'Name a file in a folder that this process may write to.',
      );
    }
  }

  /** What the file held. */
  get content(): StateContent | undefined {
    return this.#content;
  }

  /** The given settings, with the secret key and the switches that the file holds. */
  get settings(): EmulatorSettings {
    const content = this.#content;
    if (!content) return this.given;
    const { given } = this;
    return {
      ...given,
      secretKey: given.ownsSecretKey ? (content.secretKey ?? given.secretKey) : given.secretKey,
      switches: keptSwitches(given.switches, content),
    };
  }

  /** Whether the content of this emulator is kept. */
  get isKept(): boolean {
    return this.#lock !== undefined;
  }

  /** Sets the file aside, whose content the stores cannot take. */
  discard(): void {
    this.#content = undefined;
    this.#setAside('does not fit this version', 'Delete it if you do not need it');
  }

  /** Keeps the content of an emulator that listens from now on. */
  async begin(core: EmulatorCore): Promise<void> {
    this.#tellOfChanges(core);
    if (!this.isKept) return;
    const { settings } = core;
    const start = { ...this.given.switches };
    const home = settings.port === undefined ? this.#content?.url : undefined;
    const secretKey = settings.ownsSecretKey ? settings.secretKey : null;
    const seed = seedFingerprint(settings);
    const began = this.#content?.seed ?? seed;
    this.#current = () => ({
      // The port may be free at the next start, for which the clients then wait.
      url: home ?? core.url,
      instanceId: core.instanceId,
      secretKey,
      seed: core.wasReset ? seed : began,
      switches: changedSwitches(start, settings.switches),
      parts: snapshots(core),
    });
    this.#liveSwitches = settings.switches;
    for (const part of Object.values(core.lastingParts())) part.onChange(() => this.#changed());
    process.on('exit', this.#atExit);
    this.#isDirty = true;
    await this.settled();
  }

  /** Resolves when the file has everything that has changed until now. */
  async settled(): Promise<void> {
    while (this.#current && (this.#isDirty || this.#writing || this.#haveSwitchesChanged())) {
      this.#writing ??= this.#write(this.#current).finally(() => {
        this.#writing = undefined;
      });
      await this.#writing;
    }
  }

  /** Writes what has changed, and releases the file. */
  async close(): Promise<void> {
    await this.settled();
    this.#current = undefined;
    clearTimeout(this.#timer);
    process.off('exit', this.#atExit);
    this.#release();
  }

  #read(): void {
    const read = readStateFile(this.file);
    if (read.kind === 'content') this.#content = read.content;
    if (read.kind === 'unusable') this.#setAside(read.problem, read.cure);
  }

  #setAside(problem: string, cure: string): void {
    const target = setAside(this.file);
    this.#tell(
      `${this.file} ${problem}. It is now ${target}, and the emulator starts from its seed. ${cure}.`,
    );
  }

  #tellOfChanges(core: EmulatorCore): void {
    const content = this.#content;
    if (!content) return;
    if (content.url !== core.url) {
      const kept = this.given.port === undefined;
      this.#tell(
        `The clients in ${this.file} are signed in at ${content.url}, and the emulator listens at ${core.url}` +
          (kept
            ? ', because that port is in use: they have to sign in again. Stop the other process and start again to keep them.'
            : ': they have to sign in again.'),
      );
    }
    if (content.seed !== seedFingerprint(this.given)) {
      this.#tell(
        `${this.file} began with another seed, and its content goes on. Delete the file, or reset the emulator, to start from the new seed.`,
      );
    }
  }

  #changed(): void {
    this.#isDirty = true;
    // Requests wait for the write; this one is for changes by the typed API.
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.settled();
    }, DELAY_MS).unref();
  }

  #haveSwitchesChanged(): boolean {
    return this.#writtenSwitches !== JSON.stringify(this.#liveSwitches);
  }

  async #write(current: () => StateContent): Promise<void> {
    const text = this.#text(current);
    if (text === undefined) return;
    try {
      await writeStateFile(this.file, text);
    } catch (error) {
      this.#tell(
        `${this.file} cannot be written (${reasonOf(error)}): what changes now is lost at a restart.`,
      );
    }
  }

  /** What to write; `undefined` for what must not be written. */
  #text(current: () => StateContent): string | undefined {
    this.#isDirty = false;
    this.#writtenSwitches = JSON.stringify(this.#liveSwitches);
    const text = stateText(current());
    if (Buffer.byteLength(text) > MAX_STATE_BYTES) {
      this.#tell(
        `${this.file} would be larger than ${megabytes(MAX_STATE_BYTES)} and is no longer written: what changes now is lost at a restart. Reset the emulator, or delete the file and start again.`,
      );
      return undefined;
    }
    if (this.given.foreignSecrets.some((secret) => text.includes(secret)) || LIVE.test(text)) {
      this.#tell(
        `The content of the emulator contains a key of a real Clerk instance, so ${this.file} is not written. Remove the key from the emulator.`,
      );
      return undefined;
    }
    return text;
  }

  readonly #atExit = (): void => {
    if (!this.#current) return;
    if (this.#isDirty || this.#writing || this.#haveSwitchesChanged()) {
      const text = this.#text(this.#current);
      if (text !== undefined) writeStateFileSync(this.file, text);
    }
    this.#release();
  };

  #release(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  #tell(message: string): void {
    if (this.#told.has(message)) return;
    this.#told.add(message);
    this.given.notify(message);
  }
}

/** Time from a change to its write, in milliseconds. */
const DELAY_MS = 100;
const LIVE = /[sp]k_live_[A-Za-z0-9]/;

/** The switches of a start: those of the file where neither the options nor the seed changed since. */
function keptSwitches(switches: EmulatorSwitches, content: StateContent): EmulatorSwitches {
  const kept = Object.entries(content.switches).filter(
    ([name, [start]]) => name in switches && same(switches[name as keyof EmulatorSwitches], start),
  );
  return { ...switches, ...Object.fromEntries(kept.map(([name, [, value]]) => [name, value])) };
}

/** The switches that changed since the start, and those that an export of the file needs. */
function changedSwitches(start: EmulatorSwitches, now: EmulatorSwitches): StateContent['switches'] {
  const names = (Object.keys(now) as (keyof EmulatorSwitches)[]).filter(
    (name) => !same(start[name], now[name]) || !same(DEFAULT_SWITCHES[name], now[name]),
  );
  return Object.fromEntries(names.map((name) => [name, [start[name], now[name]]]));
}

function snapshots(core: EmulatorCore): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(core.lastingParts()).map(([name, part]) => [name, part.snapshot()]),
  );
}

function seedFingerprint({ seed }: EmulatorSettings): string {
  return fingerprint(JSON.stringify(seed));
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return resolve(file);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
