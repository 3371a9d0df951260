import { expect, it, onTestFinished } from 'vitest';
import { call, connect, ERAS, RESOURCE, startStdioApp } from '../stdio/stdio-app.js';
import { Jobs } from '../tasks/task-tools.js';
import { LimitedTools } from './limited-tools.js';

it.each(ERAS)('limits of a tool hold over stdio, %s client', async (era) => {
  const host = await startStdioApp([Jobs, LimitedTools]);
  onTestFinished(() => host.stop());
  const token = await host.clerk.issue.oauthAccessToken({
    user: 'ada@example.com',
    resource: RESOURCE,
    format: 'jwt',
  });
  const session = await connect(host, { era, token });
  const jobs = host.app.get(Jobs);
  expect(await call(session, 'polite', { name: 'a' })).toEqual({
    isError: true,
    text: 'polite did not finish within 0.5 seconds and was stopped.',
  });

  const first = call(session, 'narrow', { name: 'b' });
  await jobs.reached('b');
  expect(await call(session, 'narrow', { name: 'c' })).toMatchObject({
    isError: true,
    text: expect.stringMatching(/^Too many of your calls of narrow are running/),
  });
  jobs.open('b');
  expect(await first).toMatchObject({ text: 'b' });
});
