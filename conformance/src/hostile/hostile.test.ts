import { hostileSuite } from "./suite.ts";

hostileSuite(({ isQuick }) => isQuick === true);
