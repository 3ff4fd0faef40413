/** protobuf's own rules for names derived from names. */

/** `foo_bar` becomes `fooBar`, as protoc spells a field's JSON name. */
export function jsonNameOf(name: string): string {
  let result = "";
  let isCapital = false;
  for (const character of name) {
    if (character === "_") {
      isCapital = true;
      continue;
    }
    result += isCapital ? upper(character) : character;
    isCapital = false;
  }
  return result;
}

/** `foo_bar` becomes `FooBarEntry`. */
export function mapEntryName(name: string): string {
  const camel = jsonNameOf(name);
  const isCapital = !name.startsWith("_");
  return `${isCapital ? upper(camel.slice(0, 1)) + camel.slice(1) : camel}Entry`;
}

function upper(character: string): string {
  return character >= "a" && character <= "z" ? character.toUpperCase() : character;
}

export function join(scope: string, name: string): string {
  return scope === "" ? name : `${scope}.${name}`;
}

/** `Order` of `orders.v1.Order`. */
export function lastPart(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf(".") + 1);
}
