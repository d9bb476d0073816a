/** What all commands share: how they are called and how they end. */

/** Text after the command's name, not parsed yet. */
export type Command = {
  readonly name: string;
  /** One line for `semwire --help`. */
  readonly summary: string;
  /** What `semwire NAME --help` prints. */
  readonly help: string;
  /** @returns the exit code: 0 fine, 1 the thing asked for failed, 2 usage */
  readonly run: (args: readonly string[]) => Promise<number>;
};

/** Ends a command with a text for the person at the terminal, no stack. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}
