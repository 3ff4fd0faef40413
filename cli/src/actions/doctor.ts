/** Runs `nexus doctor`: what is installed, what is missing, what installs it, and whether a router answers. */
import type { DoctorFlags } from "../commands/doctor.ts";
import { SilentFailure } from "../failure.ts";
import { openLink, routerUrl } from "../link.ts";
import { print, printJson } from "../output.ts";
import { type LanguageState, languageStates, nodeState, type ToolState } from "../toolchain.ts";

/** A router on this machine or near it answers sooner. */
const answerTimeoutMs = 1_000;

interface RouterState {
  readonly url: string;
  readonly isReachable: boolean;
  /** Why it is not. */
  readonly problem?: string;
}

export async function runDoctor(flags: DoctorFlags): Promise<void> {
  const node = nodeState();
  const [languages, router] = await Promise.all([languageStates(), routerState(flags.url)]);
  if (flags.json === true) printJson({ node, languages, router }, 2);
  else printReport(node, languages, router);
  if (!node.isUsable) throw new SilentFailure("node is too old");
}

async function routerState(given: string | undefined): Promise<RouterState> {
  const url = routerUrl(given);
  try {
    await using _link = await openLink(url, answerTimeoutMs);
    return { url, isReachable: true };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { url, isReachable: false, problem };
  }
}

function printReport(
  node: ToolState,
  languages: readonly LanguageState[],
  router: RouterState,
): void {
  printLine(node.isUsable, "nexus", toolText(node));
  for (const language of languages) {
    const text = language.tools.map(toolText).join("; ");
    printLine(language.isUsable, language.title, text === "" ? "nothing else is needed" : text);
  }
  printLine(router.isReachable, "router", router.isReachable ? router.url : routerText(router));
}

function printLine(isOk: boolean, name: string, text: string): void {
  print(`${isOk ? "ok     " : "missing"}  ${name.padEnd(11)} ${text}`);
}

function toolText(tool: ToolState): string {
  if (tool.isUsable) return `${tool.command} ${tool.version}`;
  const found = tool.version === undefined ? "is not installed" : `is ${tool.version}`;
  return `${tool.command} ${tool.minimum} or newer is needed and ${found}; install: ${tool.install}`;
}

function routerText(router: RouterState): string {
  const hint = router.problem?.includes("nexus start") === true ? "" : "; start one: nexus start";
  return `${router.problem ?? router.url}${hint}`;
}
