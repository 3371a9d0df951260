import { Module } from '@nestjs/common';
import { AccessControl } from './access-control.js';
import { AccessPolicies } from './access-policies.js';
import { Audit } from './audit/audit.js';
import { RuleBook } from './rule-book.js';

/** The decision on access, which the modules of this package share. */
@Module({
  providers: [AccessPolicies, AccessControl, RuleBook, Audit],
  exports: [AccessControl, RuleBook, Audit],
})
export class AccessModule {}
