import 'nestjs-clerk-mcp/testing/vitest';
import { ExpressAdapter } from '@nestjs/platform-express';
import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';

let mcp: McpTest;
beforeAll(async () => {
  mcp = await createMcpTest({ imports: [AppModule], adapter: new ExpressAdapter() });
});
afterAll(() => mcp.close());

it('orders through a tool what REST then lists', async () => {
  const ada = await mcp.as({ email: 'ada@example.com', scopes: ['profile', 'orders:write'] });
  const created = await ada.callTool('createOrder', { item: 'paper', amount: 2 });
  expect(created.isError).toBe(false);
  const response = await ada.fetch(new URL('/orders', mcp.url));
  expect(await response.json()).toMatchObject([{ item: 'paper', amount: 2 }]);
});

it('lists to a caller the tools that it may call, and no other route', async () => {
  const ada = await mcp.as({ email: 'ada@example.com', scopes: ['profile', 'orders:write'] });
  const grace = await mcp.as({ email: 'grace@example.com', scopes: ['profile'] });
  await expect(ada).toSeeTools('createOrder', 'listOrders', 'readOrder');
  await expect(grace).toSeeTools('listOrders', 'readOrder');
});

it('validates the arguments of a tool as the body of the route', async () => {
  const ada = await mcp.as({ scopes: ['profile', 'orders:write'] });
  await expect(ada.callTool('createOrder', { item: 'paper', amount: 0 })).toHaveToolError(/amount/);
});

it('finds no order of somebody else', async () => {
  const ada = await mcp.as({ email: 'ada@example.com', scopes: ['profile', 'orders:write'] });
  const grace = await mcp.as({ email: 'grace@example.com', scopes: ['profile'] });
  const created = await ada.callTool('createOrder', { item: 'ink', amount: 1 });
  const { id } = JSON.parse(created.text);
  await expect(grace.callTool('readOrder', { id })).toHaveToolError('There is no such order.');
});
