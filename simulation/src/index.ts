export { type Fault, faults } from "./faults.ts";
export { type Outcome, simulate } from "./simulate.ts";
