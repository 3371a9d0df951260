import { registerAs, type ConfigType } from '@nestjs/config';
import { z } from 'zod';

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
  BASE_URL: z.url().optional(),
  DATABASE_DIR: z.string().min(1).optional(),
  REQUESTS_PER_MINUTE: z.coerce.number().int().positive().default(300),
  CLERK_SECRET_KEY: z.string().min(1).optional(),
  CLERK_PUBLISHABLE_KEY: z.string().min(1).optional(),
  CLERK_AUTHORIZED_PARTIES: z
    .string()
    .transform((text) => text.split(',').map((origin) => origin.trim()))
    .optional(),
});

/** The validated environment variables. An empty variable counts as unset. */
export const notesConfig = registerAs('notes', () => {
  const given = Object.entries(process.env).filter(([, value]) => value !== '');
  const environment = Environment.safeParse(Object.fromEntries(given));
  if (!environment.success) throw new Error(z.prettifyError(environment.error));
  const { HOST, PORT, BASE_URL, CLERK_SECRET_KEY, ...rest } = environment.data;
  return {
    host: HOST,
    port: PORT,
    origin: new URL(BASE_URL ?? `http://${HOST}:${PORT}`).origin,
    databaseDir: rest.DATABASE_DIR,
    requestsPerMinute: rest.REQUESTS_PER_MINUTE,
    clerk: CLERK_SECRET_KEY
      ? {
          secretKey: CLERK_SECRET_KEY,
          publishableKey: rest.CLERK_PUBLISHABLE_KEY,
          authorizedParties: rest.CLERK_AUTHORIZED_PARTIES,
        }
      : undefined,
  };
});

export type NotesConfig = ConfigType<typeof notesConfig>;
