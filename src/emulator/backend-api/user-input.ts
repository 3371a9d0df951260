import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { User, UserInput } from '../instance/users.js';
import { isoTime, mergeMetadata, metadata, METADATA_FIELDS, metadataOf } from './metadata.js';
import { notEmulated, oneOf, orNotFound, parseInput } from './request-input.js';
import { phoneNumberId } from './resource-json.js';

const name = z.string().max(256).nullish();

/** What a new and a changed user have in common. */
const PROFILE = {
  external_id: z.string().max(256).nullish(),
  first_name: name,
  last_name: name,
  locale: z.string().max(35).nullish(),
  username: z.string().max(64).nullish(),
  created_at: isoTime.nullish(),
  // The users of the emulator have neither password nor terms to accept, so there is nothing to skip.
  skip_password_checks: z.boolean().nullish(),
  skip_legal_checks: z.boolean().nullish(),
  password: notEmulated,
  password_digest: notEmulated,
  password_hasher: notEmulated,
  totp_secret: notEmulated,
  backup_codes: notEmulated,
  delete_self_enabled: notEmulated,
  legal_accepted_at: notEmulated,
  create_organization_enabled: notEmulated,
  create_organizations_limit: notEmulated,
  bypass_client_trust: notEmulated,
};

/** At most one: the users of the emulator have one address and one number. */
const single = z.array(z.string()).refine(({ length }) => length < 2, {
  params: { isUnsupported: true },
});
const identificationStatus = z
  .array(oneOf(['verified']))
  .max(1)
  .optional();

const MetadataBody = z.strictObject({ ...METADATA_FIELDS, unsafe_metadata: metadata });

const CreateBody = z.strictObject({
  ...PROFILE,
  ...MetadataBody.shape,
  email_address: single.pipe(z.array(z.email())).optional(),
  email_address_identification_status: identificationStatus,
  phone_number: single.pipe(z.array(z.e164())).optional(),
  phone_number_identification_status: identificationStatus,
  web3_wallet: notEmulated,
  skip_password_requirement: z.boolean().nullish(),
  skip_user_requirement: z.boolean().nullish(),
  banned: z.boolean().nullish(),
  locked: z.boolean().nullish(),
});

const UpdateBody = z.strictObject({
  ...PROFILE,
  primary_email_address_id: z.string().nullish(),
  notify_primary_email_address_changed: notEmulated,
  primary_phone_number_id: z.string().nullish(),
  primary_web3_wallet_id: notEmulated,
  profile_image_id: notEmulated,
  // Sessions end with a changed password, which no user of the emulator has.
  sign_out_of_other_sessions: notEmulated,
});

/** Creates a user from the body of `POST /v1/users`. */
export function createUser(core: EmulatorCore, body: unknown): User {
  const input = parseInput(CreateBody, body);
  const [emailAddress] = input.email_address ?? [];
  const [phoneNumber] = input.phone_number ?? [];
  if (emailAddress === undefined) {
    // The instance of the emulator requires an address, and its users always have one.
    if (input.skip_user_requirement === true) {
      throw ClerkApiError.unsupportedParameter('skip_user_requirement');
    }
    throw ClerkApiError.parameter('form_param_missing', 'email_address', 'must be included');
  }
  if (core.users.find(emailAddress)) throw isTaken('email_address');
  if (phoneNumber && core.users.list().some((one) => one.phoneNumber === phoneNumber)) {
    throw isTaken('phone_number');
  }
  requireFree(core, input, undefined);
  return core.users.create({
    ...profileOf(input),
    ...metadataOf(input),
    emailAddress,
    phoneNumber: phoneNumber ?? null,
    banned: input.banned ?? false,
    locked: input.locked ?? false,
  });
}

/** Changes a user by the body of `PATCH /v1/users/{user_id}`. */
export function updateUser(core: EmulatorCore, user: User, body: unknown): User {
  const input = parseInput(UpdateBody, body);
  requireOwn('primary_email_address_id', input.primary_email_address_id, user.emailAddressId);
  const phone = user.phoneNumber === null ? null : phoneNumberId(user);
  requireOwn('primary_phone_number_id', input.primary_phone_number_id, phone);
  requireFree(core, input, user.id);
  return core.users.update(user.id, profileOf(input));
}

/** Changes the metadata of a user: `merge` deeply, or `replace` what the body has. */
export function changeMetadata(
  core: EmulatorCore,
  user: User,
  body: unknown,
  way: 'merge' | 'replace',
): User {
  const input = parseInput(MetadataBody, body);
  const changes = way === 'merge' ? mergeMetadata(user, input) : metadataOf(input);
  // What was merged is bounded as well.
  parseInput(MetadataBody, {
    public_metadata: changes.publicMetadata,
    private_metadata: changes.privateMetadata,
    unsafe_metadata: changes.unsafeMetadata,
  });
  return core.users.update(user.id, changes);
}

/** @throws ClerkApiError 404 */
export function findUser(core: EmulatorCore, id: string): User {
  const user = id.startsWith('user_') ? core.users.find(id) : undefined;
  return orNotFound(user, 'The user');
}

type Profile = Pick<
  z.infer<typeof UpdateBody>,
  'external_id' | 'first_name' | 'last_name' | 'locale' | 'username' | 'created_at'
>;

function profileOf(input: Profile): Partial<Omit<UserInput, 'id' | 'emailAddress'>> {
  return {
    ...(input.external_id === undefined ? {} : { externalId: input.external_id }),
    ...(input.first_name === undefined ? {} : { firstName: input.first_name }),
    ...(input.last_name === undefined ? {} : { lastName: input.last_name }),
    ...(input.locale === undefined ? {} : { locale: input.locale }),
    // The empty text removes a username, as null does.
    ...(input.username === undefined ? {} : { username: input.username || null }),
    ...(typeof input.created_at === 'number' ? { createdAt: input.created_at } : {}),
  };
}

/** @throws ClerkApiError 422 when another user has the username or the external id */
function requireFree(core: EmulatorCore, input: Profile, self: string | undefined): void {
  const others = core.users.list().filter(({ id }) => id !== self);
  const username = input.username?.toLowerCase();
  const externalId = input.external_id;
  if (username && others.some((one) => one.username?.toLowerCase() === username)) {
    throw isTaken('username');
  }
  if (externalId && others.some((one) => one.externalId === externalId)) {
    throw isTaken('external_id');
  }
}

function isTaken(parameter: string): ClerkApiError {
  const problem = 'is taken. Please try another.';
  return ClerkApiError.parameter('form_identifier_exists', parameter, problem);
}

/** A primary identification is the user's own; the emulator has one of each kind. */
function requireOwn(parameter: string, given: string | null | undefined, own: string | null): void {
  if (given === undefined || given === null || given === own) return;
  throw ClerkApiError.notFound(`The identification in ${parameter}`);
}
