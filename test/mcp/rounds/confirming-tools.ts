import {
  ForbiddenException,
  Injectable,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type NestInterceptor,
} from '@nestjs/common';
import { z } from 'zod';
import {
  Confirm,
  CurrentPrincipal,
  McpTool,
  type McpContext,
  type Principal,
} from '../../../src/index.js';

const Id = z.object({ id: z.string().min(2), at: z.date().default(() => new Date()) });
export const ran: unknown[] = [];
export const asked: string[] = [];

class Nobody implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException('Nobody may.');
  }
}

class Notes implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler) {
    ran.push('interceptor');
    return next.handle();
  }
}

@Injectable()
export class Deleting {
  @Confirm(({ id }: { id: string }) => {
    asked.push(id);
    return `Delete ${id}?`;
  })
  @McpTool({ description: 'Deletes', input: z.object({ id: z.string().min(2) }) })
  remove({ id }: { id: string }) {
    ran.push(id);
    return `deleted ${id}`;
  }

  @McpTool({ name: 'wipe-all', description: 'Deletes all', output: z.object({ left: z.number() }) })
  @Confirm('Delete everything?')
  wipe() {
    ran.push('wipe');
    return { left: 0 };
  }

  @Confirm(async () => 'Delete later?')
  @McpTool({
    description: 'Has a new default with each call',
    input: Id.omit({ at: true }).extend({ at: z.string().default(() => String(Math.random())) }),
  })
  defaulted({ id }: { id: string }) {
    return id;
  }

  @Confirm('Guarded?')
  @UseGuards(new Nobody())
  @McpTool({ description: 'Nobody may' })
  guarded() {
    ran.push('guarded');
  }

  @UseInterceptors(new Notes())
  @Confirm('Who?')
  @McpTool({ description: 'Knows the caller', input: z.object({ id: z.string() }) })
  who({ id }: { id: string }, @CurrentPrincipal() caller: Principal, context: McpContext) {
    ran.push('who');
    return `${caller.subject} ${id} ${context.principal?.subject}`;
  }

  @Confirm('Go on?')
  @McpTool({ description: 'Asks itself, too', input: z.object({ id: z.string() }) })
  asks(_input: { id: string }, context: McpContext) {
    const Name = z.object({ name: z.string() });
    const Town = z.object({ town: z.string() });
    const name = context.state<{ name: string }>()?.name ?? context.accepted('name', Name)?.name;
    if (name === undefined) return context.elicit('name', { message: 'Name?', schema: Name });
    const town = context.accepted('town', Town)?.town;
    if (town === undefined)
      return context.ask({ town: { form: { message: 'Town?', schema: Town } } }, { name });
    ran.push('asks');
    return `${name} of ${town}`;
  }

  @Confirm('Really?')
  @McpTool({ description: 'Always a task', task: 'required', input: z.object({ id: z.string() }) })
  async job({ id }: { id: string }, context: McpContext) {
    const Name = z.object({ name: z.string() });
    const form = context.accepted('name', Name);
    if (!form) return context.elicit('name', { message: 'Name?', schema: Name });
    ran.push('job');
    return `${id} ${form.name}`;
  }

  @Confirm('Start?')
  @McpTool({ description: 'Becomes a task', task: { support: 'optional', starts: 'by-handler' } })
  async later(_input: object, context: McpContext) {
    ran.push(await context.startTask());
    return 'later';
  }
}

export const accepted = { action: 'accept', content: { confirm: true } };
