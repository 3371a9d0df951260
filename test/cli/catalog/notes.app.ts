import { Controller, Injectable, Module, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import { Public, RequireRole, RequireScopes } from '../../../src/access/access.decorators.js';
import { McpCompletion, McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import { McpResource } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';

@Injectable()
class Notes {
  @Public()
  @McpTool({
    title: 'Find | notes',
    description: 'Finds notes.\n# Not a heading <script>',
    input: z.object({ text: z.string().describe('What to look for') }),
    annotations: { readOnlyHint: true, openWorldHint: false },
  })
  find({ text }: { text: string }) {
    return text;
  }

  @RequireScopes('notes:write')
  @McpTool({
    title: 'Remove a note',
    description: 'Removes a note',
    input: z.object({ id: z.string() }),
    output: z.object({ removed: z.boolean() }),
    annotations: { readOnlyHint: false, destructiveHint: true },
    listed: 'callable',
  })
  remove() {
    return { removed: true };
  }

  @RequireRole('org:admin')
  @McpResource({ uri: 'notes://`all`', name: 'all', mimeType: 'text/plain', description: 'All' })
  all() {
    return 'all';
  }

  @Public()
  @McpPrompt({ description: 'Sums up', input: z.object({ topic: z.string() }) })
  summary() {
    return 'Sum up';
  }

  @Public()
  @McpCompletion({ prompt: 'summary', argument: 'topic' })
  topics() {
    return ['work'];
  }
}

@Controller('notes')
class NotesController {
  @RequireScopes('notes:write')
  @McpTool({
    title: 'Archive a note',
    description: 'Archives a note',
    annotations: { readOnlyHint: false, destructiveHint: false },
  })
  @Post(':id/archive')
  archive(@Param('id') id: string) {
    return id;
  }
}

const ICONS = [{ src: 'https://notes.example.com/i.png' }, { src: 'data:image/png;base64,AA==' }];

@Module({
  imports: [
    McpModule.forRoot({
      name: 'my notes',
      version: '1.2.0',
      title: 'Notes',
      instructions: 'Find first.',
      websiteUrl: 'https://notes.example.com',
      icons: ICONS,
      guards: [],
    }),
  ],
  providers: [Notes],
  controllers: [NotesController],
})
export class AppModule {}

@Injectable()
class Careless {
  @McpTool({ description: 'Does it', annotations: { readOnlyHint: true, destructiveHint: true } })
  contradiction() {
    return 1;
  }

  @McpTool({ name: 'a'.repeat(65), title: 'A', description: ' ' })
  silent() {
    return 1;
  }
}

@Module({ providers: [Careless] })
class CarelessModule {}

@Module({
  imports: [
    CarelessModule,
    McpModule.forRoot({
      name: 'careless',
      version: '1.0.0',
      guards: [],
      include: [CarelessModule],
    }),
    McpModule.forRoot({ name: 'other', version: '1.x', path: 'other', guards: [], include: [] }),
  ],
})
export class SeveralModule {}
