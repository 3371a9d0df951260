import { afterEach, describe, expect, it } from 'vitest';
import { Controller, Get, Module } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { ResourcePath } from '../../../src/request/guard-phase.js';
import {
  declaredResourcePaths,
  readProtectedResources,
  resourceAt,
} from '../../../src/clerk/protected-resources.js';
import { startTwoServers, type TwoServers } from './two-servers.js';

let servers: TwoServers | undefined;
afterEach(() => servers?.stop());

describe('the metadata documents of several servers', () => {
  it('are at the place for the path of each, and the first at the root', async () => {
    servers = await startTwoServers({ resourceName: 'Service' });
    const { baseURL, notes, admin } = servers;
    const read = async (path: string) => {
      const response = await fetch(`${baseURL}/.well-known/oauth-protected-resource${path}`);
      return response.ok ? ((await response.json()) as Record<string, unknown>) : response.status;
    };
    const document = { resource_name: 'Service', scopes_supported: ['profile', 'email'] };
    expect(await read('/notes/mcp')).toMatchObject({ ...document, resource: notes });
    expect(await read('/admin')).toMatchObject({ ...document, resource: admin });
    expect(await read('')).toMatchObject({ resource: notes });
    expect(await read('/notes')).toBe(404);
    expect(await read('/mcp')).toBe(404);
  });

  it('say of each what the options say of it, and the primary one may be another', async () => {
    servers = await startTwoServers({
      path: 'admin',
      resources: { admin: { resourceName: 'Admin', scopes: ['profile', 'user:org:read'] } },
    });
    const { baseURL, admin } = servers;
    const response = await fetch(`${baseURL}/.well-known/oauth-protected-resource`);
    expect(await response.json()).toMatchObject({
      resource: admin,
      resource_name: 'Admin',
      scopes_supported: ['profile', 'user:org:read'],
    });
  });
});

describe('readProtectedResources', () => {
  const BASE = 'https://example.com';
  const DEFAULTS = { scopes: ['profile'], docsURL: null, resourceName: null };
  const read = (options: Parameters<typeof readProtectedResources>[0], declared: string[]) =>
    readProtectedResources(options, declared, BASE, DEFAULTS);

  it('takes the path of the only endpoint, or the public one that is given for it', () => {
    expect(resourceAt(read({}, []), undefined).resource).toBe(`${BASE}/mcp`);
    expect(resourceAt(read({}, ['notes']), 'notes').resource).toBe(`${BASE}/notes`);
    const behindProxy = read({ path: '/api/notes/' }, ['notes']);
    expect(resourceAt(behindProxy, 'notes').resource).toBe(`${BASE}/api/notes`);
  });

  it('lets nobody in where no endpoint was declared', () => {
    expect(() => resourceAt(read({}, ['notes', 'admin']), 'other')).toThrow(
      'No protected resource is known at "other".',
    );
  });

  it('stops the boot for a path that is none, naming those that are', () => {
    expect(() => read({ path: 'x' }, ['notes', 'admin'])).toThrow(
      '[Clerk] path is "x", where no endpoint is. The endpoints are at: "notes", "admin".',
    );
    expect(() => read({ resources: { x: {} } }, ['notes', 'admin'])).toThrow(
      '[Clerk] resources names "x", where no endpoint is. The endpoints are at: "notes", "admin".',
    );
  });

  it('finds the resource of an ordinary controller', async () => {
    @ResourcePath('/files/')
    @Controller('files')
    class FilesController {
      @Get()
      list() {
        return [];
      }
    }
    @Module({ imports: [DiscoveryModule], controllers: [FilesController] })
    class FilesModule {}
    const module = await Test.createTestingModule({ imports: [FilesModule] }).compile();
    expect(declaredResourcePaths(module.get(DiscoveryService, { strict: false }))).toEqual([
      'files',
    ]);
    await module.close();
  });
});
