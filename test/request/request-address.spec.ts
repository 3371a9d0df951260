import { Controller, Get, Module, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  addressOf,
  hasUntrustedForwarding,
  noteAddress,
  trustedAddressOf,
} from '../../src/request/request-address.js';
import { carrierOf } from '../../src/request/request-record.js';
import { ADAPTERS, type AdapterName } from '../support/adapters.js';

@Controller()
class Addresses {
  @Get()
  read(@Req() request: object) {
    const said = () => ({
      address: addressOf(request),
      trusted: trustedAddressOf(request) ?? 'none',
      unexplained: hasUntrustedForwarding(request),
    });
    noteAddress(request);
    const noted = carrierOf(request);
    return { ...said(), raw: [trustedAddressOf(noted) ?? 'none', hasUntrustedForwarding(noted)] };
  }
}

@Module({ controllers: [Addresses] })
class AddressModule {}

/** Asks from 127.0.0.1, with these headers. */
async function askWith(
  headers: Record<string, string>,
  adapter: AdapterName,
  trustProxy: string | false,
) {
  const app =
    adapter === 'fastify'
      ? await NestFactory.create(
          AddressModule,
          new FastifyAdapter({ trustProxy, forceCloseConnections: true }),
          { logger: false },
        )
      : await NestFactory.create<NestExpressApplication>(AddressModule, new ExpressAdapter(), {
          logger: false,
          forceCloseConnections: true,
        });
  if (adapter === 'express') app.getHttpAdapter().getInstance().set('trust proxy', trustProxy);
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  return (await fetch(await app.getUrl(), { headers })).json();
}

const PROXY = '127.0.0.1';

describe.each(ADAPTERS)('the address of a request on %s', (adapter) => {
  it('is that of the connection where nothing was forwarded', async () => {
    expect(await askWith({}, adapter, false)).toEqual({
      address: PROXY,
      trusted: PROXY,
      unexplained: false,
      raw: [PROXY, false],
    });
  });

  it.each([
    ['X-Forwarded-For', { 'x-forwarded-for': '203.0.113.7' }],
    ['a chain', { 'x-forwarded-for': '203.0.113.7, 198.51.100.9' }],
    ['Forwarded', { forwarded: 'for=203.0.113.7' }],
  ])('is not trusted behind a proxy that the framework does not trust (%s)', async (_, headers) => {
    expect(await askWith(headers, adapter, false)).toEqual({
      address: PROXY,
      trusted: 'none',
      unexplained: true,
      raw: ['none', true],
    });
  });

  it('is that of the caller behind a proxy that the framework trusts', async () => {
    expect(await askWith({ 'x-forwarded-for': '203.0.113.7' }, adapter, PROXY)).toEqual({
      address: '203.0.113.7',
      trusted: '203.0.113.7',
      unexplained: false,
      raw: ['203.0.113.7', false],
    });
  });

  it('is not trusted where the framework trusts another proxy', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.7' };
    expect(await askWith(headers, adapter, '192.0.2.1')).toMatchObject({ trusted: 'none' });
  });

  it('is trusted where the proxy and the caller share a host', async () => {
    const headers = { 'x-forwarded-for': PROXY };
    expect(await askWith(headers, adapter, PROXY)).toMatchObject({
      trusted: PROXY,
      unexplained: false,
    });
  });
});

it('a request that no network brought has no address, and was not forwarded', () => {
  expect(trustedAddressOf({})).toBeUndefined();
  expect(hasUntrustedForwarding({})).toBe(false);
});

it('an IPv4 address that an IPv6 socket received is the same address', () => {
  const request = {
    ip: '192.0.2.1',
    headers: { 'x-forwarded-for': '203.0.113.7' },
    socket: { remoteAddress: '::ffff:192.0.2.1' },
  };
  expect(hasUntrustedForwarding(request)).toBe(true);
});
