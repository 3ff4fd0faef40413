/** One adapter program as a child process: orders out, answers in, each within its time. What it says on stderr is kept for reports. */
import { type ChildProcess, spawn } from "node:child_process";
import { eachLine } from "../../adapters/shared/lines.ts";

export type Answer = Readonly<Record<string, unknown>>;

const ANSWER_MS = 15_000;
const STDERR_KEPT = 8_192;

interface Waiting {
  resolve(answer: Answer): void;
  readonly timer: NodeJS.Timeout;
}

/** Changes what an adapter is told or what it answers: how a mutant of an adapter is made. */
export interface Interference {
  /** An answer in place of the program's own. */
  instead?(order: Answer): Answer | undefined;
  answer?(order: Answer, answer: Answer): Answer;
}

export interface AdapterCommand {
  readonly command: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

export class AdapterProcess {
  stderr = "";
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #interference: Interference;
  #orders = 0;
  #ended: string | undefined;

  constructor({ command, folder, environment }: AdapterCommand, interference: Interference = {}) {
    const [program = "", ...words] = command;
    this.#interference = interference;
    this.#child = spawn(program === "node" ? process.execPath : program, words, {
      cwd: folder,
      env: { ...process.env, ...environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const { stdout, stderr, stdin } = this.#child;
    stderr?.on("data", (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString()).slice(-STDERR_KEPT);
    });
    stdin?.on("error", () => {});
    if (stdout !== null) eachLine(stdout, (line) => this.#answered(line));
    this.#child.on("error", (error) => this.#end(`it did not start: ${error.message}`));
    this.#child.on("exit", (code, signal) => this.#end(`it ended with ${code ?? signal}`));
  }

  get ended(): string | undefined {
    return this.#ended;
  }

  /** The answer; `{broken}` where there was none. */
  async order(words: Answer): Promise<Answer> {
    const { instead, answer } = this.#interference;
    const replaced = instead?.(words);
    if (replaced !== undefined) return replaced;
    const told = await this.#send(words);
    return answer === undefined ? told : answer(words, told);
  }

  #send(words: Answer): Promise<Answer> {
    if (this.#ended !== undefined) return Promise.resolve({ broken: this.#ended });
    const id = ++this.#orders;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        resolve({ broken: `no answer to ${String(words.op)} in ${ANSWER_MS} ms` });
      }, ANSWER_MS);
      this.#waiting.set(id, { resolve, timer });
      this.#child.stdin?.write(`${JSON.stringify({ ...words, id })}\n`);
    });
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    const gone = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 2_000);
    await gone;
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #answered(line: string): void {
    const answer = parsed(line);
    const id = Number(answer?.id);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined || answer === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.resolve(answer);
  }

  #end(why: string): void {
    this.#ended ??= `the adapter ended: ${why}. ${this.stderr.slice(-600)}`;
    for (const { resolve, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      resolve({ broken: this.#ended });
    }
    this.#waiting.clear();
  }
}

function parsed(line: string): Answer | undefined {
  try {
    return JSON.parse(line) as Answer;
  } catch {
    return undefined;
  }
}
