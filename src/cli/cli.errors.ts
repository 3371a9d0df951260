/** Codes of the errors of the commands, beside `USAGE`. */
export type CliErrorCode =
  'LIVE_KEY_REFUSED' | 'LIVE_NOT_CONFIRMED' | 'LIVE_NOT_CONFIGURED' | 'LIVE_FILE_INVALID';

abstract class CliError extends Error {
  abstract readonly code: CliErrorCode;
}

/** `doctor --live` works with the keys of a development instance only. */
export class LiveKeyError extends CliError {
  override readonly name = 'LiveKeyError';
  readonly code = 'LIVE_KEY_REFUSED';

  /** @param variable which contains the key */
  constructor(variable: string, prefix: string) {
    super(
      `doctor --live creates and deletes OAuth applications, so it works with development keys only: ${variable} does not begin with ${prefix}. Take the keys of a development instance.`,
    );
  }
}

/** Nobody agreed to what `doctor --live` creates. */
export class LiveNotConfirmedError extends CliError {
  override readonly name = 'LiveNotConfirmedError';
  readonly code = 'LIVE_NOT_CONFIRMED';
}

/** The variables name no instance. */
export class LiveConfigurationError extends CliError {
  override readonly name = 'LiveConfigurationError';
  readonly code = 'LIVE_NOT_CONFIGURED';
}

/** The file of `emulator --like` is not one that `doctor --live` wrote. */
export class LiveFileError extends CliError {
  override readonly name = 'LiveFileError';
  readonly code = 'LIVE_FILE_INVALID';
}
