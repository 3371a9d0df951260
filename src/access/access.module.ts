import { Module } from '@nestjs/common';
import { AccessControl } from './access-control.js';
import { AccessPolicies } from './access-policies.js';
import { AccessRuleRegistry } from './access-rule-registry.js';

/** The decision on access, which the modules of this package share. */
@Module({
  providers: [AccessPolicies, AccessControl, AccessRuleRegistry],
  exports: [AccessControl, AccessRuleRegistry],
})
export class AccessModule {}
