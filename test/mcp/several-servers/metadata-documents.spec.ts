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

  it('takes audiences for the only endpoint, and for each of several by its path', () => {
    const old = 'https://old.example.com/mcp';
    const one = read({ audiences: [old, old] }, ['notes']);
    expect(resourceAt(one, 'notes').audiences).toEqual([`${BASE}/notes`, old]);
    const two = read({ resources: { admin: { audiences: [old] } } }, ['notes', 'admin']);
    expect(resourceAt(two, 'notes').audiences).toEqual([`${BASE}/notes`]);
    expect(resourceAt(two, 'admin').audiences).toEqual([`${BASE}/admin`, old]);
  });

  it('stops the boot for audiences that would open the wrong endpoint', () => {
    const paths = ['notes', 'admin'];
    expect(() => read({ audiences: ['https://old.example.com/mcp'] }, paths)).toThrow(
      /^\[Clerk\] audiences does not say which endpoint it is for.*"notes", "admin".*resources: \{ 'notes': \{ audiences: \['https:\/\/old\.example\.com\/mcp'\]/,
    );
    for (const audience of [`${BASE}/admin`, 'HTTPS://Example.com:443/x/../%61dmin']) {
      expect(() => read({ resources: { notes: { audiences: [audience] } } }, paths)).toThrow(
        `audiences of the endpoint at "notes" contains ${BASE}/admin, which is the endpoint at "admin"`,
      );
    }
    expect(() => read({ resources: { notes: { audiences: ['old'] } } }, paths)).toThrow(
      '[Clerk] resources["notes"].audiences: "old" is not an absolute http or https URI',
    );
  });

  it('gives each endpoint its loopback names, and refuses those of another', () => {
    const local = (options: Parameters<typeof readProtectedResources>[0], base: string) =>
      readProtectedResources({ loopbackNames: true, ...options }, ['a', 'b'], base, DEFAULTS);
    const names = (base: string) => [...resourceAt(local({}, base), 'b').names];
    expect(names('http://127.0.0.1:3000').map(([host, { resource }]) => [host, resource])).toEqual([
      ['localhost:3000', 'http://localhost:3000/b'],
      ['127.0.0.1:3000', 'http://127.0.0.1:3000/b'],
      ['[::1]:3000', 'http://[::1]:3000/b'],
    ]);
    expect(names('https://localhost/x')).toContainEqual([
      '[::1]:443',
      {
        resource: 'https://[::1]/x/b',
        metadataURL: 'https://[::1]/.well-known/oauth-protected-resource/x/b',
      },
    ]);
    const hosts = names('http://localhost').map(([host]) => host);
    expect(hosts.toSorted()).toEqual(
      ['[::1]', '127.0.0.1', 'localhost'].flatMap((name) => [name, `${name}:80`]).toSorted(),
    );
    const other = { resources: { a: { audiences: ['http://localhost:3000/b'] } } };
    expect(() => local(other, 'http://127.0.0.1:3000')).toThrow('which is the endpoint at "b"');
    for (const base of ['https://mcp.example.com', 'http://127.0.0.2:3000', 'http://a.localhost']) {
      expect(() => local({}, base)).toThrow(/^\[Clerk\] loopbackNames is true, and baseURL.*Set/);
    }
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
