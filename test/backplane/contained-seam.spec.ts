import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest';
import { ContainedSeam, SeamFailedError } from '../../src/backplane/contained-seam.js';

const SECRET = 'ECONNREFUSED 10.0.0.7:6379 key=user_alice';

describe('ContainedSeam', () => {
  let now = 0;
  let seam: ContainedSeam;
  let warn: MockInstance<Logger['warn']>;

  beforeEach(() => {
    vi.useFakeTimers();
    now = 0;
    warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    seam = new ContainedSeam({
      name: 'Counters',
      consequence: 'Each node counts by itself.',
      now: () => now,
    });
  });
  afterEach(() => {
    warn.mockRestore();
    vi.useRealTimers();
  });

  const pass = (ms: number) => {
    now += ms;
    return vi.advanceTimersByTimeAsync(ms);
  };
  const hang = () => new Promise<never>(() => undefined);
  const fail = (): never => {
    throw new Error(SECRET);
  };
  const lines = () => warn.mock.calls.map(([line]) => String(line));
  const hangOnce = async () => {
    const answer = seam.callOr<string>(hang, () => 'otherwise');
    await pass(1_000);
    return answer;
  };

  it.each([
    ['answers', async () => 1],
    ['fails', async () => fail()],
  ])('leaves no timer behind where the implementation %s', async (_, work) => {
    await seam.callOr(work, () => 2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives a value that is known at once at once', () => {
    expect(seam.call(() => 7)).toBe(7);
    expect(seam.callOr(fail, () => 8)).toBe(8);
  });

  it('passes the answer of an implementation on, of whatever kind of promise', async () => {
    const foreign = { then: (done: (value: string) => void) => done('foreign') };
    expect(await seam.call(async () => 'own')).toBe('own');
    expect(await seam.call(() => foreign as unknown as Promise<string>)).toBe('foreign');
  });

  it.each([
    ['throws', fail],
    ['rejects', async () => fail()],
  ])('never repeats the words of one that %s', async (_, work) => {
    const failed = await Promise.resolve()
      .then(() => seam.call<never>(work))
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(SeamFailedError);
    expect(String(Reflect.get(failed as object, 'stack'))).not.toContain('ECONNREFUSED');
    expect(lines()).toEqual(['Counters failed with Error. Each node counts by itself.']);
  });

  it('names the code of an error, which is a word', () => {
    seam.callOr(
      () => {
        throw Object.assign(new Error(SECRET), { code: 'ETIMEDOUT' });
      },
      () => undefined,
    );
    expect(lines()).toEqual(['Counters failed with ETIMEDOUT. Each node counts by itself.']);
  });

  it('waits for the time limit, and not longer', async () => {
    const answer = seam.callOr<string>(hang, () => 'otherwise');
    const settled = vi.fn();
    void Promise.resolve(answer).then(settled);
    await pass(999);
    expect(settled).not.toHaveBeenCalled();
    await pass(1);
    expect(settled).toHaveBeenCalledWith('otherwise');
    expect(lines()).toEqual([expect.stringContaining('did not answer within 1000 ms')]);
  });

  it('logs one line a minute, with the number of failures', async () => {
    for (let call = 0; call < 5; call += 1) seam.callOr(fail, () => undefined);
    await pass(59_999);
    seam.callOr(fail, () => undefined);
    expect(lines()).toHaveLength(1);
    await pass(1);
    seam.callOr(fail, () => undefined);
    expect(lines()).toHaveLength(2);
    expect(lines()[1]).toContain('(6 failures since the last line)');
  });

  it('leaves one that hangs alone, and tries it with one call', async () => {
    for (let call = 0; call < 3; call += 1) expect(await hangOnce()).toBe('otherwise');
    const asked = vi.fn(hang);
    expect(seam.callOr<string>(asked, () => 'at once')).toBe('at once');
    expect(asked).not.toHaveBeenCalled();
    await pass(1_000);
    const probe = seam.callOr<string>(asked, () => 'otherwise');
    expect(seam.callOr<string>(asked, () => 'at once')).toBe('at once');
    expect(asked).toHaveBeenCalledTimes(1);
    await pass(1_000);
    expect(await probe).toBe('otherwise');
    expect(seam.callOr<string>(asked, () => 'still paused')).toBe('still paused');
    await pass(1_000);
    expect(await seam.call(async () => 'back')).toBe('back');
    expect(await seam.call(async () => 'back for all')).toBe('back for all');
  });

  it('does not leave one alone that fails at once: each call may be the one that passes', async () => {
    for (let call = 0; call < 20; call += 1) seam.callOr(fail, () => undefined);
    expect(seam.call(() => 'back')).toBe('back');
  });

  it('takes a late rejection calmly', async () => {
    let reject: (error: Error) => void = () => undefined;
    const late = new Promise<string>((_, no) => {
      reject = no;
    });
    const answer = seam.callOr(
      () => late,
      () => 'otherwise',
    );
    await pass(1_000);
    expect(await answer).toBe('otherwise');
    reject(new Error(SECRET));
    await pass(0);
  });
});
