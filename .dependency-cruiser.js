/**
 * Who may import whom: a package imports from rows below its own, never sideways and never upwards. The rows are those
 * of docs/ARCHITECTURE.md.
 */
const rows = [
  ["codec"],
  ["protocol", "schema/compiler", "router/stores"],
  ["router/core", "sdks/typescript", "generators/core", "transports", "schema/dynamic"],
  [
    "router/telemetry",
    "router/registry",
    "sdks/node",
    "generators/typescript",
    "generators/node",
    "generators/python",
  ],
  ["router/server", "generators"],
  ["cli"],
  ["conformance", "benchmarks", "simulation", "examples", "tools"],
];
/** Siblings that may import each other, from -> to. */
const exceptions = new Map([["generators/node", ["generators/typescript"]]]);

/** The folder's own files; `generators` means its top files alone, the languages below it are rows of their own. */
const filesOf = (folder) => (folder === "generators" ? "^generators/[^/]+\\.ts$" : `^${folder}/`);

const layers = rows.flatMap((row, height) =>
  row.map((folder) => {
    const below = [...rows.slice(0, height).flat(), folder, ...(exceptions.get(folder) ?? [])];
    return {
      name: `layer-${folder.replaceAll("/", "-")}`,
      comment: `${folder} may import only: ${below.join(", ")}`,
      severity: "error",
      from: { path: filesOf(folder), pathNot: ["\\.test\\.ts$", "/test/", "/samples/"] },
      to: {
        path: rows.flat().map(filesOf),
        pathNot: below.map(filesOf),
      },
    };
  }),
);

const universal =
  "^(codec|protocol|schema/compiler|router/stores|router/core|sdks/typescript)/src/";
const isTest = "\\.test\\.ts$|/testing/";

/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    ...layers,
    {
      name: "universal-code-imports-no-node-module",
      severity: "error",
      from: { path: universal, pathNot: isTest },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "src-never-imports-tests",
      severity: "error",
      from: { path: "/src/", pathNot: isTest },
      to: { path: isTest },
    },
    {
      name: "only-generators-print-code",
      severity: "error",
      from: { pathNot: "^generators/" },
      to: { path: "node_modules/(ts-morph|handlebars)/" },
    },
    {
      name: "the-referee-shares-nothing",
      comment: "a fault shared with the code under test would agree with itself",
      severity: "error",
      from: { path: "^conformance/src/referee/", pathNot: "/(router|peer)\\.ts$" },
      to: { pathNot: "^conformance/src/referee/", dependencyTypesNot: ["core"] },
    },
    {
      name: "no-circular-imports",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-import-that-leads-nowhere",
      comment: "a package that is not declared in package.json resolves to nothing",
      severity: "error",
      from: { pathNot: "/dist/|^cli/templates/" },
      to: { couldNotResolve: true },
    },
    {
      name: "no-undeclared-package",
      severity: "error",
      from: { path: "/src/", pathNot: isTest },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/dist/|/golden/|/node_modules/(?!@nexus-bridge)" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["@nexus-bridge/source", "import", "node", "default", "types"],
      extensions: [".ts", ".js", ".d.ts"],
    },
  },
};
