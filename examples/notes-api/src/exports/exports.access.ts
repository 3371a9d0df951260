import { applyDecorators } from '@nestjs/common';
import { RequirePolicy, DenyImpersonation, RequirePermission } from 'nestjs-clerk-mcp';
import { ReadsNotes } from '../clerk/notes.access.js';
import { ExportsEnabled } from '../settings/exports-enabled.policy.js';

/** Who may take all notes away: nobody in the name of somebody else. */
export const ExportsNotes = () =>
  applyDecorators(
    ReadsNotes(),
    RequirePermission('org:notes:export'),
    RequirePolicy(ExportsEnabled),
    DenyImpersonation(),
  );
