import { scopeOf } from '../request/resolve-optional.js';
import {
  Injectable,
  Logger,
  Scope,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { describeFailure } from '../backplane/contained-seam.js';
import { AuditConfigurationError, AUDIT_OPTIONS, type AuditOptions } from './audit.options.js';
import type { AuditEvent } from './audit-event.js';
import { AuditSink, type AuditLevel, LogAuditSink } from './audit-sink.js';
import { InputDigest } from './input-digest.js';

/** Hands events to the sink of the application, whose failures are its own. */
@Injectable()
export class Audit implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private sink: AuditSink = new LogAuditSink('refusals');
  private digests = new InputDigest();
  /** Events that the sink is still at, the oldest first, and since when. */
  private readonly pending = new Map<Promise<void>, number>();
  private lost = 0;
  private reportedAt = -Infinity;

  constructor(private readonly moduleRef: ModuleRef) {}

  /** @throws {AuditConfigurationError} a key that is too short, or a sink that is made per request */
  onModuleInit(): void {
    const { log = 'refusals', digestKey } = this.find<AuditOptions>(AUDIT_OPTIONS) ?? {};
    if (digestKey !== undefined) this.digests = new InputDigest(digestKey);
    this.sink = this.find<AuditSink>(AuditSink) ?? new LogAuditSink(log);
  }

  /** What is to be recorded now. */
  get level(): AuditLevel {
    try {
      return this.sink.level;
    } catch (error) {
      this.report(`The sink ${describeFailure(error)}.`);
      return 'off';
    }
  }

  /** A digest of arguments, if they are any. */
  digestOf(input: unknown): string | undefined {
    return this.digests.of(input);
  }

  /** Never throws, and never waits. */
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

  /** Gives the sink a moment for what it has not finished. */
  async onApplicationShutdown(): Promise<void> {
    if (this.pending.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise((resolve) => {
      timer = setTimeout(resolve, SHUTDOWN_MS);
    });
    await Promise.race([Promise.all(this.pending.keys()), enough]);
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

  /** A sink that hangs for ever and then works again must not be full for ever. */
  private forgetHanging(): void {
    const oldest = performance.now() - FORGOTTEN_MS;
    for (const [settled, since] of this.pending) {
      if (since > oldest) return;
      this.pending.delete(settled);
      this.report('The sink did not finish.');
    }
  }

  /** Once in a while: a sink that is down loses every event. Its own words may hold what it was given. */
  private report(reason: string): void {
    this.lost += 1;
    const now = performance.now();
    if (now - this.reportedAt < REPORT_MS) return;
    this.reportedAt = now;
    const events = this.lost === 1 ? 'An audit event was' : `${this.lost} audit events were`;
    this.logger.error(`${events} lost. ${reason}`);
    this.lost = 0;
  }

  /** Looked up application-wide: any module of the host may provide it. */
  private find<T>(token: symbol | (abstract new () => T)): T | undefined {
    const scope = scopeOf(this.moduleRef, token);
    if (scope === undefined) return undefined;
    if (scope === Scope.DEFAULT) return this.moduleRef.get<T>(token as symbol, { strict: false });
    throw new AuditConfigurationError(
      'The AuditSink is request-scoped or transient. Make it a singleton: who calls is in its events.',
    );
  }
}

/** Events that a sink may be at; one more is lost rather than let memory grow. */
const MAX_PENDING = 10_000;
/** After which an event that a sink has not finished is not waited for, in milliseconds. */
const FORGOTTEN_MS = 60_000;
const SHUTDOWN_MS = 2_000;
const REPORT_MS = 60_000;

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
