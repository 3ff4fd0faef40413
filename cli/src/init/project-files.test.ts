import { describe, expect, it } from "vitest";
import { projectFiles, starterLanguages } from "./project-files.ts";

function filesOf(
  languages: readonly string[],
  checkout?: string,
): Readonly<Record<string, string>> {
  const origin = checkout === undefined ? { version: "1.2.3" } : { version: "1.2.3", checkout };
  const files = projectFiles({ languages, origin });
  return Object.fromEntries(files.map(({ path, text }) => [path, text]));
}

describe("projectFiles", () => {
  it("rests on the registries when it runs from an installed package", () => {
    const files = filesOf(starterLanguages);
    const manifest = JSON.parse(files["package.json"] ?? "");
    expect(manifest).toMatchObject({
      dependencies: { "@nexus-bridge/sdk": "1.2.3", "@nexus-bridge/sdk-node": "1.2.3" },
      devDependencies: { "@nexus-bridge/cli": "1.2.3", typescript: expect.any(String) },
      scripts: { router: "nexus start", "provider:node": "node node/provider.js" },
    });
    expect(files["requirements.txt"]).toBe("nexus-bridge==1.2.3\n");
    expect(files["tsconfig.json"]).not.toContain("customConditions");
  });

  it("rests on the checkout's sources when it runs from one", () => {
    const files = filesOf(starterLanguages, "/checkout");
    const manifest = JSON.parse(files["package.json"] ?? "");
    expect(manifest.dependencies["@nexus-bridge/sdk"]).toBe("link:/checkout/sdks/typescript");
    expect(manifest.scripts["provider:node"]).toContain("--conditions=@nexus-bridge/source");
    expect(files["requirements.txt"]).toBeUndefined();
    expect(files["tsconfig.json"]).toContain("customConditions");
  });

  it("leaves only what the chosen languages need", () => {
    expect(Object.keys(filesOf(["python"])).sort()).toEqual([
      ".gitignore",
      "nexus.config.json",
      "python/caller.py",
      "python/provider.py",
      "requirements.txt",
      "schema/hello/v1/hello.proto",
    ]);
    expect(filesOf(["node"])["tsconfig.json"]).toBeUndefined();
  });
});
