/**
 * The last stage: makes one output folder what its plan says. Files are written beside their place and renamed, so that
 * a reader never sees half a file; what is the same is not touched.
 */
import { mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { contains } from "./inputs.ts";
import type { Plan } from "./plan.ts";

/** Writes and deletes what the plan says, the manifest last; an entry that is refused must not get here. */
export function applyPlan(folder: string, plan: Plan): void {
  for (const entry of plan.entries) {
    const file = join(folder, entry.path);
    switch (entry.action) {
      case "same":
        break;
      case "create":
      case "update":
        writeAtomically(file, entry.text ?? "");
        break;
      case "delete":
        rmSync(file);
        removeEmptyParents(folder, dirname(file));
        break;
      case "refuse":
        throw new Error(`applyPlan was given ${entry.path}, which the plan refuses`);
      default:
        entry.action satisfies never;
    }
  }
}

function writeAtomically(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.nexus-draft`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

function removeEmptyParents(folder: string, start: string): void {
  for (
    let parent = start;
    parent !== folder && contains(folder, parent);
    parent = dirname(parent)
  ) {
    try {
      rmdirSync(parent);
    } catch {
      return; // Something else lives here.
    }
  }
}
