import { applyDecorators } from '@nestjs/common';
import { RequirePolicy, DenyImpersonation, RequirePermission } from 'nestjs-clerk-mcp';
import { ReadsNotes } from '../clerk/notes.access.js';
import { ExportsEnabled } from '../settings/exports-enabled.policy.js';

/** Access rule for exports. Impersonation is refused. */
export const ExportsNotes = () =>
  applyDecorators(
    ReadsNotes(),
    RequirePermission('org:notes:export'),
    RequirePolicy(ExportsEnabled),
    DenyImpersonation(),
  );
