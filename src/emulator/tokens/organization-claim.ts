/** The organization in a session token of version 2: claims `o`, `fea` and part of `pla`. */
export interface OrganizationClaims {
  readonly o: {
    readonly id: string;
    readonly slg: string;
    readonly rol: string;
    readonly per?: string;
    readonly fpm?: string;
  };
  readonly fea?: string;
}

/**
 * Packs role and permissions as Clerk does: `per` lists permission names, `fea` lists features, and
 * `fpm` holds for each feature a decimal bit mask over `per`, lowest bit first. System permissions
 * (`org:sys_…`) are never in a token.
 */
export function organizationClaims(
  organization: { readonly id: string; readonly slug: string },
  role: string,
  permissions: readonly string[],
): OrganizationClaims {
  const o = { id: organization.id, slg: organization.slug, rol: role.replace(/^org:/, '') };
  const custom = permissions
    .map((permission) => permission.split(':'))
    .filter(([prefix, feature, name]) => prefix === 'org' && name && !feature?.startsWith('sys_'));
  if (custom.length === 0) return { o };

  const features = unique(custom.map(([, feature = '']) => feature));
  const names = unique(custom.map(([, , name = '']) => name));
  const masks = features.map((feature) =>
    custom
      .filter(([, candidate]) => candidate === feature)
      .reduce((mask, [, , name = '']) => mask | (1n << BigInt(names.indexOf(name))), 0n),
  );
  return {
    o: { ...o, per: names.join(','), fpm: masks.join(',') },
    fea: features.map((feature) => `o:${feature}`).join(','),
  };
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].toSorted();
}
