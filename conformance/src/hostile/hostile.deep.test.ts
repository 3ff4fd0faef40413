import { hostileSuite } from "./suite.ts";

hostileSuite(() => true);
