import {
  Body,
  Controller,
  DefaultValuePipe,
  Delete,
  Get,
  Param,
  ParseIntPipe,
  Post,
  Query,
  UseGuards,
} from '@nestjs/common';
import {
  ClerkAuthGuard,
  CurrentPrincipal,
  McpTool,
  type Principal,
  RequireScopes,
} from 'nestjs-clerk-mcp';
import { CreateOrder } from './order.js';
import { OrdersService } from './orders.service.js';

/** A controller that was there before MCP. What is new are the decorators `@McpTool()`. */
@Controller('orders')
@UseGuards(ClerkAuthGuard)
export class OrdersController {
  constructor(private readonly orders: OrdersService) {}

  @McpTool({ name: 'listOrders', description: 'Lists the orders of the user' })
  @Get()
  list(
    @CurrentPrincipal() { subject }: Principal,
    @Query('limit', new DefaultValuePipe(20), ParseIntPipe) limit: number,
  ) {
    return this.orders.listOf(subject, limit);
  }

  @McpTool({ name: 'readOrder', description: 'Reads an order of the user' })
  @Get(':id')
  read(@CurrentPrincipal() { subject }: Principal, @Param('id') id: string) {
    return this.orders.find(subject, id);
  }

  @RequireScopes('orders:write')
  @McpTool({ name: 'createOrder', description: 'Orders an item' })
  @Post()
  create(@CurrentPrincipal() { subject }: Principal, @Body() order: CreateOrder) {
    return this.orders.create(subject, order);
  }

  /** Stays a route: without the decorator it is no tool. */
  @RequireScopes('orders:write')
  @Delete(':id')
  cancel(@CurrentPrincipal() { subject }: Principal, @Param('id') id: string) {
    return { cancelled: this.orders.find(subject, id).id };
  }
}
