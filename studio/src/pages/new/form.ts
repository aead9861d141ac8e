/** What every field of the form is given: where it stands, what is said, and how to say more. */
import { createContext, useContext } from "react";
import type { SchemaNode } from "./schema";
import type { Path, Table, Value } from "./values";

export interface FormProblem {
  readonly key: string;
  readonly place: string;
  readonly message: string;
}

export interface Form {
  readonly root: SchemaNode;
  readonly values: Table;
  readonly problems: readonly FormProblem[];
  readonly change: (path: Path, value: Value) => void;
}

export const FormContext = createContext<Form | null>(null);

export function useForm(): Form {
  const form = useContext(FormContext);
  if (form === null) throw new Error("a field stands outside the form");
  return form;
}

/** What is wrong with the value at `path` itself. */
export function problemsAt(problems: readonly FormProblem[], path: Path): readonly FormProblem[] {
  const key = path.join(".");
  return problems.filter((problem) => problem.key === key);
}
