import {
  Inject,
  Injectable,
  Logger,
  Scope,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { scopeOf } from '../request/resolve-optional.js';
import type { Backplane } from '../backplane/backplane.js';
import { BACKPLANE } from '../backplane/backplane.module.js';
import { describeFailure } from '../backplane/contained-seam.js';
import { optionProblem } from '../request/known-options.js';
import type { Principal } from '../request/principal.js';
import { isThenable } from '../request/value-or-promise.js';
import {
  AUDIT_OPTION_NAMES,
  AuditConfigurationError,
  AUDIT_OPTIONS,
  type AuditOptions,
} from './audit.options.js';
import type { AuditEvent } from './audit-event.js';
import { AuditSink, type AuditLevel, LogAuditSink } from './audit-sink.js';
import { InputDigest } from './input-digest.js';

/** Passes events to the sink of the application. A failing sink does not affect the caller. */
@Injectable()
export class Audit implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private sink: AuditSink = new LogAuditSink('refusals');
  private digests = new InputDigest();
  /** Events that the sink has not finished, oldest first, with the time when it received them. */
  private readonly pending = new Map<Promise<void>, number>();
  private lost = 0;
  private reportedAt = -Infinity;

  constructor(
    private readonly moduleRef: ModuleRef,
    @Inject(BACKPLANE) private readonly backplane: Backplane,
  ) {}

  /**
   * @throws {AuditConfigurationError} an option does not exist, the key is too short, or the sink is not
   *   a singleton
   */
  onModuleInit(): void {
    const options = this.find<AuditOptions>(AUDIT_OPTIONS) ?? {};
    const problem = optionProblem(options, AUDIT_OPTION_NAMES);
    if (problem !== undefined) throw new AuditConfigurationError(`AuditModule: ${problem}`);
    const { log = 'refusals', digestKey = this.sharedKey() } = options;
    if (digestKey !== undefined) this.digests = new InputDigest(digestKey);
    this.sink = this.find<AuditSink>(AuditSink) ?? new LogAuditSink(log);
  }

  /** The same on every node, from the secret that they share; `undefined` in one process. */
  private sharedKey(): Uint8Array | undefined {
    return this.backplane.isShared ? this.backplane.keys('audit digests')[0] : undefined;
  }

  /** The current level of the sink; `off` if reading it fails. */
  get level(): AuditLevel {
    try {
      return this.sink.level;
    } catch (error) {
      this.report(`The sink ${describeFailure(error)}.`);
      return 'off';
    }
  }

  /** The digest of arguments; `undefined` if there are none, or they cannot be written as JSON. */
  digestOf(input: unknown): string | undefined {
    return this.digests.of(input);
  }

  /** The digest of the subject of a principal. */
  digestOfSubject(principal: Principal): string | undefined {
    return this.digests.ofSubject(principal);
  }

  /** Passes an event to the sink. Never throws, and does not wait for the sink. */
  record(event: AuditEvent): void {
    if (this.pending.size >= MAX_PENDING) this.forgetHanging();
    if (this.pending.size >= MAX_PENDING) return this.report('The sink is too slow.');
    try {
      const recorded: unknown = this.sink.record(event);
      if (isThenable(recorded)) this.follow(recorded);
    } catch (error) {
      this.report(`The sink ${describeFailure(error)}.`);
    }
  }

  /** Waits up to two seconds for events that the sink has not finished. */
  async onApplicationShutdown(): Promise<void> {
    if (this.pending.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise((resolve) => {
      timer = setTimeout(resolve, SHUTDOWN_MS);
    });
    await Promise.race([Promise.all(this.pending.keys()), timeout]);
    clearTimeout(timer);
  }

  private follow(recorded: PromiseLike<unknown>): void {
    const settled: Promise<void> = Promise.resolve(recorded).then(
      () => void this.pending.delete(settled),
      (error: unknown) => {
        if (!this.pending.delete(settled)) return;
        this.report(`The sink ${describeFailure(error)}.`);
      },
    );
    this.pending.set(settled, performance.now());
  }

  /** Drops events that do not finish, so that a sink that works again receives new ones. */
  private forgetHanging(): void {
    const oldest = performance.now() - FORGOTTEN_MS;
    for (const [settled, since] of this.pending) {
      if (since > oldest) return;
      this.pending.delete(settled);
      this.report('The sink did not finish.');
    }
  }

  /**
   * Logs lost events, at most once a minute, because a failing sink loses every event. The message of its
   * error is not logged, because it may contain the event.
   */
  private report(reason: string): void {
    this.lost += 1;
    const now = performance.now();
    if (now - this.reportedAt < REPORT_MS) return;
    this.reportedAt = now;
    const events = this.lost === 1 ? 'An audit event was' : `${this.lost} audit events were`;
    this.logger.error(`${events} lost. ${reason}`);
    this.lost = 0;
  }

  /** Searches the whole application, because any module of the host may provide it. */
  private find<T>(token: symbol | (abstract new () => T)): T | undefined {
    const scope = scopeOf(this.moduleRef, token);
    if (scope === undefined) return undefined;
    if (scope === Scope.DEFAULT) return this.moduleRef.get<T>(token as symbol, { strict: false });
    throw new AuditConfigurationError(
      'The AuditSink is request-scoped or transient. Make it a singleton: each event contains the caller.',
    );
  }
}

/** Unfinished events; further events are lost, so that memory stays bounded. */
const MAX_PENDING = 10_000;
/** Age at which an unfinished event counts as lost, in milliseconds. */
const FORGOTTEN_MS = 60_000;
const SHUTDOWN_MS = 2_000;
const REPORT_MS = 60_000;
