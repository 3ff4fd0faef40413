import { expect, test } from "vitest";
import {
  enumValueName,
  fieldName,
  methodName,
  moduleName,
  Scope,
  snakeCase,
  typeName,
} from "./naming.ts";

test.each([
  ["GetOrder", "get_order"],
  ["HTTPServer", "http_server"],
  ["userID", "user_id"],
  ["line2Text", "line2_text"],
  ["unit_price", "unit_price"],
])("%s becomes %s", (name, expected) => {
  expect(snakeCase(name)).toBe(expected);
});

test("a word of Python gets an underscore", () => {
  expect([fieldName("class"), fieldName("self"), typeName("None"), methodName("Import")]).toEqual([
    "class_",
    "self_",
    "None_",
    "import_",
  ]);
  expect(methodName("Fake")).toBe("fake_");
  expect(fieldName("unknown_fields")).toBe("unknown_fields_");
});

test("a name that Python would hide or mangle is made visible", () => {
  expect([fieldName("__init__"), fieldName("_a"), typeName("_Order")]).toEqual([
    "f__init__",
    "f_a",
    "T_Order",
  ]);
});

test("an enum's prefix goes where a letter follows", () => {
  expect(enumValueName("STATUS_OPEN", "Status")).toBe("OPEN");
  expect(enumValueName("STATUS_2", "Status")).toBe("STATUS_2");
  expect(enumValueName("STATUS_name", "Status")).toBe("name_");
  expect(enumValueName("OTHER", "Status")).toBe("OTHER");
});

test("a file's name becomes a module's", () => {
  expect([moduleName("3d-model"), moduleName("import"), moduleName("a b")]).toEqual([
    "m_3d_model",
    "import_",
    "a_b",
  ]);
});

test("the later of two equal names gets its number", () => {
  const scope = new Scope();
  expect([scope.take("foo", 1), scope.take("foo", 2), scope.take("foo", 2)]).toEqual([
    "foo",
    "foo_2",
    "foo_3",
  ]);
});
