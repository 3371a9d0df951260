import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { ServiceDrain, type DrainOptions } from '../drain/service-drain.js';
import type { OptionsOf } from '../request/known-options.js';

/** The members of `process` that are used, so that tests can replace it. */
interface SignalledProcess {
  readonly pid: number;
  readonly stdin: { readonly isTTY?: boolean };
  prependOnceListener(signal: DrainSignal, listener: () => void): unknown;
  removeListener(signal: DrainSignal, listener: () => void): unknown;
  listeners(signal: DrainSignal): readonly object[];
  kill(pid: number, signal: DrainSignal): unknown;
  exit(code: number): unknown;
}

/** The signals by which orchestrators and terminals end a process. */
type DrainSignal = 'SIGTERM' | 'SIGINT';

/** Signal numbers, for the exit code. */
const DRAIN_SIGNALS = { SIGINT: 2, SIGTERM: 15 } as const satisfies Record<DrainSignal, number>;

/** Injection token of the process whose signals are handled. */
export const SIGNALLED_PROCESS = Symbol('SIGNALLED_PROCESS');

/**
 * Options of `HealthModule.forRoot()`: the drain when a signal ends the application. With `drainMs: 0` the
 * application closes at once.
 */
export type HealthModuleOptions = DrainOptions;

/** The names of {@link HealthModuleOptions}. */
export const HEALTH_OPTION_NAMES = {
  drainMs: true,
  shutdownMs: true,
} as const satisfies OptionsOf<HealthModuleOptions>;

/** `HealthModule` has an option that does not exist. The application does not start. */
export class HealthConfigurationError extends Error {
  readonly code = 'INVALID_HEALTH_CONFIGURATION';

  constructor(message: string) {
    super(`HealthModule: ${message}`);
    this.name = 'HealthConfigurationError';
  }
}

/** Injection token of {@link HealthModuleOptions}. */
export const HEALTH_OPTIONS = Symbol('HEALTH_OPTIONS');

/**
 * Drains the application when a signal ends it. It does not close the application: the shutdown hooks of
 * Nest do, or a handler of the application. The drain is awaited before the hooks of other modules run: in
 * `beforeClose()` of the adapter, which Nest 12 calls first, and on Nest 11 in the first of the hooks.
 */
@Injectable()
export class DrainOnSignal
  implements OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  private readonly logger = new Logger('HealthModule');
  private readonly listeners = new Map<DrainSignal, () => void>();
  private drained: Promise<void> | undefined;

  constructor(
    private readonly drain: ServiceDrain,
    private readonly adapters: HttpAdapterHost,
    @Inject(HEALTH_OPTIONS) private readonly options: HealthModuleOptions,
    @Inject(SIGNALLED_PROCESS) private readonly process: SignalledProcess,
    modules: ModulesContainer,
  ) {
    // Nest closes modules from the root outwards, by this distance from it.
    for (const module of modules.values()) {
      if (module.providers.has(DrainOnSignal)) module.distance = -1;
    }
  }

  onApplicationBootstrap(): void {
    const adapter: ClosingAdapter | null | undefined = this.adapters.httpAdapter;
    if (!adapter?.getType() || this.options.drainMs === 0) return;
    const beforeClose: (() => unknown) | undefined = adapter.beforeClose?.bind(adapter);
    adapter.beforeClose = async (): Promise<void> => {
      await this.drained;
      await beforeClose?.();
    };
    this.listen((signal) => this.begin(signal));
  }

  async onModuleDestroy(): Promise<void> {
    await this.drained;
  }

  /** Nest then sends the signal to the process again, which must end it. */
  onApplicationShutdown(): void {
    for (const [signal, listener] of this.listeners) this.process.removeListener(signal, listener);
    this.listeners.clear();
  }

  private begin(signal: DrainSignal): void {
    // Without another listener, the signal ends the process, as it would without this class.
    if (this.process.listeners(signal).every((listener) => OURS in listener)) {
      this.process.kill(this.process.pid, signal);
      return;
    }
    this.drained = this.drain.drain(this.inTerminal() ?? this.options);
    this.logger.log(
      `${signal}: the service drains. Requests are still served until the load balancer sends them elsewhere. A second signal ends the process at once.`,
    );
    this.listen((again) => this.process.exit(128 + DRAIN_SIGNALS[again]));
  }

  /** In a terminal there is no load balancer, so only running requests are awaited. */
  private inTerminal(): DrainOptions | undefined {
    if (!this.process.stdin.isTTY) return undefined;
    return { drainMs: 0, shutdownMs: this.options.drainMs ?? 5_000 };
  }

  private listen(handle: (signal: DrainSignal) => void): void {
    this.onApplicationShutdown();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const listener = Object.assign(() => handle(signal), { [OURS]: true });
      this.listeners.set(signal, listener);
      // It must run before the listener of Nest, which closes the application.
      this.process.prependOnceListener(signal, listener);
    }
  }
}

/** An adapter, with the member that Nest 12 added. */
type ClosingAdapter = HttpAdapterHost['httpAdapter'] & { beforeClose?: () => unknown };

/** Marks the listeners of this class, also those of other applications in the process. */
const OURS = Symbol('listener of DrainOnSignal');
