export { PORT_DEFAULT, type SocketAddress, socketAddress } from "./address.ts";
export { dialTcp, dialUnix } from "./dial.ts";
export { dialSecureWebSocket, dialTls } from "./dial-tls.ts";
export { type Listener, type ListenOptions, listen } from "./listener.ts";
export { memoryPair } from "./memory.ts";
export type { TlsCredentials } from "./tls-gate.ts";
export { isUntrusted, type TlsTrust } from "./tls-trust.ts";
