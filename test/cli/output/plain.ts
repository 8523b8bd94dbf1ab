import type * as z from "zod";

/** What JSON leaves of a value: brands are texts and numbers, and what is undefined is missing. */
export type Plain<T> = T extends string | number | boolean
  ? Unbranded<T>
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Key in Certain<T>]: Plain<T[Key]> } & { [Key in Exclude<keyof T, Certain<T>>]?: Plain<T[Key]> | undefined }
      : T;

type Unbranded<T> = T extends { readonly brand: string } ? (T extends string ? string : number) : T;

type Certain<T> = { [Key in keyof T]-?: undefined extends T[Key] ? never : Key }[keyof T];

/** A schema of exactly what JSON leaves of a type; the compiler refuses any other. */
export function schemaOf<T>() {
  return <S extends z.ZodType>(schema: S & Same<Plain<T>, z.output<S>>): S => schema;
}

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? unknown : "it lacks something") : "it is of another type";
