import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ServiceDrain, type DrainOptions } from '../drain/service-drain.js';

/** What the module needs of the process, so that tests can send signals to another one. */
interface SignalledProcess {
  readonly pid: number;
  readonly stdin: { readonly isTTY?: boolean };
  prependOnceListener(signal: DrainSignal, listener: () => void): unknown;
  removeListener(signal: DrainSignal, listener: () => void): unknown;
  listeners(signal: DrainSignal): readonly object[];
  kill(pid: number, signal: DrainSignal): unknown;
  exit(code: number): unknown;
}

/** By which orchestrators and terminals tell a process to end. */
type DrainSignal = 'SIGTERM' | 'SIGINT';

/** The numbers of the signals, which exit codes are made of. */
const DRAIN_SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const satisfies Record<DrainSignal, number>;

/** Injects the process whose signals are listened to. */
export const SIGNALLED_PROCESS = Symbol('SIGNALLED_PROCESS');

/**
 * Options of `HealthModule.forRoot()`: how the application ends when it is told to by a signal. With
 * `drainMs: 0` it closes at once.
 */
export type HealthModuleOptions = DrainOptions;

/** Injects the options of the module. */
export const HEALTH_OPTIONS = Symbol('HEALTH_OPTIONS');

/**
 * Drains the application when a signal tells it to end. It only listens: what closes the application are
 * the shutdown hooks of Nest, or a handler of the application. Nest waits for `beforeClose()` of the
 * adapter before it calls the first hook of a module, and that is where the drain is awaited.
 */
@Injectable()
export class DrainOnSignal implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('HealthModule');
  private readonly listeners = new Map<DrainSignal, () => void>();
  private drained: Promise<void> | undefined;

  constructor(
    private readonly drain: ServiceDrain,
    private readonly adapters: HttpAdapterHost,
    @Inject(HEALTH_OPTIONS) private readonly options: HealthModuleOptions,
    @Inject(SIGNALLED_PROCESS) private readonly process: SignalledProcess,
  ) {}

  onApplicationBootstrap(): void {
    const adapter: HttpAdapterHost['httpAdapter'] | null | undefined = this.adapters.httpAdapter;
    if (!adapter?.getType() || this.options.drainMs === 0) return;
    const beforeClose: (() => unknown) | undefined = adapter.beforeClose?.bind(adapter);
    adapter.beforeClose = async (): Promise<void> => {
      await this.drained;
      await beforeClose?.();
    };
    this.listen((signal) => this.begin(signal));
  }

  /** Nest sends itself the signal again after this: nobody may be in its way. */
  onApplicationShutdown(): void {
    for (const [signal, listener] of this.listeners) this.process.removeListener(signal, listener);
    this.listeners.clear();
  }

  private begin(signal: DrainSignal): void {
    // Where nobody else listens, the signal ends the process, as it would without this listener.
    if (this.process.listeners(signal).every((listener) => OURS in listener)) {
      this.process.kill(this.process.pid, signal);
      return;
    }
    this.drained = this.drain.drain(this.inTerminal() ?? this.options);
    this.logger.log(
      `${signal}: requests are served on until the load balancer has noticed. A second signal ends the process at once.`,
    );
    this.listen((again) => this.process.exit(128 + DRAIN_SIGNALS[again]));
  }

  /** Nobody balances load to a terminal: what runs may end, and nothing else is waited for. */
  private inTerminal(): DrainOptions | undefined {
    if (!this.process.stdin.isTTY) return undefined;
    return { drainMs: 0, shutdownMs: this.options.drainMs ?? 5_000 };
  }

  private listen(handle: (signal: DrainSignal) => void): void {
    this.onApplicationShutdown();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const listener = Object.assign(() => handle(signal), { [OURS]: true });
      this.listeners.set(signal, listener);
      // Before the one of Nest, which closes the application.
      this.process.prependOnceListener(signal, listener);
    }
  }
}

/** Marks listeners of this class, of which a process with several applications has several. */
const OURS = Symbol('listener of DrainOnSignal');
