import { ClsPluginBase, type ClsPluginHooks } from 'nestjs-cls';
import { requestOf } from '../request-of.js';
import { adoptRequest } from './request-scope.js';

/**
 * Keeps the user when a host's `ClsModule.forRoot({ guard | interceptor })` replaces the store in
 * the middle of a request, as it does around tools, whose context type it does not know.
 */
export class RequestScopePlugin extends ClsPluginBase {
  constructor() {
    super('nestjs-clerk-mcp');
    this.registerHooks({ useFactory: () => HOOKS });
  }
}

const HOOKS: ClsPluginHooks = {
  afterSetup: (cls, context) => {
    if (context.kind !== 'guard' && context.kind !== 'interceptor') return;
    const request = requestOf(context['ctx']);
    if (request) adoptRequest(cls, request);
  },
};
