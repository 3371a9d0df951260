import { Module } from '@nestjs/common';
import { AccessControl } from './access-control.js';
import { AccessPolicies } from './access-policies.js';
import { AccessRuleRegistry } from './access-rule-registry.js';
import { ResourceRules } from './resource-rules.js';

/** Access control for the modules of this package. */
@Module({
  providers: [AccessPolicies, AccessControl, AccessRuleRegistry, ResourceRules],
  exports: [AccessControl, AccessRuleRegistry, ResourceRules],
})
export class AccessModule {}
