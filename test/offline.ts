import childProcess from 'node:child_process';
import { Server } from 'node:net';

/** Set-up of `npm run test:fast`: a spec that opens a port or starts a process belongs elsewhere. */
const refuse = (what: string) => () => {
  throw new Error(`${what} in a spec of npm run test:fast: see test/support/offline-specs.ts`);
};
Server.prototype.listen = refuse('listen()');
Object.assign(childProcess.ChildProcess.prototype, { spawn: refuse('A new process') });
