export { dynamicType, registryOf } from "./dynamic-type.ts";
export { decodeToJson, encodeJson } from "./json.ts";
