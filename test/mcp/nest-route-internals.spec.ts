import {
  Body,
  Controller,
  Cookies,
  DefaultValuePipe,
  Headers,
  HostParam,
  Ip,
  Next,
  Param,
  ParseEnumPipe,
  ParseIntPipe,
  Query,
  RawBody,
  Req,
  Res,
  Session,
  Sse,
  UploadedFile,
  UploadedFiles,
  createParamDecorator,
} from '@nestjs/common';
import * as nest from '@nestjs/common';
import { EMPTY } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SSE_METADATA } from '../../src/mcp/nest-internals.js';
import { pipeSettingsOf, routeParametersOf } from '../../src/mcp/nest-route-internals.js';

const Own = createParamDecorator(() => undefined);
const Text = z.string();

@Controller()
class Streams {
  @Sse()
  events() {
    return EMPTY;
  }
}

describe('Of the internals of Nest, for routes', () => {
  // Nest 11 has no `@Cookies()` and no schemas of parameters.
  it.runIf('Cookies' in nest)(
    'the parameters of a route say what they read, by which name and with which pipes',
    () => {
      class Routes {
        route(
          @Param('id', ParseIntPipe) _id: number,
          @Query() _query: object,
          @Body({ schema: Text }) _body: string,
          @Headers('x-a') _header: string,
          @Req() _request: object,
          @Res() _reply: object,
          @Session() _session: object,
          @UploadedFile() _file: object,
          @UploadedFiles() _files: object,
          @HostParam('h') _host: string,
          @Ip() _ip: string,
          @RawBody() _raw: object,
          @Cookies() _cookies: object,
          @Next() _next: object,
          @Own() _own: object,
        ) {}
      }
      // As `emitDecoratorMetadata` writes it.
      Reflect.defineMetadata(
        'design:paramtypes',
        [Number, Object, String],
        Routes.prototype,
        'route',
      );
      const parameters = routeParametersOf(Routes, 'route');
      const kinds = 'param query body headers request reply session file file host ip';
      expect(parameters.map(({ kind }) => kind)).toEqual([
        ...kinds.split(' '),
        'raw body',
        'cookies',
        'request',
        'custom',
      ]);
      expect(parameters[0]).toMatchObject({ name: 'id', pipes: [ParseIntPipe], type: Number });
      expect(parameters[1]).toMatchObject({ name: undefined, pipes: [], type: Object });
      expect(parameters[2]).toMatchObject({ schema: Text, type: String });
    },
  );

  it('the pipes of Nest keep what they were created with', () => {
    const options = { optional: true };
    expect(pipeSettingsOf(new ParseIntPipe(options)).options).toMatchObject(options);
    expect(pipeSettingsOf(new ParseEnumPipe({ A: 'a' }, options))).toMatchObject({
      options,
      enumType: { A: 'a' },
    });
    expect(pipeSettingsOf(new DefaultValuePipe(7)).defaultValue).toBe(7);
    expect(Reflect.getMetadata(SSE_METADATA, Streams.prototype.events)).toBe(true);
  });
});
