import { AuditRecordingModule } from '../../src/audit/audit.module.js';
import { Injectable, Module, Scope } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { Audit } from '../../src/audit/audit.js';
import { AuditConfigurationError, AuditSink, type AuditEvent } from '../../src/extend.js';
import { AuditModule, type AuditOptions } from '../../src/index.js';
import { LogLines } from '../mcp/log-lines.js';

const EVENT: AuditEvent = {
  type: 'list',
  time: new Date(0).toISOString(),
  requestId: 'req-1',
  transport: 'http',
  method: 'tools/list',
  visible: 1,
  hidden: 2,
};

async function start(sink?: Partial<AuditSink>, options?: AuditOptions) {
  const log = new LogLines();
  @Module({ providers: sink ? [{ provide: AuditSink, useValue: sink }] : [] })
  class HostModule {}
  const builder = Test.createTestingModule({
    imports: [AuditRecordingModule, HostModule, ...(options ? [AuditModule.forRoot(options)] : [])],
  });
  const module = await (await builder.setLogger(log).compile()).init();
  onTestFinished(() => module.close());
  return { audit: module.get(Audit), log, module };
}

describe('Audit', () => {
  it('writes what is refused into the log, where nobody says anything', async () => {
    const { audit, log } = await start();
    expect(audit.level).toBe('refusals');
    audit.record(EVENT);
    expect(log.lines.filter((line) => line.endsWith('| Audit'))).toEqual([
      `${JSON.stringify(EVENT)} | Audit`,
    ]);
  });

  it('writes as much as it was told', async () => {
    expect((await start(undefined, { log: 'all' })).audit.level).toBe('all');
    expect((await start(undefined, { log: 'off' })).audit.level).toBe('off');
  });

  it('hands events to the sink of the application in place of the log', async () => {
    const record = vi.fn();
    const { audit, log } = await start({ level: 'all', record }, { log: 'off' });
    expect(audit.level).toBe('all');
    audit.record(EVENT);
    expect(record.mock.calls).toEqual([[EVENT]]);
    expect(log.lines.join()).not.toContain('req-1');
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('down');
      },
    ],
    ['rejects', () => Promise.reject(new Error('down'))],
    [
      'returns what is no promise of ours',
      () => ({ then: (_: unknown, fail: (error: Error) => void) => fail(new Error('down')) }),
    ],
  ])('outlives a sink that %s, and says so once', async (_how, record) => {
    const { audit, log } = await start({ level: 'all', record: record as AuditSink['record'] });
    for (let round = 0; round < 100; round += 1) audit.record(EVENT);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(log.errorsWith('lost')).toHaveLength(1);
    expect(log.errorsWith('An audit event was lost')).toHaveLength(1);
    expect(log.lines.join(), 'its words may hold what it was given').not.toContain('down');
  });

  it('outlives a sink that cannot say what it wants', async () => {
    const sink = {
      record: vi.fn(),
      get level(): 'all' {
        throw new Error('down');
      },
    };
    const { audit, log } = await start(sink);
    expect(audit.level).toBe('off');
    expect(log.errorsWith('lost')).toHaveLength(1);
  });

  it('loses events rather than let a sink that hangs fill the memory', async () => {
    const record = vi.fn(() => new Promise<void>(() => undefined));
    const { audit, log } = await start({ level: 'all', record });
    for (let round = 0; round < 12_000; round += 1) audit.record(EVENT);
    expect(record).toHaveBeenCalledTimes(10_000);
    expect(log.errorsWith('The sink is too slow')).toHaveLength(1);
  });

  it('goes on with a sink that hung, after a minute', async () => {
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now);
    onTestFinished(() => clock.mockRestore());
    const record = vi.fn(() => new Promise<void>(() => undefined));
    const { audit } = await start({ level: 'all', record });
    for (let round = 0; round < 10_001; round += 1) audit.record(EVENT);
    now = 59_999;
    audit.record(EVENT);
    expect(record).toHaveBeenCalledTimes(10_000);
    now = 60_000;
    audit.record(EVENT);
    expect(record).toHaveBeenCalledTimes(10_001);
  });

  it('waits at shutdown for what is under way', async () => {
    let finish = (): void => undefined;
    let isDone = false;
    const record = async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      isDone = true;
    };
    const { audit, module } = await start({ level: 'all', record });
    audit.record(EVENT);
    const closed = module.close();
    setTimeout(() => finish(), 20);
    await closed;
    expect(isDone).toBe(true);
  });

  it('stops the boot for a short key, and for a sink that is made per request', async () => {
    await expect(start(undefined, { digestKey: 'short' })).rejects.toThrow(AuditConfigurationError);
    @Injectable({ scope: Scope.REQUEST })
    class Scoped extends AuditSink {
      readonly level = 'all';
      override record(): void {}
    }
    const module = await Test.createTestingModule({
      imports: [AuditRecordingModule],
      providers: [{ provide: AuditSink, useClass: Scoped }],
    }).compile();
    await expect(module.init()).rejects.toThrow(/Make it a singleton/);
  });
});
