export type {
  CallSeen,
  MessageSeen,
  Observer,
  RouterEvent,
  RouterLimits,
  RouterStats,
} from "@nexus-bridge/router-core";
export { SettingsError, type SettingsFlags, type SettingsSources } from "./config/load.ts";
export { printedSettings, type ServeOptions, serve } from "./serve.ts";
export {
  type RouterChanges,
  type RouterOptions,
  type RunningRouter,
  startRouter,
  type TlsOptions,
} from "./start.ts";
export { type TlsFlags, tlsOptions } from "./tls-flags.ts";
