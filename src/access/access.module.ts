import { Module } from '@nestjs/common';
import { AccessControl } from './access-control.js';
import { AccessPolicies } from './access-policies.js';
import { RuleBook } from './access-rule-registry.js';

/** The decision on access, which the modules of this package share. */
@Module({
  providers: [AccessPolicies, AccessControl, RuleBook],
  exports: [AccessControl, RuleBook],
})
export class AccessModule {}
