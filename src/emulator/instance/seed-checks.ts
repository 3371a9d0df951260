import { clerkId } from './clerk-id.js';
import { slugOf } from './organizations.js';
import { CLERK_SCOPES } from './scopes.js';
import { checkRoles } from './seed-role-checks.js';
import { isRecord, list, liveKeys, quoted, text, tooLong } from './unread-seed.js';

/**
 * What contradicts itself in a seed, each as `entry: problem. Cure.` It reads what it can: a field of a
 * wrong type is the business of the schema.
 *
 * @param seed parsed JSON
 * @param customScopes scopes that exist besides those of the seed
 * @param maxEntries of a store. Default: any number
 */
export function contradictions(
  seed: unknown,
  customScopes: Readonly<Record<string, string>>,
  maxEntries = Infinity,
): readonly string[] {
  if (!isRecord(seed)) return [];
  const problems: string[] = [];
  const check = new SeedCheck(seed, problems);
  const users = check.users();
  const organizations = check.organizations(users);
  check.memberships(users, organizations);
  check.known('externalAccounts', 'user', users, 'user', 'users');
  check.applications(customScopes);
  const machines = check.machines();
  check.apiKeys(users, new Set([...organizations, ...machines]));
  check.billingPlans();
  const payers = new Set([...users, ...organizations]);
  check.known(
    'billingStatements',
    'payer',
    payers,
    'user or organization',
    'users or organizations',
  );
  check.faults();
  problems.push(...tooLong(seed, maxEntries));
  for (const path of liveKeys(seed, '')) {
    problems.push(
      `${path}: is a live key of Clerk. Revoke it if others have seen it, and write a made-up value.`,
    );
  }
  return problems;
}

/** The checks of the sections. Names that are compared without regard to case are in lower case. */
class SeedCheck {
  constructor(
    private readonly seed: Readonly<Record<string, unknown>>,
    private readonly problems: string[],
  ) {}

  /** @returns the ids and addresses of the users */
  users(): ReadonlySet<string> {
    const names = new Map<string, string>();
    const others = new Map<string, string>();
    for (const [path, user] of this.#entries('users')) {
      const address = text(user['emailAddress']);
      const isNew =
        address === undefined ||
        this.#claim(names, `${path}.emailAddress`, address.toLowerCase(), 'e-mail address');
      const derived = address !== undefined && isNew ? clerkId('user', address) : undefined;
      const id = text(user['id']) ?? derived;
      if (id !== undefined) this.#claim(names, `${path}.id`, id, 'id');
      for (const field of ['username', 'externalId', 'phoneNumber'] as const) {
        const name = text(user[field]);
        if (name === undefined) continue;
        const unique = field === 'username' ? name.toLowerCase() : name;
        this.#claim(others, `${path}.${field}`, `${field}:${unique}`, field);
      }
    }
    return new Set(names.keys());
  }

  /** @returns the ids and slugs of the organizations */
  organizations(users: ReadonlySet<string>): ReadonlySet<string> {
    const names = new Map<string, string>();
    for (const [path, organization] of this.#entries('organizations')) {
      const given = text(organization['slug']) ?? text(organization['name']);
      const slug = given === undefined ? undefined : (text(organization['slug']) ?? slugOf(given));
      if (slug === '') {
        this.#add(
          `${path}.slug`,
          'the name has no letter or digit to derive it from. Give a slug.',
        );
      }
      const isNew = !slug || this.#claim(names, `${path}.slug`, slug, 'slug');
      const derived = given !== undefined && isNew ? clerkId('org', given) : undefined;
      const id = text(organization['id']) ?? derived;
      if (id !== undefined) this.#claim(names, `${path}.id`, id, 'id');
    }
    this.known('organizations', 'createdBy', users, 'user', 'users');
    return new Set(names.keys());
  }

  memberships(users: ReadonlySet<string>, organizations: ReadonlySet<string>): void {
    this.known('memberships', 'organization', organizations, 'organization', 'organizations');
    this.known('memberships', 'user', users, 'user', 'users');
    const roles = checkRoles(this.seed, this.problems);
    const pairs = new Map<string, string>();
    const resolve = this.#resolver();
    for (const [path, membership] of this.#entries('memberships')) {
      const role = text(membership['role']);
      // A membership that brings its permissions defines its role.
      if (role !== undefined && !roles.has(role) && !Array.isArray(membership['permissions'])) {
        this.#add(
          `${path}.role`,
          `the role ${quoted(role)} is unknown. Use ${[...roles].join(' or ')}, or give the permissions of the role here.`,
        );
      }
      const organization = text(membership['organization']);
      const user = text(membership['user']);
      if (organization === undefined || user === undefined) continue;
      const pair = JSON.stringify([resolve(organization), resolve(user.toLowerCase())]);
      const first = pairs.get(pair);
      if (first === undefined) pairs.set(pair, path);
      else this.#add(path, `${first} has the same user and organization. Keep one of them.`);
    }
  }

  applications(given: Readonly<Record<string, string>>): void {
    const custom = isRecord(this.seed['customScopes']) ? this.seed['customScopes'] : {};
    for (const name of Object.keys(custom)) {
      if (!Object.hasOwn(CLERK_SCOPES, name)) continue;
      this.#add(`customScopes.${name}`, 'is a scope of Clerk itself. Remove it.');
    }
    const scopes = new Set(Object.keys({ ...CLERK_SCOPES, ...custom, ...given }));
    const names = new Map<string, string>();
    for (const [path, application] of this.#entries('oauthApplications')) {
      const clientId = text(application['clientId']);
      if (clientId !== undefined) this.#claim(names, `${path}.clientId`, clientId, 'clientId');
      this.#scopes(`${path}.scopes`, application['scopes'], scopes);
      const secrets = ['clientSecret', 'clientSecretFingerprint'].filter(
        (one) => one in application,
      );
      if (application['public'] === true && secrets.length > 0) {
        this.#add(
          `${path}.${secrets[0]}`,
          'a public application has no secret. Remove it, or set public to false.',
        );
      }
      if (secrets.length > 1) this.#both(path, secrets);
      if (secrets.includes('clientSecretFingerprint') && application['public'] !== false) {
        this.#add(`${path}.public`, 'has to be false with clientSecretFingerprint.');
      }
    }
    const switches = isRecord(this.seed['switches']) ? this.seed['switches'] : {};
    for (const name of ['defaultScopes', 'clientMetadataScopes', 'advertisedScopes']) {
      this.#scopes(`switches.${name}`, switches[name], scopes);
    }
  }

  apiKeys(users: ReadonlySet<string>, others: ReadonlySet<string>): void {
    const subjects = new Set([...users, ...others]);
    const sections = 'users, organizations or machines';
    this.known('apiKeys', 'subject', subjects, 'user, organization or machine', sections);
    this.known('apiKeys', 'createdBy', users, 'user', 'users');
    this.#secrets('apiKeys', 'secret', 'secretFingerprint');
  }

  /** @returns their ids */
  machines(): ReadonlySet<string> {
    const ids = new Map<string, string>();
    for (const [path, machine] of this.#entries('machines')) {
      const id = text(machine['id']);
      if (id !== undefined) this.#claim(ids, `${path}.id`, id, 'id');
    }
    for (const [path, machine] of this.#entries('machines')) {
      for (const [index, id] of list(machine['scopedMachines']).entries()) {
        if (typeof id !== 'string' || ids.has(id)) continue;
        this.#add(
          `${path}.scopedMachines[${index}]`,
          `no machine has the id ${quoted(id)}. Add it to machines, or correct it.`,
        );
      }
    }
    this.#secrets('machines', 'secretKey', 'secretKeyFingerprint');
    return new Set(ids.keys());
  }

  billingPlans(): void {
    const plans = new Map<string, string>();
    for (const [path, plan] of this.#entries('billingPlans')) {
      const slug = text(plan['slug']);
      const name = `${text(plan['payerType']) ?? 'org'}:${slug}`;
      if (slug !== undefined) this.#claim(plans, `${path}.slug`, name, 'slug and payerType');
    }
  }

  faults(): void {
    const groups = new Map<string, string>();
    for (const [path, fault] of this.#entries('faults')) {
      const group = text(fault['group']);
      if (group !== undefined) this.#claim(groups, `${path}.group`, group, 'group');
    }
  }

  /** Checks that a field names something that exists. */
  known(
    section: string,
    field: string,
    names: ReadonlySet<string>,
    what: string,
    where: string,
  ): void {
    for (const [path, entry] of this.#entries(section)) {
      const name = text(entry[field]);
      if (
        name === undefined ||
        names.has(name) ||
        (name.includes('@') && names.has(name.toLowerCase()))
      )
        continue;
      this.#add(
        `${path}.${field}`,
        `no ${what} is named ${quoted(name)}. Add it to ${where}, or correct the name.`,
      );
    }
  }

  #secrets(section: string, secret: string, fingerprint: string): void {
    const known = new Map<string, string>();
    for (const [path, entry] of this.#entries(section)) {
      if (!(secret in entry) && !(fingerprint in entry)) {
        this.#add(
          `${path}.${secret}`,
          'is required, so that both sides know it. Write ak_ and any letters and digits.',
        );
      }
      if (secret in entry && fingerprint in entry) this.#both(path, [secret, fingerprint]);
      for (const field of [secret, fingerprint]) {
        const value = text(entry[field]);
        if (value === undefined) continue;
        const first = known.get(value);
        if (first === undefined) known.set(value, `${path}.${field}`);
        else this.#add(`${path}.${field}`, `is that of ${first} as well. Give each its own.`);
      }
    }
  }

  #scopes(path: string, value: unknown, known: ReadonlySet<string>): void {
    for (const [index, scope] of list(value).entries()) {
      if (typeof scope !== 'string' || known.has(scope)) continue;
      this.#add(
        `${path}[${index}]`,
        `the scope ${quoted(scope)} is unknown. Define it in customScopes, or correct it.`,
      );
    }
  }

  #both(path: string, fields: readonly string[]): void {
    this.#add(path, `has ${fields.join(' and ')}. Keep one of them.`);
  }

  /** Records a name that only one entry may have, and returns whether no other entry has it. */
  #claim(names: Map<string, string>, path: string, name: string, what: string): boolean {
    const first = names.get(name);
    if (first === undefined) {
      names.set(name, path);
      return true;
    }
    this.#add(path, `${first} has the same ${what}. Change one of them.`);
    return false;
  }

  /** One name for all names of a user or an organization. */
  #resolver(): (name: string) => string {
    const ids = new Map<string, string>();
    for (const [, user] of this.#entries('users')) {
      const address = text(user['emailAddress']);
      if (address === undefined) continue;
      const id = text(user['id']) ?? clerkId('user', address);
      ids.set(id.toLowerCase(), address.toLowerCase());
    }
    for (const [, organization] of this.#entries('organizations')) {
      const name = text(organization['name']) ?? '';
      const slug = text(organization['slug']) ?? slugOf(name);
      ids.set(text(organization['id']) ?? clerkId('org', text(organization['slug']) ?? name), slug);
    }
    return (name) => ids.get(name) ?? name;
  }

  #entries(
    section: string,
  ): readonly (readonly [path: string, Readonly<Record<string, unknown>>])[] {
    return list(this.seed[section]).flatMap((entry, index) =>
      isRecord(entry) ? [[`${section}[${index}]`, entry] as const] : [],
    );
  }

  #add(path: string, problem: string): void {
    this.problems.push(`${path}: ${problem}`);
  }
}
