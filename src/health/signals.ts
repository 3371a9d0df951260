/** What the module needs of the process, so that tests can send signals to another one. */
export interface SignalledProcess {
  readonly pid: number;
  readonly stdin: { readonly isTTY?: boolean };
  prependOnceListener(signal: DrainSignal, listener: () => void): unknown;
  removeListener(signal: DrainSignal, listener: () => void): unknown;
  listeners(signal: DrainSignal): readonly object[];
  kill(pid: number, signal: DrainSignal): unknown;
  exit(code: number): unknown;
}

/** By which orchestrators and terminals tell a process to end. */
export type DrainSignal = 'SIGTERM' | 'SIGINT';

/** The numbers of the signals, which exit codes are made of. */
export const DRAIN_SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const satisfies Record<
  DrainSignal,
  number
>;

/** Injects the process whose signals are listened to. */
export const SIGNALLED_PROCESS = Symbol('SIGNALLED_PROCESS');
