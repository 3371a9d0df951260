import {
  Injectable,
  Scope,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { ProtocolError } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { McpTool, Public, RequireScopes, type McpContext } from '../../../src/index.js';
import { principalOf } from '../../../src/extend.js';
import { within } from '../fixtures.js';

const Job = z.object({ name: z.string() });
type Job = z.infer<typeof Job>;
const Sure = z.object({ sure: z.boolean() });
const Name = z.object({ name: z.string() });

/** What runs, as a test sees and steers it. */
@Injectable()
export class Jobs {
  readonly log: string[] = [];
  private readonly doors = new Map<string, Door>();

  /** Waits until the test opens the door of this name, or the signal aborts. */
  wait(name: string, signal: AbortSignal): Promise<void> {
    const { opened, reach } = this.door(name);
    reach(signal);
    return new Promise((resolve, reject) => {
      void opened.then(resolve);
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  }

  open(name: string): void {
    this.door(name).open();
  }

  /** The signal of the handler that waits at this door. */
  reached(name: string): Promise<AbortSignal> {
    return within(this.door(name).reached, `the handler at ${name}`);
  }

  private door(name: string): Door {
    const known = this.doors.get(name);
    if (known) return known;
    const [opened, open] = deferred<void>();
    const [reached, reach] = deferred<AbortSignal>();
    const door = { opened, open, reached, reach };
    this.doors.set(name, door);
    return door;
  }
}

interface Door {
  readonly opened: Promise<void>;
  readonly open: () => void;
  readonly reached: Promise<AbortSignal>;
  readonly reach: (signal: AbortSignal) => void;
}

function deferred<T>(): [Promise<T>, (value: T) => void] {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return [promise, settle];
}

/** Lets alice in, and notes that it was asked. */
@Injectable()
export class AliceOnly implements CanActivate {
  constructor(private readonly jobs: Jobs) {}

  canActivate(context: ExecutionContext): boolean {
    this.jobs.log.push(`guard ${context.getType()}`);
    const { userId } = principalOf(context.switchToHttp().getRequest()) ?? {};
    if (userId !== 'user_alice') throw new UnauthorizedException('Only alice may do this.');
    return true;
  }
}

@Injectable()
export class TaskTools {
  constructor(private readonly jobs: Jobs) {}

  @McpTool({ description: 'Waits to be let go', input: Job, task: 'optional' })
  async wait({ name }: Job, { signal, taskId }: McpContext) {
    this.jobs.log.push(`${name} ${taskId === undefined ? 'called' : 'task'}`);
    await this.jobs.wait(name, signal);
    return { name };
  }

  @McpTool({
    description: 'Runs as a task only',
    input: Job,
    task: { support: 'required', ttlMs: 1_000, pollIntervalMs: 50 },
  })
  async must({ name }: Job, { signal }: McpContext) {
    await this.jobs.wait(name, signal);
    return name;
  }

  @McpTool({ description: 'Says how far it is', input: Job, task: 'optional' })
  async report({ name }: Job, context: McpContext) {
    await context.progress(1, 3);
    await context.log('info', 'to nobody');
    await this.jobs.wait(name, context.signal);
    await context.progress(2, 3, 'nearly there');
    await this.jobs.wait(`${name} again`, context.signal);
  }

  @McpTool({ description: 'Has a bug', task: 'optional' })
  bug(): never {
    throw new Error('a secret of the house');
  }

  @McpTool({ description: 'Breaks the protocol', task: 'optional' })
  broken(): never {
    throw new ProtocolError(-32_000, 'No such thing', { thing: 1 });
  }

  @McpTool({ description: 'Asks until it is sure', task: 'optional' })
  async sure(_input: object, context: McpContext) {
    const asked = context.state<number>() ?? 0;
    const answer = context.answer('sure');
    if (answer.kind === 'elicit' && answer.action === 'accept') return `sure after ${asked}`;
    const form = { message: 'Sure?', schema: Sure };
    return context.ask({ sure: { form } }, asked + 1);
  }

  @McpTool({ description: 'Asks for two things', task: 'optional' })
  two(_input: object, context: McpContext) {
    const [one, other] = ['one', 'other'].map((key) => context.accepted(key, Name));
    if (one && other) return `${one.name} and ${other.name}`;
    const form = { message: 'Name?', schema: Name };
    return context.ask({ one: { form }, other: { form } });
  }

  @McpTool({ description: 'Asks the model of the client', task: 'optional' })
  samples(_input: object, context: McpContext) {
    return context.sample('x', { messages: [], maxTokens: 1 });
  }

  @McpTool({ description: 'Asks nothing, for ever', task: 'optional' })
  nothing(_input: object, context: McpContext) {
    return context.ask({}, 'state');
  }

  @McpTool({
    description: 'Asks, then goes on as a task',
    task: { support: 'optional', starts: 'by-handler' },
  })
  async later(_input: object, context: McpContext) {
    const user = context.accepted('user', Name);
    if (!user) return context.elicit('user', { message: 'Name?', schema: Name });
    if (user.name === 'nobody') return 'nothing to do';
    const started = [await context.startTask(), await context.startTask()].join();
    const sure = context.accepted('sure', Sure);
    if (!sure) await this.jobs.wait(user.name, context.signal);
    return `${user.name} ${started}`;
  }

  @UseGuards(AliceOnly)
  @McpTool({ description: 'For alice', task: 'optional' })
  guarded() {
    return 'alice';
  }

  @RequireScopes('jobs')
  @McpTool({ description: 'Needs a scope', input: Job, task: 'optional' })
  async scoped({ name }: Job, { signal }: McpContext) {
    await this.jobs.wait(name, signal);
  }

  @Public()
  @McpTool({ description: 'For everybody', task: 'optional' })
  open() {
    return 'open';
  }

  @McpTool({ description: 'No task' })
  plain() {
    return 'plain';
  }
}

let instances = 0;

/** One instance for each request, which a task keeps for all of its rounds. */
@Injectable({ scope: Scope.REQUEST })
export class ScopedTools {
  private readonly number = (instances += 1);

  @McpTool({ description: 'Tells its instance', task: 'optional' })
  instance(_input: object, context: McpContext) {
    const sure = context.accepted('sure', Sure);
    if (!sure)
      return context.ask({ sure: { form: { message: 'Sure?', schema: Sure } } }, this.number);
    return { asked: context.state(), answered: this.number };
  }
}
