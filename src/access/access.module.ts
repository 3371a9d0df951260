import { Module } from '@nestjs/common';
import { AccessControl } from './access-control.js';
import { AccessPolicies } from './access-policies.js';
import { AccessRuleRegistry } from './access-rule-registry.js';

/** Access control for the modules of this package. */
@Module({
  providers: [AccessPolicies, AccessControl, AccessRuleRegistry],
  exports: [AccessControl, AccessRuleRegistry],
})
export class AccessModule {}
