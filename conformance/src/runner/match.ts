/**
 * Whether an observation is what a case expects. An object expects its own keys and asks for no others; a list expects
 * exactly its elements; an object whose key begins with `$` is a rule.
 */
type Json = unknown;

const isObject = (value: Json): value is Readonly<Record<string, Json>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Each mismatch as a line with the path to it; none where all is as expected. */
export function mismatches(expected: Json, actual: Json, path = "$"): readonly string[] {
  if (isObject(expected)) {
    const rule = Object.keys(expected).find((key) => key.startsWith("$"));
    if (rule !== undefined) return ruleMismatches(expected, actual, path);
    if (!isObject(actual)) return [`${path}: ${shown(actual)} is no object`];
    return Object.entries(expected).flatMap(([key, each]) =>
      mismatches(each, actual[key], `${path}.${key}`),
    );
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return [`${path}: ${shown(actual)} is no list`];
    const lengths =
      expected.length === actual.length
        ? []
        : [`${path}: ${actual.length} elements, ${expected.length} expected: ${shown(actual)}`];
    return [
      ...lengths,
      ...expected.flatMap((each, at) =>
        at < actual.length ? mismatches(each, actual[at], `${path}[${at}]`) : [],
      ),
    ];
  }
  if (Object.is(expected, actual)) return [];
  return [`${path}: ${shown(actual)}, expected ${shown(expected)}`];
}

function ruleMismatches(
  rules: Readonly<Record<string, Json>>,
  actual: Json,
  path: string,
): readonly string[] {
  return Object.entries(rules).flatMap(([rule, argument]) => {
    const holds = ruleHolds(rule, argument, actual, path);
    if (holds === true) return [];
    return holds === false
      ? [`${path}: ${shown(actual)} is not ${rule} ${shown(argument)}`]
      : holds;
  });
}

function ruleHolds(
  rule: string,
  argument: Json,
  actual: Json,
  path: string,
): boolean | readonly string[] {
  switch (rule) {
    case "$any":
      return actual !== undefined;
    case "$absent":
      return actual === undefined;
    case "$min":
      return typeof actual === "number" && actual >= Number(argument);
    case "$max":
      return typeof actual === "number" && actual <= Number(argument);
    case "$one":
      return (
        Array.isArray(argument) &&
        argument.some((each) => mismatches(each, actual, path).length === 0)
      );
    case "$not":
      return mismatches(argument, actual, path).length > 0;
    case "$float":
      return Object.is(Math.fround(Number(actual)), Math.fround(Number(argument)));
    case "$double":
      return Object.is(Number(actual), Number(argument));
    case "$text":
      return typeof actual === "string" && actual.includes(String(argument));
    case "$count":
      return Array.isArray(actual)
        ? mismatches(argument, actual.length, `${path}.length`)
        : [`${path}: ${shown(actual)} is no list`];
    case "$has":
      return (
        Array.isArray(actual) &&
        (argument as readonly Json[]).every((each) =>
          actual.some((one) => mismatches(each, one).length === 0),
        )
      );
    case "$json":
      return typeof actual === "string"
        ? mismatches(argument, parsed(actual), `${path}(json)`)
        : [`${path}: ${shown(actual)} is no text`];
    default:
      return [`${path}: no rule ${rule}`];
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const SHOWN_MAX = 400;

export function shown(value: Json): string {
  const text =
    value === undefined
      ? "nothing"
      : JSON.stringify(value, (_, each) => (typeof each === "bigint" ? String(each) : each));
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
}
