import { Injectable, Module } from '@nestjs/common';
import { ClerkAuthGuard, ClerkAuthModule, McpModule, McpTool, RequireRole } from 'nestjs-clerk-mcp';
import { z } from 'zod';

@Injectable()
export class ReportTools {
  @RequireRole('org:admin')
  @McpTool({ description: 'Sums up a year', input: z.object({ year: z.int() }) })
  sumUp({ year }: { year: number }) {
    return `${year} was a good year.`;
  }
}

@Module({
  imports: [
    ClerkAuthModule.forRoot({
      secretKey: process.env.CLERK_SECRET_KEY ?? '',
      publishableKey: process.env.CLERK_PUBLISHABLE_KEY,
      apiURL: process.env.CLERK_API_URL,
      baseURL: 'https://reports.example.com',
    }),
    McpModule.forRoot({ name: 'reports', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [ReportTools],
})
export class AppModule {}
