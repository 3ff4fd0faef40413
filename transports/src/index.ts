export { PORT_DEFAULT, type SocketAddress, socketAddress } from "./address.ts";
export { dialTcp, dialUnix } from "./dial.ts";
export { type Listener, type ListenOptions, listen } from "./listener.ts";
export { memoryPair } from "./memory.ts";
