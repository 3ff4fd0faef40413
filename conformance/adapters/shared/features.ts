/** What both SDKs of this family can do; features.yaml must say the same. */
export const features: readonly string[] = [
  "codec.binary",
  "codec.json",
  "frame.decode",
  "frame.encode",
  "call.unary",
  "call.streams",
  "call.metadata",
  "call.deadline",
  "call.retry",
  "topics.qos0",
  "topics.groups",
  "topics.qos1",
];
