import type { Usage } from '../subject.js';

/** Memory of a process whose garbage was collected, in bytes. */
export interface MemoryBytes {
  readonly heap: number;
  readonly external: number;
  readonly resident: number;
}

/** The part of what a process says of itself. */
export function memoryBytes({ heapBytes, externalBytes, residentBytes }: Usage): MemoryBytes {
  return { heap: heapBytes, external: externalBytes, resident: residentBytes };
}
