/** Whether a permission is one of Clerk itself. */
export function isSystemPermission(key: string): boolean {
  return key.startsWith('org:sys_');
}

/** Keys of roles and permissions, in the form that Clerk demands. */
export const ROLE_KEY = /^org:[a-z0-9_]+$/;
export const PERMISSION_KEY = /^org:[a-z0-9_]+:[a-z0-9_]+$/;

/** What the role of those who create an organization has to have. */
export const CREATOR_PERMISSIONS: readonly string[] = [
  'org:sys_memberships:manage',
  'org:sys_memberships:read',
  'org:sys_profile:delete',
];

/** The permissions of a new instance; those of notes are the emulator's example of custom ones. */
export const DEFAULT_PERMISSIONS = [
  { key: 'org:sys_profile:manage', name: 'Manage organization' },
  { key: 'org:sys_profile:delete', name: 'Delete organization' },
  { key: 'org:sys_memberships:read', name: 'Read members' },
  { key: 'org:sys_memberships:manage', name: 'Manage members' },
  { key: 'org:sys_domains:read', name: 'Read domains' },
  { key: 'org:sys_domains:manage', name: 'Manage domains' },
  { key: 'org:sys_billing:read', name: 'Read billing' },
  { key: 'org:sys_billing:manage', name: 'Manage billing' },
  { key: 'org:notes:read', name: 'Read notes' },
  { key: 'org:notes:write', name: 'Write notes' },
] as const;

/** The roles of a new instance: that of those who create an organization, and that of other members. */
export const DEFAULT_ROLES = [
  { key: 'org:admin', name: 'Admin', permissions: DEFAULT_PERMISSIONS.map(({ key }) => key) },
  {
    key: 'org:member',
    name: 'Member',
    permissions: ['org:sys_memberships:read', 'org:sys_billing:read', 'org:notes:read'],
  },
] as const;
