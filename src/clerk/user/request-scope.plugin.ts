import { ClsPluginBase, type ClsInitContext, type ClsPluginHooks } from 'nestjs-cls';
import { carrierOf } from '../../access/request-principal.js';
import { requestOf } from '../request-of.js';
import { adoptRequest } from './request-scope.js';

/**
 * Keeps the user when a host's `ClsModule.forRoot()` replaces the store in the middle of a request:
 * a guard or interceptor does around tools, whose context type it does not know, and a middleware
 * that enters its store.
 */
export class RequestScopePlugin extends ClsPluginBase {
  constructor() {
    super('nestjs-clerk-mcp');
    this.registerHooks({ useFactory: () => HOOKS });
  }
}

const HOOKS: ClsPluginHooks = {
  // Before the set-up of the host, which keeps an id that is there and may look for more.
  beforeSetup: (cls, context) => {
    const request = requestIn(context);
    if (request) adoptRequest(cls, request);
  },
};

function requestIn(context: ClsInitContext): object | undefined {
  switch (context.kind) {
    case 'guard':
    case 'interceptor':
      return requestOf(context['ctx']);
    case 'middleware':
      return carrierOf(context['req']);
    default:
      return undefined;
  }
}
