import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generatePython, modelOfTexts, repository, textOf } from "./testing/generate.ts";

const proto = (text: string, packageName = "a.v1") =>
  `syntax = "proto3";\npackage ${packageName};\n${text}`;

describe("modules", () => {
  const common = proto("message Money { int64 units = 1; }", "acme.common.v1");
  const shop = proto(
    'import "common.proto"; message Order { acme.common.v1.Money total = 1; }',
    "acme.shop.v1",
  );

  test("lie in the folder of their package below the root package", () => {
    const files = generatePython(modelOfTexts({ "common.proto": common, "shop.proto": shop }), {
      package: "acme_adapters",
    });
    expect(files.map((file) => file.path)).toContain("acme_adapters/acme/common/v1/common.py");
    expect(files.map((file) => file.path)).toContain("acme_adapters/py.typed");
    expect(textOf(files, "acme_adapters/acme/shop/v1/shop.py")).toContain(
      "from ...common.v1 import common as _common\n",
    );
  });

  test("are written for what inputs refer to and for nothing else they import", () => {
    const model = modelOfTexts(
      {
        "common.proto": common,
        "unused.proto": proto("message Unused {}", "b"),
        "shop.proto": shop.replace("import", 'import "unused.proto"; import'),
      },
      ["shop.proto"],
    );
    const paths = generatePython(model).map((file) => file.path);
    expect(paths).toContain("acme/common/v1/common.py");
    expect(paths).not.toContain("b/unused.py");
  });

  test("of a published package are imported and not written", () => {
    const files = generatePython(modelOfTexts({ "common.proto": common, "shop.proto": shop }), {
      imports: { "acme.common.v1": { package: "acme_common" } },
    });
    expect(files.map((file) => file.path)).not.toContain("acme/common/v1/common.py");
    expect(textOf(files, "acme/shop/v1/shop.py")).toContain(
      "from acme_common.acme.common.v1 import common as _common\n",
    );
  });

  test("give way to a package or a class of the same name", () => {
    const files = generatePython(
      modelOfTexts({
        "b.proto": proto("message x {}", "a"),
        "x.proto": proto("message Y {}", "a"),
        "c.proto": proto("message Z {}", "a.b"),
      }),
    );
    const paths = files.map((file) => file.path);
    expect(paths).toEqual(expect.arrayContaining(["a/b_.py", "a/x_.py", "a/b/c.py"]));
  });

  test("rest on the runtime that the target names", () => {
    const files = generatePython(modelOfTexts({ "a.proto": proto("message A {}") }), {
      options: { runtime: "mine.codec" },
    });
    expect(textOf(files, "a/v1/a.py")).toContain("from mine import codec as _gen1\n");
  });
});

test("a class that a member hides is reached by a second name", () => {
  const text = "message Box { message Inner { Box Box = 1; } Inner inner = 2; }";
  const files = generatePython(modelOfTexts({ "a.proto": proto(text) }));
  expect(textOf(files, "a/v1/a.py")).toContain("box: Box | None = None");
  const hiding = "message b { b b = 1; }";
  const hidden = textOf(generatePython(modelOfTexts({ "a.proto": proto(hiding) })), "a/v1/a.py");
  expect(hidden).toContain("    b: _T_b | None = None");
  expect(hidden).toContain("\n_T_b = b\n");
});

test("a builtin that a field hides is spelt in full", () => {
  const text = "message A { string str = 1; string other = 2; }";
  const module = textOf(generatePython(modelOfTexts({ "a.proto": proto(text) })), "a/v1/a.py");
  expect(module).toContain("import builtins as _builtins\n");
  expect(module).toContain('    other: _builtins.str = ""');
});

describe("the runtime's values of google.protobuf", () => {
  const folder = join(repository, "sdks/python/src/nexus_bridge");
  const source = ["_well_known.py", "_json_value.py", "_wrappers.py"]
    .map((file) => readFileSync(join(folder, file), "utf8"))
    .join("\n");
  const imports = ["timestamp", "duration", "any", "empty", "field_mask", "struct", "wrappers"];
  const { messages } = modelOfTexts({
    "a.proto": proto(imports.map((name) => `import "google/protobuf/${name}.proto";`).join("\n")),
  });
  const known = [...messages.values()].filter((message) => message.wellKnown !== undefined);

  test.each(known)("$fullName has the fingerprint of its schema", ({ fullName, fingerprint }) => {
    const name = fullName.replaceAll(".", "\\.");
    const found = new RegExp(`name="${name}",\\s+fingerprint=0x([0-9A-F]{16})`).exec(source);
    expect(found?.[1]).toBe(fingerprint.toString(16).padStart(16, "0").toUpperCase());
  });
});
