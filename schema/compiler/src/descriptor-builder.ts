import type { LinkedFile } from "./linked.ts";
export interface FileDescriptorProto { readonly name: string }
export function buildDescriptor(file: LinkedFile): FileDescriptorProto { return { name: file.path }; }
