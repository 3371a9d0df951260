import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import {
  type ClerkEmulator,
  type ClerkEmulatorOptions,
  startClerkEmulator,
} from '../../src/emulator/index.js';

/** Emulators with one state file, in a folder that each test has for itself. */
export class StateTest {
  folder = '';
  file = '';
  notices: string[] = [];
  running: ClerkEmulator[] = [];

  constructor() {
    beforeEach(async () => {
      this.folder = await mkdtemp(join(tmpdir(), 'emulator-state-'));
      this.file = join(this.folder, 'kept', 'emulator.json');
      this.notices = [];
      this.running = [];
    });
    afterEach(async () => {
      await Promise.all(this.running.map((one) => one.close()));
      await rm(this.folder, { recursive: true });
    });
  }

  async start(options: ClerkEmulatorOptions = {}): Promise<ClerkEmulator> {
    const notify = (message: string): void => void this.notices.push(message);
    const emulator = await startClerkEmulator({ stateFile: this.file, notify, ...options });
    this.running.push(emulator);
    return emulator;
  }

  /** Stops an emulator and starts another one with its file. */
  async restart(
    emulator: ClerkEmulator,
    options: ClerkEmulatorOptions = {},
  ): Promise<ClerkEmulator> {
    await emulator.close();
    return this.start(options);
  }
}
