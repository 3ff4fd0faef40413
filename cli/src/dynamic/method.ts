/** Finds the method a person means by `Service/Method`; what is not there is answered with what is near. */
import { didYouMean } from "@nexus-bridge/generate-core";
import type { Method, Model, Service } from "@nexus-bridge/schema";
import { Failure, usageFailure } from "../failure.ts";

/** Takes the service's full name or its end, and the method's name in either case of its first letter. */
export function findMethod(model: Model, wanted: string): Method {
  const at = wanted.lastIndexOf("/");
  if (at < 1 || at === wanted.length - 1) {
    throw usageFailure(
      `"${wanted}" names no method; write service/method, for example ${example(model)}`,
    );
  }
  const service = findService(model, wanted.slice(0, at));
  const name = wanted.slice(at + 1);
  const upper = name.charAt(0).toUpperCase() + name.slice(1);
  const method =
    service.methods.find((known) => known.name === name) ??
    service.methods.find((known) => known.name === upper);
  if (method !== undefined) return method;
  const names = service.methods.map((known) => known.name);
  const help = didYouMean(name, names) ?? `its methods are ${names.join(", ")}`;
  throw new Failure(`${service.fullName} has no method "${name}": ${help}`);
}

/** Whether the model has the service that `wanted` names, in full or by its end. */
export function hasService(model: Model, wanted: string): boolean {
  const service = serviceOf(wanted);
  return [...model.services.keys()].some(
    (name) => name === service || name.endsWith(`.${service}`),
  );
}

/** What stands before the slash. */
export const serviceOf = (wanted: string): string => wanted.slice(0, wanted.lastIndexOf("/"));

function findService(model: Model, wanted: string): Service {
  const exact = model.services.get(wanted);
  if (exact !== undefined) return exact;
  const ending = [...model.services.values()].filter((service) =>
    service.fullName.endsWith(`.${wanted}`),
  );
  const [only, other] = ending;
  if (only !== undefined && other === undefined) return only;
  if (only !== undefined) {
    const names = ending.map((service) => service.fullName).join(", ");
    throw usageFailure(`"${wanted}" could be ${names}; write the full name`);
  }
  const known = [...model.services.values()];
  const names = wanted.includes(".")
    ? known.map((service) => service.fullName)
    : known.map((service) => service.name);
  const help =
    didYouMean(wanted, names) ??
    (names.length === 0 ? "it has no services" : `its services are ${names.join(", ")}`);
  throw new Failure(`the schema has no service "${wanted}": ${help}`);
}

function example(model: Model): string {
  for (const service of model.services.values()) {
    const [method] = service.methods;
    if (method !== undefined) return `${service.fullName}/${method.name}`;
  }
  return "orders.v1.OrderService/GetOrder";
}
