/** Puts the registry of a router process together: what its folder keeps, and the schema files that the operator names. */
import { formatProblem, hasErrors, loadSchema } from "@nexus-bridge/generate-core";
import {
  compileSet,
  createVersion,
  openRegistryFolder,
  ordered,
  type RegistryLimits,
  SchemaRegistry,
  type Version,
} from "@nexus-bridge/router-registry";

export interface SchemaOptions {
  /** Files or folders with .proto files, loaded at the start as the subject `local`. */
  readonly schemas?: readonly string[] | undefined;
  /** A folder that keeps what is pushed. Without it a restart forgets. */
  readonly path?: string | undefined;
  readonly limits: () => RegistryLimits;
  /** Called after every version that is new. */
  readonly pushed: (version: Version) => void;
}

const LOCAL_SUBJECT = "local";
const LOCAL_HASH_DIGITS = 12;

/** @throws Error naming the file that is wrong, and where. */
export async function openSchemaRegistry(options: SchemaOptions): Promise<SchemaRegistry> {
  const { schemas = [], path, limits, pushed } = options;
  const folder = path === undefined ? undefined : await openRegistryFolder(path);
  const registry = new SchemaRegistry({
    compile: async (set) => compileSet(set),
    limits,
    wallMs: Date.now,
    changed: pushed,
    ...(folder && { keep: folder.keep }),
  });
  for (const version of folder?.versions ?? []) registry.restore(version);
  if (schemas.length > 0) registry.restore(localVersion(schemas));
  return registry;
}

function localVersion(inputs: readonly string[]): Version {
  const folder = process.cwd();
  const { model, problems, loaded } = loadSchema({ base: folder, workingFolder: folder, inputs });
  if (model === undefined || hasErrors(problems)) {
    throw new Error(`schemas: the files have problems\n${problems.map(formatProblem).join("\n")}`);
  }
  const set = ordered({ files: loaded.files, inputs: loaded.inputs });
  const version = createVersion({
    subject: LOCAL_SUBJECT,
    version: "start",
    set,
    model,
    pushedAtMs: Date.now(),
    verdict: undefined,
    allowedBreaking: false,
  });
  return { ...version, version: version.hashText.slice(0, LOCAL_HASH_DIGITS) };
}
