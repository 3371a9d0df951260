import type { SubjectSettings } from '../settings.js';

/** What the measurements of memory share. */
export interface MemoryRun {
  readonly settings: SubjectSettings;
  /** One of each of many users. */
  readonly tokens: readonly string[];
  /** Writes heap snapshots into the working directory. */
  readonly snapshots: boolean;
}
