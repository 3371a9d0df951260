import {
  All,
  Body,
  Controller,
  Get,
  Headers,
  HostParam,
  Param,
  Post,
  Query,
  Session,
  Sse,
  UploadedFile,
  Version,
  VersioningType,
  type Type,
} from '@nestjs/common';
import { of } from 'rxjs';
import { z } from 'zod';
import { McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';

import type { McpAppOptions } from '../fixtures.js';
import { IS_NEST_12 } from './route-app.js';

class Undescribed {}

const Union = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]);

@Controller('c')
class NoRoute {
  @McpTool({ description: 'x' })
  tool() {}
}
@Controller('c')
class Prompts {
  @McpPrompt({ description: 'x' })
  @Get()
  prompt() {
    return 'x';
  }
}
@Controller('c')
class Collision {
  @McpTool({ description: 'x' })
  @Post(':id')
  tool(@Param('id') id: string, @Body('id') other: string) {
    return [id, other];
  }
}
@Controller('c')
class PathAndQuery {
  @McpTool({ description: 'x' })
  @Get(':id')
  tool(@Param('id') id: string, @Query('id') other: string) {
    return [id, other];
  }
}
@Controller('c')
class WholeBody {
  @McpTool({ description: 'x' })
  @Post()
  tool(@Body() body: Undescribed) {
    return body;
  }
}
@Controller('c')
class UnionBody {
  @McpTool({ description: 'x' })
  @Post()
  tool(@Body({ schema: Union }) body: object) {
    return body;
  }
}
@Controller('c')
class WholeQuery {
  @McpTool({ description: 'x' })
  @Get()
  tool(@Query() query: Record<string, string>) {
    return query;
  }
}
@Controller('c')
class BodyOfGet {
  @McpTool({ description: 'x' })
  @Get()
  tool(@Body('a') a: string) {
    return a;
  }
}
@Controller('c')
class Upload {
  @McpTool({ description: 'x' })
  @Post()
  tool(@UploadedFile() file: object) {
    return file;
  }
}
@Controller('c')
class Sessions {
  @McpTool({ description: 'x' })
  @Get()
  tool(@Session() session: object) {
    return session;
  }
}
@Controller({ path: 'c', host: ':account.example.com' })
class Hosts {
  @McpTool({ description: 'x' })
  @Get()
  tool() {}
}
@Controller('c')
class HostParams {
  @McpTool({ description: 'x' })
  @Get()
  tool(@HostParam('account') account: string) {
    return account;
  }
}
@Controller('c')
class Tenant {
  @McpTool({ description: 'x' })
  @Get()
  tool(@Headers('X-Tenant') tenant: string) {
    return tenant;
  }
}
@Controller('c')
class Token {
  @McpTool({ description: 'x' })
  @Get()
  tool(@Headers('authorization') token: string) {
    return token;
  }
}
@Controller('c')
class TakesToken {
  @McpTool({ description: 'x', route: { headers: ['Authorization'] } })
  @Get()
  tool() {}
}
@Controller('c')
class Everything {
  @McpTool({ description: 'x' })
  @All()
  tool() {}
}
@Controller('c')
class Events {
  @McpTool({ description: 'x' })
  @Sse()
  tool() {
    return of({ data: 1 });
  }
}
@Controller('c')
class Silent {
  @McpTool({ route: {} })
  @Get()
  tool() {}
}
@Controller('c')
class Unbounded {
  @McpTool({ description: 'x', route: { maxBytes: 0 } })
  @Get()
  tool() {}
}
@Controller('c')
class Unplaced {
  @McpTool({ description: 'x', input: z.object({ id: z.string(), other: z.string() }), route: {} })
  @Get(':id')
  tool(@Param('id') id: string) {
    return id;
  }
}
@Controller('c')
class PathLess {
  @McpTool({ description: 'x', input: z.object({}), route: {} })
  @Get(':id')
  tool(@Param('id') id: string) {
    return id;
  }
}
@Controller('c')
class Ambiguous {
  @McpTool({ description: 'x', input: z.object({ a: z.string() }), route: {} })
  @Post()
  tool(@Query() query: object, @Body() body: object) {
    return [query, body];
  }
}
@Controller('c')
class NoBodyToName {
  @McpTool({ description: 'x', route: { body: 'note' } })
  @Post()
  tool() {}
}
@Controller('c')
class ObjectQuery {
  @McpTool({ description: 'x' })
  @Get()
  tool(@Query({ schema: z.object({ filter: z.object({ a: z.string() }) }) }) query: object) {
    return query;
  }
}
@Controller('c')
class CustomVersion {
  @McpTool({ description: 'x' })
  @Version('7')
  @Get()
  tool() {}
}

const WITH_SCHEMAS: readonly [Type, string][] = IS_NEST_12
  ? [[ObjectQuery, 'its query has "filter", which is an object']]
  : [];

/** Controllers whose tool stops the boot, and what the error says. */
export const UNCALLABLE: readonly [Type, string, McpAppOptions?][] = [
  [
    NoRoute,
    'NoRoute.tool cannot be served: it is a method of a controller, and no route. Add a decorator such as @Get(), or put it on a provider.',
  ],
  [
    Prompts,
    'Prompts.prompt cannot be served: it is on a controller, and a prompt is no route. Put it on a provider.',
  ],
  [
    Collision,
    `its path and its body both have "id", and the input of a tool is one object. Rename one of them, or set route: { body: 'body' }, so that the body becomes one field.`,
  ],
  [
    PathAndQuery,
    'its path and its query both have "id", and the input of a tool is one object. Rename one of them.',
  ],
  [
    WholeBody,
    'parameter 1 takes the whole body (Undescribed), and nothing tells its fields. Give @McpTool() an input schema',
  ],
  [UnionBody, "or route: { body: 'body' } for a body that is one field"],
  [WholeQuery, 'parameter 1 takes the whole query (Object), and nothing tells its fields.'],
  [BodyOfGet, 'it reads a body, and GET has none. Use @Query().'],
  [
    Upload,
    'parameter 1 reads an uploaded file, which the arguments of a tool cannot be. Put a tool on a provider',
  ],
  [Sessions, 'parameter 1 reads the session of a browser, which a call does not have.'],
  [Hosts, 'its controller is bound to a pattern of hosts, and a call names one host.'],
  [HostParams, 'parameter 1 reads the host, which a call does not choose.'],
  [
    Tenant,
    `parameter 1 reads the header "X-Tenant", which a call does not send. Set route: { headers: ['X-Tenant'] }`,
  ],
  [
    Token,
    'parameter 1 reads the header "authorization", which a call does not send. Read the caller from @CurrentPrincipal().',
  ],
  [TakesToken, 'route.headers: "Authorization" is not taken over'],
  [Everything, 'its route answers ALL, and a tool calls GET, POST, PUT, PATCH or DELETE.'],
  [Events, 'it is a stream of events (@Sse()), which never ends.'],
  [Silent, "its tool has no description. Give @McpTool({ description: '…' })."],
  [Unbounded, 'route.maxBytes is 0. Use a whole number of bytes above 0.'],
  [
    Unplaced,
    `its input has "other", which no parameter of the handler reads. Remove it, or read it with @Query('other') or @Body('other').`,
  ],
  [PathLess, 'its input has no "id", which its path needs. Add the field.'],
  [Ambiguous, 'its input has "a", which the query or the body may take: both are read as a whole.'],
  [NoBodyToName, 'route.body is "note", and no parameter reads a body.'],
  ...WITH_SCHEMAS,
  [
    CustomVersion,
    'its version 7 comes from a function of the application',
    {
      configure: (app) =>
        app.enableVersioning({ type: VersioningType.CUSTOM, extractor: () => '7' }),
    },
  ],
];
