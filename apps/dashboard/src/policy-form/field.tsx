import { useId } from "react";
import type { Refused } from "../refused.ts";
import type { Field } from "./schema.ts";

interface FieldProps {
  readonly field: Field;
  readonly refused: Refused | null;
}

/** Whether a refusal is about this field, or about something in it. */
function isAbout({ path }: Field, refused: Refused | null): boolean {
  const param = refused?.param ?? null;
  return param !== null && (param === path || param.startsWith(`${path}.`));
}

/** One field with its sentence, and with what the proxy said against it. */
export function FieldInput({ field, refused }: FieldProps) {
  const id = useId();
  if (field.kind === "group") return <Group field={field} refused={refused} />;
  const isWrong = isAbout(field, refused);
  const described = [`${id}-why`, ...(isWrong ? [`${id}-wrong`] : [])].join(" ");
  const common = {
    ...{ id, name: field.path, "aria-describedby": described },
    "aria-invalid": isWrong ? (true as const) : undefined,
  };
  return (
    <div className={field.kind === "flag" ? "field flag" : "field"}>
      <label htmlFor={id}>{field.title}</label>
      <Control field={field} common={common} />
      <p id={`${id}-why`} className="quiet">
        {field.description}.
      </p>
      {isWrong ? (
        <p id={`${id}-wrong`} className="error">
          {refused?.message}
        </p>
      ) : null}
    </div>
  );
}

function Group({
  field,
  refused,
}: {
  readonly field: Field & { readonly kind: "group" };
  readonly refused: Refused | null;
}) {
  return (
    <fieldset className="field">
      <legend>{field.title}</legend>
      <p className="quiet">{field.description}.</p>
      {field.fields.map((one) => (
        <FieldInput key={one.path} field={one} refused={refused} />
      ))}
      {refused?.param === field.path ? <p className="error">{refused.message}</p> : null}
    </fieldset>
  );
}

interface ControlProps {
  readonly field: Exclude<Field, { readonly kind: "group" }>;
  readonly common: { readonly id: string; readonly name: string };
}

function Control({ field, common }: ControlProps) {
  switch (field.kind) {
    case "flag":
      return <input {...common} type="checkbox" value="yes" />;
    case "number":
      return <input {...common} type="number" step={field.step} min={field.min} max={field.max} />;
    case "choice":
      return (
        <select {...common} defaultValue="">
          <option value="">{field.fallback === null ? "none" : `${field.fallback} (unless told)`}</option>
          {field.choices
            .filter((choice) => choice !== field.fallback)
            .map((choice) => (
              <option key={choice}>{choice}</option>
            ))}
        </select>
      );
    case "text":
    case "list":
    case "pairs":
      return <input {...common} placeholder={field.example} autoComplete="off" />;
  }
}
