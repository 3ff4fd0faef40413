/** What editions made of the differences between proto2 and proto3: a set of features, inherited downwards. */
import type { OptionMessage } from "./linked.ts";

export interface Features {
  readonly fieldPresence: "EXPLICIT" | "IMPLICIT" | "LEGACY_REQUIRED";
  readonly enumType: "OPEN" | "CLOSED";
  readonly repeatedFieldEncoding: "PACKED" | "EXPANDED";
  readonly utf8Validation: "VERIFY" | "NONE";
  readonly messageEncoding: "LENGTH_PREFIXED" | "DELIMITED";
  readonly jsonFormat: "ALLOW" | "LEGACY_BEST_EFFORT";
}

export const syntaxFeatures: Readonly<Record<"proto2" | "proto3" | "editions", Features>> = {
  proto2: {
    fieldPresence: "EXPLICIT",
    enumType: "CLOSED",
    repeatedFieldEncoding: "EXPANDED",
    utf8Validation: "NONE",
    messageEncoding: "LENGTH_PREFIXED",
    jsonFormat: "LEGACY_BEST_EFFORT",
  },
  proto3: {
    fieldPresence: "IMPLICIT",
    enumType: "OPEN",
    repeatedFieldEncoding: "PACKED",
    utf8Validation: "VERIFY",
    messageEncoding: "LENGTH_PREFIXED",
    jsonFormat: "ALLOW",
  },
  editions: {
    fieldPresence: "EXPLICIT",
    enumType: "OPEN",
    repeatedFieldEncoding: "PACKED",
    utf8Validation: "VERIFY",
    messageEncoding: "LENGTH_PREFIXED",
    jsonFormat: "ALLOW",
  },
};

const words = {
  field_presence: "fieldPresence",
  enum_type: "enumType",
  repeated_field_encoding: "repeatedFieldEncoding",
  utf8_validation: "utf8Validation",
  message_encoding: "messageEncoding",
  json_format: "jsonFormat",
} as const;

/** The features of a declaration: what it sets itself over what is around it. */
export function inheritFeatures(around: Features, options: OptionMessage | undefined): Features {
  const own = featureSetOf(options);
  if (own === undefined) return around;
  const features: Record<string, string> = { ...around };
  for (const [field, { values }] of own.values) {
    const [number] = values;
    if (field.isExtension || field.type?.kind !== "enum") continue;
    const value = field.type.enum.values.find((candidate) => candidate.number === number);
    const word = words[field.name as keyof typeof words];
    // Zero is the "unknown" of every feature.
    if (word !== undefined && value !== undefined && value.number !== 0)
      features[word] = value.name;
  }
  return features as unknown as Features;
}

export function featureSetOf(options: OptionMessage | undefined): OptionMessage | undefined {
  if (options === undefined) return undefined;
  for (const [field, { values }] of options.values) {
    const [value] = values;
    if (
      field.name === "features" &&
      !field.isExtension &&
      typeof value === "object" &&
      "kind" in value
    ) {
      return value;
    }
  }
  return undefined;
}
