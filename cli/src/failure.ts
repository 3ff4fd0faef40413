/**
 * What ends a command with an exit code other than 0. Its text is all that a person gets to see, so it says what to do;
 * everything else that is thrown is a fault of the CLI itself.
 */

/** 1: the work failed. 2: the command was used wrongly. */
export type FailureCode = 1 | 2;

export class Failure extends Error {
  readonly exitCode: FailureCode;

  constructor(message: string, exitCode: FailureCode = 1) {
    super(message);
    this.name = "Failure";
    this.exitCode = exitCode;
  }
}

/** The command ends with `exitCode` after it has said everything itself. */
export class SilentFailure extends Failure {}

/** Wrong use of a command: exit 2. */
export function usageFailure(message: string): Failure {
  return new Failure(message, 2);
}
