import { Module, ValidationPipe } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import { ClerkAuthGuard, ClerkAuthModule, McpModule } from 'nestjs-clerk-mcp';
import { OrdersController } from './orders.controller.js';
import { OrdersService } from './orders.service.js';

@Module({
  imports: [
    ClerkAuthModule.forRoot({
      secretKey: process.env.CLERK_SECRET_KEY ?? '',
      publishableKey: process.env.CLERK_PUBLISHABLE_KEY,
      apiURL: process.env.CLERK_API_URL,
      baseURL: `http://localhost:${process.env.PORT ?? 3000}`,
      scopes: ['profile', 'email', 'orders:write'],
    }),
    McpModule.forRoot({ name: 'orders', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  controllers: [OrdersController],
  providers: [
    OrdersService,
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true, transform: true }) },
  ],
})
export class AppModule {}
