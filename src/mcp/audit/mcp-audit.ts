import { Inject, Injectable } from '@nestjs/common';
import { Audit } from '../../audit/audit.js';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import { MCP_PATH } from '../mcp.tokens.js';
import { ExchangeAudit, type AuditedRequest } from './exchange-audit.js';

/** Creates the audit of each request of this endpoint. */
@Injectable()
export class McpAudit {
  constructor(
    private readonly audit: Audit,
    private readonly catalog: McpCatalog,
    @Inject(MCP_PATH) private readonly endpoint: string,
  ) {}

  /** @returns `undefined` while the audit is off */
  open(request: AuditedRequest): ExchangeAudit | undefined {
    const { level } = this.audit;
    if (level === 'off') return undefined;
    const { audit, catalog, endpoint } = this;
    return new ExchangeAudit(request, { audit, catalog, endpoint, level });
  }
}
