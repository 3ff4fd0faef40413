/** Parses services and their methods. */
import type { Cursor } from "./cursor.ts";
import { addOption, parseBlock } from "./parser-block.ts";
import type { MethodSyntax, Name, OptionSyntax, ServiceSyntax } from "./syntax.ts";

/** At the word `service`. */
export function parseService(cursor: Cursor): ServiceSyntax {
  const first = cursor.mark();
  cursor.take();
  const name = cursor.identifier("a service's name");
  const methods: MethodSyntax[] = [];
  const options: OptionSyntax[] = [];
  cursor.expect("{", "after a service's name");
  const comments = cursor.comments(first);
  parseBlock(cursor, () => {
    if (cursor.accept("option")) {
      addOption(cursor, options);
      return;
    }
    const method = parseMethod(cursor);
    if (!cursor.isLost) methods.push(method);
  });
  return { kind: "service", name, position: first.token.position, comments, methods, options };
}

function parseMethod(cursor: Cursor): MethodSyntax {
  const first = cursor.mark();
  const options: OptionSyntax[] = [];
  cursor.expect("rpc", "or `option` in a service");
  const name = cursor.identifier("a method's name");
  const request = parseMessageName(cursor);
  cursor.expect("returns", "after a method's request");
  const response = parseMessageName(cursor);
  let comments = cursor.comments(first);
  if (cursor.accept("{")) {
    comments = cursor.comments(first);
    parseBlock(cursor, () => {
      cursor.expect("option", "in a method");
      addOption(cursor, options);
    });
  } else {
    cursor.expect(";", "after a method");
    comments = cursor.comments(first);
  }
  return {
    kind: "method",
    name,
    position: first.token.position,
    comments,
    request: request.name,
    requestStream: request.stream,
    response: response.name,
    responseStream: response.stream,
    options,
  };
}

function parseMessageName(cursor: Cursor): { readonly name: Name; readonly stream: boolean } {
  cursor.expect("(", "before a message's name");
  // `stream` may also be a message's name.
  const stream = cursor.is("stream") && cursor.following.text !== ")" && cursor.accept("stream");
  const name = cursor.qualifiedName("a message's name", true);
  cursor.expect(")", "after a message's name");
  return { name, stream };
}
